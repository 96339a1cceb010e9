//! The form in which every operation declares itself.

use std::fmt;

use super::{Condition, condition::ANYWHERE};
use crate::Member;

/// Who offers an operation, and who calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "AiD1 has two sides")]
pub enum Role {
    /// The Car Mobility Provider: a car maker or fleet operator.
    Cmp,
    /// The Mobile Service Provider: a mobile operator.
    Msp,
}

/// Whether a request has a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyRule {
    /// None is sent; one that comes is ignored.
    None,
    /// One is required.
    Required,
    /// One is sent; none is accepted.
    Optional,
}

/// Everything that Annex B says of an operation apart from its body.
///
/// Clients, servers, the router and the conformance checks read it; nothing of it is written twice.
#[derive(Debug)]
#[non_exhaustive]
pub struct Declaration {
    /// Which operation.
    pub id: OperationId,
    /// `operationId` in Annex B.
    pub operation_id: &'static str,
    /// The title of its section.
    pub title: &'static str,
    /// Who offers it.
    pub provider: Role,
    /// The HTTP method.
    pub method: &'static str,
    /// The path with its one parameter in braces.
    pub path: &'static str,
    /// Whether it has a body.
    pub body: BodyRule,
    /// The statuses of success, the usual one first.
    pub success: &'static [u16],
    /// Those of them whose reply has a body.
    pub success_with_body: &'static [u16],
    /// The statuses of error that Annex B lists.
    pub errors: &'static [u16],
    /// What may be wrong with a call, beyond what may be wrong with any.
    pub conditions: &'static [Condition],
    /// What can stand in the request's body; of an operation without one, in the query.
    pub request: &'static [Member],
    /// What can stand in the body of a success.
    pub reply: &'static [Member],
    /// What the project's list of requirements says of it: `R-090, R-305 to R-308`.
    pub requirements: &'static str,
}

impl Declaration {
    /// The path before and after its parameter: `("/cesim/msp/v1/users/", "/invalidate")`.
    #[must_use]
    pub fn path_pieces(&self) -> (&'static str, &'static str) {
        let [before, _, after] = self.id.path_pieces();
        (before, after)
    }

    /// The name of the path parameter: `msp_token` or `account_id`.
    #[must_use]
    pub fn path_parameter(&self) -> &'static str {
        let [_, name, _] = self.id.path_pieces();
        name
    }

    /// Finds the path parameter in `path`, or nothing where the path is another operation's.
    #[must_use]
    pub fn match_path<'a>(&self, path: &'a str) -> Option<&'a str> {
        let (before, after) = self.path_pieces();
        let parameter = path.strip_prefix(before)?.strip_suffix(after)?;
        (!parameter.is_empty() && !parameter.as_bytes().contains(&b'/')).then_some(parameter)
    }

    /// Whether the condition can come up in a call of this operation.
    #[must_use]
    pub fn may_meet(&self, condition: Condition) -> bool {
        self.conditions.contains(&condition) || ANYWHERE.contains(&condition)
    }
}

/// What stands before and after the first `mark`.
const fn split(text: &str, mark: u8) -> (&str, &str) {
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        if *byte == mark {
            let (before, marked) = text.split_at(text.len() - rest.len());
            return (before, marked.split_at(1).1);
        }
        rest = after;
    }
    (text, "")
}

macro_rules! operations {
    ($($(#[$doc:meta])* $id:ident = $module:ident;)*) => {
        /// One of the nine operations of AiD1.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum OperationId {
            $($(#[$doc])* $id,)*
        }

        impl OperationId {
            /// Every operation: first those that the CMP offers, then those that the MSP offers.
            pub const ALL: &'static [Self] = &[$(Self::$id),*];

            /// The declaration of the operation.
            #[must_use]
            pub const fn declaration(self) -> &'static Declaration {
                match self {
                    $(Self::$id => &super::$module::DECLARATION,)*
                }
            }

            /// The path before its parameter, the parameter's name, and the path after it. Cut by the compiler, because a
            /// server tries several for every request.
            const fn path_pieces(self) -> [&'static str; 3] {
                match self {
                    $(Self::$id => const {
                        let (before, rest) = split(super::$module::DECLARATION.path, b'{');
                        let (name, after) = split(rest, b'}');
                        [before, name, after]
                    },)*
                }
            }
        }
    };
}

operations! {
    /// "Send MSP Token": the MSP federates a user.
    SendMspToken = send_msp_token;
    /// "Notify MSP Token Invalid": the MSP ends the federation.
    NotifyMspTokenInvalid = notify_msp_token_invalid;
    /// "Send Profile Information": the MSP says what became of profiles.
    SendProfileInformation = send_profile_information;
    /// "Update Subscription Info": the MSP changes what the user is shown.
    UpdateSubscriptionInfo = update_subscription_info;
    /// "Send Activation Code": the MSP delivers what was requested before.
    SendActivationCode = send_activation_code;
    /// "Request Activation Code": the CMP asks for a profile for a vehicle.
    RequestActivationCode = request_activation_code;
    /// "Send CSIM Status": the CMP says what became of a profile.
    SendCsimStatus = send_csim_status;
    /// "Request Invalidate MSP Token": the CMP ends the federation.
    RequestInvalidateMspToken = request_invalidate_msp_token;
    /// "Request Profile Status": the CMP asks what the MSP believes of profiles.
    RequestProfileStatus = request_profile_status;
}

impl OperationId {
    /// The operations that `role` offers.
    pub fn offered_by(role: Role) -> impl Iterator<Item = Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(move |id| id.declaration().provider == role)
    }

    /// The operation with this `operationId` of Annex B.
    #[must_use]
    pub fn from_operation_id(operation_id: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|id| id.declaration().operation_id == operation_id)
    }
}

/// The title of its section.
impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.declaration().title)
    }
}
