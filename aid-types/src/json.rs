//! What every reader of JSON here needs: a key that stands twice is noticed at every depth.
//!
//! serde skips the members that a type does not have, and with them what is wrong in there.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};

/// A value that nobody needs, walked through only to notice a key that stands twice, at any depth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Walked {
    /// Whether a key stood twice in one object.
    pub duplicate: bool,
}

impl Walked {
    /// Walks through the entries of an array.
    ///
    /// # Errors
    ///
    /// Those of the format.
    pub fn of_array<'de, A: SeqAccess<'de>>(array: A) -> Result<Self, A::Error> {
        Ignored.visit_seq(array)
    }

    /// Walks through the members of an object.
    ///
    /// # Errors
    ///
    /// Those of the format.
    pub fn of_object<'de, A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        Ignored.visit_map(object)
    }
}

struct Ignored;

impl<'de> Deserialize<'de> for Walked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Ignored)
    }
}

impl<'de> Visitor<'de> for Ignored {
    type Value = Walked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_str<E>(self, _: &str) -> Result<Walked, E> {
        Ok(Walked { duplicate: false })
    }
    fn visit_unit<E>(self) -> Result<Walked, E> {
        Ok(Walked { duplicate: false })
    }
    fn visit_u64<E>(self, _: u64) -> Result<Walked, E> {
        Ok(Walked { duplicate: false })
    }
    fn visit_i64<E>(self, _: i64) -> Result<Walked, E> {
        Ok(Walked { duplicate: false })
    }
    fn visit_f64<E>(self, _: f64) -> Result<Walked, E> {
        Ok(Walked { duplicate: false })
    }
    fn visit_bool<E>(self, _: bool) -> Result<Walked, E> {
        Ok(Walked { duplicate: false })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Walked, A::Error> {
        let mut duplicate = false;
        while let Some(item) = sequence.next_element::<Walked>()? {
            duplicate |= item.duplicate;
        }
        Ok(Walked { duplicate })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Walked, A::Error> {
        let mut keys = Keys::default();
        let mut duplicate = false;
        while let Some(Key(key)) = map.next_key()? {
            duplicate |= keys.stood_before(key);
            duplicate |= map.next_value::<Walked>()?.duplicate;
        }
        Ok(Walked { duplicate })
    }
}

/// The keys of one object that nobody knows, to notice one that stands twice.
#[derive(Debug, Default)]
pub struct Keys<'a>(std::collections::BTreeSet<Cow<'a, str>>);

impl<'a> Keys<'a> {
    /// Whether this key came before; from now on it did.
    pub fn stood_before(&mut self, key: Cow<'a, str>) -> bool {
        !self.0.insert(key)
    }
}

/// The key of a member, borrowed unless it has escapes.
#[derive(Debug)]
#[allow(clippy::exhaustive_structs, reason = "a text with a name")]
pub struct Key<'a>(pub Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E: de::Error>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }
            fn visit_str<E: de::Error>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}
