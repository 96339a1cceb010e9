//! Serde for AiD2 messages: their protobuf bytes as hexadecimal text.

use std::{fmt::Write as _, marker::PhantomData};

use aid_types::Leniency;
use aid2_proto::Payload;
use serde::{
    Deserializer, Serializer,
    de::{Error, Visitor},
};

pub(crate) fn serialize<T: Payload, S: Serializer>(message: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let bytes = message.encode();
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    serializer.serialize_str(&hex)
}

pub(crate) fn deserialize<'de, T: Payload, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(Hex(PhantomData))
}

struct Hex<T>(PhantomData<T>);

impl<T: Payload> Visitor<'_> for Hex<T> {
    type Value = T;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the bytes of {} in hexadecimal", T::NAME)
    }

    fn visit_str<E: Error>(self, hex: &str) -> Result<T, E> {
        let bytes: Option<Vec<u8>> = hex
            .as_bytes()
            .chunks(2)
            .map(|pair| match pair {
                &[high, low] => {
                    let digit = |byte: u8| char::from(byte).to_digit(16);
                    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
                }
                _ => None,
            })
            .collect();
        let bytes = bytes.ok_or_else(|| E::custom("not hexadecimal"))?;
        T::decode(&bytes, Leniency::Field)
            .map(|decoded| decoded.value)
            .map_err(E::custom)
    }
}

/// Serde for what the SM-DP+ answered: its text on the wire.
pub(crate) mod execution_status {
    use aid2_proto::FunctionExecutionStatus;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(
        status: &Option<FunctionExecutionStatus>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        status
            .as_ref()
            .map(FunctionExecutionStatus::as_str)
            .serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<FunctionExecutionStatus>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        Ok(text.map(|text| FunctionExecutionStatus::from_peer(&text).0))
    }
}
