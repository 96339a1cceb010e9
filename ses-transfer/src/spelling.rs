//! Spellings that differ in case and in what stands between the words.

/// Whether two texts have the same letters and digits, whatever their case and whatever else stands in them.
pub(crate) fn same(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other))
}

fn letters(text: &str) -> impl Iterator<Item = u8> {
    text.bytes()
        // Bytes beyond ASCII stay: a text in another script is no spelling of ours.
        .filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
        .map(|byte| byte.to_ascii_lowercase())
}

/// A header whose values are listed.
pub(crate) trait Vocabulary: std::str::FromStr {
    const HEADER: &'static str;

    /// The spelling that is sent, of a listed value.
    fn listed_as(&self) -> Option<&str>;
}

/// An open vocabulary of texts: the document's values, of which each has one spelling that is sent; others are accepted.
/// Anything else is kept.
macro_rules! vocabulary {
    (
        $(#[$attribute:meta])*
        $name:ident, $what:literal {
            $($(#[$variant_attribute:meta])* $variant:ident = $text:literal $(| $also:literal)*,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_attribute])* $variant,)+
            /// A value that the document does not list.
            Unlisted(crate::UnlistedText),
        }

        impl $name {
            /// Every value that the document lists.
            pub const LISTED: &[Self] = &[$(Self::$variant),+];

            /// The spelling that is sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unlisted(unlisted) => unlisted.as_str(),
                }
            }

            /// Whether the document lists it.
            #[must_use]
            pub const fn is_listed(&self) -> bool {
                !matches!(self, Self::Unlisted(_))
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::InvalidText;

            fn from_str(text: &str) -> Result<Self, crate::InvalidText> {
                $(if crate::spelling::same(text, $text) $(|| crate::spelling::same(text, $also))* {
                    return Ok(Self::$variant);
                })+
                crate::UnlistedText::new(text).map(Self::Unlisted)
            }
        }

        impl crate::spelling::Vocabulary for $name {
            const HEADER: &'static str = $what;

            fn listed_as(&self) -> Option<&str> {
                self.is_listed().then(|| self.as_str())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use vocabulary;
