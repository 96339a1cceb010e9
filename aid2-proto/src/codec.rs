//! The messages of Annex D by name, to and from JSON-like fields: the bare wire, for tools that test a peer.
//!
//! Fields have the names of Annex D; enums are numbers, 64-bit integers decimal strings. What is left out or empty is not
//! refused, in contrast to [`Payload`](crate::Payload). The tables come from the proto files.
//!
//! ```
//! use aid2_proto::codec;
//!
//! let fields = serde_json::from_str(r#"{"requestId": {"vehicleID": "WBAUX11030A334483", "timestamp": "1700000000"}}"#)?;
//! let bytes = codec::encode("cmp_vehicle.RequestCSIMInfo", &fields)?;
//! assert_eq!(codec::to_hex(&bytes), "0a190a11574241555831313033304133333434383310 80e2cfaa06".replace(' ', ""));
//! assert_eq!(codec::decode("cmp_vehicle.RequestCSIMInfo", &bytes)?, fields);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::{error::Error, fmt, fmt::Write as _};

use serde_json::{Map, Value};

use crate::wire::{self, Reader, WireError};

#[rustfmt::skip]
#[path = "generated/schema.rs"]
mod generated;

/// A message and its fields, in the order of their numbers.
struct Schema {
    name: &'static str,
    fields: &'static [Field],
}

struct Field {
    number: u32,
    name: &'static str,
    kind: Kind,
    repeated: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    String,
    Uint32,
    Uint64,
    Enum,
    Message(&'static str),
}

/// Why bytes or fields are not the message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecError {
    /// No message has this name.
    UnknownMessage {
        /// The name.
        name: String,
    },
    /// The bytes are malformed protobuf.
    Wire(WireError),
    /// The message has no such field.
    UnknownField {
        /// Path of the field.
        field: String,
    },
    /// A field has a value of another type.
    WrongType {
        /// Path of the field.
        field: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The text is not an even number of hexadecimal digits.
    Hex,
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMessage { name } => write!(f, "unknown message {name:?}"),
            Self::Wire(error) => write!(f, "malformed protobuf: {error}"),
            Self::UnknownField { field } => write!(f, "{field}: the message has no such field"),
            Self::WrongType { field, expected } => write!(f, "{field}: expected {expected}"),
            Self::Hex => f.write_str("not an even number of hexadecimal digits"),
        }
    }
}

impl Error for CodecError {}

impl From<WireError> for CodecError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

/// The names of all messages: `cmp_backend.SendCSIMStatus`, `cmp_vehicle.RequestDeleteProfile.Response`.
pub fn message_names() -> impl Iterator<Item = &'static str> {
    generated::SCHEMAS.iter().map(|schema| schema.name)
}

/// The fields in the bytes of the message called `name`; those that are absent have their default, messages none.
///
/// # Errors
///
/// If there is no such message, or the bytes are malformed.
pub fn decode(name: &str, payload: &[u8]) -> Result<Map<String, Value>, CodecError> {
    let schema = schema(name)?;
    let mut fields = defaults(schema);
    merge(schema, &mut Reader::new(payload), &mut fields)?;
    Ok(fields)
}

/// The bytes of the message called `name` with these fields; those that are absent or null have their default.
///
/// # Errors
///
/// If there is no such message, or a field does not exist or has a value of another type.
pub fn encode(name: &str, fields: &Map<String, Value>) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::new();
    put(schema(name)?, fields, "", &mut out)?;
    Ok(out)
}

/// The bytes as lower-case hexadecimal digits.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            // Writing to a string cannot fail.
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// The bytes that hexadecimal digits of either case stand for.
///
/// # Errors
///
/// If there is anything else, or an odd number of digits.
pub fn from_hex(text: &str) -> Result<Vec<u8>, CodecError> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs
        .iter()
        .map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?))
        .collect::<Option<_>>();
    bytes.filter(|_| rest.is_empty()).ok_or(CodecError::Hex)
}

fn schema(name: &str) -> Result<&'static Schema, CodecError> {
    generated::SCHEMAS
        .iter()
        .find(|schema| schema.name == name)
        .ok_or_else(|| CodecError::UnknownMessage { name: name.to_owned() })
}

fn defaults(schema: &Schema) -> Map<String, Value> {
    let default = |field: &Field| match field.kind {
        _ if field.repeated => Some(Value::Array(Vec::new())),
        Kind::String => Some(Value::from("")),
        Kind::Uint32 | Kind::Enum => Some(Value::from(0)),
        Kind::Uint64 => Some(Value::from("0")),
        Kind::Message(_) => None,
    };
    schema
        .fields
        .iter()
        .filter_map(|field| Some((field.name.to_owned(), default(field)?)))
        .collect()
}

fn merge(schema: &Schema, reader: &mut Reader<'_>, out: &mut Map<String, Value>) -> Result<(), CodecError> {
    while let Some((number, wire_type)) = reader.key()? {
        let Some(field) = schema.fields.iter().find(|field| field.number == number) else {
            reader.skip(number, wire_type)?;
            continue;
        };
        #[expect(clippy::cast_possible_truncation, reason = "protobuf keeps the low 32 bits")]
        let value = match field.kind {
            Kind::String => Value::from(reader.string(wire_type)?),
            Kind::Uint32 => Value::from(reader.integer(wire_type)? as u32),
            Kind::Enum => Value::from(reader.integer(wire_type)? as i32),
            Kind::Uint64 => Value::from(reader.integer(wire_type)?.to_string()),
            Kind::Message(name) => {
                let schema = self::schema(name)?;
                let mut inner = reader.message(wire_type)?;
                // A second occurrence of the field adds to the first, an element of a list does not.
                let mut fields = match out.get_mut(field.name).map(Value::take) {
                    Some(Value::Object(earlier)) => earlier,
                    Some(Value::Array(mut elements)) => {
                        let mut element = defaults(schema);
                        merge(schema, &mut inner, &mut element)?;
                        elements.push(Value::Object(element));
                        out.insert(field.name.to_owned(), Value::Array(elements));
                        continue;
                    }
                    _ => defaults(schema),
                };
                merge(schema, &mut inner, &mut fields)?;
                Value::Object(fields)
            }
        };
        out.insert(field.name.to_owned(), value);
    }
    Ok(())
}

fn put(schema: &Schema, fields: &Map<String, Value>, parent: &str, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let path = |name: &str| {
        if parent.is_empty() {
            name.to_owned()
        } else {
            format!("{parent}.{name}")
        }
    };
    if let Some(name) = fields
        .keys()
        .find(|&name| schema.fields.iter().all(|field| field.name != name))
    {
        return Err(CodecError::UnknownField { field: path(name) });
    }
    for field in schema.fields {
        match fields.get(field.name) {
            // In proto3 JSON null is the default, which is not written.
            None | Some(Value::Null) => {}
            Some(Value::Array(elements)) if field.repeated => {
                for (index, element) in elements.iter().enumerate() {
                    put_field(field, element, &format!("{}[{index}]", path(field.name)), out)?;
                }
            }
            Some(_) if field.repeated => {
                return Err(CodecError::WrongType {
                    field: path(field.name),
                    expected: "an array",
                });
            }
            Some(value) => put_field(field, value, &path(field.name), out)?,
        }
    }
    Ok(())
}

fn put_field(field: &Field, value: &Value, path: &str, out: &mut Vec<u8>) -> Result<(), CodecError> {
    let expected = |expected| CodecError::WrongType {
        field: path.to_owned(),
        expected,
    };
    match field.kind {
        Kind::String => {
            let text = value.as_str().ok_or_else(|| expected("a string"))?;
            wire::put_bytes(field.number, text.as_bytes(), out);
        }
        Kind::Uint32 => {
            let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
            let number = number.ok_or_else(|| expected("an integer from 0 to 4294967295"))?;
            wire::put_integer(field.number, u64::from(number), out);
        }
        Kind::Enum => {
            let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
            let number = number.ok_or_else(|| expected("the number of an enum value"))?;
            wire::put_integer(field.number, wire::sign_extended(number), out);
        }
        Kind::Uint64 => {
            let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
            let number = number.ok_or_else(|| expected("an unsigned 64-bit integer as a decimal string"))?;
            wire::put_integer(field.number, number, out);
        }
        Kind::Message(name) => {
            let mut inner = Vec::new();
            put(
                schema(name)?,
                value.as_object().ok_or_else(|| expected("an object"))?,
                path,
                &mut inner,
            )?;
            wire::put_length(field.number, inner.len(), out);
            out.extend_from_slice(&inner);
        }
    }
    Ok(())
}
