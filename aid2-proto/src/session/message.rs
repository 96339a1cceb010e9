//! What a side receives, as one type.

use aid_types::{Shown, Tolerated};

use crate::{
    CmpBackend, DecodeError, DecodeOptions, Message, NotHandled, Payload, RequestActivationCode,
    RequestActivationCodeError, RequestCsimInfo, RequestCsimInfoResponse, RequestDeleteAllProfiles,
    RequestDeleteAllProfilesResponse, RequestDeleteProfile, RequestDeleteProfileResponse, RequestId,
    SendActivationCode, SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo, Vehicle,
    binding::{CmpReplies, VehicleReplies},
};

/// What a handler of a role returns, as the response that it stands for.
trait Answer {
    fn response(self) -> Option<Vec<u8>>;
}

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

impl<P: Payload> Answer for Option<P> {
    fn response(self) -> Option<Vec<u8>> {
        self.map(|response| response.encode())
    }
}

macro_rules! received {
    (
        $(#[$doc:meta])* $Name:ident, for $Role:ident and $Replies:ident:
        messages { $($(#[$message_doc:meta])* $Message:ident => $handle:ident,)+ }
        responses { $($(#[$response_doc:meta])* $Response:ident => $take:ident,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum $Name {
            $($(#[$message_doc])* $Message($Message),)+
            $($(#[$response_doc])* $Response(RequestId, $Response),)+
        }

        impl $Name {
            /// Reads the payload of message or response `name`, with the deviations that were accepted. Of a response, the
            /// request id is that of the request.
            ///
            /// `None` if this side receives nothing of that name.
            ///
            /// # Errors
            ///
            /// If the payload cannot be decoded.
            pub fn decode(
                name: &str,
                request_id: RequestId,
                payload: &[u8],
                options: DecodeOptions,
            ) -> Result<Option<(Self, Vec<Tolerated>)>, DecodeError> {
                Ok(match name {
                    $(<$Message as Payload>::NAME => {
                        let decoded = $Message::decode(payload, options)?;
                        Some((Self::$Message(decoded.value), decoded.tolerated))
                    })+
                    $(<$Response as Payload>::NAME => {
                        let decoded = $Response::decode(payload, options)?;
                        Some((Self::$Response(request_id, decoded.value), decoded.tolerated))
                    })+
                    _ => None,
                })
            }

            /// The name of the message or response: its [`Payload::NAME`].
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$Message(_) => <$Message as Payload>::NAME,)+
                    $(Self::$Response(..) => <$Response as Payload>::NAME,)+
                }
            }

            /// Writes it for people, as [`Payload::show`].
            pub fn show(&self, shown: &mut Shown<'_>) {
                match self {
                    $(Self::$Message(message) => message.show(shown),)+
                    $(Self::$Response(_, response) => response.show(shown),)+
                }
            }

            /// Its request id; of a response, that of the request.
            #[must_use]
            pub fn request_id(&self) -> RequestId {
                match self {
                    $(Self::$Message(message) => message.request_id(),)+
                    $(Self::$Response(request_id, _) => *request_id,)+
                }
            }

            /// Hands it to a role, and gives the payload of the response, if there is one.
            ///
            /// # Errors
            ///
            /// Of the handler.
            pub async fn dispatch(self, role: &(impl $Role + $Replies)) -> Result<Option<Vec<u8>>, NotHandled> {
                match self {
                    $(Self::$Message(message) => role.$handle(message).await.map(Answer::response),)+
                    $(Self::$Response(request_id, response) => {
                        role.$take(request_id, response).await.map(Answer::response)
                    })+
                }
            }
        }
    };
}

received! {
    /// What a CMP backend receives from a vehicle.
    ToCmp, for CmpBackend and CmpReplies:
    messages {
        /// A vehicle asks for an activation code.
        RequestActivationCode => request_activation_code,
        /// How download and installation of a profile ended.
        SendProfileDownloadInstallInfo => send_profile_download_install_info,
        /// The state of the eUICC.
        SendCsimStatus => send_csim_status,
        /// A profile could not be enabled.
        SendEnableProfileErrorReport => send_enable_profile_error_report,
        /// A profile could not be disabled.
        SendDisableProfileErrorReport => send_disable_profile_error_report,
    }
    responses {
        /// The answer to a deletion.
        RequestDeleteProfileResponse => request_delete_profile_response,
        /// The answer to a request for the state.
        RequestCsimInfoResponse => request_csim_info_response,
        /// The answer to a deletion of all profiles.
        RequestDeleteAllProfilesResponse => request_delete_all_profiles_response,
    }
}

received! {
    /// What a vehicle receives from its CMP backend.
    ToVehicle, for Vehicle and VehicleReplies:
    messages {
        /// An activation code.
        SendActivationCode => send_activation_code,
        /// Delete one profile.
        RequestDeleteProfile => request_delete_profile,
        /// Tell the state.
        RequestCsimInfo => request_csim_info,
        /// Delete all operational profiles.
        RequestDeleteAllProfiles => request_delete_all_profiles,
    }
    responses {
        /// There is no activation code.
        RequestActivationCodeError => request_activation_code_response,
    }
}
