use std::fmt;

use aid_types::Vin;

use crate::{RequestId, Timestamp, binding::Exchange};

/// A message that waits in an outbox until the broker has it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its place, from 1.
    pub(super) number: u64,
    /// Name of the message or response.
    pub(super) name: &'static str,
    /// Its request id; of a response, that of the request.
    pub(super) request_id: RequestId,
    /// When it was put in, Unix time in seconds.
    pub(super) added: u64,
    /// The protobuf bytes.
    pub(super) payload: Vec<u8>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("number", &self.number)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Entry {
    /// The bytes to store. Number and vehicle are not among them: the number is the key to store them under.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(17 + self.name.len() + self.payload.len());
        bytes.extend_from_slice(&self.request_id.timestamp.number().to_be_bytes());
        bytes.extend_from_slice(&self.added.to_be_bytes());
        bytes.push(u8::try_from(self.name.len()).unwrap_or(u8::MAX));
        bytes.extend_from_slice(self.name.as_bytes());
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    /// The entry from its stored bytes, `None` if they are none of [`to_bytes`](Self::to_bytes).
    pub(super) fn from_bytes(vin: Vin, number: u64, bytes: &[u8]) -> Option<Self> {
        let (timestamp, rest) = bytes.split_first_chunk()?;
        let (added, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first()?;
        let (name, payload) = rest.split_at_checked(usize::from(*length))?;
        Some(Self {
            number,
            name: known(std::str::from_utf8(name).ok()?)?,
            request_id: RequestId::new(vin, Timestamp::from_number(u64::from_be_bytes(*timestamp))),
            added: u64::from_be_bytes(*added),
            payload: payload.to_vec(),
        })
    }

    /// How many seconds of its message expiry are left after `age` seconds: 1 at least, `None` if it never expires.
    ///
    /// A message whose time is over still goes to the broker, which delivers it if somebody is there to take it. So none
    /// vanishes in the vehicle.
    pub(super) fn expiry_after(&self, age: u64) -> Option<u32> {
        let exchange = Exchange::of(self.name).or_else(|| Exchange::answered_by(self.name))?;
        let age = u32::try_from(age).unwrap_or(u32::MAX);
        exchange.expiry.map(|expiry| expiry.saturating_sub(age).max(1))
    }
}

/// The name as it stands in the table of exchanges.
fn known(name: &str) -> Option<&'static str> {
    let response = || Exchange::answered_by(name).and_then(|exchange| exchange.response);
    Exchange::of(name).map(|exchange| exchange.name).or_else(response)
}
