use std::{fmt, str::FromStr};

/// Names one outbox, for as long as it exists: 64 random bits, made with the outbox.
///
/// A vehicle whose storage was replaced begins a new outbox, and numbers from 1 again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutboxId(u64);

impl OutboxId {
    /// The id with these bits.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

/// The place of a message in the outbox it came from: user property `aid2-seq`, for example `00c0ffee00c0ffee/42`.
///
/// Numbers grow by one with each message. A copy of a message carries the same number, so a receiver tells copies from
/// new messages, and older ones from newer, also across reconnects. Numbers of different outboxes do not compare.
///
/// ```
/// use aid2_proto::binding::{OutboxId, Sequence};
///
/// let sequence = Sequence::new(OutboxId::from_bits(0xc0ff_ee00), 42);
/// assert_eq!(sequence.to_string(), "00000000c0ffee00/42");
/// assert_eq!("00000000c0ffee00/42".parse(), Ok(sequence));
/// assert!("42".parse::<Sequence>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sequence {
    /// Which outbox.
    pub outbox: OutboxId,
    /// Which message of it, from 1.
    pub number: u64,
}

impl Sequence {
    /// Message `number` of `outbox`.
    #[must_use]
    pub const fn new(outbox: OutboxId, number: u64) -> Self {
        Self { outbox, number }
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}/{}", self.outbox.0, self.number)
    }
}

/// Not 16 hexadecimal digits, a slash and a decimal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoSequence;

impl fmt::Display for NoSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not 16 hexadecimal digits, a slash and a decimal number")
    }
}

impl std::error::Error for NoSequence {}

impl FromStr for Sequence {
    type Err = NoSequence;

    fn from_str(text: &str) -> Result<Self, NoSequence> {
        let (outbox, number) = text.split_once('/').ok_or(NoSequence)?;
        let digits = |text: &str, radix| text.bytes().all(|byte| char::from(byte).is_digit(radix));
        if outbox.len() != 16 || !digits(outbox, 16) || !digits(number, 10) {
            return Err(NoSequence);
        }
        Ok(Self {
            outbox: OutboxId(u64::from_str_radix(outbox, 16).map_err(|_| NoSequence)?),
            number: number.parse().map_err(|_| NoSequence)?,
        })
    }
}
