//! From the name and the bytes of a message to the handler, and back to the bytes of the answer.

use std::{error::Error, fmt};

use aid_types::Tolerated;

use crate::{
    CmpBackend, DecodeError, DecodeOptions, Decoded, NotHandled, Payload, RequestActivationCode, RequestCsimInfo,
    RequestDeleteAllProfiles, RequestDeleteProfile, SendActivationCode, SendCsimStatus, SendDisableProfileErrorReport,
    SendEnableProfileErrorReport, SendProfileDownloadInstallInfo, Vehicle,
};

/// What became of a message that was handled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dispatched {
    /// The bytes of the nested response, to be sent to where this request's answer is due. Send `Some` even when it is
    /// empty: it means something.
    pub response: Option<Vec<u8>>,
    /// The deviations that were accepted in the message.
    pub tolerated: Vec<Tolerated>,
}

/// Why a message reached no handler, or was not handled.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DispatchError {
    /// No message to this role is called so.
    UnknownMessage {
        /// The beginning of the name, 64 characters at most.
        name: String,
    },
    /// The payload is not what the name promised. It never will be, however often it is delivered.
    Undecodable {
        /// The name of the message.
        name: &'static str,
        /// What is wrong.
        error: DecodeError,
    },
    /// The handler could not handle the message now: leave it unacknowledged.
    NotHandled {
        /// The name of the message.
        name: &'static str,
    },
}

impl DispatchError {
    /// Whether the same message may succeed when it is delivered again.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::NotHandled { .. })
    }

    pub(crate) fn unknown(name: &str) -> Self {
        Self::UnknownMessage {
            name: name.chars().take(64).collect(),
        }
    }
}

impl fmt::Display for DispatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMessage { name } => write!(f, "unknown message {name:?}"),
            Self::Undecodable { name, error } => write!(f, "{name}: {error}"),
            Self::NotHandled { name } => write!(f, "{name}: {NotHandled}"),
        }
    }
}

impl Error for DispatchError {}

/// What a handler answers with.
trait Answer {
    fn response(self) -> Option<Vec<u8>>;
}

/// A message without a response.
impl Answer for () {
    fn response(self) -> Option<Vec<u8>> {
        None
    }
}

impl<P: Payload> Answer for P {
    fn response(self) -> Option<Vec<u8>> {
        Some(self.encode())
    }
}

/// A request whose response is for errors only.
impl<P: Payload> Answer for Option<P> {
    fn response(self) -> Option<Vec<u8>> {
        self.map(|response| response.encode())
    }
}

/// The body of a dispatcher: which message goes to which method of the role.
macro_rules! dispatch {
    ($role:ident, $name:ident, $payload:ident, $options:ident: $($Message:ident => $method:ident,)+) => {
        match $name {
            $(
                $Message::NAME => {
                    let name = $Message::NAME;
                    let Decoded { value, tolerated } = $Message::decode($payload, $options)
                        .map_err(|error| DispatchError::Undecodable { name, error })?;
                    match $role.$method(value).await {
                        Ok(answer) => Ok(Dispatched { response: answer.response(), tolerated }),
                        Err(NotHandled) => Err(DispatchError::NotHandled { name }),
                    }
                }
            )+
            _ => Err(DispatchError::unknown($name)),
        }
    };
}

/// Hands a message of a vehicle to the backend. `name` is the message's [`Payload::NAME`].
///
/// # Errors
///
/// If no message to the backend has this name, if the payload cannot be decoded, or if the handler could not handle it.
///
/// ```
/// use aid_types::Leniency;
/// use aid2_proto::{CmpBackend, DispatchError, dispatch_to_cmp_backend};
///
/// struct Backend;
/// impl CmpBackend for Backend {}
///
/// # async fn serve() {
/// let outcome = dispatch_to_cmp_backend(&Backend, "SendCSIMStatus", b"", Leniency::Field).await;
/// assert!(matches!(outcome, Err(DispatchError::Undecodable { name: "SendCSIMStatus", .. })));
/// # }
/// ```
pub async fn dispatch_to_cmp_backend(
    backend: &impl CmpBackend,
    name: &str,
    payload: &[u8],
    options: impl Into<DecodeOptions> + Send,
) -> Result<Dispatched, DispatchError> {
    let options = options.into();
    dispatch! {
        backend, name, payload, options:
        RequestActivationCode => request_activation_code,
        SendProfileDownloadInstallInfo => send_profile_download_install_info,
        SendCsimStatus => send_csim_status,
        SendEnableProfileErrorReport => send_enable_profile_error_report,
        SendDisableProfileErrorReport => send_disable_profile_error_report,
    }
}

/// Hands a message of the CMP backend to the vehicle. `name` is the message's [`Payload::NAME`].
///
/// # Errors
///
/// If no message to the vehicle has this name, if the payload cannot be decoded, or if the handler could not handle it.
pub async fn dispatch_to_vehicle(
    vehicle: &impl Vehicle,
    name: &str,
    payload: &[u8],
    options: impl Into<DecodeOptions> + Send,
) -> Result<Dispatched, DispatchError> {
    let options = options.into();
    dispatch! {
        vehicle, name, payload, options:
        SendActivationCode => send_activation_code,
        RequestDeleteProfile => request_delete_profile,
        RequestCsimInfo => request_csim_info,
        RequestDeleteAllProfiles => request_delete_all_profiles,
    }
}
