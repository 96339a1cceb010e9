//! How much deviation a decoder accepts, and how it tells.

use std::{borrow::Cow, fmt};

use crate::Unreadable;

/// An item of the project's list of ambiguities (`docs/ambiguities.md`): a place where the specification is unclear or
/// contradicts itself, and the decision taken.
///
/// ```
/// use aid_types::Ambiguity;
///
/// assert_eq!(Ambiguity::new(148).to_string(), "A-148");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ambiguity(u16);

impl Ambiguity {
    /// The item with this number.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number alone: 148 for A-148.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Ambiguity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "A-{:02}", self.0)
    }
}

/// How much a decoder accepts. Sending is strict at either level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Leniency {
    /// Accepts the deviations that occur in the field, and reports each as a [`Tolerated`].
    #[default]
    Field,
    /// The annexes to the letter: every required member with a value of its type and form, nothing but what is listed, JSON
    /// as RFC 8259 has it. What cannot be read refuses the whole.
    ///
    /// Accepted here, too, because Annex B allows it or a requirement of the text ranks over it; reported unless Annex B
    /// does: any `replaceIccid` or none (R-071, R-077, A-162), an empty `imei`, `reason` or `customerGroup` (A-13, A-26),
    /// `deviceType` and `profileType` of any value up to 128 characters (A-23, A-24), an ICCID of 18 to 22 digits and an IMEI
    /// of 14 to 16 (A-26, A-148), the other alphabet of Base64 (A-90), a failure without its request id (A-06), a reply
    /// without an ICCID (A-12), an error with a code of nobody (A-40), and a body where none is due (A-48).
    Strict,
}

/// A deviation that a decoder accepted: which decision allowed it, and where it stood.
///
/// Decoded calls carry a list of these, so that leniency is never silent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tolerated {
    /// The decision that allowed it.
    pub item: Ambiguity,
    /// Where it stood: the path of a body member (`profiles[1].iccid`), the name of a header, or `path`.
    pub at: Cow<'static, str>,
    /// What stood there, where it could not be read and counts as not sent (A-170, A-162).
    pub unreadable: Option<Box<Unreadable>>,
}

impl Tolerated {
    /// A deviation at `at` that `item` allows.
    #[must_use]
    pub fn new(item: Ambiguity, at: impl Into<Cow<'static, str>>) -> Self {
        Self {
            item,
            at: at.into(),
            unreadable: None,
        }
    }

    /// Something at its place that could not be read and counts as not sent: A-170.
    #[must_use]
    pub fn unreadable(unreadable: Unreadable) -> Self {
        Self {
            item: Ambiguity::new(170),
            at: unreadable.at().to_owned().into(),
            unreadable: Some(Box::new(unreadable)),
        }
    }
}

impl fmt::Display for Tolerated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.item, self.at)
    }
}
