//! Phone numbers, which travel encrypted.

use crate::{IdError, Problem};

/// `phoneNumber` and `iv` as they stand on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptedPhoneNumber {
    ciphertext: Box<str>,
    iv: Box<str>,
}

impl EncryptedPhoneNumber {
    /// The two texts.
    pub fn from_wire(ciphertext: &str, iv: &str) -> Result<Self, IdError> {
        if ciphertext.len() > 512 || iv.len() > 512 {
            return Err(IdError::new("phoneNumber", Problem::Structure("too long")));
        }
        Ok(Self {
            ciphertext: ciphertext.into(),
            iv: iv.into(),
        })
    }
    /// phoneNumber
    pub fn ciphertext(&self) -> &str {
        &self.ciphertext
    }
    /// iv
    pub fn iv(&self) -> &str {
        &self.iv
    }
}
