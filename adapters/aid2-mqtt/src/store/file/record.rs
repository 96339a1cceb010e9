//! A group of changes as bytes.

use std::collections::BTreeMap;

use crate::store::Change;

/// No record is longer: what claims to be is torn or foreign.
const MAX_RECORD: usize = 16 * 1024 * 1024;

/// Bytes of a record with this entry alone.
pub(super) fn entry_len(key: &[u8], value: &[u8]) -> u64 {
    (8 + 9 + key.len() + value.len()) as u64
}

/// `length, crc, (tag, key length, value length, key, value)*`, numbers little-endian.
pub(super) fn record(changes: &[Change]) -> Vec<u8> {
    let mut bytes = vec![0; 8];
    for change in changes {
        let (tag, key, value) = match change {
            Change::Put(key, value) => (1, key, value.as_slice()),
            Change::Remove(key) => (0, key, &[][..]),
        };
        bytes.push(tag);
        for part in [key, value] {
            bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value);
    }
    let body = bytes.get(8..).unwrap_or_default();
    let head = [
        u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes(),
        crc32(body).to_le_bytes(),
    ]
    .concat();
    if let Some(place) = bytes.get_mut(..8) {
        place.copy_from_slice(&head);
    }
    bytes
}

/// Applies every whole record and gives the number of bytes that they take.
pub(super) fn replay(mut bytes: &[u8], entries: &mut BTreeMap<Vec<u8>, Vec<u8>>) -> usize {
    let all = bytes.len();
    while let Some((changes, rest)) = read_record(bytes) {
        for change in changes {
            match change {
                Change::Put(key, value) => entries.insert(key, value),
                Change::Remove(key) => entries.remove(&key),
            };
        }
        bytes = rest;
    }
    all - bytes.len()
}

fn read_record(bytes: &[u8]) -> Option<(Vec<Change>, &[u8])> {
    let (length, rest) = read_u32(bytes)?;
    let (crc, rest) = read_u32(rest)?;
    let length = usize::try_from(length)
        .ok()
        .filter(|length| (1..=MAX_RECORD).contains(length))?;
    let (mut body, rest) = rest.split_at_checked(length)?;
    if crc32(body) != crc {
        return None;
    }
    let mut changes = Vec::new();
    while let Some((tag, tail)) = body.split_first() {
        let (key_len, tail) = read_u32(tail)?;
        let (value_len, tail) = read_u32(tail)?;
        let (key, tail) = tail.split_at_checked(usize::try_from(key_len).ok()?)?;
        let (value, tail) = tail.split_at_checked(usize::try_from(value_len).ok()?)?;
        changes.push(match tag {
            0 => Change::Remove(key.to_vec()),
            _ => Change::Put(key.to_vec(), value.to_vec()),
        });
        body = tail;
    }
    Some((changes, rest))
}

fn read_u32(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*number), rest))
}

/// CRC-32 as of zip and Ethernet, bit by bit: records are short, and syncing them takes a thousand times longer.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}
