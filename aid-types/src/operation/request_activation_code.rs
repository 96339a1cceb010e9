//! Request activation code: POST /v1/activation-code-requests/{msp_token}

use super::{
    BodyError, BodyProblem, BodyRule, Condition as C, Declaration, Decoding, Operation, OperationId, Role,
    decoding::{Absence, Place},
    json_request,
    sealed::Sealed,
    serde_through_wire, to_json,
    wire::{Field, without_mark},
    wire_object::wire_object,
};
use crate::{
    ActivationCode, ActivationCodeRequestId, Ambiguity, DeviceType, Eid, Iccid, Identifier, Imei, Leniency, MspToken,
    ProfileType, Tolerated, Unreadable,
};

pub(super) static DECLARATION: Declaration = Declaration {
    id: OperationId::RequestActivationCode,
    operation_id: "requestActivationCode",
    title: "Request activation code",
    provider: Role::Msp,
    method: "POST",
    path: "/v1/activation-code-requests/{msp_token}",
    body: BodyRule::Required,
    success: &[200, 201],
    success_with_body: &[200],
    errors: &[401, 404, 422, 500],
    conditions: &[
        C::UnknownMspToken,
        C::InvalidatedMspToken,
        C::NoActivationCode,
        C::InvalidEid,
        C::UnknownProfileType,
        C::UnsupportedProfileType,
        C::UnknownRequestId,
        C::ExpiredRequestId,
    ],
    request: Wire::MEMBERS,
    reply: reply::Wire::MEMBERS,
    requirements: "R-031, R-061, R-066, R-071, R-072, R-077, R-280 to R-289, R-292 to R-294",
};

impl Sealed for RequestActivationCode {}
impl Operation for RequestActivationCode {
    const DECLARATION: &'static Declaration = &DECLARATION;
    type Subject = MspToken;
    type Reply = ActivationCodeReply;
    json_request!();

    fn write_reply(reply: &ActivationCodeReply) -> (u16, Option<Vec<u8>>) {
        match reply {
            ActivationCodeReply::Ready(ready) => (200, Some(to_json(&ready.to_wire()))),
            ActivationCodeReply::Accepted => (201, None),
        }
    }

    fn read_reply(status: u16, body: &[u8], decoding: &mut Decoding) -> Result<ActivationCodeReply, BodyError> {
        // Only 200 means "the code is inside". A 200 without any body is taken as asynchronous, one with a body that
        // is no activation code is not; whatever has a code inside is the code.
        if without_mark(body).trim_ascii().is_empty() {
            if status == 200 {
                decoding.tolerate(Ambiguity::new(49), "", BodyProblem::NoBody)?;
            }
            return Ok(ActivationCodeReply::Accepted);
        }
        let mut wire = reply::Wire::default();
        decoding.parse(body, &mut wire)?;
        if status != 200 {
            if wire.activation_code.is_empty() {
                return Ok(ActivationCodeReply::Accepted);
            }
            decoding.tolerate(Ambiguity::new(49), "activationCode", BodyProblem::UnusableReply)?;
        }
        ReadyActivationCode::from_wire(&wire, decoding).map(ActivationCodeReply::Ready)
    }
}

/// What "Request Activation Code" carries: the CMP asks for a profile for the eUICC of a vehicle.
///
/// Annex B: `RequestActivationCodeBody`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestActivationCode {
    /// `profileType`.
    pub profile_type: ProfileType,
    /// `deviceType`.
    pub device_type: DeviceType,
    /// `imei`.
    pub imei: Option<Imei>,
    /// Whether `imei` is written as `""` where there is none, for an MSP that wants it "empty but present". Default: no,
    /// it is left out.
    pub empty_imei: bool,
    /// `eid`: the eUICC that alone can download the profile.
    pub eid: Eid,
    /// `activationCodeRequestID`: names this request, also in the asynchronous answer.
    pub activation_code_request_id: ActivationCodeRequestId,
    /// `replaceIccid`: the profile that the MSP may remove if no slot is left. Advice only; what cannot be read counts
    /// as no candidate.
    pub replace_iccid: Option<Iccid>,
}

impl RequestActivationCode {
    /// A "personal" profile for a "tcu", without a candidate for replacement.
    #[must_use]
    pub fn new(eid: Eid, activation_code_request_id: ActivationCodeRequestId) -> Self {
        Self {
            profile_type: ProfileType::PERSONAL,
            device_type: DeviceType::TCU,
            imei: None,
            empty_imei: false,
            eid,
            activation_code_request_id,
            replace_iccid: None,
        }
    }
}

/// The success of "Request Activation Code".
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the document knows a synchronous and an asynchronous mode"
)]
pub enum ActivationCodeReply {
    /// 200: the activation code is here, within three seconds.
    Ready(ReadyActivationCode),
    /// 201: it follows by [`SendActivationCode`](super::SendActivationCode).
    Accepted,
}

/// The body of a synchronous reply. Annex B: `ActivationCodeResponse`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadyActivationCode {
    /// `iccid`: the profile that the code downloads. Always sent; a peer may leave it out.
    pub iccid: Option<Iccid>,
    /// `activationCode`.
    pub activation_code: ActivationCode,
    /// `profileType`.
    pub profile_type: ProfileType,
    /// `swappedIccid`: the profile that the MSP removed to make room; the CMP deletes it from its vehicle.
    pub swapped_iccid: Option<Iccid>,
}

impl ReadyActivationCode {
    /// A "personal" profile, without a swap.
    #[must_use]
    pub fn new(iccid: Iccid, activation_code: ActivationCode) -> Self {
        Self {
            iccid: Some(iccid),
            activation_code,
            profile_type: ProfileType::PERSONAL,
            swapped_iccid: None,
        }
    }
}

wire_object! {
    Wire {
        profile_type: Field<ProfileType> = "profileType",
        device_type: Field<DeviceType> = "deviceType",
        imei: Field<Imei> = "imei",
        eid: Field<Eid> = "eid",
        activation_code_request_id: Field<ActivationCodeRequestId> = "activationCodeRequestID",
        replace_iccid: Field<Iccid> = "replaceIccid",
    }
}

serde_through_wire!(RequestActivationCode);

impl RequestActivationCode {
    fn to_wire(&self) -> Wire<'_> {
        Wire {
            profile_type: Field::from(self.profile_type.as_str()),
            device_type: Field::from(self.device_type.as_str()),
            imei: match &self.imei {
                Some(imei) => Field::from(imei.as_str()),
                None if self.empty_imei => Field::from(""),
                None => Field::Absent,
            },
            eid: Field::from(self.eid.as_str()),
            activation_code_request_id: Field::Uuid(*self.activation_code_request_id.as_uuid()),
            replace_iccid: Field::or_null(self.replace_iccid.as_ref().map(Iccid::as_str)),
            ..Wire::default()
        }
    }

    fn from_wire(wire: &Wire<'_>, decoding: &mut Decoding) -> Result<Self, BodyError> {
        let top = Place::Top;
        top.sound(wire.flaw)?;
        if wire.activation_code_request_id == Field::Null {
            return Err(BodyError::new("activationCodeRequestID", BodyProblem::Null));
        }
        if wire.profile_type.is_empty() {
            return Err(BodyError::new("profileType", BodyProblem::Missing));
        }
        let device_type = decoding.optional(
            top,
            "deviceType",
            &wire.device_type,
            Absence::Required(Ambiguity::new(25)),
        )?;
        Ok(Self {
            profile_type: profile_type(&wire.profile_type, decoding)?,
            device_type: device_type.unwrap_or(DeviceType::TCU),
            empty_imei: matches!(&wire.imei, Field::Text(text) if text.is_empty()),
            imei: decoding.optional_or_empty(top, "imei", &wire.imei, Absence::Omitted(Ambiguity::new(26)))?,
            eid: decoding
                .required(top, "eid", &wire.eid)
                .map_err(|error| error.meaning(C::InvalidEid))?,
            activation_code_request_id: decoding.required(
                top,
                "activationCodeRequestID",
                &wire.activation_code_request_id,
            )?,
            replace_iccid: replace_iccid(&wire.replace_iccid, decoding),
        })
    }
}

/// Whatever stands here, it is no error: it is advice.
fn replace_iccid(field: &Field<'_>, decoding: &mut Decoding) -> Option<Iccid> {
    const KEY: &str = "replaceIccid";
    let candidate = match field {
        Field::Null => return None,
        Field::Absent => {
            decoding.note(Ambiguity::new(4), KEY);
            return None;
        }
        Field::Text(text) => text.parse::<Iccid>().map_err(BodyProblem::Malformed),
        _ => Err(BodyProblem::Type {
            expected: "string",
            found: field.type_name(),
        }),
    };
    match candidate {
        Ok(iccid) => {
            if let Some(item) = iccid.tolerated() {
                decoding.note(item, KEY);
            }
            Some(iccid)
        }
        Err(problem) => {
            let unreadable = Unreadable::new(KEY, &field.received(), BodyError::new(KEY, problem));
            decoding.report(Tolerated {
                item: Ambiguity::new(162),
                ..Tolerated::unreadable(unreadable)
            });
            None
        }
    }
}

/// The type of a profile, or [`ProfileType::PERSONAL`], the only one that there is, where none can be read or none
/// stands beside an activation code.
pub(super) fn profile_type(field: &Field<'_>, decoding: &mut Decoding) -> Result<ProfileType, BodyError> {
    let found = decoding.optional(Place::Top, "profileType", field, Absence::Required(Ambiguity::new(23)))?;
    Ok(found.unwrap_or(ProfileType::PERSONAL))
}

/// An activation code without a confirmation code, which nothing in AiD transports.
pub(super) fn activation_code(text: &str, decoding: &mut Decoding) -> Result<ActivationCode, BodyError> {
    const KEY: &str = "activationCode";
    let code: ActivationCode = decoding
        .value(Place::Top, KEY, text)
        .map_err(|error| error.meaning(C::ActivationCodeFormat))?;
    // Reading it noted that already.
    if code.confirmation_code_required() {
        if decoding.leniency() == Leniency::Strict {
            return Err(BodyError::new(KEY, BodyProblem::ConfirmationCode));
        }
        if code.is_field_only() {
            decoding.note(Ambiguity::new(143), KEY);
        }
    }
    Ok(code)
}

mod reply {
    //! The body of the synchronous reply.

    use super::{
        Absence, ActivationCode, Ambiguity, BodyError, Decoding, Field, Iccid, Place, ProfileType, ReadyActivationCode,
        activation_code, profile_type, serde_through_wire,
    };
    use crate::operation::wire_object::wire_object;

    wire_object! {
        Wire {
            iccid: Field<Iccid> = "iccid",
            activation_code: Field<ActivationCode> = "activationCode",
            profile_type: Field<ProfileType> = "profileType",
            swapped_iccid: Field<Iccid> = "swappedIccid",
        }
    }

    serde_through_wire!(ReadyActivationCode);

    impl ReadyActivationCode {
        pub(super) fn to_wire(&self) -> Wire<'_> {
            Wire {
                iccid: self
                    .iccid
                    .as_ref()
                    .map_or(Field::Absent, |iccid| Field::from(iccid.as_str())),
                activation_code: Field::from(self.activation_code.as_str()),
                profile_type: Field::from(self.profile_type.as_str()),
                swapped_iccid: Field::or_null(self.swapped_iccid.as_ref().map(Iccid::as_str)),
                ..Wire::default()
            }
        }

        pub(super) fn from_wire(wire: &Wire<'_>, decoding: &mut Decoding) -> Result<Self, BodyError> {
            let top = Place::Top;
            top.sound(wire.flaw)?;
            let code: Option<&str> = decoding.text(
                top,
                "activationCode",
                &wire.activation_code,
                Absence::Null(Ambiguity::new(1)),
            )?;
            let Some(code) = code else {
                return Err(BodyError::new("activationCode", super::BodyProblem::UnusableReply));
            };
            let iccid = decoding.optional(top, "iccid", &wire.iccid, Absence::Omitted(Ambiguity::new(12)))?;
            if iccid.is_none() {
                decoding.note(Ambiguity::new(12), "iccid");
            }
            Ok(Self {
                iccid,
                activation_code: activation_code(code, decoding)?,
                profile_type: profile_type(&wire.profile_type, decoding)?,
                swapped_iccid: decoding.optional(
                    top,
                    "swappedIccid",
                    &wire.swapped_iccid,
                    Absence::Null(Ambiguity::new(5)),
                )?,
            })
        }
    }
}
