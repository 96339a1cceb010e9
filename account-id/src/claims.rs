//! What a verified account_id says.

use std::fmt;

use subtle::{Choice, ConstantTimeEq as _};
use uuid::Uuid;

use crate::{
    Claim, Segment, Ver, VerifyError,
    json::{Text, Value, read_object},
};

/// The claims of a verified account_id (section "Account ID").
///
/// `ver` is not among them: it has been compared, and nobody needs it again. Other claims are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The unique session id of the onboarding request. A CMP finds its session by it and lets it be used once.
    pub sid: Uuid,
    /// When it was made, in seconds since 1970-01-01 00:00:00 UTC, as the signer's clock says.
    pub iat: u64,
    /// When it ends, in seconds since 1970-01-01 00:00:00 UTC.
    pub exp: u64,
    pub(crate) exp_text: bool,
    pub(crate) iat_text: bool,
}

impl Claims {
    /// The deviations that were accepted, each with the decision that allows it.
    pub fn tolerated(&self) -> impl Iterator<Item = Tolerated> + use<> {
        let exp = self.exp_text.then_some(Tolerated::TextNumber(Claim::Exp));
        let iat = self.iat_text.then_some(Tolerated::TextNumber(Claim::Iat));
        exp.into_iter().chain(iat)
    }
}

/// A deviation from the section "Account ID" that was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tolerated {
    /// A time is written as a string of decimal digits, as in a sample of the document.
    TextNumber(Claim),
}

impl Tolerated {
    /// The number of the decision that allows it: 72 for A-72.
    #[must_use]
    pub const fn ambiguity(self) -> u16 {
        match self {
            Self::TextNumber(_) => 72,
        }
    }

    /// The claim that deviates.
    #[must_use]
    pub const fn claim(self) -> Claim {
        match self {
            Self::TextNumber(claim) => claim,
        }
    }
}

impl fmt::Display for Tolerated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A-{} at {}", self.ambiguity(), self.claim())
    }
}

/// Reads the payload, whose signature has been checked.
pub(crate) fn read_claims<'a>(payload: &'a [u8]) -> Result<(Claims, Option<Text<'a>>), VerifyError> {
    let (mut exp, mut ver, mut sid, mut iat) = (None, None, None, None);
    read_object(payload, Segment::Payload, |name, value| {
        if name.is("exp") {
            exp = Some(value);
        } else if name.is("ver") {
            ver = Some(value);
        } else if name.is("sid") {
            sid = Some(value);
        } else if name.is("iat") {
            iat = Some(value);
        }
    })?;
    let (exp, exp_text) = seconds(exp, Claim::Exp)?;
    let (iat, iat_text) = seconds(iat, Claim::Iat)?;
    let sid = uuid(sid.ok_or(VerifyError::MissingClaim(Claim::Sid))?).ok_or(VerifyError::InvalidClaim(Claim::Sid))?;
    let ver = match ver {
        None => None,
        Some(Value::Text(ver)) if !ver.is("") => Some(ver),
        Some(_) => return Err(VerifyError::InvalidClaim(Claim::Ver)),
    };
    Ok((
        Claims {
            sid,
            iat,
            exp,
            exp_text,
            iat_text,
        },
        ver,
    ))
}

/// Whole seconds, and whether they were written as a string.
fn seconds(value: Option<Value<'_>>, claim: Claim) -> Result<(u64, bool), VerifyError> {
    let (seconds, text) = match value.ok_or(VerifyError::MissingClaim(claim))? {
        Value::Number(digits) => (decimal(digits.chars()), false),
        Value::Text(digits) => (decimal(digits.chars()), true),
        Value::Other => (None, false),
    };
    Ok((seconds.ok_or(VerifyError::InvalidClaim(claim))?, text))
}

/// Decimal digits alone, without a leading zero: no sign, no fraction, no exponent.
fn decimal(mut digits: impl Iterator<Item = char>) -> Option<u64> {
    let first = u64::from(digits.next()?.to_digit(10)?);
    digits.try_fold(first, |number, digit| {
        if number == 0 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit.to_digit(10)?))
    })
}

/// The hyphenated form alone.
fn uuid(value: Value<'_>) -> Option<Uuid> {
    let Value::Text(text) = value else { return None };
    let mut chars = text.chars();
    let mut hyphenated = [0; 36];
    for byte in &mut hyphenated {
        *byte = u8::try_from(chars.next()?).ok()?;
    }
    match chars.next() {
        None => Uuid::try_parse_ascii(&hyphenated).ok(),
        Some(_) => None,
    }
}

/// Compares the secret knowledge with what is agreed; the time taken tells at most how long the claim is.
pub(crate) fn check_ver(agreed: Ver<'_>, claim: Option<Text<'_>>) -> Result<(), VerifyError> {
    let (candidates, claim) = match (&agreed, claim) {
        (Ver::NotAgreed, None) => return Ok(()),
        (Ver::NotAgreed, Some(_)) => return Err(VerifyError::VerUnexpected),
        (_, None) => return Err(VerifyError::VerMissing),
        (Ver::Agreed(one), Some(claim)) => (std::slice::from_ref(one), claim),
        (Ver::AgreedAny(many), Some(claim)) => (*many, claim),
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
