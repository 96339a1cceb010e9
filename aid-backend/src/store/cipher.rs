//! How what a store keeps is encrypted, and what it is found by.

use std::fmt;

use aes_gcm::{AeadInOut as _, Aes256Gcm, KeyInit as _, Nonce, Tag};
use aid_types::phone::RandomFailed;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// The first byte of what is encrypted: how the rest is to be read.
const FORMAT: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;

/// The build fails if a feature gets lost without which keys are not overwritten.
const _: () = {
    const fn is_overwritten<T: ZeroizeOnDrop>() {}
    is_overwritten::<Aes256Gcm>();
};

/// Encrypts what an [`EncryptedStore`](super::EncryptedStore) keeps, with keys of the operator's.
///
/// States, effects and replies: AES-256-GCM with a data key for each aggregate, lane and call, which comes of the operator's
/// key by HMAC-SHA-256, and with a nonce of 12 random bytes for each value. Place, format and number of the operator's key
/// are associated data: nothing can be put elsewhere. What is looked up (keys, names, calls, the vehicle of a lane) becomes
/// the first 16 bytes of an HMAC-SHA-256, in hexadecimal digits.
///
/// Not hidden: how much there is of what kind, when it is due, and who calls whom how often.
pub struct StateCipher {
    names: Hmac<Sha256>,
    /// The newest first.
    keys: Vec<(u8, Hmac<Sha256>)>,
    random: Box<FillRandom>,
}

impl fmt::Debug for StateCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.keys.iter().map(|(number, _)| number).collect();
        f.debug_struct("StateCipher")
            .field("keys", &keys)
            .finish_non_exhaustive()
    }
}

type FillRandom = dyn Fn(&mut [u8]) -> Result<(), RandomFailed> + Send + Sync;

/// What stands where, so that nothing of one kind can be taken for another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Aggregate,
    Name,
    Lane,
    Destination,
    Call,
}

impl Place {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Aggregate => b"aggregate/",
            Self::Name => b"name/",
            Self::Lane => b"lane/",
            Self::Destination => b"destination/",
            Self::Call => b"call/",
        }
    }
}

/// What was encrypted cannot be read: it is damaged, stands in another place, or needs another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("encrypted with another key, for another place, or damaged")
    }
}

impl std::error::Error for Unreadable {}

impl StateCipher {
    /// `names` makes what is looked up, and is never changed: with another, nothing is found. `key`, with a number of its own,
    /// encrypts. `random` is fit for cryptography, as `getrandom::fill` is.
    #[must_use]
    pub fn new<E>(
        names: &[u8; 32],
        (number, key): (u8, &[u8; 32]),
        random: impl Fn(&mut [u8]) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        Self {
            names: hmac(names),
            keys: vec![(number, hmac(key))],
            random: Box::new(move |bytes| random(bytes).map_err(|_| RandomFailed)),
        }
    }

    /// Decrypts what an older key has encrypted. It is needed as long as something lies there that was written with it:
    /// aggregates are encrypted anew when they are saved.
    #[must_use]
    pub fn with_older_key(mut self, number: u8, key: &[u8; 32]) -> Self {
        self.keys.push((number, hmac(key)));
        self
    }

    /// What something is found by.
    pub(super) fn hidden(&self, place: Place, text: &str) -> [u8; 32] {
        let digest = after(&self.names, &[place.label(), text.as_bytes()]);
        let mut hex = [0; 32];
        for (digits, byte) in hex.chunks_exact_mut(2).zip(digest.iter()) {
            let digit = |half: u8| char::from_digit(u32::from(half), 16).map_or(b'0', |digit| digit as u8);
            digits.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        hex
    }

    /// Encrypts what stands in a place.
    pub(super) fn seal(&self, place: Place, at: &str, plain: &[&[u8]]) -> Result<Vec<u8>, RandomFailed> {
        let (number, key) = self.keys.first().ok_or(RandomFailed)?;
        let mut nonce = [0; NONCE];
        (self.random)(&mut nonce)?;
        let mut sealed = vec![FORMAT, *number];
        sealed.extend_from_slice(&nonce);
        let begin = sealed.len();
        plain.iter().for_each(|part| sealed.extend_from_slice(part));
        let text = sealed.get_mut(begin..).unwrap_or_default();
        let associated = associated(*number, place, at);
        let tag = data_key(key, place, at)
            .encrypt_inout_detached(&Nonce::from(nonce), &associated, text.into())
            .map_err(|_| RandomFailed)?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Decrypts what stands in a place.
    pub(super) fn open(&self, place: Place, at: &str, sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
        let (&[format, number], rest) = sealed.split_first_chunk().ok_or(Unreadable)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(Unreadable)?;
        let (text, tag) = rest.split_last_chunk::<TAG>().ok_or(Unreadable)?;
        if format != FORMAT {
            return Err(Unreadable);
        }
        let mut keys = self.keys.iter().filter(|(other, _)| *other == number);
        let (_, key) = keys.next().ok_or(Unreadable)?;
        let mut plain = text.to_vec();
        data_key(key, place, at)
            .decrypt_inout_detached(
                &Nonce::from(*nonce),
                &associated(number, place, at),
                plain.as_mut_slice().into(),
                &Tag::from(*tag),
            )
            .map_err(|_| Unreadable)?;
        Ok(plain)
    }
}

/// HMAC's own key is a block of the hash: a shorter one is filled up with zeros (RFC 2104).
fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0_u8; 64]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    Hmac::new((&*block).into())
}

fn after(mac: &Hmac<Sha256>, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = mac.clone();
    parts.iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

fn data_key(key: &Hmac<Sha256>, place: Place, at: &str) -> Aes256Gcm {
    let bytes = after(key, &[b"data key/", place.label(), at.as_bytes()]);
    Aes256Gcm::new(<&aes_gcm::Key<Aes256Gcm>>::from(&*bytes))
}

fn associated(number: u8, place: Place, at: &str) -> Vec<u8> {
    [&[FORMAT, number], place.label(), at.as_bytes()].concat()
}
