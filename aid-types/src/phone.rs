//! The phone number of a subscription, encrypted (section "Phone number encryption").
//!
//! In AiD1 a phone number never stands in the clear, in addition to TLS: the bodies carry a [`PhoneCiphertext`] and a
//! [`PhoneIv`]. How it is encrypted is agreed between MSP and CMP, hence the trait [`PhoneCipher`];
//! `AesGcmPhoneCipher` (feature `aes-gcm`) is what the examples of the document fit (A-89).

#[cfg(feature = "aes-gcm")]
mod aes_gcm;
mod base64_text;
mod ciphertext;
mod iv;
mod random;

use std::fmt;

#[cfg(feature = "aes-gcm")]
pub use self::aes_gcm::{AesGcmPhoneCipher, PhoneKey};
pub use self::{
    ciphertext::PhoneCiphertext,
    iv::PhoneIv,
    random::{Random, RandomFailed},
};
use crate::{Ambiguity, Msisdn};

/// A phone number as it travels: the fields `phoneNumber` and `iv`, which only make sense together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EncryptedPhoneNumber {
    ciphertext: PhoneCiphertext,
    iv: PhoneIv,
}

impl EncryptedPhoneNumber {
    /// The two fields of a body.
    #[must_use]
    pub fn new(ciphertext: PhoneCiphertext, iv: PhoneIv) -> Self {
        Self { ciphertext, iv }
    }

    /// The field `phoneNumber`.
    #[must_use]
    pub fn ciphertext(&self) -> &PhoneCiphertext {
        &self.ciphertext
    }

    /// The field `iv`.
    #[must_use]
    pub fn iv(&self) -> &PhoneIv {
        &self.iv
    }

    /// The same with every blank read as the `+` that it was before a sender treated the text as a URL (A-90).
    ///
    /// For peers that are known to do so; nothing does this by itself.
    ///
    /// ```
    /// use aid_types::EncryptedPhoneNumber;
    ///
    /// let received = EncryptedPhoneNumber::new("b3 sYkQqi5xw1xRLsDxcfaRC1PANhnhG".parse()?, "N1RnMnHhudFLgi1l".parse()?);
    /// assert_eq!(received.with_blanks_as_plus().ciphertext().as_str(), "b3+sYkQqi5xw1xRLsDxcfaRC1PANhnhG");
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    #[must_use]
    pub fn with_blanks_as_plus(&self) -> Self {
        Self {
            ciphertext: self.ciphertext.with_blanks_as_plus(),
            iv: self.iv.with_blanks_as_plus(),
        }
    }
}

/// The encryption that MSP and CMP agreed on.
///
/// An MSP encrypts, a CMP decrypts. The implementation holds the keys and reads no randomness of its own.
pub trait PhoneCipher {
    /// Encrypts a number with a fresh initialization vector: also when the same number is sent again (A-21).
    ///
    /// # Errors
    ///
    /// [`PhoneError::Random`] if `random` gave none, [`PhoneError::Encrypt`] if the cipher failed.
    fn encrypt(&self, number: &Msisdn, random: &mut dyn Random) -> Result<EncryptedPhoneNumber, PhoneError>;

    /// Decrypts a number.
    ///
    /// # Errors
    ///
    /// [`PhoneError::Decrypt`], whatever is wrong: text, length, key, tag, or what was encrypted. A server answers 422.
    fn decrypt(&self, encrypted: &EncryptedPhoneNumber) -> Result<DecryptedPhoneNumber, PhoneError>;
}

/// A decrypted phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecryptedPhoneNumber {
    /// The number.
    pub number: Msisdn,
    /// A-92 if it was written with a leading `+` or blanks.
    pub tolerated: Option<Ambiguity>,
}

impl DecryptedPhoneNumber {
    /// Reads the decrypted text, as [`Msisdn::parse_lenient`] does. For implementations of [`PhoneCipher`].
    ///
    /// # Errors
    ///
    /// [`PhoneError::Decrypt`] if it is no phone number.
    pub fn from_plaintext(plaintext: &[u8]) -> Result<Self, PhoneError> {
        let text = str::from_utf8(plaintext).map_err(|_| PhoneError::Decrypt)?;
        let (number, tolerated) = Msisdn::parse_lenient(text).map_err(|_| PhoneError::Decrypt)?;
        Ok(Self { number, tolerated })
    }
}

/// Why a phone number was not encrypted or decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PhoneError {
    /// The source of randomness failed.
    Random,
    /// The cipher failed.
    Encrypt,
    /// Not decrypted. It does not say why, so that it tells an attacker nothing.
    Decrypt,
    /// A key of a length that the cipher does not have.
    KeyLength,
    /// More keys than are ever tried.
    TooManyKeys,
}

impl fmt::Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Random => "the source of randomness failed",
            Self::Encrypt => "the phone number could not be encrypted",
            Self::Decrypt => "the phone number could not be decrypted",
            Self::KeyLength => "the key for phone numbers has a wrong length",
            Self::TooManyKeys => "too many keys for phone numbers",
        })
    }
}

impl std::error::Error for PhoneError {}

impl From<RandomFailed> for PhoneError {
    fn from(_: RandomFailed) -> Self {
        Self::Random
    }
}
