//! What benches on both sides check by hand of the members of a body: the same as the types do, flat.

use std::ops::RangeInclusive;

pub(crate) fn digits(text: &str, length: RangeInclusive<usize>) -> Option<()> {
    (length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(())
}

fn each(text: &str, allowed: impl Fn(u8) -> bool) -> Option<()> {
    text.bytes().all(allowed).then_some(())
}

/// `profileType` and `deviceType`.
pub(crate) fn type_name(text: &str) -> Option<()> {
    each(text, |byte| matches!(byte, b' '..=b'~'))?;
    (1..=20).contains(&text.len()).then_some(())
}

/// An activation code.
pub(crate) fn code(text: &str) -> Option<()> {
    if text.len() > 255 {
        return None;
    }
    let mut parts = text.strip_prefix("1$")?.split('$');
    for label in parts.next()?.split('.') {
        each(label, |byte| byte.is_ascii_alphanumeric() || byte == b'-')?;
        if !(1..=63).contains(&label.len()) || label.starts_with('-') || label.ends_with('-') {
            return None;
        }
    }
    each(parts.next()?, |byte| byte.is_ascii_alphanumeric() || byte == b'-')?;
    each(parts.next().unwrap_or_default(), |byte| {
        byte.is_ascii_digit() || byte == b'.'
    })?;
    (matches!(parts.next(), None | Some("1")) && parts.next().is_none()).then_some(())
}
