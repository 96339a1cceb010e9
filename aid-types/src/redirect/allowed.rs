//! A checked destination.

use std::fmt;

use super::display::WithoutQuery;

/// A URI that a [`RedirectPolicy`](super::RedirectPolicy) allowed, exactly as it was received.
///
/// Only a policy makes one, and only to one can a redirect back be built: a URI that nobody checked cannot be
/// redirected to. It consists of URI characters only, so it can stand in a `Location` header as it is; in HTML it still
/// has to be escaped.
///
/// `Debug` leaves query and fragment out, because they may carry the state of a user's session.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AllowedRedirect(Box<str>);

impl AllowedRedirect {
    pub(super) fn new(checked: &str) -> Self {
        Self(checked.into())
    }

    /// The URI, byte for byte as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AllowedRedirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AllowedRedirect").field(&WithoutQuery(&self.0)).finish()
    }
}
