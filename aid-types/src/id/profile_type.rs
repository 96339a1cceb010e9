use std::borrow::Cow;

use super::{Problem, check};
use crate::Ambiguity;

/// The type of a profile (field `profileType` of "Request activation code"): today always [`ProfileType::PERSONAL`].
///
/// 1 to 20 printable ASCII characters; up to 128 are accepted from a peer, and sent on as received (A-24). What is accepted beyond
/// `personal` is flagged (A-23); ask
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
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileType(Cow<'static, str>);

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
    pub const PERSONAL: Self = Self(Cow::Borrowed("personal"));

    /// As received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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

    /// A-24 if it has more than 20 characters, A-23 for anything else but `personal`.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        let other = || (*self != Self::PERSONAL).then_some(Ambiguity::new(23));
        check::long_type_name(&self.0).or_else(other)
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=20, "1 to 20 characters")?;
        Self::parse_peer(text)
    }

    fn parse_peer(text: &str) -> Result<Self, Problem> {
        check::type_name(text, "personal").map(Self)
    }
}

parsed!(ProfileType, "profileType", peer = parse_peer);
printed!(ProfileType);
