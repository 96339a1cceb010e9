//! Verification.

use crate::{
    KeyError, SecretKey, Segment, VerifiedToken, VerifyError,
    claims::read_payload,
    token::{MAX_DECODED, Token, decode},
    tolerated::Deviations,
};

/// The seconds by which two clocks may differ, unless the verifier says otherwise (A-73).
pub const DEFAULT_LEEWAY: u64 = 60;

/// The most keys that one peer has at a time.
pub const MAX_KEYS: usize = 4;

/// Payloads up to this length, which are all that occur, are decoded into a small buffer.
const USUAL_PAYLOAD: usize = 256;

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

    /// Accepts an account_id until `seconds` after its `exp`, and from `seconds` before its `nbf`, if it has one.
    ///
    /// A CMP that gives users time to complete the onboarding after the redirect may set this much longer (A-80).
    #[must_use]
    pub const fn leeway(mut self, seconds: u64) -> Self {
        self.leeway = seconds;
        self
    }

    /// Refuses what is otherwise accepted and reported in [`Claims::tolerated`](crate::Claims::tolerated): times that are
    /// not integers in seconds (A-72), and a `typ` that is not `JWT` (A-74). A `ver` that is not agreed is accepted all the
    /// same, as the document has it: "otherwise, only the format will be verified" (A-163).
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

    /// Verifies everything about `account_id` but its `ver`, at the time `now`, in seconds since 1970-01-01 00:00:00 UTC
    /// (section "Account ID").
    ///
    /// What comes back names the session; [`VerifiedToken::check_ver`] completes the verification with what is agreed for
    /// it, and returns the claims.
    ///
    /// The order of the checks: size, segments, header, encoding, signature, JSON, claims, `exp`, `nbf`. Nothing of the
    /// payload is interpreted before its signature is known to be good (A-164). `iat` must not be later than `exp` (A-73),
    /// but is not compared with `now`: the document gives validity to `exp` alone. `nbf`, of which the document does not
    /// speak, is respected where it is there (RFC 7519).
    ///
    /// # Errors
    /// The first check that failed; [`VerifyError::code`] is what the peer is told.
    // R-015, R-026, R-147, R-153
    pub fn verify_at<'a>(&self, account_id: &'a str, now: u64) -> Result<VerifiedToken<'a>, VerifyError> {
        let token = Token::new(account_id)?;
        if token.payload.len() <= USUAL_PAYLOAD {
            self.verify_token(&token, now, &mut [0; USUAL_PAYLOAD / 4 * 3])
        } else {
            self.verify_large(&token, now)
        }
    }

    #[cold]
    #[inline(never)]
    fn verify_large<'a>(&self, token: &Token<'a>, now: u64) -> Result<VerifiedToken<'a>, VerifyError> {
        self.verify_token(token, now, &mut [0; MAX_DECODED])
    }

    fn verify_token<'a>(
        &self,
        token: &Token<'a>,
        now: u64,
        buffer: &mut [u8],
    ) -> Result<VerifiedToken<'a>, VerifyError> {
        if self.strict && token.tolerated.is_some() {
            return Err(VerifyError::Type);
        }
        let decoded = decode(token.payload, Segment::Payload, buffer)?;
        let signature = token.signature()?;
        if !std::iter::once(&self.newest)
            .chain(&self.older)
            .any(|key| key.signed(token.signed, &signature))
        {
            return Err(VerifyError::Signature);
        }
        let payload = read_payload(decoded, Deviations::of_header(token.tolerated))?;
        let claims = payload.claims;
        if self.strict
            && let Some(tolerated) = claims.tolerated().next()
        {
            return Err(VerifyError::Deviation(tolerated));
        }
        if claims.iat > claims.exp {
            return Err(VerifyError::IatAfterExp);
        }
        if now >= claims.exp.saturating_add(self.leeway) {
            return Err(VerifyError::Expired);
        }
        if payload.nbf.is_some_and(|nbf| now.saturating_add(self.leeway) < nbf) {
            return Err(VerifyError::NotYetValid);
        }
        Ok(VerifiedToken::new(claims, token.payload, payload.ver))
    }
}
