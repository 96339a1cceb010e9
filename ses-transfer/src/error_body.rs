//! `{error, error_description}`: written by a server, read by a client.

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
#[cfg(feature = "server")]
use serde::{Serialize, Serializer, ser::SerializeMap as _};

/// The members of an error. Whatever else a peer or a gateway sends is no reason to fail: then they are missing.
// SES-045
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub(crate) error: Option<String>,
    pub(crate) description: Option<String>,
}

impl ErrorBody {
    pub(crate) fn read(json: &[u8]) -> Self {
        serde_json::from_slice(json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json)).unwrap_or_default()
    }

    #[cfg(feature = "server")]
    pub(crate) fn write(error: &str, description: &str) -> Vec<u8> {
        let body = Self {
            error: Some(error.to_owned()),
            description: Some(description.to_owned()),
        };
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

#[cfg(feature = "server")]
impl Serialize for ErrorBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("error", &self.error)?;
        map.serialize_entry("error_description", &self.description)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for ErrorBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BodyVisitor;

        impl<'de> Visitor<'de> for BodyVisitor {
            type Value = ErrorBody;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ErrorBody, A::Error> {
                let mut body = ErrorBody::default();
                while let Some(key) = map.next_key::<String>()? {
                    match &*key {
                        "error" => body.error = map.next_value()?,
                        "error_description" => body.description = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(body)
            }
        }
        deserializer.deserialize_map(BodyVisitor)
    }
}
