//! The request id, its timestamp, and the generator that never repeats a second.

use std::{error::Error, fmt};

use aid_types::{Ambiguity, Shown, Vin};
use serde::{Deserialize, Serialize};

use crate::{
    decode::{At, Context, DecodeError},
    field::Field,
    message::record,
    wire::{self, Reader, WireError, WireType},
};

/// When a sequence began: Unix time in whole seconds ("Data Elements for AID2 Interface"; 64 bits on the wire, A-125).
///
/// Some peers send milliseconds. What is above [`MAX_SECS`](Self::MAX_SECS) counts as such; the number is kept, so that
/// follow-up messages can repeat it.
///
/// ```
/// use aid2_proto::Timestamp;
///
/// assert_eq!(Timestamp::from_number(1_700_000_000_123).as_secs(), 1_700_000_000);
/// assert_eq!(Timestamp::from_number(1_700_000_000_123).number(), 1_700_000_000_123);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The last second that is not taken for milliseconds: 10^11, in the year 5138.
    pub const MAX_SECS: u64 = 100_000_000_000;

    /// A point in time, in seconds; at most [`MAX_SECS`](Self::MAX_SECS) is told from milliseconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// The number as it stands on the wire.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number as it stands on the wire.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Seconds since the epoch, also when the number counts milliseconds.
    #[must_use]
    pub const fn as_secs(self) -> u64 {
        if self.is_millis() { self.0 / 1000 } else { self.0 }
    }

    /// Whether the number counts milliseconds.
    #[must_use]
    pub const fn is_millis(self) -> bool {
        self.0 > Self::MAX_SECS
    }
}

impl Field for Timestamp {
    type Raw<'a> = u64;

    #[inline]
    fn merge<'a>(raw: &mut u64, reader: &mut Reader<'a>, wire_type: WireType) -> Result<(), WireError> {
        *raw = reader.integer(wire_type)?;
        Ok(())
    }

    #[inline]
    fn validate(raw: u64, cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError> {
        let timestamp = Self(raw);
        // Zero is what a timestamp that was left out reads as.
        if raw == 0 || timestamp.is_millis() {
            cx.tolerate(Ambiguity::new(125), at)?;
        }
        Ok(timestamp)
    }

    #[inline]
    fn encoded_len(&self, number: u32) -> usize {
        wire::integer_len(number, self.0)
    }

    #[inline]
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_integer(number, self.0, out);
    }

    fn show(&self, shown: &mut Shown<'_>) {
        shown.number(self.0);
    }
}

record! {
    /// Ties the messages of one sequence together ("Data Elements for AID2 Interface").
    ///
    /// Follow-up messages repeat it, timestamp included. It is unique only together with the kind of the sequence, and
    /// only if whoever starts sequences uses a [`RequestIdGenerator`] (A-126).
    #[derive(Copy, PartialOrd, Ord, Serialize, Deserialize)]
    RequestId {
        /// The vehicle. Must be the one that the transport authenticated.
        #[serde(rename = "vehicleID")]
        vehicle_id: Vin = 1 "vehicleID",
        /// When the sequence began.
        timestamp: Timestamp = 2 "timestamp",
    }
}

impl RequestId {
    /// The id of the sequence of `vehicle_id` that began at `timestamp`.
    #[must_use]
    pub const fn new(vehicle_id: Vin, timestamp: Timestamp) -> Self {
        Self { vehicle_id, timestamp }
    }
}

/// Makes request ids for one vehicle, and never the same second twice (A-126).
///
/// Whoever starts sequences needs one: the vehicle for its own, the CMP backend one for each vehicle. Keep it between
/// restarts (serde), or the second of the restart may repeat.
///
/// ```
/// use aid2_proto::RequestIdGenerator;
///
/// let mut ids = RequestIdGenerator::new("WBAUX11030A334483".parse()?);
/// assert_eq!(ids.next(1_700_000_000)?.timestamp.as_secs(), 1_700_000_000);
/// assert_eq!(ids.next(1_700_000_000)?.timestamp.as_secs(), 1_700_000_001);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestIdGenerator {
    #[serde(rename = "vehicleID")]
    vehicle_id: Vin,
    last_second: u64,
}

impl RequestIdGenerator {
    /// A generator for a vehicle that has started no sequence yet.
    #[must_use]
    pub const fn new(vehicle_id: Vin) -> Self {
        Self {
            vehicle_id,
            last_second: 0,
        }
    }

    /// A generator for a vehicle whose latest sequence began in `last_second`.
    #[must_use]
    pub const fn resume(vehicle_id: Vin, last_second: u64) -> Self {
        Self {
            vehicle_id,
            last_second,
        }
    }

    /// The second of the latest id, 0 before the first: the state to keep.
    #[must_use]
    pub const fn last_second(&self) -> u64 {
        self.last_second
    }

    /// The id of a sequence that begins now, at `now` in Unix time: this second, or the one after the latest if that is
    /// later. So a clock that is set back repeats nothing either.
    ///
    /// # Errors
    ///
    /// If `now` cannot be seconds, being above [`Timestamp::MAX_SECS`].
    pub fn next(&mut self, now: u64) -> Result<RequestId, NotSeconds> {
        let second = now.max(self.last_second.saturating_add(1));
        if second > Timestamp::MAX_SECS {
            return Err(NotSeconds);
        }
        self.last_second = second;
        Ok(RequestId::new(self.vehicle_id, Timestamp::from_secs(second)))
    }
}

/// A time above [`Timestamp::MAX_SECS`]: probably milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotSeconds;

impl fmt::Display for NotSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a Unix time in seconds: above {}", Timestamp::MAX_SECS)
    }
}

impl Error for NotSeconds {}
