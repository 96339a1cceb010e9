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

/// The text on one line, because it goes into logs, without what may be an msp_token, an account_id or an activation code:
/// UUIDs, and words that go on with `eyJ` or `1$`.
pub(crate) fn for_people(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let hidden = token_at(rest);
        if hidden > 0 {
            shown.push_str("(hidden)");
        } else {
            shown.push(if character.is_control() { ' ' } else { character });
        }
        rest = rest.get(hidden.max(character.len_utf8())..).unwrap_or_default();
    }
    shown
}

/// How many bytes at the beginning look like a token.
fn token_at(text: &str) -> usize {
    const UUID: usize = 36;
    let is_uuid = |piece: &[u8]| {
        piece.iter().enumerate().all(|(position, byte)| match position {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    if text.as_bytes().get(..UUID).is_some_and(is_uuid) {
        return UUID;
    }
    match text.starts_with("eyJ") || text.starts_with("1$") {
        true => text
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\''))
            .unwrap_or(text.len()),
        false => 0,
    }
}
