//! What could not be read, kept beside what could.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text::start_of;

/// A part of a message that could not be read: an element of a list, or a member that may be missing (A-170).
///
/// It never costs the rest of the message. It stands beside the elements that were read, so that nobody takes a list for
/// complete that is not, or in the [`Tolerated`](crate::Tolerated) that reports it.
///
/// The text may be anything the peer sent, also a secret in the wrong place: `Debug` and `Display` leave it out.
///
/// ```
/// use aid_types::{Decoding, Operation, RequestProfileStatus};
///
/// let reply = br#"{"profiles":[{"iccid":"8944500805172032953","status":"enabled"},{"iccid":"N/A","status":"disabled"}]}"#;
/// let statuses = RequestProfileStatus::read_reply(200, reply, &mut Decoding::default())?;
/// assert_eq!(statuses.profiles.len(), 1);
/// assert_eq!(statuses.unreadable[0].at(), "profiles[1]");
/// assert_eq!(statuses.unreadable[0].text(), r#"{"iccid":"N/A","status":"disabled"}"#);
/// # Ok::<(), aid_types::BodyError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Unreadable {
    at: Cow<'static, str>,
    text: Box<str>,
    error: Box<str>,
}

impl Unreadable {
    /// How many bytes of the text are kept.
    pub const MAX_TEXT: usize = 1024;

    /// What stood at `at`, and why it is not what should stand there.
    ///
    /// `text` is kept up to [`Self::MAX_TEXT`] bytes. `error` names the member at fault and must not repeat its value.
    #[must_use]
    pub fn new(at: impl Into<Cow<'static, str>>, text: &str, error: impl fmt::Display) -> Self {
        Self {
            at: at.into(),
            text: start_of(text, Self::MAX_TEXT).into(),
            error: error.to_string().into(),
        }
    }

    /// Where it stood: the path of a member (`swappedIccid`) or of an element (`profiles[1]`).
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    /// What stood there, at most [`Self::MAX_TEXT`] bytes of it: the text of a member, an element as the message wrote it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Why it cannot be read. Names the member at fault, never its value.
    #[must_use]
    pub fn error(&self) -> &str {
        &self.error
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

impl fmt::Debug for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unreadable")
            .field("at", &self.at)
            .field("error", &self.error)
            .field("text_len", &self.text.len())
            .finish()
    }
}

/// For stores: place, text and error.
impl Serialize for Unreadable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (&self.at, &self.text, &self.error).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (at, text, error) = <(String, String, String)>::deserialize(deserializer)?;
        Ok(Self::new(at, &text, error))
    }
}
