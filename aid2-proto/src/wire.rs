//! The protobuf wire format: a borrowing reader and the few writers that the messages need.
//!
//! Acceptance follows prost to the byte; the tests hold the two side by side.

use std::fmt;

/// How deep messages and groups may nest, the customary limit of protobuf implementations.
const MAX_DEPTH: u8 = 100;

/// Why bytes are no protobuf message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WireError {
    /// The payload ends inside a field.
    Truncated,
    /// A variable-length integer has more than 64 bits or no end.
    Varint,
    /// A field number outside 1 to 2^29 - 1.
    FieldNumber,
    /// A wire type that does not exist.
    UnknownWireType,
    /// A known field came with the wire type of another kind of field.
    WireType,
    /// A string is not UTF-8.
    Utf8,
    /// A group ends that was not begun.
    EndGroup,
    /// Messages or groups nest too deep.
    Depth,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the payload ends inside a field",
            Self::Varint => "an integer has more than 64 bits",
            Self::FieldNumber => "a field number is out of range",
            Self::UnknownWireType => "an unknown wire type",
            Self::WireType => "a field has the wire type of another kind of field",
            Self::Utf8 => "a string is not UTF-8",
            Self::EndGroup => "a group ends that was not begun",
            Self::Depth => "messages nest too deep",
        })
    }
}

impl std::error::Error for WireError {}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WireType {
    Varint,
    Fixed64,
    Length,
    StartGroup,
    EndGroup,
    Fixed32,
}

/// Reads the fields of one message.
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    depth: u8,
    /// Whether [`text`](Self::text) is looked at here.
    checks_text: bool,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            depth: MAX_DEPTH,
            checks_text: false,
        }
    }

    /// Of a message that is refused anyway: to tell whether it is malformed.
    pub(crate) const fn checking(bytes: &'a [u8]) -> Self {
        Self {
            checks_text: true,
            ..Self::new(bytes)
        }
    }

    /// The bytes that are left.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) const fn checks_text(&self) -> bool {
        self.checks_text
    }

    /// Number and wire type of the next field, `None` at the end.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Option<(u32, WireType)>, WireError> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let key = u32::try_from(self.varint()?).map_err(|_| WireError::FieldNumber)?;
        let wire_type = match key & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Length,
            3 => WireType::StartGroup,
            4 => WireType::EndGroup,
            5 => WireType::Fixed32,
            _ => return Err(WireError::UnknownWireType),
        };
        match key >> 3 {
            0 => Err(WireError::FieldNumber),
            number => Ok(Some((number, wire_type))),
        }
    }

    /// The value of an integer or enum field.
    #[inline]
    pub(crate) fn integer(&mut self, wire_type: WireType) -> Result<u64, WireError> {
        expect(wire_type, WireType::Varint)?;
        self.varint()
    }

    /// The value of a string field.
    #[cfg(feature = "codec")]
    pub(crate) fn string(&mut self, wire_type: WireType) -> Result<&'a str, WireError> {
        expect(wire_type, WireType::Length)?;
        utf8(self.length_delimited()?)
    }

    /// The value of a string field, of which it remains to be seen whether it is [UTF-8](utf8).
    #[inline]
    pub(crate) fn text(&mut self, wire_type: WireType) -> Result<&'a [u8], WireError> {
        expect(wire_type, WireType::Length)?;
        let text = self.length_delimited()?;
        if self.checks_text {
            utf8(text)?;
        }
        Ok(text)
    }

    /// A reader of the value of a message field.
    #[inline]
    pub(crate) fn message(&mut self, wire_type: WireType) -> Result<Self, WireError> {
        expect(wire_type, WireType::Length)?;
        let depth = self.depth.checked_sub(1).ok_or(WireError::Depth)?;
        Ok(Self {
            bytes: self.length_delimited()?,
            depth,
            ..*self
        })
    }

    /// Passes over the value of an unknown field. The depth bounds the recursion.
    pub(crate) fn skip(&mut self, number: u32, wire_type: WireType) -> Result<(), WireError> {
        let Some(inner_depth) = self.depth.checked_sub(1) else {
            return Err(WireError::Depth);
        };
        match wire_type {
            WireType::Varint => self.varint().map(drop),
            WireType::Fixed64 => self.take(8).map(drop),
            WireType::Fixed32 => self.take(4).map(drop),
            WireType::Length => self.length_delimited().map(drop),
            WireType::StartGroup => {
                let mut group = Self {
                    depth: inner_depth,
                    ..*self
                };
                group.skip_to_end_of(number)?;
                self.bytes = group.bytes;
                Ok(())
            }
            WireType::EndGroup => Err(WireError::EndGroup),
        }
    }

    fn skip_to_end_of(&mut self, group: u32) -> Result<(), WireError> {
        while let Some((number, wire_type)) = self.key()? {
            if wire_type == WireType::EndGroup {
                return if number == group {
                    Ok(())
                } else {
                    Err(WireError::EndGroup)
                };
            }
            self.skip(number, wire_type)?;
        }
        Err(WireError::Truncated)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, WireError> {
        match self.bytes {
            [byte, rest @ ..] if *byte < 0x80 => {
                self.bytes = rest;
                Ok(u64::from(*byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0;
        let mut shift = 0;
        let mut rest = self.bytes;
        while let [byte, after @ ..] = rest {
            if shift == 63 && *byte > 1 {
                return Err(WireError::Varint);
            }
            value |= u64::from(byte & 0x7f) << shift;
            rest = after;
            if *byte < 0x80 {
                self.bytes = rest;
                return Ok(value);
            }
            shift += 7;
        }
        Err(WireError::Truncated)
    }

    #[inline]
    fn length_delimited(&mut self) -> Result<&'a [u8], WireError> {
        let length = usize::try_from(self.varint()?).map_err(|_| WireError::Truncated)?;
        self.take(length)
    }

    #[inline]
    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (value, rest) = self.bytes.split_at_checked(length).ok_or(WireError::Truncated)?;
        self.bytes = rest;
        Ok(value)
    }
}

/// What every string must be.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, WireError> {
    std::str::from_utf8(bytes).map_err(|_| WireError::Utf8)
}

#[inline]
fn expect(found: WireType, wanted: WireType) -> Result<(), WireError> {
    if found == wanted {
        Ok(())
    } else {
        Err(WireError::WireType)
    }
}

/// Bytes that a variable-length integer takes.
#[inline]
pub(crate) const fn varint_len(value: u64) -> usize {
    // One byte for every seven bits begun; `| 1` because zero takes one too.
    ((value | 1).ilog2() as usize) / 7 + 1
}

#[inline]
pub(crate) fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "the low seven bits are what is wanted")]
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 0x80 here")]
    out.push(value as u8);
}

/// Bytes of an integer field; none for zero, which proto3 leaves out.
#[inline]
pub(crate) const fn integer_len(number: u32, value: u64) -> usize {
    if value == 0 {
        0
    } else {
        key_len(number) + varint_len(value)
    }
}

#[inline]
pub(crate) fn put_integer(number: u32, value: u64, out: &mut Vec<u8>) {
    if value != 0 {
        put_varint(u64::from(number) << 3, out);
        put_varint(value, out);
    }
}

/// Bytes of a string field; none for the empty string, which proto3 leaves out.
#[inline]
pub(crate) const fn bytes_len(number: u32, value: &[u8]) -> usize {
    if value.is_empty() {
        0
    } else {
        length_delimited_len(number, value.len())
    }
}

#[inline]
pub(crate) fn put_bytes(number: u32, value: &[u8], out: &mut Vec<u8>) {
    if !value.is_empty() {
        put_length(number, value.len(), out);
        out.extend_from_slice(value);
    }
}

/// Bytes of a message field whose message takes `length`.
#[inline]
pub(crate) const fn length_delimited_len(number: u32, length: usize) -> usize {
    key_len(number) + varint_len(length as u64) + length
}

/// What stands before the bytes of a message field.
#[inline]
pub(crate) fn put_length(number: u32, length: usize, out: &mut Vec<u8>) {
    put_varint(u64::from(number) << 3 | 2, out);
    put_varint(length as u64, out);
}

#[inline]
const fn key_len(number: u32) -> usize {
    varint_len((number as u64) << 3)
}

/// An `int32` or enum as it goes on the wire: ten bytes when negative.
#[inline]
pub(crate) const fn sign_extended(value: i32) -> u64 {
    #[expect(clippy::cast_sign_loss, reason = "protobuf writes the two's complement")]
    let bits = value as i64 as u64;
    bits
}
