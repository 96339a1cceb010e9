use crate::{
    Payload, Request, RequestActivationCode, RequestCsimInfo, RequestDeleteAllProfiles, RequestDeleteProfile,
    SendActivationCode, SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo,
};

/// Who a message is addressed to: the fourth level of its topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "AiD2 has two sides")]
pub enum Side {
    /// The CMP backend.
    Cmp,
    /// The vehicle.
    Vehicle,
}

impl Side {
    /// The level of the topic: `cmp` or `vehicle`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cmp => "cmp",
            Self::Vehicle => "vehicle",
        }
    }

    /// The other side, where responses go.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Cmp => Self::Vehicle,
            Self::Vehicle => Self::Cmp,
        }
    }
}

/// What the binding says about one message of Annex D.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange {
    /// The message's name within its package, the last level of its topic: `SendCSIMStatus`.
    pub name: &'static str,
    /// Who receives it.
    pub to: Side,
    /// The name of the nested response, the last level of the topic that the response is due on.
    pub response: Option<&'static str>,
    /// Message expiry in seconds, of message and response alike. `None`: never expires, because losing it would lose a
    /// state or an order.
    pub expiry: Option<u32>,
}

/// A day: for how long somebody who asked for an activation code is thought to wait.
const DAY: u32 = 24 * 60 * 60;
/// A week: after that, the CMP has long asked again what the vehicle holds.
const WEEK: u32 = 7 * DAY;

const fn to<M: Payload>(to: Side, response: Option<&'static str>, expiry: Option<u32>) -> Exchange {
    let name = M::NAME;
    Exchange {
        name,
        to,
        response,
        expiry,
    }
}

const fn response_of<R: Request>() -> Option<&'static str> {
    Some(<R::Response as Payload>::NAME)
}

/// Every message, with its side, its response and its expiry: the table of the binding document.
pub const EXCHANGES: &[Exchange] = &[
    to::<RequestActivationCode>(Side::Cmp, response_of::<RequestActivationCode>(), Some(DAY)),
    to::<SendProfileDownloadInstallInfo>(Side::Cmp, None, None),
    to::<SendCsimStatus>(Side::Cmp, None, None),
    to::<SendEnableProfileErrorReport>(Side::Cmp, None, None),
    to::<SendDisableProfileErrorReport>(Side::Cmp, None, None),
    to::<SendActivationCode>(Side::Vehicle, None, None),
    to::<RequestDeleteProfile>(Side::Vehicle, response_of::<RequestDeleteProfile>(), None),
    to::<RequestCsimInfo>(Side::Vehicle, response_of::<RequestCsimInfo>(), Some(WEEK)),
    to::<RequestDeleteAllProfiles>(Side::Vehicle, response_of::<RequestDeleteAllProfiles>(), None),
];

impl Exchange {
    /// The message of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Self> {
        EXCHANGES.iter().find(|exchange| exchange.name == name)
    }

    /// The message that the response of this name answers.
    #[must_use]
    pub fn answered_by(response: &str) -> Option<&'static Self> {
        EXCHANGES.iter().find(|exchange| exchange.response == Some(response))
    }
}
