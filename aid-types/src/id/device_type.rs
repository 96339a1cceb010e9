use super::{Problem, check};
use crate::{Ambiguity, text::Text};

/// The type of the eSIM device in the vehicle (field `deviceType` of "Request activation code"): usually
/// [`DeviceType::TCU`].
///
/// 1 to 20 printable ASCII characters (A-24).
///
/// ```
/// use aid_types::DeviceType;
///
/// assert_eq!("tcu".parse::<DeviceType>()?, DeviceType::TCU);
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceType(Text<20>);

impl DeviceType {
    /// `tcu`: the telematics control unit.
    pub const TCU: Self = Self(Text::constant("tcu"));

    /// As received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Always `None`: the document lists no values.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        None
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        // Nearly always it is this one.
        if text == Self::TCU.as_str() {
            return Ok(Self::TCU);
        }
        check::type_name(text).map(Self)
    }
}

parsed!(DeviceType, "deviceType");
printed!(DeviceType);
