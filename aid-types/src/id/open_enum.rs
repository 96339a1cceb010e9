//! Wire vocabularies that may grow: an unknown value is kept.

use std::fmt;

use super::{Problem, check};

/// A value that the specification does not list, kept as it was received so that it can be passed on.
///
/// It can only be made by reading what a peer sent ([`Identifier::from_peer`](super::Identifier::from_peer)), so a listed value
/// can never hide in it, and nobody makes one to send it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unlisted(Box<str>);

impl Unlisted {
    /// The value as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// At most 64 bytes without control characters: it may end in a log line.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        check::length(text.len(), 1..=64, "1 to 64 bytes")?;
        check::no_control(text)?;
        Ok(Self(text.into()))
    }
}

impl fmt::Debug for Unlisted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// An open enum: the listed values as variants, any other that a peer sent kept in `Other`.
macro_rules! open_enum {
    (
        $(#[$attribute:meta])*
        $name:ident, $what:literal {
            $($(#[$variant_attribute:meta])* $variant:ident = $text:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_attribute])* $variant,)+
            /// A value that the specification does not list.
            Other($crate::id::Unlisted),
        }

        impl $name {
            /// Every listed value.
            pub const LISTED: &[Self] = &[$(Self::$variant),+];

            /// The value on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(unlisted) => unlisted.as_str(),
                }
            }

            /// Whether the specification lists this value.
            #[must_use]
            pub const fn is_listed(&self) -> bool {
                !matches!(self, Self::Other(_))
            }

            /// A-22 for a value that is not listed.
            #[must_use]
            pub fn tolerated(&self) -> Option<$crate::Ambiguity> {
                (!self.is_listed()).then_some($crate::Ambiguity::new(22))
            }

            fn parse(text: &str) -> Result<Self, $crate::id::Problem> {
                match Self::parse_peer(text)? {
                    Self::Other(_) => Err($crate::id::Problem::Structure("not a listed value")),
                    listed => Ok(listed),
                }
            }

            fn parse_peer(text: &str) -> Result<Self, $crate::id::Problem> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => $crate::id::Unlisted::parse(text).map(Self::Other),
                }
            }
        }

        parsed!($name, $what, peer = parse_peer);
        printed!($name);
    };
}
