//! The secret knowledge.

use std::fmt;

use subtle::{Choice, ConstantTimeEq as _};

use crate::{VerifyError, text::Text};

/// What the claim `ver`, the secret knowledge, must be. Compared in constant time, exactly as written (A-78).
///
/// ```
/// use account_id::Ver;
///
/// // What the session or the user's data says: a text, or that there is none.
/// let agreed: Option<&str> = Some("6789");
/// assert!(matches!(Ver::from(agreed), Ver::Agreed("6789")));
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Ver<'a> {
    /// Nothing is agreed: an account_id may have `ver` or not. One that is there is reported (A-163).
    NotAgreed,
    /// It must be this text; an account_id without `ver` is refused (A-163).
    Agreed(&'a str),
    /// It must be one of these texts, all of the same user: a MSP may know several phone numbers of one. An account_id
    /// without `ver` is refused (A-163).
    AgreedAny(&'a [&'a str]),
}

impl<'a> From<Option<&'a str>> for Ver<'a> {
    fn from(agreed: Option<&'a str>) -> Self {
        agreed.map_or(Self::NotAgreed, Self::Agreed)
    }
}

impl fmt::Debug for Ver<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAgreed => "NotAgreed",
            Self::Agreed(_) => "Agreed(redacted)",
            Self::AgreedAny(_) => "AgreedAny(redacted)",
        })
    }
}

/// Compares the secret knowledge with what is agreed; the time taken tells at most how long the claim is.
pub(crate) fn compare(claim: Text<'_>, agreed: Ver<'_>) -> Result<(), VerifyError> {
    let candidates = match &agreed {
        Ver::NotAgreed => return Ok(()),
        Ver::Agreed(one) => std::slice::from_ref(one),
        Ver::AgreedAny(many) => many,
    };
    let mut matches = Choice::from(0);
    for candidate in candidates {
        matches |= same_text(claim, candidate);
    }
    if bool::from(matches) {
        Ok(())
    } else {
        Err(VerifyError::VerMismatch)
    }
}

fn same_text(claim: Text<'_>, candidate: &str) -> Choice {
    let mut expected = candidate.chars();
    let mut same = Choice::from(1);
    for char in claim.chars() {
        // A zero in the place of what is missing: the length is compared below.
        same &= u32::from(char).ct_eq(&expected.next().map_or(0, u32::from));
    }
    same & Choice::from(u8::from(claim.chars().count() == candidate.chars().count()))
}
