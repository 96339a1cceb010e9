//! What saved aggregates are looked up by.

use aid_types::{CmpUserId, Eid, Iccid, MspToken, Vin};
use aid2_proto::RequestId;
use uuid::Uuid;

/// Something that an aggregate is looked up by: the rows of an index beside the saved aggregates.
///
/// Save the keys of an aggregate whenever you save it, and delete those that it no longer has.
///
/// ```
/// use aid_procedures::Key;
///
/// let key = Key::Iccid("8944500805172032953F".parse()?);
/// assert_eq!((key.kind(), key.value()), ("iccid", "8944500805172032953".to_owned()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Key {
    /// The user of a federation.
    CmpUserId(CmpUserId),
    /// The msp_token of a federation, or of a subscription.
    MspToken(MspToken),
    /// An onboarding session: the `sid` in an account_id.
    Session(Uuid),
    /// A vehicle.
    Vin(Vin),
    /// An eUICC.
    Eid(Eid),
    /// A profile.
    Iccid(Iccid),
    /// A vehicle's request for an activation code, whose id its report of the installation repeats.
    RequestId(RequestId),
}

impl Key {
    /// The name of the index.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::CmpUserId(_) => "cmp_user_id",
            Self::MspToken(_) => "msp_token",
            Self::Session(_) => "session",
            Self::Vin(_) => "vin",
            Self::Eid(_) => "eid",
            Self::Iccid(_) => "iccid",
            Self::RequestId(_) => "request_id",
        }
    }

    /// The text that is indexed: equal keys have equal texts. User ids and msp_token are not for logs.
    #[must_use]
    pub fn value(&self) -> String {
        match self {
            Self::CmpUserId(id) => id.to_string(),
            Self::MspToken(token) => token.to_string(),
            Self::Session(sid) => sid.to_string(),
            Self::Vin(vin) => vin.to_string(),
            Self::Eid(eid) => eid.to_string(),
            Self::Iccid(iccid) => iccid.normalised().to_ascii_uppercase(),
            Self::RequestId(id) => format!("{} {}", id.vehicle_id, id.timestamp.number()),
        }
    }
}
