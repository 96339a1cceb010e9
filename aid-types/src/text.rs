//! Short text without heap.

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
    pub(crate) const fn new(text: &str) -> Option<Self> {
        const { assert!(N <= u8::MAX as usize, "the length is stored in one byte") };
        if !text.is_ascii() {
            return None;
        }
        let mut bytes = [0; N];
        let Some((used, _)) = bytes.split_at_mut_checked(text.len()) else {
            return None;
        };
        used.copy_from_slice(text.as_bytes());
        Some(Self {
            bytes,
            len: text.len() as u8,
        })
    }

    /// The text of a constant.
    #[expect(clippy::panic, reason = "for constants: evaluated by the compiler")]
    pub(crate) const fn constant(text: &'static str) -> Self {
        match Self::new(text) {
            Some(text) => text,
            None => panic!("not ASCII, or too long"),
        }
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
