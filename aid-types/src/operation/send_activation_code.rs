//! Send activation code: POST /cesim/msp/v1/activation-codes/{msp_token}

use std::borrow::Cow;

use super::{
    BodyError, BodyProblem, BodyRule, Condition as C, Declaration, Decoding, Operation, OperationId,
    ReadyActivationCode, Role,
    decoding::{Absence, Place},
    empty_reply, json_request,
    request_activation_code::{activation_code, profile_type},
    sealed::Sealed,
    serde_through_wire,
    wire::Field,
    wire_object::wire_object,
};
use crate::{ActivationCode, ActivationCodeRequestId, Ambiguity, ErrorText, Iccid, MspToken, ProfileType};

pub(super) static DECLARATION: Declaration = Declaration {
    id: OperationId::SendActivationCode,
    operation_id: "submitActivationCode",
    title: "Send activation code",
    provider: Role::Cmp,
    method: "POST",
    path: "/cesim/msp/v1/activation-codes/{msp_token}",
    body: BodyRule::Required,
    success: &[200],
    success_with_body: &[],
    errors: &[401, 404, 422, 500],
    conditions: &[
        C::UnknownMspToken,
        C::InvalidatedMspToken,
        C::UnknownRequestId,
        C::ExpiredRequestId,
        C::ActivationCodeFormat,
        C::ActivationCodeAssigned,
    ],
    request: Wire::MEMBERS,
    reply: &[],
    requirements: "R-264 to R-270, R-299",
};

impl Sealed for SendActivationCode {}
impl Operation for SendActivationCode {
    const DECLARATION: &'static Declaration = &DECLARATION;
    type Subject = MspToken;
    json_request!();
    empty_reply!();
}

/// What "Send Activation Code" carries: the activation code that was requested, or why there is none.
///
/// Sent by the MSP after it answered "Request Activation Code" with 201. Annex B: `SendActivationCodeBody`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a value or an error, never anything else")]
pub enum SendActivationCode {
    /// A profile waits for download.
    Issued(IssuedActivationCode),
    /// No activation code could be generated.
    #[non_exhaustive]
    Failed {
        /// `activationCodeRequestID`: always sent; a peer may leave it null, and then only the correlation-id or a
        /// single pending request tells which one failed.
        activation_code_request_id: Option<ActivationCodeRequestId>,
        /// `error`: why there is none.
        error: ErrorText,
    },
}

/// An activation code and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuedActivationCode {
    /// `activationCodeRequestID`: the one of the request that is answered.
    pub activation_code_request_id: ActivationCodeRequestId,
    /// `activationCode`.
    pub activation_code: ActivationCode,
    /// `profileType`.
    pub profile_type: ProfileType,
    /// `iccid`: the profile that the code downloads. Always sent; a peer may leave it out.
    pub iccid: Option<Iccid>,
    /// `swappedIccid`: the profile that the MSP removed to make room; the CMP deletes it from its vehicle.
    pub swapped_iccid: Option<Iccid>,
}

impl IssuedActivationCode {
    /// Without a swap.
    #[must_use]
    pub fn new(
        activation_code_request_id: ActivationCodeRequestId,
        activation_code: ActivationCode,
        profile_type: ProfileType,
        iccid: Iccid,
    ) -> Self {
        Self {
            activation_code_request_id,
            activation_code,
            profile_type,
            iccid: Some(iccid),
            swapped_iccid: None,
        }
    }

    /// What a synchronous reply would have said, in answer to this request.
    #[must_use]
    pub fn from_ready(activation_code_request_id: ActivationCodeRequestId, ready: ReadyActivationCode) -> Self {
        let ReadyActivationCode {
            activation_code,
            profile_type,
            iccid,
            swapped_iccid,
        } = ready;
        Self {
            activation_code_request_id,
            activation_code,
            profile_type,
            iccid,
            swapped_iccid,
        }
    }
}

/// What a synchronous reply would say.
impl From<IssuedActivationCode> for ReadyActivationCode {
    fn from(issued: IssuedActivationCode) -> Self {
        Self {
            activation_code: issued.activation_code,
            profile_type: issued.profile_type,
            iccid: issued.iccid,
            swapped_iccid: issued.swapped_iccid,
        }
    }
}

impl SendActivationCode {
    /// The failure of this request.
    #[must_use]
    pub fn failed(activation_code_request_id: ActivationCodeRequestId, error: ErrorText) -> Self {
        Self::Failed {
            activation_code_request_id: Some(activation_code_request_id),
            error,
        }
    }

    /// The request that is answered, where the peer names it.
    #[must_use]
    pub fn activation_code_request_id(&self) -> Option<ActivationCodeRequestId> {
        match self {
            Self::Issued(issued) => Some(issued.activation_code_request_id),
            Self::Failed {
                activation_code_request_id,
                ..
            } => *activation_code_request_id,
        }
    }
}

wire_object! {
    Wire {
        activation_code: Field<ActivationCode> = "activationCode",
        profile_type: Field<ProfileType> = "profileType",
        activation_code_request_id: Field<ActivationCodeRequestId> = "activationCodeRequestID",
        error: Field<ErrorText> = "error",
        iccid: Field<Iccid> = "iccid",
        swapped_iccid: Field<Iccid> = "swappedIccid",
    }
}

serde_through_wire!(SendActivationCode);

impl SendActivationCode {
    fn to_wire(&self) -> Wire<'_> {
        match self {
            Self::Issued(issued) => Wire {
                activation_code: Field::from(issued.activation_code.as_str()),
                profile_type: Field::from(issued.profile_type.as_str()),
                activation_code_request_id: Field::Uuid(*issued.activation_code_request_id.as_uuid()),
                error: Field::Null,
                iccid: Field::or_null(issued.iccid.as_ref().map(Iccid::as_str)),
                swapped_iccid: Field::or_null(issued.swapped_iccid.as_ref().map(Iccid::as_str)),
                ..Wire::default()
            },
            // All of it null but the two that say what failed.
            Self::Failed {
                activation_code_request_id,
                error,
            } => Wire {
                activation_code: Field::Null,
                profile_type: Field::Null,
                activation_code_request_id: activation_code_request_id
                    .map_or(Field::Null, |id| Field::Uuid(*id.as_uuid())),
                error: Field::Text(Cow::Owned(error.to_string())),
                iccid: Field::Null,
                swapped_iccid: Field::Null,
                ..Wire::default()
            },
        }
    }

    fn from_wire(wire: &Wire<'_>, decoding: &mut Decoding) -> Result<Self, BodyError> {
        const NULLABLE: Absence = Absence::Null(Ambiguity::new(1));
        let top = Place::Top;
        top.sound(wire.flaw)?;
        if let Some(error) = decoding.error(&wire.error, NULLABLE)? {
            let activation_code_request_id = decoding.optional(
                top,
                "activationCodeRequestID",
                &wire.activation_code_request_id,
                Absence::Null(Ambiguity::new(6)),
            )?;
            if activation_code_request_id.is_none() {
                decoding.note(Ambiguity::new(6), "activationCodeRequestID");
            }
            return Ok(Self::Failed {
                activation_code_request_id,
                error,
            });
        }
        let Some(code) = decoding.text(top, "activationCode", &wire.activation_code, NULLABLE)? else {
            return Err(BodyError::new("activationCode", BodyProblem::NeitherValueNorError));
        };
        Ok(Self::Issued(IssuedActivationCode {
            activation_code: activation_code(code, decoding)?,
            activation_code_request_id: decoding.required(
                top,
                "activationCodeRequestID",
                &wire.activation_code_request_id,
            )?,
            profile_type: profile_type(&wire.profile_type, decoding)?,
            iccid: decoding.optional(top, "iccid", &wire.iccid, Absence::Null(Ambiguity::new(12)))?,
            swapped_iccid: decoding.optional(
                top,
                "swappedIccid",
                &wire.swapped_iccid,
                Absence::Null(Ambiguity::new(5)),
            )?,
        }))
    }
}
