//! The three segments and what is fixed about them.

use base64::{
    Engine as _,
    engine::general_purpose::{GeneralPurpose, URL_SAFE_NO_PAD},
};

use crate::{
    Segment, Tolerated, VerifyError,
    json::{Value, read_object},
};

/// The longest account_id that is read or minted, in bytes.
pub const MAX_LENGTH: usize = 8 * 1024;

/// What the segments are written in. It decodes canonical text only: no padding, no stray bits.
pub(crate) const BASE64URL: GeneralPurpose = URL_SAFE_NO_PAD;

/// `{"alg":"HS256","typ":"JWT"}` and the dot behind it, as every account_id of ours starts.
pub(crate) const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.";

/// The length of an encoded signature of 32 bytes.
pub(crate) const SIGNATURE_LENGTH: usize = 43;

/// The most bytes that a segment decodes to.
pub(crate) const MAX_DECODED: usize = MAX_LENGTH / 4 * 3;

/// A received account_id, cut at its dots. Its header has been checked.
pub(crate) struct Token<'a> {
    /// What the signature is over.
    pub(crate) signed: &'a str,
    pub(crate) payload: &'a str,
    signature: &'a str,
    /// What deviates in the header.
    pub(crate) tolerated: Option<Tolerated>,
}

impl<'a> Token<'a> {
    pub(crate) fn new(account_id: &'a str) -> Result<Self, VerifyError> {
        if account_id.len() > MAX_LENGTH {
            return Err(VerifyError::TooLong);
        }
        if let Some(token) = Self::usual(account_id) {
            return Ok(token);
        }
        let (signed, signature) = account_id.rsplit_once('.').ok_or(VerifyError::Segments)?;
        let (payload, tolerated) = other_header(signed)?;
        Ok(Self {
            signed,
            payload,
            signature,
            tolerated,
        })
    }

    /// One with the header that everybody writes and a signature of the right length. It may have a dot too many, which
    /// is noticed when it is decoded.
    fn usual(account_id: &'a str) -> Option<Self> {
        let end = account_id.len().checked_sub(SIGNATURE_LENGTH + 1)?;
        let (signed, tail) = account_id.split_at_checked(end)?;
        Some(Self {
            signed,
            payload: signed.strip_prefix(HEADER)?,
            signature: tail.strip_prefix('.')?,
            tolerated: None,
        })
    }

    /// The decoded signature.
    pub(crate) fn signature(&self) -> Result<[u8; 32], VerifyError> {
        let malformed = || malformed(self.signature, Segment::Signature);
        if self.signature.len() != SIGNATURE_LENGTH {
            let encoded = self
                .signature
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            return Err(if encoded { VerifyError::Signature } else { malformed() });
        }
        let mut signature = [0; 32];
        match BASE64URL.decode_slice(self.signature, &mut signature) {
            Ok(32) => Ok(signature),
            _ => Err(malformed()),
        }
    }
}

/// The bytes of a segment, decoded into `buffer`.
pub(crate) fn decode<'b>(encoded: &str, segment: Segment, buffer: &'b mut [u8]) -> Result<&'b [u8], VerifyError> {
    BASE64URL
        .decode_slice(encoded, buffer)
        .ok()
        .and_then(|length| buffer.get(..length))
        .ok_or_else(|| malformed(encoded, segment))
}

/// What is wrong with a segment that is no base64url.
fn malformed(encoded: &str, segment: Segment) -> VerifyError {
    if encoded.contains('.') {
        VerifyError::Segments
    } else {
        VerifyError::Encoding(segment)
    }
}

/// Checks a header that is written otherwise than ours, and returns the payload behind it and what was tolerated.
#[cold]
#[inline(never)]
fn other_header(signed: &str) -> Result<(&str, Option<Tolerated>), VerifyError> {
    let (header, payload) = signed.split_once('.').ok_or(VerifyError::Segments)?;
    if payload.contains('.') {
        return Err(VerifyError::Segments);
    }
    let mut buffer = [0; MAX_DECODED];
    let (mut alg, mut typ, mut crit) = (None, None, false);
    read_object(
        decode(header, Segment::Header, &mut buffer)?,
        Segment::Header,
        |name, value, _| {
            if name.is("alg") {
                alg = Some(value);
            } else if name.is("typ") {
                typ = Some(value);
            } else if name.is("crit") {
                crit = true;
            }
        },
    )?;
    if !matches!(alg, Some(Value::Text(alg)) if alg.is("HS256")) {
        return Err(VerifyError::Algorithm);
    }
    //
    let tolerated = match typ {
        None => Some(Tolerated::TypAbsent),
        Some(Value::Text(typ)) if typ.is("JWT") => None,
        Some(Value::Text(typ))
            if typ
                .short(&mut [0; 3])
                .is_some_and(|typ| typ.eq_ignore_ascii_case("JWT")) =>
        {
            Some(Tolerated::TypSpelling)
        }
        Some(_) => return Err(VerifyError::Type),
    };
    if crit {
        return Err(VerifyError::Critical);
    }
    Ok((payload, tolerated))
}
