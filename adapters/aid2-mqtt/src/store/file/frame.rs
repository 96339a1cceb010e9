//! The bytes of a file of changes.
//!
//! ```text
//! head    "AiD2log" 2   mark (8)   number of the first record (8)   crc of these 24 bytes (4)
//! record  mark (8)   number (8)   length of the body (4)   crc of the body (4)   crc of these 24 bytes (4)   body
//! body    ( 1 put, 0 remove (1)   length of the key (4)   length of the value (4)   key   value )*
//! ```
//!
//! Numbers are little-endian, checksums CRC-32. The mark is drawn at random for each file. So behind damage the next record
//! is found by its mark, and nothing that a peer put into a value can be taken for one; the numbers tell how many are gone.

use std::{io, ops::Range};

use crate::store::Change;

/// First bytes of the file: what it is, and the version of its format.
pub(super) const MAGIC: &[u8; 8] = b"AiD2log\x02";
/// Bytes of the head of the file, and of a record's.
pub(super) const HEAD: usize = 28;

pub(super) type Mark = [u8; 8];

/// The head of a file.
pub(super) fn file_head(mark: Mark, first: u64) -> [u8; HEAD] {
    sealed(&[MAGIC, &mark, &first.to_le_bytes()])
}

/// Mark and first number of a file; `None` if it is no head of this version, or damaged.
pub(super) fn read_file_head(bytes: &[u8; HEAD]) -> Option<(Mark, u64)> {
    let rest = unsealed(bytes)?.strip_prefix(MAGIC)?;
    let (mark, rest) = rest.split_first_chunk()?;
    Some((*mark, u64::from_le_bytes(*rest.first_chunk()?)))
}

/// The head of a record.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) mark: Mark,
    pub(super) number: u64,
    pub(super) len: u32,
    crc: u32,
}

impl Head {
    pub(super) fn read(bytes: &[u8; HEAD]) -> Option<Self> {
        let (mark, rest) = unsealed(bytes)?.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (len, rest) = rest.split_first_chunk()?;
        Some(Self {
            mark: *mark,
            number: u64::from_le_bytes(*number),
            len: u32::from_le_bytes(*len),
            crc: u32::from_le_bytes(*rest.first_chunk()?),
        })
    }

    /// Whether the body is the one that was written.
    pub(super) fn fits(&self, body: &[u8]) -> bool {
        crc32fast::hash(body) == self.crc
    }
}

/// Bytes of a record with this entry alone.
pub(super) const fn entry_len(key: usize, value: usize) -> u64 {
    (HEAD + 9 + key + value) as u64
}

/// A record of these changes.
///
/// # Errors
///
/// If they are longer than 4 GiB.
pub(super) fn record<'a>(
    mark: Mark,
    number: u64,
    changes: impl IntoIterator<Item = (&'a [u8], Option<&'a [u8]>)>,
) -> io::Result<Vec<u8>> {
    let len = |bytes: &[u8]| {
        u32::try_from(bytes.len()).map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "more than 4 GiB at once"))
    };
    let mut bytes = vec![0; HEAD];
    for (key, value) in changes {
        bytes.push(u8::from(value.is_some()));
        let value = value.unwrap_or_default();
        bytes.extend_from_slice(&len(key)?.to_le_bytes());
        bytes.extend_from_slice(&len(value)?.to_le_bytes());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value);
    }
    if let Some((head, body)) = bytes.split_first_chunk_mut::<HEAD>() {
        let crc = crc32fast::hash(body).to_le_bytes();
        *head = sealed(&[&mark, &number.to_le_bytes(), &len(body)?.to_le_bytes(), &crc]);
    }
    Ok(bytes)
}

/// Keys and values of changes as [`record`] takes them.
pub(super) fn as_parts(change: &Change) -> (&[u8], Option<&[u8]>) {
    match change {
        Change::Put(key, value) => (key, Some(value)),
        Change::Remove(key) => (key, None),
    }
}

/// A change of a body: the key, and where its value stands in the body, if it has one.
pub(super) type Item<'a> = (&'a [u8], Option<Range<usize>>);

/// The changes of a body; `None` if it is none.
pub(super) fn items(body: &[u8]) -> Option<Vec<Item<'_>>> {
    let mut items = Vec::new();
    let mut rest = body;
    while let Some((tag, tail)) = rest.split_first() {
        let (key, tail) = tail.split_first_chunk()?;
        let (value, tail) = tail.split_first_chunk()?;
        let (key, tail) = tail.split_at_checked(u32::from_le_bytes(*key).try_into().ok()?)?;
        let (value, tail) = tail.split_at_checked(u32::from_le_bytes(*value).try_into().ok()?)?;
        let end = body.len() - tail.len();
        items.push(match tag {
            0 if value.is_empty() => (key, None),
            1 => (key, Some(end - value.len()..end)),
            _ => return None,
        });
        rest = tail;
    }
    Some(items)
}

fn sealed(parts: &[&[u8]]) -> [u8; HEAD] {
    let mut bytes = parts.concat();
    bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
    bytes.try_into().unwrap_or([0; HEAD])
}

fn unsealed(bytes: &[u8; HEAD]) -> Option<&[u8]> {
    let (sealed, crc) = bytes.split_last_chunk()?;
    (crc32fast::hash(sealed) == u32::from_le_bytes(*crc)).then_some(sealed)
}
