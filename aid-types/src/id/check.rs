//! The checks that several identifiers share.

use std::ops::RangeInclusive;

use uuid::Uuid;

use super::Problem;
use crate::{Ambiguity, text::Text};

pub(crate) const A_DIGIT: &str = "a digit";
pub(crate) const VISIBLE_ASCII: &str = "a visible ASCII character";

/// Refuses a length outside `allowed`, which `expected` puts in words. Checked before the characters, so that the time
/// spent on a text has a bound.
pub(crate) fn length(found: usize, allowed: RangeInclusive<usize>, expected: &'static str) -> Result<(), Problem> {
    match found {
        0 => Err(Problem::Empty),
        _ if allowed.contains(&found) => Ok(()),
        _ => Err(Problem::Length { found, expected }),
    }
}

/// Refuses the first byte that is not `allowed`.
pub(crate) fn each(text: &str, allowed: impl Fn(u8) -> bool, expected: &'static str) -> Result<(), Problem> {
    if all(text.as_bytes(), &allowed) {
        return Ok(());
    }
    let position = text.bytes().position(|byte| !allowed(byte)).unwrap_or_default();
    Err(Problem::Character { position, expected })
}

/// Whether every byte is `allowed`.
#[inline]
pub(crate) fn all(bytes: &[u8], allowed: impl Fn(u8) -> bool) -> bool {
    // Without stopping at the first that is not, and sixteen at a time, so that the compiler can look at them at once. What
    // is left over, if it is more than a few, is looked at together with its neighbours before it rather than one by one.
    let every = |bytes: &[u8]| bytes.iter().fold(true, |all, &byte| all & allowed(byte));
    let (chunks, rest) = bytes.as_chunks::<16>();
    let left = match (
        bytes.last_chunk::<16>(),
        bytes.first_chunk::<8>(),
        bytes.last_chunk::<8>(),
    ) {
        _ if rest.len() < 4 => every(rest),
        (Some(last), ..) => every(last),
        (None, Some(first), Some(last)) => every(first) & every(last),
        _ => every(rest),
    };
    left && chunks.iter().all(|chunk| every(chunk))
}

/// Calls `found` with every place where the ASCII character `wanted` stands, first to last.
#[inline]
pub(crate) fn positions(text: &[u8], wanted: u8, mut found: impl FnMut(usize)) {
    const LOW_BITS: u64 = u64::from_ne_bytes([0x7f; 8]);
    let (words, rest) = text.as_chunks::<8>();
    let mut start = 0;
    for word in words {
        // Eight at a time: the high bit of a byte stays clear where the byte is the wanted one, and no byte carries over
        // into the next.
        let others = u64::from_le_bytes(*word) ^ u64::from_ne_bytes([wanted; 8]);
        let mut marks = !(((others & LOW_BITS) + LOW_BITS) | others) & !LOW_BITS;
        while marks != 0 {
            found(start + marks.trailing_zeros() as usize / 8);
            marks &= marks - 1;
        }
        start += 8;
    }
    for (byte, position) in rest.iter().zip(start..) {
        if *byte == wanted {
            found(position);
        }
    }
}

pub(crate) fn digits(text: &str) -> Result<(), Problem> {
    each(text, |byte| byte.is_ascii_digit(), A_DIGIT)
}

/// The Luhn rule (ISO/IEC 7812-1, annex on the check digit): from the right, every second digit doubled, digits of the
/// results summed up, the total divisible by ten.
pub(crate) fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0'));
            match index % 2 {
                0 => digit,
                _ => digit * 2 / 10 + digit * 2 % 10,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A UUID as text: the 36 characters with hyphens only.
pub(crate) fn uuid(text: &str) -> Result<Uuid, Problem> {
    length(text.len(), 36..=36, "36 characters")?;
    // At this length, the hyphenated form is the only one that the parser accepts.
    Uuid::try_parse(text).map_err(|_| match misplaced_in_uuid(text) {
        Some((position, expected)) => Problem::Character { position, expected },
        None => Problem::Structure("not a UUID"),
    })
}

fn misplaced_in_uuid(text: &str) -> Option<(usize, &'static str)> {
    text.bytes().enumerate().find_map(|(position, byte)| match position {
        8 | 13 | 18 | 23 => (byte != b'-').then_some((position, "a hyphen")),
        _ => (!byte.is_ascii_hexdigit()).then_some((position, "a hexadecimal digit")),
    })
}

/// Refuses control characters, which could forge lines of a log.
pub(crate) fn no_control(text: &str) -> Result<(), Problem> {
    // Nearly always all of it is ASCII.
    if all(text.as_bytes(), |byte| byte.is_ascii_graphic() | (byte == b' ')) {
        return Ok(());
    }
    match text.char_indices().find(|(_, character)| character.is_control()) {
        None => Ok(()),
        Some((position, _)) => Err(Problem::Character {
            position,
            expected: "no control character",
        }),
    }
}

/// A-28 if the text has other characters than letters and digits.
pub(crate) fn beyond_alphanumeric(text: &str) -> Option<Ambiguity> {
    (!all(text.as_bytes(), |byte| byte.is_ascii_alphanumeric())).then_some(Ambiguity::new(28))
}

/// The form of `profileType` and `deviceType`.
pub(crate) fn type_name(text: &str) -> Result<Text<20>, Problem> {
    const EXPECTED: &str = "1 to 20 characters";
    length(text.len(), 1..=20, EXPECTED)?;
    each(
        text,
        |byte| byte.is_ascii_graphic() | (byte == b' '),
        "a printable ASCII character",
    )?;
    Text::new(text).ok_or(Problem::Structure(EXPECTED))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{all, positions};

    proptest! {
        #[test]
        fn all_bytes_are_looked_at(bytes in prop::collection::vec(0..8u8, 0..70)) {
            prop_assert_eq!(all(&bytes, |byte| byte != 0), bytes.iter().all(|&byte| byte != 0));
        }

        #[test]
        fn positions_are_those_of_find(text in "[$%\u{a4}\u{24}a-c€]{0,40}") {
            let mut found = Vec::new();
            positions(text.as_bytes(), b'$', |position| found.push(position));
            prop_assert_eq!(found, text.match_indices('$').map(|(at, _)| at).collect::<Vec<_>>());
        }
    }
}
