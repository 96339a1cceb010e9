use std::borrow::Cow;

use super::{Problem, check};
use crate::Ambiguity;

/// The type of the eSIM device in the vehicle (field `deviceType` of "Request activation code"): usually
/// [`DeviceType::TCU`].
///
/// 1 to 20 printable ASCII characters; up to 128 are accepted from a peer, and sent on as received (A-24).
///
/// ```
/// use aid_types::DeviceType;
///
/// assert_eq!("tcu".parse::<DeviceType>()?, DeviceType::TCU);
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceType(Cow<'static, str>);

impl DeviceType {
    /// `tcu`: the telematics control unit.
    pub const TCU: Self = Self(Cow::Borrowed("tcu"));

    /// As received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A-24 if it has more than 20 characters. The document lists no values.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        check::long_type_name(&self.0)
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=20, "1 to 20 characters")?;
        Self::parse_peer(text)
    }

    fn parse_peer(text: &str) -> Result<Self, Problem> {
        check::type_name(text, "tcu").map(Self)
    }
}

parsed!(DeviceType, "deviceType", peer = parse_peer);
printed!(DeviceType);
