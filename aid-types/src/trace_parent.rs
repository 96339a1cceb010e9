//! Which trace something belongs to: W3C Trace Context, the field `traceparent`.

use std::{
    fmt,
    num::{NonZeroU64, NonZeroU128},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Sampled, and made at random: what version 00 knows. Others are not passed on.
const KNOWN_FLAGS: u8 = 0b11;
/// Characters of version 00.
const LENGTH: usize = 55;

/// Which trace something belongs to, and which step of it was the cause: `traceparent` of W3C Trace Context (A-183).
///
/// It is for logs and traces alone: nothing depends on it. Neither `tracestate` nor `baggage` goes with it.
///
/// ```
/// use aid_types::TraceParent;
///
/// let cause: TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse()?;
/// let follows = cause.child(0x1122_3344_5566_7788);
/// assert_eq!(follows.trace_id(), cause.trace_id());
/// assert_eq!(follows.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-1122334455667788-01");
/// # Ok::<(), aid_types::NoTraceParent>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace_id: NonZeroU128,
    parent_id: NonZeroU64,
    flags: u8,
}

/// Not what W3C Trace Context calls a `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a traceparent")]
#[non_exhaustive]
pub struct NoTraceParent;

impl TraceParent {
    /// The name of the header of HTTP, and of the user property of MQTT.
    pub const NAME: &str = "traceparent";

    /// Names the trace, in all of its steps. Printed as 32 hexadecimal digits: `{:032x}`.
    #[must_use]
    pub const fn trace_id(&self) -> u128 {
        self.trace_id.get()
    }

    /// Names the step that was the cause. Printed as 16 hexadecimal digits: `{:016x}`.
    #[must_use]
    pub const fn parent_id(&self) -> u64 {
        self.parent_id.get()
    }

    /// Whether whoever began the trace records it.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// A step that follows from this one: `id` is a random number, and names it. Zero is no name; with it, this step stays
    /// the cause.
    #[must_use]
    pub fn child(self, id: u64) -> Self {
        Self {
            parent_id: NonZeroU64::new(id).unwrap_or(self.parent_id),
            ..self
        }
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace_id,
            parent_id,
            flags,
        } = self;
        write!(f, "00-{trace_id:032x}-{parent_id:016x}-{flags:02x}")
    }
}

/// Reads version 00, and of a later one what it has in common with it.
impl FromStr for TraceParent {
    type Err = NoTraceParent;

    fn from_str(text: &str) -> Result<Self, NoTraceParent> {
        let (known, more) = text.split_at_checked(LENGTH).ok_or(NoTraceParent)?;
        let mut fields = known.split('-');
        let mut field = |digits| number(fields.next()?, digits);
        let read = || Some((field(2)?, field(32)?, field(16)?, field(2)?));
        let (version, trace_id, parent_id, flags) = { read }().ok_or(NoTraceParent)?;
        match (version, more.as_bytes().first()) {
            (0xff, _) => return Err(NoTraceParent),
            (_, None) => {}
            (1.., Some(b'-')) => {}
            _ => return Err(NoTraceParent),
        }
        let parent_id = u64::try_from(parent_id).ok().and_then(NonZeroU64::new);
        Ok(Self {
            trace_id: NonZeroU128::new(trace_id).ok_or(NoTraceParent)?,
            parent_id: parent_id.ok_or(NoTraceParent)?,
            flags: u8::try_from(flags).map_err(|_| NoTraceParent)? & KNOWN_FLAGS,
        })
    }
}

/// So many hexadecimal digits, in lower case.
fn number(text: &str, digits: usize) -> Option<u128> {
    let fits = text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    fits.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

impl Serialize for TraceParent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TraceParent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
