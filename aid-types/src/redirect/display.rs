//! URIs in `Debug`.

use std::fmt;

/// Shows a URI up to its query or fragment, and no more than 256 characters of it.
pub(super) struct WithoutQuery<'a>(pub(super) &'a str);

impl fmt::Debug for WithoutQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.split(['?', '#']).next().unwrap_or_default();
        let end = shown.char_indices().nth(256).map_or(shown.len(), |(at, _)| at);
        let shown = shown.get(..end).unwrap_or_default();
        write!(f, "{shown:?}{}", if shown.len() < self.0.len() { "…" } else { "" })
    }
}
