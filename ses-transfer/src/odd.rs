//! What is acceptable, but not as it should be.

use std::{borrow::Cow, fmt};

/// Something odd, and where it stands. It never repeats a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Odd {
    /// A member with the path that leads to it, the name of a header, `path` or `status`; empty for the body as a whole.
    pub at: Cow<'static, str>,
    /// What is odd.
    pub what: Oddity,
}

/// What is odd about a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Oddity {
    /// It is not the identifier that it should be.
    #[error("not the identifier that it should be")]
    Malformed,
    /// Its check digits are wrong.
    #[error("wrong check digits")]
    CheckDigits,
    /// It is no value that the document lists.
    #[error("not a listed value")]
    Unlisted,
    /// It is a listed value in another spelling than the one that is sent.
    #[error("another spelling")]
    Spelling,
    /// It is below the lowest value that the document allows.
    #[error("below the lowest allowed")]
    TooLow,
    /// It is empty.
    #[error("empty")]
    Empty,
    /// It is null, and taken for absent.
    #[error("null")]
    Null,
    /// The object has members that the document does not list. They are not kept.
    #[error("unlisted members")]
    UnlistedMembers,
    /// It stands in an array, where the document's table says object.
    #[error("an array instead of an object")]
    Array,
    /// It is there twice.
    #[error("the same twice")]
    Repeated,
    /// It is on the old and on the new device.
    #[error("the same on both devices")]
    OnBothDevices,
    /// None of several subscriptions has it.
    #[error("in none of the subscriptions")]
    Nowhere,
    /// The proof that the SIM belongs to the old device failed.
    #[error("the signature is not valid")]
    Unproven,
    /// It is not there, although the document demands it.
    #[error("missing")]
    Missing,
    /// The text begins with a byte order mark. It is read behind it.
    #[error("a byte order mark")]
    ByteOrderMark,
    /// It is not what the request said.
    #[error("another than that of the request")]
    Mismatch,
}

impl Odd {
    pub(crate) fn new(at: impl Into<Cow<'static, str>>, what: Oddity) -> Self {
        Self { at: at.into(), what }
    }
}

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.at {
            "" => write!(f, "body: {}", self.what),
            at => write!(f, "{at}: {}", self.what),
        }
    }
}
