use std::fmt;

use crate::Timestamp;

/// Tells copies of a message from others of the same vehicle, without help of the sender: name, timestamp of the request
/// id, and a digest of the payload.
///
/// The digest is FNV-1a with 128 bits. It guards against copies, not against forgers: keys are only compared within what
/// one authenticated vehicle sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdempotencyKey([u8; 16]);

impl IdempotencyKey {
    /// The key of a message.
    #[must_use]
    pub fn new(name: &str, timestamp: Timestamp, payload: &[u8]) -> Self {
        const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013B;
        const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
        // A name has no zero byte and the timestamp a fixed length, so no two inputs run together.
        let timestamp = timestamp.number().to_be_bytes();
        let parts = [name.as_bytes(), &[0], &timestamp, payload];
        let bytes = parts.into_iter().flatten();
        let digest = bytes.fold(BASIS, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME));
        Self(digest.to_be_bytes())
    }

    /// The key from its 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdempotencyKey({:032x})", u128::from_be_bytes(self.0))
    }
}
