//! The second step of the verification.

use std::fmt;

use uuid::Uuid;

use crate::{
    Claim, Claims, Segment, Tolerated, Ver, VerifyError,
    claims::VerPosition,
    text::Text,
    token::{MAX_DECODED, decode},
    ver,
};

/// A `ver` up to this length, and all that occur are shorter, is decoded into a small buffer.
const USUAL_VER: usize = 48;

/// An account_id whose signature and times are good, and whose `ver` is still to be compared.
///
/// It names its session, so that a CMP can look up what is agreed for just this one, and compares no `ver` with that of
/// somebody else (A-163). A MSP, which knows its user from its own login, calls [`check_ver`](Self::check_ver) at once.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use account_id::{NewAccountId, SecretKey, Ver, Verifier, VerifyError, uuid::uuid};
///
/// let key = SecretKey::from_bytes(&[7; 32])?;
/// let (sid, now) = (uuid!("5f0c4a9e-3a51-4d0e-9c1b-2b6f8f1d7a10"), 1_700_000_000);
/// let account_id = NewAccountId::new(sid, now).ver("6789").mint(&key)?.into_string();
/// let sessions = BTreeMap::from([(sid, "6789")]);
///
/// let token = Verifier::new(key).verify_at(&account_id, now)?;
/// let Some(agreed) = sessions.get(&token.sid()) else {
///     return Ok(()); // error code 10: no such session
/// };
/// let claims = token.check_ver(Ver::Agreed(agreed))?;
/// assert_eq!(claims.sid, sid);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use = "`ver` is not checked yet: call `check_ver`"]
pub struct VerifiedToken<'a> {
    claims: Claims,
    /// As it travels.
    payload: &'a str,
    ver: Option<VerPosition>,
}

impl<'a> VerifiedToken<'a> {
    pub(crate) const fn new(claims: Claims, payload: &'a str, ver: Option<VerPosition>) -> Self {
        Self { claims, payload, ver }
    }

    /// The unique session id of the onboarding request.
    #[must_use]
    pub const fn sid(&self) -> Uuid {
        self.claims.sid
    }

    /// Compares `ver` with what is agreed, in constant time, and returns the claims.
    ///
    /// # Errors
    /// [`VerifyError::VerMissing`], [`VerifyError::VerMismatch`].
    // R-154, A-163
    pub fn check_ver(self, agreed: Ver<'_>) -> Result<Claims, VerifyError> {
        let mut claims = self.claims;
        match (agreed, self.ver) {
            (Ver::NotAgreed, None) => {}
            (Ver::NotAgreed, Some(_)) => claims.deviations.add(Tolerated::VerNotAgreed),
            (_, None) => return Err(VerifyError::VerMissing),
            (_, Some(at)) if at.length <= USUAL_VER => self.compare(at, agreed, &mut [0; USUAL_VER + 6])?,
            (_, Some(at)) => self.compare_large(at, agreed)?,
        }
        Ok(claims)
    }

    #[cold]
    #[inline(never)]
    fn compare_large(&self, at: VerPosition, agreed: Ver<'_>) -> Result<(), VerifyError> {
        self.compare(at, agreed, &mut [0; MAX_DECODED])
    }

    fn compare(&self, at: VerPosition, agreed: Ver<'_>, buffer: &mut [u8]) -> Result<(), VerifyError> {
        // Every four characters are three bytes: those around `ver` are decoded once more, and nothing else.
        let first = at.start / 3;
        let last = (at.start + at.length).div_ceil(3);
        let encoded = self.payload.get(first * 4..self.payload.len().min(last * 4));
        let decoded = decode(encoded.unwrap_or_default(), Segment::Payload, buffer)?;
        let text = decoded
            .get(at.start % 3..at.start % 3 + at.length)
            .and_then(|text| std::str::from_utf8(text).ok())
            .ok_or(VerifyError::InvalidClaim(Claim::Ver))?;
        // It may have escapes: what has none is compared likewise.
        ver::compare(Text::Escaped(text), agreed)
    }
}

impl fmt::Debug for VerifiedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedToken")
            .field("claims", &self.claims)
            .field("ver", &self.ver.map(|_| "redacted"))
            .finish_non_exhaustive()
    }
}
