//! JSON objects as they stand on the wire, before any rule of the document is applied.
//!
//! A body is read in one pass into borrowed [`Field`]s, so that absent, null, empty and wrongly typed members stay
//! apart, and a member that stands twice is noticed at every depth. Each operation then applies its rules.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use uuid::Uuid;

use crate::json::Walked;

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
    /// Something else, by the name of its JSON type.
    Other(&'static str),
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

/// A member of a [`wire_object`].
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
        matches!(self, Self::Other(DUPLICATE))
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

fn type_name(walked: Walked, name: &'static str) -> &'static str {
    if walked.duplicate { DUPLICATE } else { name }
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

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldVisitor;

        impl<'de> Visitor<'de> for FieldVisitor {
            type Value = Field<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<'de>, E> {
                Ok(Field::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Field<'de>, E> {
                Ok(Field::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_unit<E>(self) -> Result<Field<'de>, E> {
                Ok(Field::Null)
            }
            fn visit_u64<E>(self, number: u64) -> Result<Field<'de>, E> {
                Ok(Field::Number(number))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Field<'de>, E> {
                Ok(Field::Other("number"))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Field<'de>, E> {
                Ok(Field::Other("number"))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Field<'de>, E> {
                Ok(Field::Other("boolean"))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Field<'de>, A::Error> {
                Ok(Field::Other(type_name(Walked::of_array(sequence)?, "array")))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field<'de>, A::Error> {
                Ok(Field::Other(type_name(Walked::of_object(map)?, "object")))
            }
        }
        deserializer.deserialize_any(FieldVisitor)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = sequence.next_element()? {
                    items.push(item);
                }
                Ok(List::Items(items))
            }
            fn visit_unit<E>(self) -> Result<List<T>, E> {
                Ok(List::Null)
            }
            fn visit_str<E>(self, _: &str) -> Result<List<T>, E> {
                Ok(List::Other("string"))
            }
            fn visit_u64<E>(self, _: u64) -> Result<List<T>, E> {
                Ok(List::Other("number"))
            }
            fn visit_i64<E>(self, _: i64) -> Result<List<T>, E> {
                Ok(List::Other("number"))
            }
            fn visit_f64<E>(self, _: f64) -> Result<List<T>, E> {
                Ok(List::Other("number"))
            }
            fn visit_bool<E>(self, _: bool) -> Result<List<T>, E> {
                Ok(List::Other("boolean"))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
                Ok(List::Other(type_name(Walked::of_object(map)?, "object")))
            }
        }
        deserializer.deserialize_any(ListVisitor(std::marker::PhantomData))
    }
}

/// Declares a JSON object once: its members in the order in which they are written, and their keys.
///
/// Reading and writing both come from the declaration. Unknown members are ignored unless one stands twice.
macro_rules! wire_object {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ident = $key:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: $crate::operation::wire::wire_object!(@type $kind 'a),)*
            pub(crate) flaw: $crate::operation::wire::Flaw,
        }

        impl ::serde::Serialize for $name<'_> {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap as _;
                use $crate::operation::wire::Member as _;
                let mut map = serializer.serialize_map(None)?;
                $(if !self.$field.is_absent() {
                    map.serialize_entry($key, &self.$field)?;
                })*
                map.end()
            }
        }

        impl<'de: 'a, 'a> ::serde::Deserialize<'de> for $name<'a> {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use $crate::{json::{Key, Keys, Walked}, operation::wire::{Flaw, Member as _}};

                struct ObjectVisitor;

                impl ObjectVisitor {
                    fn no_object<'de, E>(name: &'static str) -> Result<$name<'de>, E> {
                        Ok($name { flaw: Flaw::NotAnObject(name), ..$name::default() })
                    }
                }

                impl<'de> ::serde::de::Visitor<'de> for ObjectVisitor {
                    type Value = $name<'de>;

                    fn expecting(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        f.write_str("a JSON object")
                    }
                    fn visit_map<A: ::serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name<'de>, A::Error> {
                        let mut object = $name::default();
                        let mut unlisted = Keys::default();
                        while let Some(Key(key)) = map.next_key()? {
                            match &*key {
                                $($key => {
                                    if !object.$field.is_absent() {
                                        object.flaw.note(Flaw::Duplicate($key));
                                    }
                                    object.$field = map.next_value()?;
                                    if object.$field.has_duplicate() {
                                        object.flaw.note(Flaw::DuplicateUnlisted);
                                    }
                                })*
                                _ => {
                                    if unlisted.stood_before(key) {
                                        object.flaw.note(Flaw::DuplicateUnlisted);
                                    }
                                    if map.next_value::<Walked>()?.duplicate {
                                        object.flaw.note(Flaw::DuplicateUnlisted);
                                    }
                                }
                            }
                        }
                        Ok(object)
                    }
                    fn visit_str<E>(self, _: &str) -> Result<$name<'de>, E> {
                        Self::no_object("string")
                    }
                    fn visit_unit<E>(self) -> Result<$name<'de>, E> {
                        Self::no_object("null")
                    }
                    fn visit_u64<E>(self, _: u64) -> Result<$name<'de>, E> {
                        Self::no_object("number")
                    }
                    fn visit_i64<E>(self, _: i64) -> Result<$name<'de>, E> {
                        Self::no_object("number")
                    }
                    fn visit_f64<E>(self, _: f64) -> Result<$name<'de>, E> {
                        Self::no_object("number")
                    }
                    fn visit_bool<E>(self, _: bool) -> Result<$name<'de>, E> {
                        Self::no_object("boolean")
                    }
                    fn visit_seq<A: ::serde::de::SeqAccess<'de>>(self, sequence: A) -> Result<$name<'de>, A::Error> {
                        Walked::of_array(sequence)?;
                        Self::no_object("array")
                    }
                }
                deserializer.deserialize_any(ObjectVisitor)
            }
        }
    };
    (@type Field $life:lifetime) => { $crate::operation::wire::Field<$life> };
    (@type $item:ident $life:lifetime) => { $crate::operation::wire::List<$item<$life>> };
}
pub(crate) use wire_object;
