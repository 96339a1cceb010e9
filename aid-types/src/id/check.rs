//! The checks that several identifiers share.

use std::{borrow::Cow, ops::RangeInclusive};

use uuid::Uuid;

use super::Problem;
use crate::Ambiguity;

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
pub(crate) fn each(
    text: impl AsRef<[u8]>,
    allowed: impl Fn(u8) -> bool,
    expected: &'static str,
) -> Result<(), Problem> {
    let text = text.as_ref();
    if all(text, &allowed) {
        return Ok(());
    }
    let position = text.iter().position(|&byte| !allowed(byte)).unwrap_or_default();
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

/// Whether every two bytes that stand side by side are `allowed`.
#[inline]
pub(crate) fn neighbours(bytes: &[u8], allowed: impl Fn(u8, u8) -> bool) -> bool {
    let (Some((_, ones)), Some((_, nexts))) = (bytes.split_last(), bytes.split_first()) else {
        return true;
    };
    // Sixteen at a time, as above.
    let every = |ones: &[u8; 16], nexts: &[u8; 16]| {
        let pairs = ones.iter().zip(nexts);
        pairs.fold(true, |all, (&one, &next)| all & allowed(one, next))
    };
    let left = match (ones.last_chunk(), nexts.last_chunk()) {
        (Some(last), Some(next_last)) => every(last, next_last),
        _ => ones.iter().zip(nexts).all(|(&one, &next)| allowed(one, next)),
    };
    let mut chunks = ones.as_chunks().0.iter().zip(nexts.as_chunks().0);
    left && chunks.all(|(chunk, next)| every(chunk, next))
}

/// What stands before the first `mark`, an ASCII character, and what follows it; all of the text if there is none.
#[inline]
pub(crate) fn split(text: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    let position = position(text, mark).unwrap_or(text.len());
    match text.split_at_checked(position) {
        Some((before, [_, after @ ..])) => (before, Some(after)),
        _ => (text, None),
    }
}

#[inline]
fn position(text: &[u8], mark: u8) -> Option<usize> {
    const LOW_BITS: u64 = u64::from_ne_bytes([0x7f; 8]);
    let (words, rest) = text.as_chunks();
    for (word, start) in words.iter().zip((0..).step_by(8)) {
        // Eight at a time: the high bit of a byte stays clear where the byte is the mark, and no byte carries over into
        // the next.
        let others = u64::from_le_bytes(*word) ^ u64::from_ne_bytes([mark; 8]);
        let marks = !(((others & LOW_BITS) + LOW_BITS) | others) & !LOW_BITS;
        if marks != 0 {
            return Some(start + marks.trailing_zeros() as usize / 8);
        }
    }
    let position = rest.iter().position(|byte| *byte == mark);
    position.map(|position| position + text.len() - rest.len())
}

pub(crate) fn digits(text: impl AsRef<[u8]>) -> Result<(), Problem> {
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

/// The form of `profileType` and `deviceType`. `usual` is what nearly always comes.
pub(crate) fn type_name(text: &str, usual: &'static str) -> Result<Cow<'static, str>, Problem> {
    if text == usual {
        return Ok(Cow::Borrowed(usual));
    }
    length(text.len(), 1..=128, "1 to 128 characters")?;
    each(
        text,
        |byte| byte.is_ascii_graphic() | (byte == b' '),
        "a printable ASCII character",
    )?;
    Ok(Cow::Owned(text.to_owned()))
}

/// A-24 if the text is longer than one that we would send.
pub(crate) fn long_type_name(text: &str) -> Option<Ambiguity> {
    (text.len() > 20).then_some(Ambiguity::new(24))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{all, neighbours, split};

    proptest! {
        #[test]
        fn all_bytes_are_looked_at(bytes in prop::collection::vec(0..8u8, 0..70)) {
            prop_assert_eq!(all(&bytes, |byte| byte != 0), bytes.iter().all(|&byte| byte != 0));
        }

        #[test]
        fn all_neighbours_are_looked_at(bytes in prop::collection::vec(0..4u8, 0..70)) {
            let allowed = |one, next| one != 0 || next != 0;
            prop_assert_eq!(neighbours(&bytes, allowed), bytes.windows(2).all(|pair| allowed(pair[0], pair[1])));
        }

        #[test]
        fn a_text_is_split_where_the_mark_is(text in "[%\u{a4}\u{24}a-c€]{0,40}") {
            let (before, after) = split(text.as_bytes(), b'$');
            let expected = text.split_once('$').map_or((text.as_str(), None), |(before, after)| (before, Some(after)));
            prop_assert_eq!((before, after), (expected.0.as_bytes(), expected.1.map(str::as_bytes)));
        }
    }
}
