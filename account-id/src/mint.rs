//! Minting.

use std::fmt;

use base64::{Engine as _, encoded_len};
use uuid::Uuid;

use crate::{
    MintError, SecretKey,
    time::LAST_SECOND,
    token::{BASE64URL, HEADER, MAX_LENGTH, SIGNATURE_LENGTH},
};

/// The seconds for which an account_id is valid, unless its maker says otherwise (A-73).
pub const DEFAULT_LIFETIME: u64 = 3600;

/// The claims of an account_id that a CMP is about to make (section "Account ID").
///
/// ```
/// use account_id::{NewAccountId, SecretKey};
/// use uuid::uuid;
///
/// let key = SecretKey::from_bytes(&[7; 32])?;
/// let sid = uuid!("5f0c4a9e-3a51-4d0e-9c1b-2b6f8f1d7a10");
/// let account_id = NewAccountId::new(sid, 1_700_000_000).mint(&key)?;
/// assert!(account_id.as_str().starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct NewAccountId<'a> {
    sid: Uuid,
    iat: u64,
    exp: u64,
    ver: Option<&'a str>,
}

impl<'a> NewAccountId<'a> {
    /// An account_id for the onboarding session `sid`, a new random UUID each time, made at `iat`, in seconds since
    /// 1970-01-01 00:00:00 UTC. It is valid for [`DEFAULT_LIFETIME`] and has no `ver`.
    #[must_use]
    pub const fn new(sid: Uuid, iat: u64) -> Self {
        Self {
            sid,
            iat,
            exp: iat.saturating_add(DEFAULT_LIFETIME),
            ver: None,
        }
    }

    /// Ends `seconds` after it was made.
    #[must_use]
    pub const fn lifetime(mut self, seconds: u64) -> Self {
        self.exp = self.iat.saturating_add(seconds);
        self
    }

    /// Adds the secret knowledge that CMP and MSP have agreed on, as the user has given it, for example the last four
    /// digits of their phone number.
    ///
    /// # Security
    /// Anyone who sees the URL can read it: it is encoded, not encrypted, and URLs stand in histories and logs. It proves
    /// to the MSP that the user at the CMP knew it; choose nothing whose disclosure does harm. A hash instead would not
    /// be understood by a peer that follows the document (A-78).
    #[must_use]
    pub const fn ver(mut self, ver: &'a str) -> Self {
        self.ver = Some(ver);
        self
    }

    /// Signs it with `key`.
    ///
    /// # Errors
    /// [`MintError`] when it would be refused wherever it arrives.
    // R-011: the claims name the session, and nothing that anybody could log in with.
    pub fn mint(&self, key: &SecretKey) -> Result<SignedAccountId, MintError> {
        if self.exp <= self.iat {
            return Err(MintError::Lifetime);
        }
        if self.exp > LAST_SECOND {
            return Err(MintError::Milliseconds);
        }
        if self.ver == Some("") {
            return Err(MintError::EmptyVer);
        }
        // No escape is longer than six bytes; a text that is too long even unescaped must not be copied first.
        if self.ver.is_some_and(|ver| ver.len() > MAX_LENGTH) {
            return Err(MintError::TooLong);
        }
        let payload = self.payload();
        let length = encoded_len(payload.len(), false)
            .map(|encoded| HEADER.len() + encoded + 1 + SIGNATURE_LENGTH)
            .filter(|length| *length <= MAX_LENGTH)
            .ok_or(MintError::TooLong)?;
        let mut account_id = String::with_capacity(length);
        account_id.push_str(HEADER);
        BASE64URL.encode_string(&payload, &mut account_id);
        let signature = key.sign(&account_id);
        account_id.push('.');
        BASE64URL.encode_string(signature, &mut account_id);
        Ok(SignedAccountId(account_id))
    }

    fn payload(&self) -> Vec<u8> {
        let mut json = Vec::with_capacity(160);
        json.extend(br#"{"exp":"#);
        push_decimal(&mut json, self.exp);
        if let Some(ver) = self.ver {
            json.extend(br#","ver":""#);
            push_escaped(&mut json, ver);
            json.push(b'"');
        }
        json.extend(br#","sid":""#);
        json.extend(
            self.sid
                .hyphenated()
                .encode_lower(&mut Uuid::encode_buffer())
                .as_bytes(),
        );
        json.extend(br#"","iat":"#);
        push_decimal(&mut json, self.iat);
        json.push(b'}');
        json
    }
}

impl fmt::Debug for NewAccountId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccountId")
            .field("sid", &self.sid)
            .field("iat", &self.iat)
            .field("exp", &self.exp)
            .field("ver", &self.ver.map(|_| "redacted"))
            .finish()
    }
}

/// An account_id with its signature, ready for the redirect. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct SignedAccountId(String);

impl SignedAccountId {
    /// The text that travels: letters, digits, `-`, `_` and two dots, so that a URL needs no escapes for it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same as an owned string.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl AsRef<str> for SignedAccountId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SignedAccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedAccountId(redacted)")
    }
}

fn push_decimal(json: &mut Vec<u8>, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        length += 1;
        if number == 0 {
            break;
        }
    }
    json.extend(digits.iter().skip(digits.len() - length));
}

fn push_escaped(json: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => json.extend([b'\\', byte]),
            0..0x20 => json.extend(format!("\\u{byte:04x}").bytes()),
            _ => json.push(byte),
        }
    }
}
