//! What a verified account_id says.

use std::fmt;

use subtle::{Choice, ConstantTimeEq as _};
use uuid::Uuid;

use crate::{
    Claim, Segment, Ver, VerifyError,
    json::{Value, read_object},
    text::Text,
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
    let exp_text = matches!(exp, Some(Value::Text(_)));
    let iat_text = matches!(iat, Some(Value::Text(_)));
    let exp = required(exp, Claim::Exp, seconds)?;
    let iat = required(iat, Claim::Iat, seconds)?;
    let sid = required(sid, Claim::Sid, uuid)?;
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

fn required<'a, T>(
    value: Option<Value<'a>>,
    claim: Claim,
    read: impl FnOnce(Value<'a>) -> Option<T>,
) -> Result<T, VerifyError> {
    read(value.ok_or(VerifyError::MissingClaim(claim))?).ok_or(VerifyError::InvalidClaim(claim))
}

/// Whole seconds, written as a number or as a string.
fn seconds(value: Value<'_>) -> Option<u64> {
    match value {
        Value::Number(digits) => decimal(digits),
        Value::Text(digits) => decimal(digits.short(&mut [0; 20])?),
        Value::Other => None,
    }
}

/// Decimal digits alone, without a leading zero: no sign, no fraction, no exponent.
fn decimal(digits: &str) -> Option<u64> {
    match digits.as_bytes() {
        [b'0', _, ..] | [b'+', ..] => None,
        _ => digits.parse().ok(),
    }
}

/// The hyphenated form alone: no other form that the parser knows has 36 characters.
fn uuid(value: Value<'_>) -> Option<Uuid> {
    let Value::Text(text) = value else { return None };
    let mut buffer = [0; 36];
    let text = text.short(&mut buffer)?;
    if text.len() == 36 {
        Uuid::try_parse(text).ok()
    } else {
        None
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
