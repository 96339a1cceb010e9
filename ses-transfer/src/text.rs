//! Texts of the document that are just texts.

use std::fmt;

/// The text is too long, or holds control characters, which could forge lines of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
#[non_exhaustive]
pub struct InvalidText {
    /// What was expected.
    pub expected: &'static str,
}

impl InvalidText {
    pub(crate) const fn new(expected: &'static str) -> Self {
        Self { expected }
    }
}

pub(crate) const EXPECTED: &str = "at most 1024 bytes without control characters";

pub(crate) fn checked(text: &str) -> Result<Box<str>, InvalidText> {
    if text.len() > 1024 || text.chars().any(char::is_control) {
        return Err(InvalidText::new(EXPECTED));
    }
    Ok(text.into())
}

/// Text that says what the document describes, such as a vendor's name: at most 1,024 bytes, no control characters.
///
/// The document gives no lengths; this one keeps what a peer sends within bounds.
///
/// ```
/// let vendor: ses_transfer::Text = "Apple".parse()?;
/// assert_eq!(vendor.as_str(), "Apple");
/// # Ok::<(), ses_transfer::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Box<str>);

/// `billingAccountNumber`: who pays. Personal data: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillingAccountNumber(Box<str>);

impl fmt::Debug for BillingAccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BillingAccountNumber(redacted)")
    }
}

macro_rules! text {
    ($name:ident) => {
        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidText;

            fn from_str(text: &str) -> Result<Self, InvalidText> {
                checked(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl crate::read::Read for $name {
            const EXPECTED: &'static str = "a string";

            fn read<'de, D: serde::Deserializer<'de>>(
                deserializer: D,
                reading: &mut crate::read::Reading,
            ) -> Result<Self, D::Error> {
                crate::read::text(deserializer, reading)
            }
        }
    };
}

text!(Text);
text!(BillingAccountNumber);

/// A value of a vocabulary that the document does not list, kept as it came.
///
/// It can only be made by parsing, so that a listed value can never hide in it. At most 64 bytes, printable ASCII.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnlistedText(Box<str>);

impl UnlistedText {
    pub(crate) fn new(text: &str) -> Result<Self, InvalidText> {
        if !(1..=64).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return Err(InvalidText::new("1 to 64 printable ASCII characters"));
        }
        Ok(Self(text.into()))
    }

    /// The value as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for UnlistedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
