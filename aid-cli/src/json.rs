//! JSON objects of which nothing is lost silently: a member that stands twice is an error, at any depth.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// What stands behind a byte order mark, if there is one.
pub(crate) fn behind_mark(json: &[u8]) -> Option<&[u8]> {
    json.strip_prefix("\u{feff}".as_bytes())
}

/// The members of a JSON object, to be taken out by name and type. Errors name the member and never show its value.
#[derive(Debug, Clone)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    /// Reads a whole text.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
        if json.trim_ascii().is_empty() {
            return Err("empty: expected a JSON object".to_owned());
        }
        match serde_json::from_slice(json) {
            Ok(Unique(Value::Object(members))) => Ok(Self(members)),
            Ok(_) => Err("expected a JSON object".to_owned()),
            // The error itself could show a value.
            Err(error) if error.is_data() => Err(format!("a member stands twice, before column {}", error.column())),
            Err(error) => Err(format!("not JSON at line {}, column {}", error.line(), error.column())),
        }
    }

    /// Null is as good as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str, String> {
        self.optional_text(name)?.ok_or_else(|| format!("{name}: missing"))
    }

    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&str>, String> {
        self.typed(name, "a string", Value::as_str)
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<&str>, String> {
        let expected = || format!("{name}: expected an array of strings");
        let items = self
            .typed(name, "an array of strings", Value::as_array)?
            .map_or(&[][..], Vec::as_slice);
        items.iter().map(|item| item.as_str().ok_or_else(expected)).collect()
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, String> {
        self.typed(name, "a whole number from 0 up", Value::as_u64)
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, String> {
        let members = self.typed(name, "an object", Value::as_object)?;
        Ok(members.cloned().map(Self))
    }

    pub(crate) fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    fn typed<'a, T>(
        &'a self,
        name: &str,
        expected: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, String> {
        self.get(name)
            .map(|value| read(value).ok_or_else(|| format!("{name}: expected {expected}")))
            .transpose()
    }
}

/// A JSON value without repeated members.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unique(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let Unique(value) = members.next_value()?;
            if values.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Value::Object(values))
    }
}
