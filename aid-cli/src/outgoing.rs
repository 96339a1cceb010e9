//! A message that is to be sent, as a line of standard input says it.

use aid_types::Vin;
use aid2_proto::{DecodeOptions, Payload, RequestId, Timestamp, binding::Exchange, codec};
use serde_json::{Value, json};

use crate::{
    desk::{correlation, failed, full_name},
    json::Object,
};

/// A message that is to be sent: what a line of standard input says.
pub(crate) struct Outgoing {
    /// The name in full, with its package.
    pub(crate) message: String,
    pub(crate) request_id: RequestId,
    payload: Vec<u8>,
}

impl Outgoing {
    /// `own` is the vehicle where a line need not name it; `fresh` makes a request id where it gives none.
    pub(crate) fn read(
        line: &Object,
        own: Option<Vin>,
        fresh: impl FnOnce(Vin) -> Result<RequestId, String>,
    ) -> Result<Self, String> {
        let message = line.text("message")?.to_owned();
        let named = line.optional_text("vin")?.map(str::parse::<Vin>).transpose();
        let named = named.map_err(|error| format!("vin: {error}"))?;
        let vin = match (named, own) {
            (Some(named), Some(own)) if named != own => return Err("vin: that of another vehicle".to_owned()),
            (Some(vin), _) | (None, Some(vin)) => vin,
            (None, None) => return Err("vin: missing".to_owned()),
        };
        let given = line.optional_text("correlation")?.map(str::parse::<u64>).transpose();
        let given = given.map_err(|_| "correlation: expected decimal digits")?;
        let mut fields = line
            .object("fields")?
            .map(|fields| fields.members().clone())
            .unwrap_or_default();
        // Only what stands by itself has a request id among its fields.
        let is_message = message
            .split_once('.')
            .is_some_and(|(_, name)| Exchange::of(name).is_some());
        let request_id = match (given, fields.get("requestId")) {
            (Some(number), None) => RequestId::new(vin, Timestamp::from_number(number)),
            (None, None) => fresh(vin)?,
            (None, Some(given)) => request_id_of(given)?,
            (Some(_), Some(_)) => return Err("either correlation or fields.requestId".to_owned()),
        };
        if request_id.vehicle_id != vin {
            return Err("fields.requestId.vehicleID: not the vin".to_owned());
        }
        if is_message {
            let number = correlation(request_id);
            fields.insert(
                "requestId".to_owned(),
                json!({"vehicleID": vin.as_str(), "timestamp": number}),
            );
        }
        let payload = codec::encode(&message, &fields).map_err(|error| error.to_string())?;
        Ok(Self {
            message,
            request_id,
            payload,
        })
    }

    pub(crate) fn is<P: Payload>(&self) -> bool {
        self.message == full_name::<P>()
    }

    /// The message, if its fields are what they have to be.
    pub(crate) fn typed<P: Payload>(&self) -> Result<P, String> {
        let decoded = P::decode(&self.payload, DecodeOptions::default());
        decoded
            .map(|decoded| decoded.value)
            .map_err(|error| format!("fields: {error}"))
    }

    /// The answer to a line that needs no response.
    pub(crate) fn taken(&self) -> Value {
        json!({
            "ok": true,
            "vin": self.request_id.vehicle_id.as_str(),
            "message": self.message,
            "correlation": correlation(self.request_id),
        })
    }

    /// The answer to a line whose message was not taken.
    pub(crate) fn failed(&self, error: &dyn std::fmt::Display) -> Value {
        failed(&self.message, self.request_id, &error.to_string())
    }
}

fn request_id_of(fields: &Value) -> Result<RequestId, String> {
    let text = |name: &str| {
        let value = fields.get(name).and_then(Value::as_str);
        value.ok_or_else(|| format!("fields.requestId.{name}: expected a string"))
    };
    let vin = text("vehicleID")?
        .parse()
        .map_err(|error| format!("fields.requestId.vehicleID: {error}"))?;
    let number = text("timestamp")?
        .parse()
        .map_err(|_| "fields.requestId.timestamp: expected decimal digits")?;
    Ok(RequestId::new(vin, Timestamp::from_number(number)))
}
