//! Why a key, a new account_id or a received one was refused.

use std::fmt;

use crate::{MAX_KEYS, MAX_LENGTH, MIN_KEY_BYTES, Tolerated, key::MIN_WEAK_KEY_BYTES};

/// A part of an account_id, between its dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a signed token has three parts for ever")]
pub enum Segment {
    /// What says how the token is signed.
    Header,
    /// What holds the claims.
    Payload,
    /// The HMAC-SHA256 over the two others and the dot between them.
    Signature,
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// A claim that is read: those that the section "Account ID" defines, and `nbf`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claim {
    /// The end of validity.
    Exp,
    /// The secret knowledge.
    Ver,
    /// The session id of the onboarding.
    Sid,
    /// The time of creation.
    Iat,
    /// The begin of validity, of which only RFC 7519 knows. Where it is absent, there is none.
    Nbf,
}

impl Claim {
    /// The name of its member.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::Ver => "ver",
            Self::Sid => "sid",
            Self::Iat => "iat",
            Self::Nbf => "nbf",
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why an account_id was refused.
///
/// [`code`](Self::code) is what goes into the body of the 422 that answers `Send MSP token`. The text says what was
/// wrong, never which value was found.
///
/// ```
/// use account_id::VerifyError;
///
/// assert_eq!(VerifyError::Expired.code(), 11);
/// assert_eq!(VerifyError::Expired.to_string(), "expired");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Longer than [`MAX_LENGTH`]; nothing of it was decoded (A-164).
    #[error("longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// Not three parts divided by two dots: not a JWT (A-71).
    #[error("not three segments")]
    Segments,
    /// A part is not canonical base64url: another alphabet, padding, or bits that stand for nothing (A-77, A-164).
    #[error("{0} is not canonical unpadded base64url")]
    Encoding(Segment),
    /// A part is not a JSON object in UTF-8.
    #[error("{0} is not a JSON object")]
    NotJson(Segment),
    /// Something follows the JSON object of a part.
    #[error("{0} has bytes after its JSON object")]
    TrailingBytes(Segment),
    /// A name occurs twice in one JSON object of a part, at whatever depth (A-154).
    #[error("{0} has a duplicate member")]
    DuplicateMember(Segment),
    /// The JSON of a part has more than 32 members in one object, or is nested more than 8 deep.
    #[error("{0} has too many members or levels")]
    TooComplex(Segment),
    /// The header's `alg` is not `HS256` (A-75).
    #[error("header alg is not HS256")]
    Algorithm,
    /// The header's `typ` is another than `JWT`; for a [strict](crate::Verifier::strict) verifier also if it is absent or
    /// in other letters (A-74).
    #[error("header typ is not JWT")]
    Type,
    /// The header has `crit`: it asks for an extension, and there is none here.
    #[error("header has crit")]
    Critical,
    /// No key of the peer made this signature.
    #[error("signature does not match")]
    Signature,
    /// A claim that every account_id has is absent.
    #[error("claim {0} is missing")]
    MissingClaim(Claim),
    /// A claim is not what it must be: a time from 0 up (A-72), a hyphenated UUID (A-153), or text with something in it.
    #[error("claim {0} is malformed")]
    InvalidClaim(Claim),
    /// A claim deviates in a way that only a [strict](crate::Verifier::strict) verifier refuses.
    #[error("claim {} is {}", .0.at(), .0.what())]
    Deviation(Tolerated),
    /// `iat` is later than `exp`: it was never valid (A-73).
    #[error("iat is later than exp")]
    IatAfterExp,
    /// `nbf` has not come yet, by more than the leeway.
    #[error("not valid yet")]
    NotYetValid,
    /// `exp` and the leeway have passed.
    #[error("expired")]
    Expired,
    /// Secret knowledge is agreed, and the account_id has none (A-163).
    #[error("claim ver is agreed but missing")]
    VerMissing,
    /// The secret knowledge is another.
    #[error("claim ver does not match")]
    VerMismatch,
    /// The [`Keyring`](crate::Keyring) has no keys for this peer.
    #[error("no keys for this peer")]
    UnknownPeer,
}

impl VerifyError {
    /// The error code of the section "Error Codes": 11 when the account_id is no longer valid, 12 when its signature is
    /// invalid, 19 for everything else.
    ///
    /// 10, account_id not found, is for the caller: only the CMP knows the sessions it has opened.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::Expired => 11,
            Self::Signature => 12,
            _ => 19,
        }
    }
}

/// Why a msp-specific-secret was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Fewer than [`MIN_KEY_BYTES`] bytes (A-76).
    #[error("the key is shorter than {MIN_KEY_BYTES} bytes")]
    TooShort,
    /// Fewer than [`MIN_WEAK_KEY_BYTES`] bytes, which is too few even for
    /// [`SecretKey::from_weak_bytes`](crate::SecretKey::from_weak_bytes) (A-75).
    #[error("the key is shorter than {MIN_WEAK_KEY_BYTES} bytes")]
    TooShortEvenIfWeak,
    /// The text is not the base64 that the constructor takes.
    #[error("the key is not base64")]
    Base64,
    /// The text is not pairs of hexadecimal digits.
    #[error("the key is not hexadecimal")]
    Hex,
    /// One peer has at most [`MAX_KEYS`] keys at a time.
    #[error("more than {MAX_KEYS} keys for one peer")]
    TooMany,
}

/// Why a new account_id was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// `exp` is not after `iat`: it would be expired at birth (A-73).
    #[error("exp is not after iat")]
    Lifetime,
    /// `iat` or `exp` is above 10^11: whoever reads it would take it for milliseconds (A-72).
    #[error("a time is above 10^11, in milliseconds perhaps: seconds are wanted")]
    Milliseconds,
    /// The secret knowledge is empty, and would prove nothing.
    #[error("ver is empty")]
    EmptyVer,
    /// The secret knowledge is so long that the account_id would exceed [`MAX_LENGTH`] (A-164).
    #[error("longer than {MAX_LENGTH} bytes")]
    TooLong,
}
