//! The keys of a file, and where their values are: all of a store that is in memory.

use std::{borrow::Borrow, cmp::Ordering, collections::BTreeMap, ops::Range};

/// The keys, and where their values are.
pub(super) type Index = BTreeMap<Key, Place>;

/// Where a value stands in the file, and its checksum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) at: u64,
    pub(super) len: u32,
    pub(super) crc: u32,
}

impl Place {
    /// The place of a value in bytes that begin at `at`.
    pub(super) fn new(at: u64, bytes: &[u8], value: Range<usize>) -> Self {
        Self {
            at: at + value.start as u64,
            len: u32::try_from(value.len()).unwrap_or(u32::MAX),
            crc: crc32fast::hash(bytes.get(value).unwrap_or_default()),
        }
    }
}

/// Bytes of a key that takes no memory of its own: more than a VIN with a time before it.
const SHORT: usize = 30;

/// A key. A backend has two of each vehicle, all short.
#[derive(Debug, Clone)]
pub(super) enum Key {
    /// The first so many of these bytes.
    Short(u8, [u8; SHORT]),
    Long(Box<[u8]>),
}

impl Key {
    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Short(len, bytes) => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

impl From<&[u8]> for Key {
    fn from(key: &[u8]) -> Self {
        let mut bytes = [0; SHORT];
        match (u8::try_from(key.len()), bytes.get_mut(..key.len())) {
            (Ok(len), Some(short)) => {
                short.copy_from_slice(key);
                Self::Short(len, bytes)
            }
            _ => Self::Long(key.into()),
        }
    }
}

/// As the bytes are.
impl Borrow<[u8]> for Key {
    fn borrow(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Key {}

#[cfg(test)]
mod tests {
    use super::{Key, SHORT};

    #[test]
    fn a_key_is_its_bytes() {
        assert_eq!(size_of::<Key>(), 32);
        for len in [0, 1, SHORT - 1, SHORT, SHORT + 1, 255, 256, 70_000] {
            let key = vec![7; len];
            assert_eq!(Key::from(&*key).as_bytes(), key);
        }
        let (short, long) = (Key::from(&[7; SHORT][..]), Key::from(&[7; SHORT + 1][..]));
        assert!(short < long && long < Key::from(&[8][..]));
    }
}
