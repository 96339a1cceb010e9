//! The status word of the eUICC.

use std::fmt;

use aid_types::Ambiguity;
use serde::{Deserialize, Serialize};

use crate::{
    decode::{At, Context, DecodeError},
    field::Field,
    wire::{self, Reader, WireError, WireType},
};

/// Field `csimErrorCode`: the status word SW1 SW2 of the eUICC, from which a cause can be told ("Send Profile Download
/// Install Info"; GlobalPlatform Card Specification).
///
/// The status word has 16 bits, the field on the wire 32. A number above `0xFFFF` is kept as it came (A-130).
///
/// ```
/// use aid2_proto::CsimErrorCode;
///
/// let code = CsimErrorCode::from_status_word(0x6A84);
/// assert_eq!(code.number(), 27268);
/// assert_eq!(code.meaning(), Some("not enough memory"));
/// assert_eq!(code.to_string(), "6A84");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CsimErrorCode(u32);

impl CsimErrorCode {
    /// No error code is available: 0.
    pub const NONE: Self = Self(0);

    /// The code for the status word with the bytes SW1 (high) and SW2 (low).
    #[must_use]
    pub const fn from_status_word(status_word: u16) -> Self {
        Self(status_word as u32)
    }

    /// The number as it stands on the wire.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// The number as it stands on the wire.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Whether no error code is available.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// SW1 SW2; `None` without an error code, and for a number that has more than 16 bits.
    #[must_use]
    pub fn status_word(self) -> Option<u16> {
        u16::try_from(self.0).ok().filter(|&word| word != 0)
    }

    /// What the status word says, as far as the tables of GlobalPlatform and ETSI TS 102 221 are known here.
    #[must_use]
    pub fn meaning(self) -> Option<&'static str> {
        let word = self.status_word()?;
        MEANINGS
            .iter()
            .find(|(mask, value, _)| word & mask == *value)
            .map(|(_, _, meaning)| *meaning)
    }
}

/// Four hexadecimal digits; a number beyond 16 bits has more.
impl fmt::Display for CsimErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

/// Mask, value under the mask, meaning. The first match counts, so exact words stand before families.
const MEANINGS: &[(u16, u16, &str)] = &[
    (0xFFFF, 0x6200, "logical channel already closed"),
    (0xFFFF, 0x6281, "part of the returned data may be corrupted"),
    (0xFFFF, 0x6282, "end of the data reached early"),
    (0xFFFF, 0x6283, "card locked"),
    (0xFFFF, 0x6284, "selected file in termination state"),
    (0xFFFF, 0x62F1, "more data available"),
    (0xFFFF, 0x62F2, "more data available, proactive command pending"),
    (0xFFFF, 0x62F3, "response data available"),
    (0xFFFF, 0x6310, "more data available"),
    (0xFFFF, 0x6400, "no diagnosis"),
    (0xFFFF, 0x6500, "no information, memory changed"),
    (0xFFFF, 0x6581, "memory failure"),
    (0xFFFF, 0x6700, "wrong length"),
    (0xFFFF, 0x6800, "function of the class byte not supported"),
    (0xFFFF, 0x6881, "logical channel not supported or not active"),
    (0xFFFF, 0x6882, "secure messaging not supported"),
    (0xFFFF, 0x6900, "command not allowed"),
    (0xFFFF, 0x6981, "command does not fit the file structure"),
    (0xFFFF, 0x6982, "security status not satisfied"),
    (0xFFFF, 0x6983, "authentication method blocked"),
    (0xFFFF, 0x6984, "referenced data invalidated"),
    (0xFFFF, 0x6985, "conditions of use not satisfied"),
    (0xFFFF, 0x6986, "command not allowed: no file selected"),
    (0xFFFF, 0x6989, "command not allowed: secure channel"),
    (0xFFFF, 0x6A80, "incorrect data"),
    (0xFFFF, 0x6A81, "function not supported or card locked"),
    (0xFFFF, 0x6A82, "file or application not found"),
    (0xFFFF, 0x6A83, "record not found"),
    (0xFFFF, 0x6A84, "not enough memory"),
    (0xFFFF, 0x6A86, "incorrect parameters P1 P2"),
    (0xFFFF, 0x6A87, "length does not fit P1 P2"),
    (0xFFFF, 0x6A88, "referenced data not found"),
    (0xFFFF, 0x6B00, "wrong parameters P1 P2"),
    (0xFFFF, 0x6D00, "unknown instruction"),
    (0xFFFF, 0x6E00, "unknown class"),
    (0xFFFF, 0x6F00, "technical problem, no diagnosis"),
    (0xFFFF, 0x9000, "no error"),
    (0xFFFF, 0x9300, "toolkit busy"),
    (0xFFFF, 0x9484, "algorithm not supported"),
    (0xFFFF, 0x9485, "invalid key check value"),
    (0xFFFF, 0x9850, "counter at its maximum"),
    (0xFFFF, 0x9862, "authentication failed"),
    (0xFFFF, 0x9863, "security session or association expired"),
    (0xFFFF, 0x9864, "minimum updating time not reached"),
    (0xFFF0, 0x63C0, "verification failed, tries left in the last digit"),
    (0xFF00, 0x6100, "more data available"),
    (0xFF00, 0x6700, "wrong length"),
    (0xFF00, 0x6F00, "technical problem"),
    (0xFF00, 0x9100, "no error, proactive command pending"),
    (0xFF00, 0x9200, "no error, data transfer session under way"),
];

impl Field for CsimErrorCode {
    type Raw<'a> = u64;

    #[inline]
    fn merge<'a>(raw: &mut u64, reader: &mut Reader<'a>, wire_type: WireType) -> Result<(), WireError> {
        *raw = reader.integer(wire_type)?;
        Ok(())
    }

    #[inline]
    fn validate(raw: u64, cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "protobuf keeps the low 32 bits of a uint32"
        )]
        let code = Self(raw as u32);
        if code.0 > 0xFFFF {
            cx.tolerate(Ambiguity::new(130), at)?;
        }
        Ok(code)
    }

    #[inline]
    fn encoded_len(&self, number: u32) -> usize {
        wire::integer_len(number, u64::from(self.0))
    }

    #[inline]
    fn put(&self, number: u32, out: &mut Vec<u8>) {
        wire::put_integer(number, u64::from(self.0), out);
    }

    fn show(&self, shown: &mut aid_types::Shown<'_>) {
        shown.number(u64::from(self.0));
    }
}
