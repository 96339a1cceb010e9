//! Verification.

use std::fmt;

use crate::{
    Claims, KeyError, SecretKey, Segment, VerifyError,
    claims::{check_ver, read_claims},
    token::{MAX_DECODED, Token, decode},
};

/// The seconds by which two clocks may differ, unless the verifier says otherwise (A-73).
pub const DEFAULT_LEEWAY: u64 = 60;

/// The most keys that one peer has at a time.
pub const MAX_KEYS: usize = 4;

/// Payloads up to this length, which are all that occur, are decoded into a small buffer.
const USUAL_PAYLOAD: usize = 256;

/// What the claim `ver`, the secret knowledge, must be. Compared in constant time, exactly as written (A-78).
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Ver<'a> {
    /// Nothing is agreed: an account_id with `ver` is refused (A-163).
    NotAgreed,
    /// It must be this text; an account_id without `ver` is refused (A-163).
    Agreed(&'a str),
    /// It must be one of these texts, as for a user with several phone numbers.
    AgreedAny(&'a [&'a str]),
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

/// Verifies each account_id that one peer signed.
///
/// It is built once; [`verify_at`](Self::verify_at) takes the time as an argument, allocates nothing and never panics.
///
/// While a secret is exchanged, the verifier knows the old and the new one:
///
/// ```
/// use account_id::{KeyError, SecretKey, Verifier};
///
/// let old = SecretKey::from_text("the secret that both sides have used until now")?;
/// let new = SecretKey::from_text("the secret that both sides use from now on")?;
/// let verifier = Verifier::new(new).with_older(old)?.leeway(120);
/// # Ok::<(), KeyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    newest: SecretKey,
    older: Vec<SecretKey>,
    leeway: u64,
    strict: bool,
}

impl Verifier {
    /// A verifier for one key, with [`DEFAULT_LEEWAY`], that accepts what occurs in the field.
    #[must_use]
    pub const fn new(newest: SecretKey) -> Self {
        Self {
            newest,
            older: Vec::new(),
            leeway: DEFAULT_LEEWAY,
            strict: false,
        }
    }

    /// Adds a key that may still occur. The keys are tried newest first.
    ///
    /// # Errors
    /// [`KeyError::TooMany`] beyond [`MAX_KEYS`].
    pub fn with_older(mut self, key: SecretKey) -> Result<Self, KeyError> {
        if self.older.len() + 1 == MAX_KEYS {
            return Err(KeyError::TooMany);
        }
        self.older.push(key);
        Ok(self)
    }

    /// Accepts an account_id until `seconds` after its `exp`.
    ///
    /// A CMP that gives users time to complete the onboarding after the redirect may set this much longer (A-80).
    #[must_use]
    pub const fn leeway(mut self, seconds: u64) -> Self {
        self.leeway = seconds;
        self
    }

    /// Refuses times that are written as strings, instead of reporting them in [`Claims::tolerated`] (A-72).
    #[must_use]
    pub const fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// The key to mint with.
    #[must_use]
    pub const fn newest(&self) -> &SecretKey {
        &self.newest
    }

    /// Verifies `account_id` at the time `now`, in seconds since 1970-01-01 00:00:00 UTC, and returns its claims
    /// (section "Account ID").
    ///
    /// The order of the checks: size, segments, header, encoding, signature, JSON, claims, `exp`, `ver`. Nothing of the
    /// payload is interpreted before its signature is known to be good (A-164). `iat` is required and returned, but not
    /// compared with `now`: the document gives validity to `exp` alone.
    ///
    /// # Errors
    /// The first check that failed; [`VerifyError::code`] is what the peer is told.
    // R-015, R-026, R-147, R-153, R-154
    pub fn verify_at(&self, account_id: &str, now: u64, ver: Ver<'_>) -> Result<Claims, VerifyError> {
        let token = Token::new(account_id)?;
        if token.payload.len() <= USUAL_PAYLOAD {
            self.verify_token(&token, now, ver, &mut [0; USUAL_PAYLOAD / 4 * 3])
        } else {
            self.verify_large(&token, now, ver)
        }
    }

    #[cold]
    #[inline(never)]
    fn verify_large(&self, token: &Token<'_>, now: u64, ver: Ver<'_>) -> Result<Claims, VerifyError> {
        self.verify_token(token, now, ver, &mut [0; MAX_DECODED])
    }

    fn verify_token(
        &self,
        token: &Token<'_>,
        now: u64,
        ver: Ver<'_>,
        buffer: &mut [u8],
    ) -> Result<Claims, VerifyError> {
        let payload = decode(token.payload, Segment::Payload, buffer)?;
        let mut signature = [0; 32];
        token.signature(&mut signature)?;
        if !std::iter::once(&self.newest)
            .chain(&self.older)
            .any(|key| key.signed(token.signed, &signature))
        {
            return Err(VerifyError::Signature);
        }
        let (claims, found) = read_claims(payload)?;
        if self.strict
            && let Some(tolerated) = claims.tolerated().next()
        {
            return Err(VerifyError::TextNumber(tolerated.claim()));
        }
        if now >= claims.exp.saturating_add(self.leeway) {
            return Err(VerifyError::Expired);
        }
        check_ver(ver, found)?;
        Ok(claims)
    }
}
