//! Short text without heap, and the start of a long one.

use std::fmt;

/// ASCII text of at most `N` bytes, stored in place. `N` is at most 255.
///
/// Identifiers are checked once, when they are built; this type only guarantees ASCII and the length.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Text<const N: usize> {
    /// The text, filled up with zeros: so that the derived comparison is that of the text.
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Text<N> {
    /// The text, or `None` if it is longer than `N` bytes or not ASCII.
    #[inline]
    pub(crate) fn new(text: impl AsRef<[u8]>) -> Option<Self> {
        const { assert!(N <= u8::MAX as usize, "the length is stored in one byte") };
        let text = text.as_ref();
        let mut bytes = [0; N];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        text.is_ascii().then_some(Self {
            bytes,
            len: text.len() as u8,
        })
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        // ASCII by construction; checking again costs a few nanoseconds and no `unsafe`.
        str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// The text up to `limit` bytes, cut between characters.
pub(crate) fn start_of(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
