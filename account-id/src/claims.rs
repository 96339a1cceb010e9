//! What a verified account_id says.

use uuid::Uuid;

use crate::{
    Claim, Segment, Tolerated, VerifyError,
    json::{Value, read_object},
    time,
    tolerated::Deviations,
};

/// The claims of an account_id whose signature, times and `ver` have been checked (section "Account ID").
///
/// [`VerifiedToken::check_ver`](crate::VerifiedToken::check_ver) hands them out. `ver` is not among them: it has been
/// compared, and nobody needs it again. Other claims are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The unique session id of the onboarding request. A CMP finds its session by it and lets it be used once.
    pub sid: Uuid,
    /// When it was made, in seconds since 1970-01-01 00:00:00 UTC, as the signer's clock says.
    pub iat: u64,
    /// When it ends, in seconds since 1970-01-01 00:00:00 UTC.
    pub exp: u64,
    pub(crate) deviations: Deviations,
}

impl Claims {
    /// The deviations that were accepted, each with the decision that allows it.
    pub fn tolerated(&self) -> impl Iterator<Item = Tolerated> + use<> {
        self.deviations.iter()
    }
}

/// What a payload says, and where `ver` stands in it.
pub(crate) struct Payload {
    pub(crate) claims: Claims,
    /// Not before this time.
    pub(crate) nbf: Option<u64>,
    pub(crate) ver: Option<VerPosition>,
}

/// Where the string `ver` stands in the decoded payload, between its quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct VerPosition {
    pub(crate) start: usize,
    pub(crate) length: usize,
}

/// Reads the payload, whose signature has been checked. Adds to `deviations` of the header.
pub(crate) fn read_payload(payload: &[u8], mut deviations: Deviations) -> Result<Payload, VerifyError> {
    let (mut exp, mut ver, mut sid, mut iat, mut nbf) = (None, None, None, None, None);
    read_object(payload, Segment::Payload, |name, value, start| {
        if name.is("exp") {
            exp = Some(value);
        } else if name.is("ver") {
            ver = Some((value, start));
        } else if name.is("sid") {
            sid = Some(value);
        } else if name.is("iat") {
            iat = Some(value);
        } else if name.is("nbf") {
            nbf = Some(value);
        }
    })?;
    let mut time = |claim: Claim, value: Value<'_>| {
        time::read(claim, value, &mut deviations).ok_or(VerifyError::InvalidClaim(claim))
    };
    let exp = time(Claim::Exp, exp.ok_or(VerifyError::MissingClaim(Claim::Exp))?)?;
    let iat = time(Claim::Iat, iat.ok_or(VerifyError::MissingClaim(Claim::Iat))?)?;
    let nbf = nbf.map(|nbf| time(Claim::Nbf, nbf)).transpose()?;
    let sid = uuid(sid.ok_or(VerifyError::MissingClaim(Claim::Sid))?).ok_or(VerifyError::InvalidClaim(Claim::Sid))?;
    let ver = match ver {
        None => None,
        Some((Value::Text(text), start)) if !text.is("") => Some(VerPosition {
            start: start + 1,
            length: text.raw().len(),
        }),
        Some(_) => return Err(VerifyError::InvalidClaim(Claim::Ver)),
    };
    let claims = Claims {
        sid,
        iat,
        exp,
        deviations,
    };
    Ok(Payload { claims, nbf, ver })
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
