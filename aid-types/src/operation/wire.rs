//! JSON objects as they stand on the wire, before any rule of the document is applied.
//!
//! A body is read in one pass into borrowed [`Field`]s, so that absent, null, empty and wrongly typed members stay
//! apart, and a member that stands twice is noticed at every depth. Each operation then applies its rules.
//!
//! Objects and members are [filled](Fill) where they stand, not returned: a value of several words that is moved as soon
//! as it has been written makes the processor wait for its parts, and there are many in a body.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use uuid::Uuid;

use crate::json::{Kept, Skipped};

/// A member that should be text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Field<'a> {
    /// The object has no such member; not written.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// A string.
    Text(Cow<'a, str>),
    /// Written as a string; never read.
    Uuid(Uuid),
    /// A non-negative integer; accepted for an error code only.
    Number(u64),
    /// Something else, as it came.
    Other(Box<Kept>),
}

impl<'a> From<&'a str> for Field<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl Field<'_> {
    /// Null where there is no value.
    pub(crate) fn or_null(text: Option<&str>) -> Field<'_> {
        text.map_or(Field::Null, Field::from)
    }

    /// Whether there is no value: no member, null or the empty string.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Absent | Self::Null => true,
            Self::Text(text) => text.is_empty(),
            Self::Uuid(_) | Self::Number(_) | Self::Other(_) => false,
        }
    }

    /// The name of the JSON type, as errors show it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Absent => "nothing",
            Self::Null => "null",
            Self::Text(_) | Self::Uuid(_) => "string",
            Self::Number(_) => "number",
            Self::Other(kept) => kept.type_name(),
        }
    }

    /// What came, as text.
    pub(crate) fn received(&self) -> Cow<'_, str> {
        match self {
            Self::Absent => Cow::Borrowed(""),
            Self::Null => Cow::Borrowed("null"),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Uuid(uuid) => Cow::Owned(uuid.to_string()),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Other(kept) => kept.text(),
        }
    }
}

/// A member that should be an array of objects.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum List<T> {
    /// The object has no such member.
    #[default]
    Absent,
    /// `null`.
    Null,
    /// An array.
    Items(Vec<T>),
    /// Something else, by the name of its JSON type.
    Other(&'static str),
}

/// What is wrong with an object as a whole. The first flaw stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Flaw {
    #[default]
    None,
    /// It is no object but this JSON type.
    NotAnObject(&'static str),
    /// A member of ours stands twice.
    Duplicate(&'static str),
    /// Another member, or one within it, stands twice.
    DuplicateUnlisted,
}

impl Flaw {
    pub(crate) fn note(&mut self, flaw: Self) {
        if *self == Self::None {
            *self = flaw;
        }
    }
}

/// A member of a [`wire_object`](super::wire_object).
pub(crate) trait Member {
    fn is_absent(&self) -> bool;
    /// Whether the member holds an ignored value in which a key stands twice.
    fn has_duplicate(&self) -> bool;
}

impl Member for Field<'_> {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    fn has_duplicate(&self) -> bool {
        matches!(self, Self::Other(kept) if kept.duplicate)
    }
}

impl<T> Member for List<T> {
    fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    fn has_duplicate(&self) -> bool {
        matches!(self, Self::Other(DUPLICATE))
    }
}

/// The JSON type of a container in which a key stands twice.
const DUPLICATE: &str = "object with a repeated member";

fn type_name(skipped: Skipped, name: &'static str) -> &'static str {
    if skipped.duplicate { DUPLICATE } else { name }
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Uuid(uuid) => serializer.serialize_str(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer())),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Absent | Self::Null | Self::Other(_) => serializer.serialize_none(),
        }
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Items(items) => serializer.collect_seq(items),
            Self::Absent | Self::Null | Self::Other(_) => serializer.serialize_none(),
        }
    }
}

/// What is read from JSON into the place where it stands.
pub(crate) trait Fill<'de>: Default {
    fn fill<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error>;
}

/// Makes serde fill a place.
pub(crate) struct Filled<'p, T>(pub(crate) &'p mut T);

impl<'de, T: Fill<'de>> DeserializeSeed<'de> for Filled<'_, T> {
    type Value = ();

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.fill(deserializer)
    }
}

/// The text behind a byte order mark, which some libraries write before it.
pub(crate) fn without_mark(json: &[u8]) -> &[u8] {
    json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json)
}

/// Fills `place` from a JSON text.
pub(crate) fn read_json<'de, T: Fill<'de>>(json: &'de [u8], place: &mut T) -> serde_json::Result<()> {
    // Checking the text as a whole is much faster than each string by itself, as `from_slice` does; that one is good for
    // telling where the text stops being UTF-8.
    match std::str::from_utf8(json) {
        Ok(text) => {
            let mut deserializer = serde_json::Deserializer::from_str(text);
            place.fill(&mut deserializer)?;
            deserializer.end()
        }
        Err(_) => not_utf8(json, place),
    }
}

#[cold]
fn not_utf8<'de, T: Fill<'de>>(json: &'de [u8], place: &mut T) -> serde_json::Result<()> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    place.fill(&mut deserializer)?;
    deserializer.end()
}

impl<'de> Fill<'de> for Field<'de> {
    #[inline]
    fn fill<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        struct FieldVisitor<'p, 'de>(&'p mut Field<'de>);

        impl<'de> Visitor<'de> for FieldVisitor<'_, 'de> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            #[inline]
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
                *self.0 = Field::Text(Cow::Borrowed(text));
                Ok(())
            }
            fn visit_str<E>(self, text: &str) -> Result<(), E> {
                *self.0 = Field::Text(Cow::Owned(text.to_owned()));
                Ok(())
            }
            #[inline]
            fn visit_unit<E>(self) -> Result<(), E> {
                *self.0 = Field::Null;
                Ok(())
            }
            fn visit_u64<E>(self, number: u64) -> Result<(), E> {
                *self.0 = Field::Number(number);
                Ok(())
            }
            fn visit_i64<E>(self, number: i64) -> Result<(), E> {
                *self.0 = Field::Other(Box::new(Kept::from(number)));
                Ok(())
            }
            fn visit_f64<E>(self, number: f64) -> Result<(), E> {
                *self.0 = Field::Other(Box::new(Kept::from(number)));
                Ok(())
            }
            fn visit_bool<E>(self, boolean: bool) -> Result<(), E> {
                *self.0 = Field::Other(Box::new(Kept::from(boolean)));
                Ok(())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<(), A::Error> {
                *self.0 = Field::Other(Box::new(Kept::array(array)?));
                Ok(())
            }
            fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<(), A::Error> {
                *self.0 = Field::Other(Box::new(Kept::object(object)?));
                Ok(())
            }
        }
        deserializer.deserialize_any(FieldVisitor(self))
    }
}

impl<'de, T: Fill<'de>> Fill<'de> for List<T> {
    fn fill<D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        struct ListVisitor<'p, T>(&'p mut List<T>);

        /// A visitor's methods for the JSON types that are no array: each puts its name into the place.
        macro_rules! others {
            ($($visit:ident($found:ty) = $name:literal),*) => {
                $(fn $visit<E>(self, _: $found) -> Result<(), E> {
                    *self.0 = List::Other($name);
                    Ok(())
                })*
            };
        }

        impl<'de, T: Fill<'de>> Visitor<'de> for ListVisitor<'_, T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
                // Few entries are usual, more than four are not rare.
                let mut items = Vec::with_capacity(8);
                loop {
                    let mut item = T::default();
                    if sequence.next_element_seed(Filled(&mut item))?.is_none() {
                        *self.0 = List::Items(items);
                        return Ok(());
                    }
                    items.push(item);
                }
            }
            fn visit_unit<E>(self) -> Result<(), E> {
                *self.0 = List::Null;
                Ok(())
            }
            others!(
                visit_str(&str) = "string",
                visit_u64(u64) = "number",
                visit_i64(i64) = "number",
                visit_f64(f64) = "number",
                visit_bool(bool) = "boolean"
            );
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
                *self.0 = List::Other(type_name(Skipped::of_object(map)?, "object"));
                Ok(())
            }
        }
        deserializer.deserialize_any(ListVisitor(self))
    }
}
