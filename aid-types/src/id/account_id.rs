use super::{Problem, check};
use crate::Ambiguity;

/// The account_id that a CMP puts into the redirect to the MSP's onboarding page (section "Account ID").
///
/// Opaque here: one or more of `[A-Za-z0-9._-]`, at most 8192. Usually it is a JSON web token; the crate `account-id`
/// makes and checks those.
///
/// Whoever has it can attach a subscription to the account: `Debug` hides it; `Display`, `as_str` and serde give it.
///
/// ```
/// let account_id: aid_types::AccountId = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".parse()?;
/// assert_eq!(format!("{account_id:?}"), "AccountId(redacted)");
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(Box<str>);

impl AccountId {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Always `None`: there is one form only.
    #[must_use]
    pub fn tolerated(&self) -> Option<Ambiguity> {
        None
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=8192, "1 to 8192 characters")?;
        check::each(
            text,
            |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'),
            "a letter, a digit, '.', '_' or '-'",
        )?;
        // Every URL library would take these for a step in the path of "Send MSP Token".
        if matches!(text, "." | "..") {
            return Err(Problem::Structure("a dot segment cannot stand in a URL path"));
        }
        Ok(Self(text.into()))
    }
}

parsed!(secret AccountId, "account_id");
printed!(AccountId);
