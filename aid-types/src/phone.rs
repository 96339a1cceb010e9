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
    /// [`PhoneError::Decrypt`], whatever is wrong: text, length, key, tag, or what was encrypted. A server answers 422/91
    /// ([`Condition::PhoneNumber`](crate::Condition::PhoneNumber)), and writes what it was into its own log only.
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
        let text = str::from_utf8(plaintext).map_err(|_| Undecrypted::Plaintext("it is not text"))?;
        let (number, tolerated) =
            Msisdn::parse_lenient(text).map_err(|_| Undecrypted::Plaintext(why_no_number(text)))?;
        Ok(Self { number, tolerated })
    }
}

/// What is wrong with an encrypted number that is none, in words without any of it.
fn why_no_number(text: &str) -> &'static str {
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("tel:")) {
        "the number begins with tel:"
    } else if text.contains(char::is_control) {
        "the number holds a line break or another control character"
    } else if text.trim_start_matches([' ', '+']).starts_with('0') {
        "the number begins with 0, so not with a country code"
    } else if text.contains(|character: char| !character.is_ascii_digit() && !matches!(character, ' ' | '+')) {
        "the number holds something else than digits"
    } else {
        "the number does not have 1 to 15 digits"
    }
}

/// Why an encrypted phone number could not be read: for one's own log, never for the peer.
///
/// No part of the number or of a key is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undecrypted {
    /// `phoneNumber` or `iv` is no Base64: it holds blanks, which [`EncryptedPhoneNumber::with_blanks_as_plus`] may repair.
    #[error("{0} is not Base64: it holds blanks")]
    Blanks(&'static str),
    /// The initialization vector has another length than the cipher's.
    #[error("iv has {found} bytes, not {expected}")]
    IvLength {
        /// How many bytes it has.
        found: usize,
        /// How many the cipher needs.
        expected: usize,
    },
    /// The ciphertext is too short to hold a tag.
    #[error("phoneNumber has {found} bytes, fewer than the tag of {expected}")]
    TooShort {
        /// How many bytes it has.
        found: usize,
        /// How many the tag has.
        expected: usize,
    },
    /// The tag stands before the ciphertext, not behind it.
    #[error("the tag stands before the ciphertext")]
    TagFirst,
    /// No key fits: it was encrypted with another, with other associated data, or was changed on the way.
    #[error("none of the keys fits, or the text was changed")]
    NoKeyFits,
    /// What was encrypted is no phone number.
    #[error("{0}")]
    Plaintext(&'static str),
}

impl From<Undecrypted> for PhoneError {
    fn from(reason: Undecrypted) -> Self {
        Self::Decrypt(reason)
    }
}

/// Why a phone number was not encrypted or decrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhoneError {
    /// The source of randomness failed.
    #[error("the source of randomness failed")]
    Random,
    /// The cipher failed.
    #[error("the phone number could not be encrypted")]
    Encrypt,
    /// Not decrypted. The reason is for one's own log; a peer that learned it could learn of the key.
    #[error("the phone number could not be decrypted: {0}")]
    Decrypt(Undecrypted),
    /// A key of a length that the cipher does not have.
    #[error("the key for phone numbers has a wrong length")]
    KeyLength,
    /// More keys than are ever tried.
    #[error("too many keys for phone numbers")]
    TooManyKeys,
}

impl From<RandomFailed> for PhoneError {
    fn from(_: RandomFailed) -> Self {
        Self::Random
    }
}
