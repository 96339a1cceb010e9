//! Identifiers that come out of half-byte digits, with the `F` that fills them up.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use crate::text::Text;

/// A text as it was received, compared without `F` before and after it, and without case.
#[derive(Clone, Copy)]
pub(crate) struct Padded<const N: usize>(Text<N>);

impl<const N: usize> Padded<N> {
    pub(crate) fn new(text: &[u8]) -> Option<Self> {
        Text::new(text).map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Without the padding.
    pub(crate) fn unpadded(&self) -> &str {
        str::from_utf8(unpadded(self.as_bytes())).unwrap_or_default()
    }

    pub(crate) fn is_padded(&self) -> bool {
        self.unpadded().len() < self.as_bytes().len()
    }

    /// What is compared.
    fn compared(&self) -> impl Iterator<Item = u8> {
        unpadded(self.as_bytes()).iter().map(u8::to_ascii_uppercase)
    }
}

/// The text without padding on either side.
pub(crate) fn unpadded(mut text: &[u8]) -> &[u8] {
    while let [b'F' | b'f', rest @ ..] | [rest @ .., b'F' | b'f'] = text {
        text = rest;
    }
    text
}

/// How many characters of padding the text begins with.
pub(crate) fn padding_before(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b'F' | b'f')).count()
}

impl<const N: usize> PartialEq for Padded<N> {
    fn eq(&self, other: &Self) -> bool {
        unpadded(self.as_bytes()).eq_ignore_ascii_case(unpadded(other.as_bytes()))
    }
}

impl<const N: usize> Eq for Padded<N> {}

impl<const N: usize> Hash for Padded<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.compared().for_each(|byte| state.write_u8(byte));
        state.write_u8(0xff);
    }
}

impl<const N: usize> PartialOrd for Padded<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> Ord for Padded<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.compared().cmp(other.compared())
    }
}

impl<const N: usize> fmt::Debug for Padded<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
