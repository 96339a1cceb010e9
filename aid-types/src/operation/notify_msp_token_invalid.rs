//! Notify MSP token invalid: POST /cesim/msp/v1/users/{msp_token}/invalidate

use super::{
    BodyError, BodyRule, Condition as C, Declaration, Decoding, Operation, OperationId, Role,
    decoding::{Absence, Place},
    empty_reply,
    sealed::Sealed,
    serde_through_wire, to_json,
    wire::Field,
    wire_object::wire_object,
};
use crate::{Ambiguity, FreeText, MspToken};

pub(super) static DECLARATION: Declaration = Declaration {
    id: OperationId::NotifyMspTokenInvalid,
    operation_id: "notifyMspTokenInvalid",
    title: "Notify MSP token invalid",
    provider: Role::Cmp,
    method: "POST",
    path: "/cesim/msp/v1/users/{msp_token}/invalidate",
    body: BodyRule::Optional,
    success: &[204],
    success_with_body: &[],
    errors: &[400, 401, 404, 500],
    conditions: &[C::UnknownMspToken],
    request: Wire::MEMBERS,
    reply: &[],
    requirements: "R-103, R-236, R-238, R-240",
};

impl Sealed for NotifyMspTokenInvalid {}
impl Operation for NotifyMspTokenInvalid {
    const DECLARATION: &'static Declaration = &DECLARATION;
    type Subject = MspToken;
    empty_reply!();

    fn body(&self) -> Option<Vec<u8>> {
        Some(to_json(&self.to_wire()))
    }

    fn read(_: Option<&str>, body: &[u8], decoding: &mut Decoding) -> Result<Self, BodyError> {
        if body.is_empty() {
            decoding.tolerate(Ambiguity::new(3), "", super::BodyProblem::NoBody)?;
            return Ok(Self::default());
        }
        let mut wire = Wire::default();
        decoding.parse(body, &mut wire)?;
        Self::from_wire(&wire, decoding)
    }
}

/// What "Notify MSP Token Invalid" carries. Annex B: `NotifyTokenInvalidBody`.
///
/// After it the CMP requests no activation code with the token any more, and deletes every profile of it. `{}` is sent
/// where there is no reason; no body at all is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NotifyMspTokenInvalid {
    /// `reason`: logged for customer care.
    pub reason: Option<FreeText>,
}

impl NotifyMspTokenInvalid {
    /// With or without a reason.
    #[must_use]
    pub fn new(reason: Option<FreeText>) -> Self {
        Self { reason }
    }
}

wire_object! {
    Wire {
        reason: Field<FreeText> = "reason",
    }
}

serde_through_wire!(NotifyMspTokenInvalid);

impl NotifyMspTokenInvalid {
    fn to_wire(&self) -> Wire<'_> {
        Wire {
            reason: self
                .reason
                .as_ref()
                .map_or(Field::Absent, |reason| Field::from(reason.as_str())),
            ..Wire::default()
        }
    }

    fn from_wire(wire: &Wire<'_>, decoding: &mut Decoding) -> Result<Self, BodyError> {
        Place::Top.sound(wire.flaw)?;
        let reason =
            decoding.optional_or_empty(Place::Top, "reason", &wire.reason, Absence::Omitted(Ambiguity::new(3)))?;
        Ok(Self { reason })
    }
}
