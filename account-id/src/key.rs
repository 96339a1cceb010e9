//! The msp-specific-secret.

use std::fmt;

use base64::{
    Engine as _,
    engine::general_purpose::{GeneralPurpose, STANDARD_PAD_INDIFFERENT, URL_SAFE_PAD_INDIFFERENT},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::KeyError;
#[cfg(doc)]
use crate::SecretReading;

/// The fewest bytes that a key may have: as many as its signature (A-76).
pub const MIN_KEY_BYTES: usize = 32;

/// The fewest bytes that [`SecretKey::from_weak_bytes`] takes (A-75).
pub const MIN_WEAK_KEY_BYTES: usize = 16;

// R-151
/// A msp-specific-secret: what a CMP and a MSP have exchanged, once and over a secure way, to sign each account_id
/// (section "Account ID").
///
/// The document does not say whether the secret is text or encoded bytes (A-76). Both sides must read it alike, so there
/// is one constructor for each reading, and none that guesses. When two sides disagree, [`SecretReading`] finds out how.
///
/// Holds the state of HMAC-SHA256 after the key, so that no call hashes the key again; the key itself is not kept. The
/// state is overwritten on drop, and `Debug` shows nothing of it.
///
/// ```
/// use account_id::{KeyError, SecretKey};
///
/// let key = SecretKey::from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")?;
/// assert_eq!(format!("{key:?}"), "SecretKey(redacted)");
/// assert_eq!(SecretKey::from_text("too short").unwrap_err(), KeyError::TooShort);
/// # Ok::<(), KeyError>(())
/// ```
#[derive(Clone)]
pub struct SecretKey {
    state: Hmac<Sha256>,
}

impl SecretKey {
    /// The key with these bytes.
    ///
    /// # Errors
    /// [`KeyError::TooShort`] for fewer than [`MIN_KEY_BYTES`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() < MIN_KEY_BYTES {
            return Err(KeyError::TooShort);
        }
        Self::of_any_length(bytes)
    }

    /// The key with these bytes, also if they are fewer than [`MIN_KEY_BYTES`]: for a peer that has been given a short secret
    /// and cannot change it yet (A-75).
    ///
    /// # Security
    /// Do not use this for a new secret. RFC 7518 (HMAC with SHA-2) demands 32 bytes: whoever has seen one account_id can try
    /// secrets on it at home, as fast as machines are, and mint account_ids for every user once one fits. 16 random bytes
    /// withstand that today; 16 letters that somebody made up do not.
    ///
    /// # Errors
    /// [`KeyError::TooShortEvenIfWeak`] for fewer than [`MIN_WEAK_KEY_BYTES`].
    pub fn from_weak_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() < MIN_WEAK_KEY_BYTES {
            return Err(KeyError::TooShortEvenIfWeak);
        }
        Self::of_any_length(bytes)
    }

    pub(crate) fn of_any_length(bytes: &[u8]) -> Result<Self, KeyError> {
        // HMAC takes keys of any length; the error cannot occur.
        let state = Hmac::new_from_slice(bytes).map_err(|_| KeyError::TooShort)?;
        Ok(Self { state })
    }

    /// The key whose bytes are this text in UTF-8: each character counts as it stands, nothing is decoded or trimmed.
    ///
    /// # Errors
    /// [`KeyError::TooShort`] for fewer than [`MIN_KEY_BYTES`].
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(text.as_bytes())
    }

    /// The key that this base64 (alphabet with `+` and `/`, padded or not) decodes to.
    ///
    /// # Errors
    /// [`KeyError::Base64`], or [`KeyError::TooShort`] for fewer than [`MIN_KEY_BYTES`] after decoding.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        Self::decode(&STANDARD_PAD_INDIFFERENT, text)
    }

    /// The key that this base64url (alphabet with `-` and `_`, padded or not) decodes to.
    ///
    /// # Errors
    /// [`KeyError::Base64`], or [`KeyError::TooShort`] for fewer than [`MIN_KEY_BYTES`] after decoding.
    pub fn from_base64url(text: &str) -> Result<Self, KeyError> {
        Self::decode(&URL_SAFE_PAD_INDIFFERENT, text)
    }

    /// The key that these hexadecimal digits, of either case, stand for.
    ///
    /// # Errors
    /// [`KeyError::Hex`], or [`KeyError::TooShort`] for fewer than [`MIN_KEY_BYTES`] after decoding.
    pub fn from_hex(text: &str) -> Result<Self, KeyError> {
        let bytes = hexadecimal(text).ok_or(KeyError::Hex)?;
        Self::from_bytes(&bytes)
    }

    fn decode(engine: &GeneralPurpose, text: &str) -> Result<Self, KeyError> {
        let bytes = Zeroizing::new(engine.decode(text).map_err(|_| KeyError::Base64)?);
        Self::from_bytes(&bytes)
    }

    /// The signature over `signed`: header, dot and payload as they travel.
    pub(crate) fn sign(&self, signed: &str) -> [u8; 32] {
        self.state.clone().chain_update(signed).finalize().into_bytes().into()
    }

    /// Whether `signature` is the one over `signed`, compared in constant time.
    pub(crate) fn signed(&self, signed: &str, signature: &[u8; 32]) -> bool {
        self.state.clone().chain_update(signed).verify_slice(signature).is_ok()
    }
}

/// The bytes that pairs of hexadecimal digits stand for.
pub(crate) fn hexadecimal(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for pair in text.as_bytes().chunks(2) {
        match *pair {
            [high, low] => bytes.push(digit(high)? << 4 | digit(low)?),
            _ => return None,
        }
    }
    Some(bytes)
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(redacted)")
    }
}
