//! The nine operations of AiD1, each in a file of its own: declaration, request, null rules and reply.
//!
//! The value that an operation sends is named after it: [`SendMspToken`] is what "Send MSP Token" carries. Whom it is
//! about, the path parameter, stands beside it: an [`AccountId`] there, a [`MspToken`] in the other eight.
//!
//! | operation | offered by | request | success |
//! |---|---|---|---|
//! | Send MSP token | CMP | [`SendMspToken`] | 201 |
//! | Notify MSP token invalid | CMP | [`NotifyMspTokenInvalid`] | 204 |
//! | Send profile information | CMP | [`SendProfileInformation`] | 200 |
//! | Update subscription info | CMP | [`UpdateSubscriptionInfo`] | 201 |
//! | Send activation code | CMP | [`SendActivationCode`] | 200 |
//! | Request activation code | MSP | [`RequestActivationCode`] | 200 or 201: [`ActivationCodeReply`] |
//! | Send CSIM status | MSP | [`SendCsimStatus`] | 201 |
//! | Request invalidate MSP token | MSP | [`RequestInvalidateMspToken`] | 204 |
//! | Request profile status | MSP | [`RequestProfileStatus`] | 200: [`ProfileStatuses`] |

mod body_error;
mod call_failure;
mod condition;
mod declaration;
mod decoding;
mod error_body;
#[cfg(feature = "http")]
pub(crate) mod evidence;
mod notify_msp_token_invalid;
mod refusal;
mod request_activation_code;
mod request_invalidate_msp_token;
mod request_profile_status;
mod send_activation_code;
mod send_csim_status;
mod send_msp_token;
mod send_profile_information;
mod update_subscription_info;
pub(crate) mod wire;
pub(crate) mod wire_object;

pub use body_error::{BodyError, BodyProblem};
pub use call_failure::CallFailure;
pub use condition::Condition;
pub use declaration::{BodyRule, Declaration, OperationId, Role};
pub use decoding::{Decoding, OnUnlisted};
pub use error_body::ErrorBody;
pub use notify_msp_token_invalid::NotifyMspTokenInvalid;
pub use refusal::{ErrorReply, InvalidProprietary, Refusal};
pub use request_activation_code::{ActivationCodeReply, ReadyActivationCode, RequestActivationCode};
pub use request_invalidate_msp_token::RequestInvalidateMspToken;
pub use request_profile_status::{ProfileStatus, ProfileStatuses, RequestProfileStatus};
pub use send_activation_code::{IssuedActivationCode, SendActivationCode};
pub use send_csim_status::SendCsimStatus;
pub use send_msp_token::{IssuedMspToken, SendMspToken};
pub use send_profile_information::{ProfileInformation, SendProfileInformation};
pub use update_subscription_info::{CustomerGroupChange, UpdateSubscriptionInfo};

use crate::{AccountId, IdError, MspToken};

mod sealed {
    pub trait Sealed {}
}

/// One operation: its declaration, and how its parts are written and read.
///
/// Implemented by the value that the operation sends. Everything that speaks AiD1, in either direction, is generic
/// over it. The trait is sealed: the document has nine operations.
pub trait Operation: sealed::Sealed + Sized + Send + Sync + 'static {
    /// What Annex B says of the operation apart from its body.
    const DECLARATION: &'static Declaration;

    /// The path parameter.
    type Subject: Subject;

    /// What a success brings back: `()` where the document describes no body.
    type Reply: Send + 'static;

    /// The query, without the question mark; `None` where there is none to send.
    fn query(&self) -> Option<String> {
        None
    }

    /// The body as JSON; `None` for operations without one.
    fn body(&self) -> Option<Vec<u8>>;

    /// Reads what [`Self::query`] and [`Self::body`] wrote.
    ///
    /// # Errors
    ///
    /// [`BodyError`] names the member that is at fault.
    fn read(query: Option<&str>, body: &[u8], decoding: &mut Decoding) -> Result<Self, BodyError>;

    /// The status and the body of a success.
    fn write_reply(reply: &Self::Reply) -> (u16, Option<Vec<u8>>);

    /// Reads what [`Self::write_reply`] wrote, where `status` is 200 to 299.
    ///
    /// # Errors
    ///
    /// [`BodyError`] where the success cannot be used.
    fn read_reply(status: u16, body: &[u8], decoding: &mut Decoding) -> Result<Self::Reply, BodyError>;
}

/// A path parameter: [`MspToken`] or [`AccountId`].
pub trait Subject: sealed::Sealed + std::str::FromStr<Err = IdError> + Send + Sync + Sized + 'static {
    /// Appends the text to `path`.
    fn push_to(&self, path: &mut String);
}

impl sealed::Sealed for MspToken {}
impl Subject for MspToken {
    fn push_to(&self, path: &mut String) {
        path.push_str(self.encode(&mut [0; 36]));
    }
}

impl sealed::Sealed for AccountId {}
impl Subject for AccountId {
    fn push_to(&self, path: &mut String) {
        path.push_str(self.as_str());
    }
}

/// Serializes what [`wire_object`] declares; it holds only texts, so nothing can fail.
fn to_json(object: &impl serde::Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(384);
    if serde_json::to_writer(&mut json, object).is_err() {
        json.clear();
    }
    json
}

/// Body types go through their wire object in serde, too, with what the `Field` level accepts.
macro_rules! serde_through_wire {
    ($($body:ident),*) => {
        $(impl ::serde::Serialize for $body {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.to_wire().serialize(serializer)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $body {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut wire = Wire::default();
                $crate::operation::wire::Fill::fill(&mut wire, deserializer)?;
                Self::from_wire(&wire, &mut $crate::operation::Decoding::default()).map_err(::serde::de::Error::custom)
            }
        })*
    };
}
use serde_through_wire;

/// The members of [`Operation`] for a request that is one JSON object.
macro_rules! json_request {
    () => {
        fn body(&self) -> Option<Vec<u8>> {
            Some($crate::operation::to_json(&self.to_wire()))
        }

        fn read(_: Option<&str>, body: &[u8], decoding: &mut Decoding) -> Result<Self, BodyError> {
            let mut wire = Wire::default();
            decoding.parse(body, &mut wire)?;
            Self::from_wire(&wire, decoding)
        }
    };
}
use json_request;

/// The members of [`Operation`] for a success without a body: none is sent. Whether one that comes speaks of success
/// is looked at before.
macro_rules! empty_reply {
    () => {
        type Reply = ();

        fn write_reply((): &()) -> (u16, Option<Vec<u8>>) {
            (DECLARATION.success.first().copied().unwrap_or(204), None)
        }

        fn read_reply(_: u16, _: &[u8], _: &mut Decoding) -> Result<(), BodyError> {
            Ok(())
        }
    };
}
use empty_reply;
