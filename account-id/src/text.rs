//! A JSON string, compared and read without being copied.

use std::str::Chars;

/// A string as written between its quotes.
#[derive(Clone, Copy)]
pub(crate) enum Text<'a> {
    /// It stands for itself.
    Plain(&'a str),
    /// It has escapes, which are known to be valid.
    Escaped(&'a str),
}

impl<'a> Text<'a> {
    /// The characters that the text stands for.
    pub(crate) fn chars(self) -> impl Iterator<Item = char> + 'a {
        let mut rest = self.raw().chars();
        std::iter::from_fn(move || match rest.next()? {
            '\\' => unescape(&mut rest),
            plain => Some(plain),
        })
    }

    /// The text without escapes, for texts that are short and ASCII: one with escapes is written into `buffer`, and is
    /// `None` where it does not fit.
    pub(crate) fn short<'b>(self, buffer: &'b mut [u8]) -> Option<&'b str>
    where
        'a: 'b,
    {
        if let Self::Plain(raw) = self {
            return Some(raw);
        }
        let mut length = 0;
        for char in self.chars() {
            *buffer.get_mut(length)? = u8::try_from(char).ok()?;
            length += 1;
        }
        std::str::from_utf8(buffer.get(..length)?).ok()
    }

    // Always, so that comparing with a constant is no call.
    #[inline(always)]
    pub(crate) fn is(self, other: &str) -> bool {
        match self {
            Self::Plain(raw) => raw == other,
            Self::Escaped(_) => self.chars().eq(other.chars()),
        }
    }

    /// As written between the quotes.
    pub(crate) const fn raw(self) -> &'a str {
        let (Self::Plain(raw) | Self::Escaped(raw)) = self;
        raw
    }

    pub(crate) fn same_as(self, other: Self) -> bool {
        match self {
            Self::Plain(raw) => other.is(raw),
            Self::Escaped(_) => self.chars().eq(other.chars()),
        }
    }

    /// Bits of which equal texts have one in common.
    pub(crate) fn fingerprint(self) -> u64 {
        let Self::Plain(raw) = self else { return u64::MAX };
        match raw.as_bytes() {
            [first, .., last] => 1 << (first.wrapping_add(*last) % 64),
            [only] => 1 << (only % 64),
            [] => 1,
        }
    }
}

/// The character of an escape, after its backslash; `None` where it is none, as half a surrogate pair.
pub(crate) fn unescape(rest: &mut Chars<'_>) -> Option<char> {
    Some(match rest.next()? {
        quoted @ ('"' | '\\' | '/') => quoted,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => match code_unit(rest)? {
            high @ 0xD800..=0xDBFF => {
                let low = match (rest.next()?, rest.next()?, code_unit(rest)?) {
                    ('\\', 'u', low @ 0xDC00..=0xDFFF) => low,
                    _ => return None,
                };
                char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))?
            }
            unit => char::from_u32(unit)?,
        },
        _ => return None,
    })
}

fn code_unit(rest: &mut Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit << 4 | rest.next()?.to_digit(16)?))
}
