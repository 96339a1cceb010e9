use super::{Problem, check};
use crate::{Ambiguity, text::Text};

/// The type of a profile (field `profileType` of "Request activation code"): today always [`ProfileType::PERSONAL`].
///
/// 1 to 20 printable ASCII characters (A-24). What is accepted beyond `personal` is flagged (A-23); ask
/// [`ProfileType::kind`] for its meaning. Not to be confused with [`SubscriptionType`](crate::SubscriptionType).
///
/// ```
/// use aid_types::{ProfileKind, ProfileType};
///
/// let profile_type: ProfileType = "Personal".parse()?;
/// assert_ne!(profile_type, ProfileType::PERSONAL);
/// assert_eq!(profile_type.kind(), ProfileKind::Personal);
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileType(Text<20>);

/// What a [`ProfileType`] means, in the words of AiD2's enum of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProfileKind {
    /// `personal`
    Personal,
    /// `private`
    Private,
    /// `business`
    Business,
    /// Any other text: AiD2's `DEFAULT`.
    Other,
}

impl ProfileType {
    /// `personal`
    pub const PERSONAL: Self = Self(Text::constant("personal"));

    /// As received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// What it means; the case does not matter (A-23).
    #[must_use]
    pub fn kind(&self) -> ProfileKind {
        let is = |text: &str| self.as_str().eq_ignore_ascii_case(text);
        if is("personal") {
            ProfileKind::Personal
        } else if is("private") {
            ProfileKind::Private
        } else if is("business") {
            ProfileKind::Business
        } else {
            ProfileKind::Other
        }
    }

    /// A-23 for anything but `personal`.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        (*self != Self::PERSONAL).then_some(Ambiguity::new(23))
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        // Nearly always it is this one.
        if text == Self::PERSONAL.as_str() {
            return Ok(Self::PERSONAL);
        }
        check::type_name(text).map(Self)
    }
}

parsed!(ProfileType, "profileType");
printed!(ProfileType);
