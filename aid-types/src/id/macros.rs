//! What all identifiers have in common.

use std::{cell::Cell, fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserializer,
    de::{self, Unexpected},
};

use super::IdError;
use crate::Ambiguity;

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// What every identifier can do, for code that is generic over them, such as a decoder.
///
/// Implemented by the types of this crate only.
pub trait Identifier: FromStr<Err = IdError> + sealed::Sealed {
    /// What errors call it: `ICCID`, `msp_token`.
    const WHAT: &'static str;

    /// Whether it is a secret or personal data: then `Debug` and every error hide the value.
    const IS_SECRET: bool;

    /// The decision under which this value was accepted, if it is not the form that we would send.
    fn tolerated(&self) -> Option<Ambiguity>;

    /// Reads what a peer sent. `FromStr` is for what we are going to send: vocabularies refuse there what the specification
    /// does not list (A-22), `deviceType` and `profileType` more than 20 characters (A-24). For every other identifier both
    /// are the same.
    ///
    /// ```
    /// use aid_types::{Identifier as _, SubscriptionType};
    ///
    /// assert!("corporate".parse::<SubscriptionType>().is_err());
    /// assert_eq!(SubscriptionType::from_peer("corporate")?.as_str(), "corporate");
    /// # Ok::<(), aid_types::IdError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`IdError`] if the text is not the identifier, in no form that is accepted.
    fn from_peer(text: &str) -> Result<Self, IdError> {
        text.parse()
    }

    /// Whether it is a form that only [`Leniency::Field`](crate::Leniency::Field) accepts in a body.
    fn is_field_only(&self) -> bool {
        false
    }
}

/// Reads an identifier from a string.
///
/// A number that stands in the place of a secret would be repeated in serde's error; it is not.
pub(crate) fn deserialize<'de, T: Identifier, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let visitor = TextVisitor {
        was_text: &Cell::new(false),
        identifier: PhantomData,
    };
    deserializer
        .deserialize_str(visitor)
        .map_err(|error| match T::IS_SECRET && !visitor.was_text.get() {
            true => de::Error::invalid_type(Unexpected::Other("something else"), &visitor),
            false => error,
        })
}

struct TextVisitor<'a, T> {
    was_text: &'a Cell<bool>,
    identifier: PhantomData<T>,
}

impl<T> Clone for TextVisitor<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for TextVisitor<'_, T> {}

impl<T: Identifier> de::Visitor<'_> for TextVisitor<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a string with the {}", T::WHAT)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.was_text.set(true);
        T::from_peer(text).map_err(E::custom)
    }
}

/// `FromStr`, `TryFrom<&str>`, `Deserialize` and [`Identifier`], from the type's own
/// `fn parse(&str) -> Result<Self, Problem>`, or of `&[u8]`, and `fn tolerated(&self)`; for a `secret` also a `Debug` without
/// the value. `field_only` and `peer` name the type's own functions for [`Identifier::is_field_only`] and
/// [`Identifier::from_peer`].
macro_rules! parsed {
    ($name:ident, $what:literal $(, field_only = $field_only:ident)? $(, peer = $peer:ident)?) => {
        parsed!(@ $name, $what, false $(, field_only = $field_only)? $(, peer = $peer)?);
    };
    (secret $name:ident, $what:literal $(, field_only = $field_only:ident)? $(, peer = $peer:ident)?) => {
        parsed!(@ $name, $what, true $(, field_only = $field_only)? $(, peer = $peer)?);

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    };
    (@ $name:ident, $what:literal, $is_secret:literal $(, field_only = $field_only:ident)? $(, peer = $peer:ident)?) => {
        impl $crate::id::sealed::Sealed for $name {}

        impl $crate::id::Identifier for $name {
            const WHAT: &'static str = $what;
            const IS_SECRET: bool = $is_secret;

            fn tolerated(&self) -> Option<$crate::Ambiguity> {
                $name::tolerated(self)
            }

            $(fn is_field_only(&self) -> bool {
                $name::$field_only(self)
            })?

            $(fn from_peer(text: &str) -> Result<Self, $crate::id::IdError> {
                $name::$peer(text).map_err(|problem| $crate::id::IdError::new($what, problem))
            })?
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::IdError;

            #[inline]
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $name::parse(text.as_ref()).map_err(|problem| $crate::id::IdError::new($what, problem))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::id::IdError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::id::deserialize(deserializer)
            }
        }
    };
}

/// `Display` and `Serialize`, from the type's own `fn as_str(&self) -> &str`.
macro_rules! printed {
    ($name:ident) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

/// To and from bytes, for a type that wraps a `Text`.
macro_rules! ascii {
    ($name:ident) => {
        impl $name {
            /// The text as ASCII bytes. Costs nothing, where `as_str` checks for UTF-8 again.
            #[must_use]
            #[inline]
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        from_bytes!($name);
    };
}

/// `TryFrom<&[u8]>`, from the type's own `fn parse(&[u8]) -> Result<Self, Problem>`.
macro_rules! from_bytes {
    ($name:ident) => {
        /// From bytes that nobody has looked at yet; that they are UTF-8 follows.
        impl TryFrom<&[u8]> for $name {
            type Error = $crate::id::IdError;

            #[inline]
            fn try_from(text: &[u8]) -> Result<Self, Self::Error> {
                let what = <Self as $crate::id::Identifier>::WHAT;
                $name::parse(text).map_err(|problem| $crate::id::IdError::new(what, problem))
            }
        }
    };
}

/// A type that wraps a UUID; for a `secret`, with a `Debug` without the value.
///
/// Text: the 36 characters with hyphens, of any version and case; sent in lower case.
macro_rules! uuid_identifier {
    ($(#[$attribute:meta])* secret $name:ident, $what:literal) => {
        uuid_identifier!(@ [$(#[$attribute])*] $name);
        parsed!(secret $name, $what);
    };
    ($(#[$attribute:meta])* $name:ident, $what:literal) => {
        uuid_identifier!(@ [$(#[$attribute])* #[derive(Debug)]] $name);
        parsed!($name, $what);
    };
    (@ [$(#[$attribute:meta])*] $name:ident) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Wraps a UUID of any version.
            #[must_use]
            pub const fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID.
            #[must_use]
            pub const fn as_uuid(&self) -> &uuid::Uuid {
                &self.0
            }

            /// The text that is sent: 36 characters, hyphenated, lower case, written into `buffer`.
            #[must_use]
            pub fn encode<'a>(&self, buffer: &'a mut [u8; 36]) -> &'a str {
                self.0.hyphenated().encode_lower(buffer)
            }

            /// Always `None`: any version and case conforms, and no other form is accepted (A-153).
            #[must_use]
            pub fn tolerated(&self) -> Option<$crate::Ambiguity> {
                None
            }

            fn parse(text: &str) -> Result<Self, $crate::id::Problem> {
                $crate::id::check::uuid(text).map(Self)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(uuid: uuid::Uuid) -> Self {
                Self(uuid)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.encode(&mut [0; 36]))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.encode(&mut [0; 36]))
            }
        }
    };
}
