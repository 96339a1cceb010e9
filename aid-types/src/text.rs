//! Short text without heap.

use std::fmt;

/// ASCII text of at most `N` bytes, stored in place. `N` is at most 255.
///
/// Identifiers are checked once, when they are built; this type only guarantees ASCII and the length.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(8))]
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
        if !text.is_ascii() || text.len() > N {
            return None;
        }
        let mut bytes = [0; N];
        // Word by word, through registers: what one `memcpy` wrote just before, in pieces of other sizes than it is moved
        // on in, the processor would have to wait for.
        let (words, rest) = bytes.as_chunks_mut();
        let after_words = words.len() * WORD;
        for (word, start) in words.iter_mut().zip((0..).step_by(WORD)) {
            *word = word_at(text, start);
        }
        let last = word_at(text, after_words);
        rest.iter_mut().zip(last).for_each(|(byte, letter)| *byte = letter);
        Some(Self {
            bytes,
            len: text.len() as u8,
        })
    }

    /// The text of a constant.
    #[expect(clippy::panic, reason = "for constants: evaluated by the compiler")]
    pub(crate) const fn constant(text: &'static str) -> Self {
        const { assert!(N <= u8::MAX as usize, "the length is stored in one byte") };
        let mut bytes = [0; N];
        match bytes.split_at_mut_checked(text.len()) {
            Some((used, _)) if text.is_ascii() => used.copy_from_slice(text.as_bytes()),
            _ => panic!("not ASCII, or too long"),
        }
        Self {
            bytes,
            len: text.len() as u8,
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

const WORD: usize = 8;

/// The eight bytes from `start` on; zeros where there are none.
#[inline]
fn word_at(bytes: &[u8], start: usize) -> [u8; WORD] {
    let rest = bytes.get(start..).unwrap_or_default();
    let missing = WORD.saturating_sub(rest.len());
    match (rest.first_chunk(), bytes.last_chunk()) {
        (Some(word), _) => *word,
        (None, Some(last)) if missing < WORD => (u64::from_le_bytes(*last) >> (8 * missing)).to_le_bytes(),
        _ => {
            let word = rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
            word.to_le_bytes()
        }
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
