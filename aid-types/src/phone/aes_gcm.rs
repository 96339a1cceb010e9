use std::{fmt, iter};

use aes_gcm::{AeadInOut, Aes128Gcm, Aes256Gcm, Key, KeyInit, Nonce, Tag};
use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::{
    DecryptedPhoneNumber, EncryptedPhoneNumber, PhoneCipher, PhoneCiphertext, PhoneError, PhoneIv, Random, Undecrypted,
};
use crate::Msisdn;

/// AES-GCM for phone numbers (A-89).
///
/// The initialization vector has 12 random bytes, fresh for every number; no associated data; the ciphertext is followed
/// by the tag of 16 bytes. To change the key, the MSP encrypts with the new one while the CMP accepts both: nothing in
/// the message tells which key was used, so all are tried, the newest first (A-91).
///
/// ```
/// use aid_types::{AesGcmPhoneCipher, Msisdn, PhoneCipher, PhoneKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let msp = AesGcmPhoneCipher::new(PhoneKey::aes_256(&[7; 32]));
/// let cmp = AesGcmPhoneCipher::new(PhoneKey::aes_256(&[8; 32])).with_older_key(PhoneKey::aes_256(&[7; 32]))?;
///
/// let number: Msisdn = "919961345678".parse()?;
/// // In earnest: `&mut |bytes: &mut [u8]| getrandom::fill(bytes)`.
/// let mut random = |bytes: &mut [u8]| -> Result<(), std::convert::Infallible> { Ok(bytes.fill(1)) };
/// let sent = msp.encrypt(&number, &mut random)?;
/// assert_eq!(cmp.decrypt(&sent)?.number, number);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct AesGcmPhoneCipher {
    newest: PhoneKey,
    /// Newest first.
    older: Vec<PhoneKey>,
}

impl AesGcmPhoneCipher {
    /// At most this many keys are tried.
    pub const MAX_KEYS: usize = 8;

    /// Encrypts and decrypts with `key`.
    #[must_use]
    pub fn new(key: PhoneKey) -> Self {
        Self {
            newest: key,
            older: Vec::new(),
        }
    }

    /// Decrypts with `key` too, after those already there.
    ///
    /// # Errors
    ///
    /// [`PhoneError::TooManyKeys`] beyond [`AesGcmPhoneCipher::MAX_KEYS`].
    pub fn with_older_key(mut self, key: PhoneKey) -> Result<Self, PhoneError> {
        if self.older.len() + 1 >= Self::MAX_KEYS {
            return Err(PhoneError::TooManyKeys);
        }
        self.older.push(key);
        Ok(self)
    }
}

impl AesGcmPhoneCipher {
    /// The plaintext, if one of the keys made the ciphertext.
    fn open(&self, iv: &[u8; 12], ciphertext: &[u8], tag: &[u8; 16]) -> Option<Zeroizing<Vec<u8>>> {
        iter::once(&self.newest)
            .chain(&self.older)
            .find_map(|key| key.decrypt(iv, ciphertext, tag))
    }
}

impl PhoneCipher for AesGcmPhoneCipher {
    fn encrypt(&self, number: &Msisdn, random: &mut dyn Random) -> Result<EncryptedPhoneNumber, PhoneError> {
        let mut iv = [0; 12];
        random.fill(&mut iv)?;
        let mut buffer = number.as_str().as_bytes().to_vec();
        let tag = self.newest.encrypt(&iv, &mut buffer)?;
        buffer.extend_from_slice(&tag);
        Ok(EncryptedPhoneNumber::new(
            PhoneCiphertext::from_bytes(&buffer).map_err(|_| PhoneError::Encrypt)?,
            PhoneIv::from_bytes(&iv).map_err(|_| PhoneError::Encrypt)?,
        ))
    }

    fn decrypt(&self, encrypted: &EncryptedPhoneNumber) -> Result<DecryptedPhoneNumber, PhoneError> {
        let iv = encrypted.iv().bytes().ok_or(Undecrypted::Blanks("iv"))?;
        let iv = <[u8; 12]>::try_from(iv).map_err(|iv| Undecrypted::IvLength {
            found: iv.len(),
            expected: 12,
        })?;
        let sealed = encrypted
            .ciphertext()
            .bytes()
            .ok_or(Undecrypted::Blanks("phoneNumber"))?;
        let too_short = || Undecrypted::TooShort {
            found: sealed.len(),
            expected: 16,
        };
        let (ciphertext, tag) = sealed.split_last_chunk::<16>().ok_or_else(too_short)?;
        let plaintext = self.open(&iv, ciphertext, tag).ok_or_else(|| {
            // Only to tell it: some libraries write them in the other order.
            let swapped = sealed.split_first_chunk::<16>();
            match swapped.and_then(|(tag, ciphertext)| self.open(&iv, ciphertext, tag)) {
                Some(_) => Undecrypted::TagFirst,
                None => Undecrypted::NoKeyFits,
            }
        })?;
        DecryptedPhoneNumber::from_plaintext(&plaintext)
    }
}

/// A key for [`AesGcmPhoneCipher`], ready for use. `Debug` hides it, and it is overwritten when dropped.
pub struct PhoneKey(Algorithm);

/// On the heap, because moving a key would leave copies behind.
enum Algorithm {
    Aes256(Box<Aes256Gcm>),
    Aes128(Box<Aes128Gcm>),
}

/// The build fails if a feature gets lost without which keys are not overwritten.
const _: () = {
    const fn is_overwritten<T: ZeroizeOnDrop>() {}
    is_overwritten::<Aes256Gcm>();
    is_overwritten::<Aes128Gcm>();
};

impl PhoneKey {
    /// A key for AES-256-GCM, the usual choice.
    #[must_use]
    pub fn aes_256(key: &[u8; 32]) -> Self {
        Self(Algorithm::Aes256(Box::new(Aes256Gcm::new(<&Key<Aes256Gcm>>::from(
            key,
        )))))
    }

    /// A key for AES-128-GCM, where the other side demands it.
    #[must_use]
    pub fn aes_128(key: &[u8; 16]) -> Self {
        Self(Algorithm::Aes128(Box::new(Aes128Gcm::new(<&Key<Aes128Gcm>>::from(
            key,
        )))))
    }

    /// Encrypts in place and returns the tag.
    fn encrypt(&self, iv: &[u8; 12], buffer: &mut [u8]) -> Result<Tag, PhoneError> {
        let iv = <&Nonce<_>>::from(iv);
        match &self.0 {
            Algorithm::Aes256(key) => key.encrypt_inout_detached(iv, b"", buffer.into()),
            Algorithm::Aes128(key) => key.encrypt_inout_detached(iv, b"", buffer.into()),
        }
        .map_err(|_| PhoneError::Encrypt)
    }

    /// The plaintext, if this key made the ciphertext.
    fn decrypt(&self, iv: &[u8; 12], ciphertext: &[u8], tag: &[u8; 16]) -> Option<Zeroizing<Vec<u8>>> {
        let (iv, tag) = (<&Nonce<_>>::from(iv), <&Tag>::from(tag));
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        match &self.0 {
            Algorithm::Aes256(key) => key.decrypt_inout_detached(iv, b"", buffer.as_mut_slice().into(), tag),
            Algorithm::Aes128(key) => key.decrypt_inout_detached(iv, b"", buffer.as_mut_slice().into(), tag),
        }
        .ok()
        .map(|()| buffer)
    }
}

impl TryFrom<&[u8]> for PhoneKey {
    type Error = PhoneError;

    /// By its length: 32 bytes for AES-256, 16 for AES-128; else [`PhoneError::KeyLength`].
    fn try_from(key: &[u8]) -> Result<Self, Self::Error> {
        match (key.try_into(), key.try_into()) {
            (Ok(key), _) => Ok(Self::aes_256(key)),
            (_, Ok(key)) => Ok(Self::aes_128(key)),
            _ => Err(PhoneError::KeyLength),
        }
    }
}

impl fmt::Debug for PhoneKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneKey(redacted)")
    }
}
