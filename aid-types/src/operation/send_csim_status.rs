//! Send CSIM status: POST /v1/statuses/{msp_token}

use super::{
    BodyError, BodyRule, Condition as C, Declaration, Decoding, Operation, OperationId, Role, decoding::Place,
    empty_reply, json_request, sealed::Sealed, serde_through_wire, wire::Field, wire_object::wire_object,
};
use crate::{CsimStatus, Eid, Iccid, MspToken};

pub(super) static DECLARATION: Declaration = Declaration {
    id: OperationId::SendCsimStatus,
    operation_id: "sendCsimStatus",
    title: "Send CSIM status",
    provider: Role::Msp,
    method: "POST",
    path: "/v1/statuses/{msp_token}",
    body: BodyRule::Required,
    success: &[201],
    success_with_body: &[],
    errors: &[401, 404, 422, 500],
    conditions: &[
        C::UnknownMspToken,
        C::UnknownRequestId,
        C::UnknownProfile,
        C::ForeignProfile,
    ],
    request: Wire::MEMBERS,
    reply: &[],
    requirements: "R-037, R-116, R-301, R-303, R-304",
};

impl Sealed for SendCsimStatus {}
impl Operation for SendCsimStatus {
    const DECLARATION: &'static Declaration = &DECLARATION;
    type Subject = MspToken;
    json_request!();
    empty_reply!();
}

/// What "Send CSIM Status" carries: what became of a profile in a vehicle. Annex B: `SendCsimStatusBody`.
///
/// Accepted for an invalidated msp_token, too: that is how the last deletions are reported.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendCsimStatus {
    /// `iccid`.
    pub iccid: Iccid,
    /// `eid`: the eUICC that holds or held the profile.
    pub eid: Eid,
    /// `status`.
    pub status: CsimStatus,
}

impl SendCsimStatus {
    /// The status of one profile on one eUICC.
    #[must_use]
    pub fn new(iccid: Iccid, eid: Eid, status: CsimStatus) -> Self {
        Self { iccid, eid, status }
    }
}

wire_object! {
    Wire {
        iccid: Field<Iccid> = "iccid",
        eid: Field<Eid> = "eid",
        status: Field<CsimStatus> = "status",
    }
}

serde_through_wire!(SendCsimStatus);

impl SendCsimStatus {
    fn to_wire(&self) -> Wire<'_> {
        Wire {
            iccid: Field::from(self.iccid.as_str()),
            eid: Field::from(self.eid.as_str()),
            status: Field::from(self.status.as_str()),
            ..Wire::default()
        }
    }

    fn from_wire(wire: &Wire<'_>, decoding: &mut Decoding) -> Result<Self, BodyError> {
        let top = Place::Top;
        top.sound(wire.flaw)?;
        Ok(Self {
            iccid: decoding.required(top, "iccid", &wire.iccid)?,
            eid: decoding.required(top, "eid", &wire.eid)?,
            status: decoding.required(top, "status", &wire.status)?,
        })
    }
}
