//! What decoding takes and gives: options, the decoded value with what was tolerated, the error.

use std::{borrow::Cow, error::Error, fmt};

use aid_types::{Ambiguity, IdError, Leniency, Tolerated, Unreadable};

use crate::{
    field::Record,
    wire::{Reader, WireError},
};

/// How to decode a payload.
///
/// A bare [`Leniency`] converts into the options, with the default limits.
///
/// ```
/// use aid_types::Leniency;
/// use aid2_proto::DecodeOptions;
///
/// let mut options = DecodeOptions::from(Leniency::Strict);
/// options.max_profiles = 16;
/// assert_eq!(options.max_payload, 64 * 1024);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecodeOptions {
    /// How much deviation from Annex D is accepted; default [`Leniency::Field`].
    pub leniency: Leniency,
    /// Most bytes in a payload; default 64 KiB, the limit of the AiD1 bodies too (A-158).
    pub max_payload: usize,
    /// Most profiles in a message; default 256, far above what an eUICC holds.
    pub max_profiles: usize,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            leniency: Leniency::default(),
            max_payload: 64 * 1024,
            max_profiles: 256,
        }
    }
}

impl From<Leniency> for DecodeOptions {
    fn from(leniency: Leniency) -> Self {
        Self {
            leniency,
            ..Self::default()
        }
    }
}

/// A decoded message, and the deviations from the specification that were accepted on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decoded<T> {
    /// The message.
    pub value: T,
    /// What was tolerated, in the order of the fields; empty for a message without deviations.
    pub tolerated: Vec<Tolerated>,
}

/// Why a payload is not the message it should be.
///
/// Names the field by its path in Annex D (`profiles[2].iccid`), and never holds a value.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// More bytes than [`DecodeOptions::max_payload`].
    TooLarge {
        /// Bytes in the payload.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// No byte at all, for a message that has mandatory fields: without this check it would read as success (A-122).
    Empty,
    /// The payload is malformed protobuf.
    Wire(WireError),
    /// A mandatory field is absent or empty, which proto3 does not tell apart.
    Missing {
        /// Path of the field.
        field: Cow<'static, str>,
    },
    /// The text of a field is not what its type allows.
    Invalid {
        /// Path of the field.
        field: Cow<'static, str>,
        /// What is wrong with it.
        source: IdError,
    },
    /// More elements than [`DecodeOptions::max_profiles`].
    TooMany {
        /// Path of the field.
        field: Cow<'static, str>,
        /// The limit.
        limit: usize,
    },
    /// A deviation that only [`Leniency::Field`] accepts.
    Deviation(Tolerated),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { size, limit } => write!(f, "payload of {size} bytes, more than the limit of {limit}"),
            Self::Empty => f.write_str("empty payload for a message with mandatory fields"),
            Self::Wire(error) => write!(f, "malformed protobuf: {error}"),
            Self::Missing { field } => write!(f, "{field}: mandatory, but absent or empty"),
            Self::Invalid { field, source } => write!(f, "{field}: {source}"),
            Self::TooMany { field, limit } => write!(f, "{field}: more than {limit} elements"),
            Self::Deviation(deviation) => write!(f, "{}: deviates from the annex ({})", deviation.at, deviation.item),
        }
    }
}

impl Error for DecodeError {}

impl From<WireError> for DecodeError {
    fn from(error: WireError) -> Self {
        Self::Wire(error)
    }
}

/// Where a field stands; text only once somebody asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At<'p> {
    parent: Option<&'p At<'p>>,
    name: &'static str,
    index: Option<usize>,
}

impl At<'_> {
    pub(crate) const ROOT: At<'static> = At {
        parent: None,
        name: "",
        index: None,
    };
}

impl<'p> At<'p> {
    pub(crate) const fn field(&'p self, name: &'static str) -> At<'p> {
        At {
            parent: Some(self),
            name,
            index: None,
        }
    }

    pub(crate) const fn element(self, index: usize) -> Self {
        At {
            index: Some(index),
            ..self
        }
    }

    pub(crate) fn path(&self) -> Cow<'static, str> {
        match (self.parent, self.index) {
            (None | Some(At { parent: None, .. }), None) => Cow::Borrowed(self.name),
            _ => Cow::Owned(self.to_string()),
        }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent.filter(|parent| parent.parent.is_some()) {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.name)?;
        match self.index {
            Some(index) => write!(f, "[{index}]"),
            None => Ok(()),
        }
    }
}

/// The options, what was tolerated so far, and which elements of lists could not be read.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) options: DecodeOptions,
    pub(crate) tolerated: Vec<Tolerated>,
    pub(crate) unreadable: Vec<Unreadable>,
}

impl Context {
    pub(crate) const fn new(options: DecodeOptions) -> Self {
        Self {
            options,
            tolerated: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    /// Reports a deviation, or refuses it where the annex holds to the letter.
    pub(crate) fn tolerate(&mut self, item: Ambiguity, at: At<'_>) -> Result<(), DecodeError> {
        let deviation = Tolerated::new(item, at.path());
        match self.options.leniency {
            Leniency::Strict => Err(DecodeError::Deviation(deviation)),
            // `Field`, and any level between the two that may come.
            _ => {
                self.tolerated.push(deviation);
                Ok(())
            }
        }
    }

    /// Reports that a mandatory member is absent without which the message still counts, or refuses it where the annex holds to
    /// the letter. One that came and could not be read is reported as that.
    pub(crate) fn expect<T>(&mut self, member: Option<&T>, item: Ambiguity, at: At<'_>) -> Result<(), DecodeError> {
        let path = at.path();
        if member.is_some() || self.tolerated.iter().any(|told| told.at == path) {
            return Ok(());
        }
        if self.options.leniency == Leniency::Strict {
            return Err(DecodeError::Missing { field: path });
        }
        self.tolerate(item, at)
    }

    /// Reports what the decisions have a peer send although it is unusual: no level refuses it.
    pub(crate) fn note(&mut self, item: Ambiguity, at: At<'_>) {
        self.tolerated.push(Tolerated::new(item, at.path()));
    }

    /// Keeps as text what may be missing and cannot be read, or refuses it where the annex holds to the letter (A-170).
    #[cold]
    pub(crate) fn keep(&mut self, at: At<'_>, text: &str, error: DecodeError) -> Result<Unreadable, DecodeError> {
        if self.options.leniency == Leniency::Strict {
            return Err(error);
        }
        let unreadable = Unreadable::new(at.path(), text, error);
        self.tolerated.push(Tolerated::unreadable(unreadable.clone()));
        Ok(unreadable)
    }
}

/// What a payload without any byte is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EmptyPayload {
    Refused,
    /// The message whose fields are all zero.
    Meaningful,
}

#[inline]
pub(crate) fn payload<T: Record>(
    payload: &[u8],
    options: DecodeOptions,
    empty: EmptyPayload,
) -> Result<Decoded<T>, DecodeError> {
    let limit = options.max_payload;
    match payload.len() {
        0 if empty == EmptyPayload::Refused => return Err(DecodeError::Empty),
        size if size > limit => return Err(DecodeError::TooLarge { size, limit }),
        _ => {}
    }
    // Text that is not UTF-8 is invalid in its field. It is told as what it is, and before anything else.
    attempt(Reader::new(payload), options).or_else(|_| attempt(Reader::checking(payload), options))
}

fn attempt<T: Record>(mut reader: Reader<'_>, options: DecodeOptions) -> Result<Decoded<T>, DecodeError> {
    let mut raw = T::Raw::default();
    T::merge(&mut raw, &mut reader)?;
    let mut cx = Context::new(options);
    let value = T::validate(raw, &mut cx, At::ROOT)?;
    Ok(Decoded {
        value,
        tolerated: cx.tolerated,
    })
}
