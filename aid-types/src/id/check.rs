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
    match text.as_ref().iter().position(|&byte| !allowed(byte)) {
        None => Ok(()),
        Some(position) => Err(Problem::Character { position, expected }),
    }
}

pub(crate) fn digits(text: impl AsRef<[u8]>) -> Result<(), Problem> {
    each(text, |byte| byte.is_ascii_digit(), A_DIGIT)
}

/// The Luhn rule (ISO/IEC 7812-1, annex on the check digit): from the right, every second digit doubled, digits of the
/// results summed up, the total divisible by ten.
pub(crate) fn luhn(digits: &str) -> bool {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
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
    (!text.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(Ambiguity::new(28))
}

/// The form of `profileType` and `deviceType`. `usual` is what nearly always comes.
pub(crate) fn type_name(text: &str, usual: &'static str) -> Result<Cow<'static, str>, Problem> {
    if text == usual {
        return Ok(Cow::Borrowed(usual));
    }
    length(text.len(), 1..=128, "1 to 128 characters")?;
    each(
        text,
        |byte| byte.is_ascii_graphic() || byte == b' ',
        "a printable ASCII character",
    )?;
    Ok(Cow::Owned(text.to_owned()))
}

/// A-24 if the text is longer than one that we would send.
pub(crate) fn long_type_name(text: &str) -> Option<Ambiguity> {
    (text.len() > 20).then_some(Ambiguity::new(24))
}
