//! What every reader of JSON here needs: a key that stands twice is noticed at every depth.
//!
//! serde skips the members that a type does not have, and with them what is wrong in there.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// A value that nobody needs: skipped, but a key in it that stands twice is noticed, at any depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Whether a key stood twice in one object.
    pub duplicate: bool,
}

impl Skipped {
    /// Skips the entries of an array.
    ///
    /// # Errors
    ///
    /// Those of the format.
    pub fn of_array<'de, A: SeqAccess<'de>>(array: A) -> Result<Self, A::Error> {
        Ignored.visit_seq(array)
    }

    /// Skips the members of an object.
    ///
    /// # Errors
    ///
    /// Those of the format.
    pub fn of_object<'de, A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        Ignored.visit_map(object)
    }
}

struct Ignored;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Ignored)
    }
}

impl<'de> Visitor<'de> for Ignored {
    type Value = Skipped;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_str<E>(self, _: &str) -> Result<Skipped, E> {
        Ok(Skipped { duplicate: false })
    }
    fn visit_unit<E>(self) -> Result<Skipped, E> {
        Ok(Skipped { duplicate: false })
    }
    fn visit_u64<E>(self, _: u64) -> Result<Skipped, E> {
        Ok(Skipped { duplicate: false })
    }
    fn visit_i64<E>(self, _: i64) -> Result<Skipped, E> {
        Ok(Skipped { duplicate: false })
    }
    fn visit_f64<E>(self, _: f64) -> Result<Skipped, E> {
        Ok(Skipped { duplicate: false })
    }
    fn visit_bool<E>(self, _: bool) -> Result<Skipped, E> {
        Ok(Skipped { duplicate: false })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Skipped, A::Error> {
        let mut duplicate = false;
        while let Some(item) = sequence.next_element::<Skipped>()? {
            duplicate |= item.duplicate;
        }
        Ok(Skipped { duplicate })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Skipped, A::Error> {
        let mut keys = Keys::default();
        let mut duplicate = false;
        let mut key = Cow::default();
        while map.next_key_seed(Key(&mut key, |_: &str| ()))?.is_some() {
            duplicate |= keys.seen_before(std::mem::take(&mut key));
            duplicate |= map.next_value::<Skipped>()?.duplicate;
        }
        Ok(Skipped { duplicate })
    }
}

/// A value that stands where another type should, kept: any JSON value, and whether a key stands twice in it, at any depth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub(crate) value: Value,
    pub(crate) duplicate: bool,
}

impl Kept {
    pub(crate) fn array<'de, A: SeqAccess<'de>>(mut array: A) -> Result<Self, A::Error> {
        let mut duplicate = false;
        let mut items = Vec::new();
        while let Some(item) = array.next_element::<Self>()? {
            duplicate |= item.duplicate;
            items.push(item.value);
        }
        Ok(Self {
            value: Value::Array(items),
            duplicate,
        })
    }

    pub(crate) fn object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        let mut duplicate = false;
        let mut members = Map::new();
        while let Some((key, member)) = object.next_entry::<String, Self>()? {
            duplicate |= member.duplicate | members.insert(key, member.value).is_some();
        }
        Ok(Self {
            value: Value::Object(members),
            duplicate,
        })
    }
}

impl Kept {
    /// The value as it is read by people: a string without quotation marks, anything else as JSON.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        text(&self.value)
    }

    /// The name of its JSON type.
    pub(crate) fn type_name(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// The text of each element of the array in this member.
    pub(crate) fn elements(&self, member: &str) -> Vec<Cow<'_, str>> {
        let array = self.value.get(member).and_then(Value::as_array);
        array.into_iter().flatten().map(text).collect()
    }
}

fn text(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

impl<T: Into<Value>> From<T> for Kept {
    fn from(value: T) -> Self {
        Self {
            value: value.into(),
            duplicate: false,
        }
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeptVisitor;

        /// A visitor's methods for the JSON types that hold no others.
        macro_rules! plain {
            ($($visit:ident($found:ty)),*) => {
                $(fn $visit<E>(self, found: $found) -> Result<Kept, E> {
                    Ok(Kept::from(found))
                })*
            };
        }

        impl<'de> Visitor<'de> for KeptVisitor {
            type Value = Kept;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            plain!(
                visit_str(&str),
                visit_u64(u64),
                visit_i64(i64),
                visit_f64(f64),
                visit_bool(bool)
            );
            fn visit_unit<E>(self) -> Result<Kept, E> {
                Ok(Kept::from(Value::Null))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<Kept, A::Error> {
                Kept::array(array)
            }
            fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Kept, A::Error> {
                Kept::object(object)
            }
        }
        deserializer.deserialize_any(KeptVisitor)
    }
}

/// The keys of one object that nobody knows, to notice one that stands twice.
///
/// Nearly always there are none; then nothing is made, and nothing is to be dropped.
#[derive(Debug, Default)]
pub struct Keys<'a>(Option<std::collections::BTreeSet<Cow<'a, str>>>);

impl<'a> Keys<'a> {
    /// Whether this key came before; from now on it did.
    pub fn seen_before(&mut self, key: Cow<'a, str>) -> bool {
        !self.0.get_or_insert_default().insert(key)
    }
}

/// Reads the key of a member: what `known` makes of it, and the key itself, borrowed unless it has escapes.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "a place and what to do with it")]
pub struct Key<'p, 'de, F>(pub &'p mut Cow<'de, str>, pub F);

impl<'de, F: FnOnce(&str) -> T, T> DeserializeSeed<'de> for Key<'_, 'de, F> {
    type Value = T;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, F: FnOnce(&str) -> T, T> Visitor<'de> for Key<'_, 'de, F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    #[inline]
    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<T, E> {
        *self.0 = Cow::Borrowed(key);
        Ok(self.1(key))
    }
    fn visit_str<E>(self, key: &str) -> Result<T, E> {
        *self.0 = Cow::Owned(key.to_owned());
        Ok(self.1(key))
    }
}
