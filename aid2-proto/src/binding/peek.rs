use aid_types::Leniency;

use crate::{
    DecodeError, RequestId,
    decode::{At, Context},
    field::Field,
    wire::Reader,
};

/// The request id of any message that stands by itself: its field 1. The other fields are passed over.
///
/// Occurrences merge as in a full decode, so both see the same vehicle.
pub(super) fn request_id(payload: &[u8]) -> Result<RequestId, DecodeError> {
    if payload.is_empty() {
        return Err(DecodeError::Empty);
    }
    let mut raw = <RequestId as Field>::Raw::default();
    let mut reader = Reader::new(payload);
    while let Some((number, wire_type)) = reader.key()? {
        match number {
            1 => <RequestId as Field>::merge(&mut raw, &mut reader, wire_type)?,
            _ => reader.skip(number, wire_type)?,
        }
    }
    let mut cx = Context::new(Leniency::Field.into());
    <RequestId as Field>::validate(raw, &mut cx, At::ROOT.field("requestId"))
}
