//! Send MSP token: POST /cesim/msp/v1/users/{account_id}

use std::borrow::Cow;

use super::{
    BodyError, BodyProblem, BodyRule, Condition as C, Declaration, Decoding, Operation, OperationId, Role,
    decoding::{Absence, Place},
    empty_reply, json_request,
    sealed::Sealed,
    serde_through_wire,
    wire::Field,
    wire_object::wire_object,
};
use crate::{
    AccountId, Ambiguity, EncryptedPhoneNumber, ErrorText, FreeText, MspToken, PhoneCiphertext, PhoneIv,
    SubscriptionType,
};

pub(super) static DECLARATION: Declaration = Declaration {
    id: OperationId::SendMspToken,
    operation_id: "sendMspToken",
    title: "Send MSP token",
    provider: Role::Cmp,
    method: "POST",
    path: "/cesim/msp/v1/users/{account_id}",
    body: BodyRule::Required,
    success: &[201],
    success_with_body: &[],
    errors: &[401, 403, 404, 422, 500],
    conditions: &[
        C::UnknownAccountId,
        C::ExpiredAccountId,
        C::AccountIdSignature,
        C::AccountIdOther,
        C::MspTokenAssigned,
        C::UserHasMspToken,
        C::PhoneNumber,
    ],
    request: Wire::MEMBERS,
    reply: &[],
    requirements: "R-018, R-220, R-223, R-225 to R-229, R-231 to R-233, R-235",
};

impl Sealed for SendMspToken {}
impl Operation for SendMspToken {
    const DECLARATION: &'static Declaration = &DECLARATION;
    type Subject = AccountId;
    json_request!();
    empty_reply!();
}

/// What "Send MSP Token" carries: an msp_token, or why there is none. Never both.
///
/// Sent by the MSP at the end of an onboarding, about an [`AccountId`]. Annex B: `SendMspTokenBody`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a value or an error, never anything else")]
pub enum SendMspToken {
    /// The user is federated.
    Issued(IssuedMspToken),
    /// The onboarding failed.
    Failed(ErrorText),
}

/// The msp_token and what the CMP shows the user of the subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IssuedMspToken {
    /// `msp_token`: names the user from now on.
    pub msp_token: MspToken,
    /// `phoneNumber` and `iv`: the number known to the customer, encrypted.
    pub phone_number: EncryptedPhoneNumber,
    /// `subscriptionType`.
    pub subscription_type: SubscriptionType,
    /// `customerGroup`: agreed between both sides, for reporting only.
    pub customer_group: Option<FreeText>,
}

impl IssuedMspToken {
    /// Without a customer group.
    #[must_use]
    pub fn new(msp_token: MspToken, phone_number: EncryptedPhoneNumber, subscription_type: SubscriptionType) -> Self {
        Self {
            msp_token,
            phone_number,
            subscription_type,
            customer_group: None,
        }
    }
}

wire_object! {
    Wire {
        msp_token: Field<MspToken> = "msp_token",
        phone_number: Field<PhoneCiphertext> = "phoneNumber",
        subscription_type: Field<SubscriptionType> = "subscriptionType",
        error: Field<ErrorText> = "error",
        customer_group: Field<FreeText> = "customerGroup",
        iv: Field<PhoneIv> = "iv",
    }
}

serde_through_wire!(SendMspToken);

impl SendMspToken {
    fn to_wire(&self) -> Wire<'_> {
        match self {
            Self::Issued(issued) => Wire {
                msp_token: Field::Uuid(*issued.msp_token.as_uuid()),
                phone_number: Field::from(issued.phone_number.ciphertext().as_str()),
                subscription_type: Field::from(issued.subscription_type.as_str()),
                error: Field::Null,
                customer_group: issued
                    .customer_group
                    .as_ref()
                    .map_or(Field::Absent, |group| Field::from(group.as_str())),
                iv: Field::from(issued.phone_number.iv().as_str()),
                ..Wire::default()
            },
            Self::Failed(error) => Wire {
                msp_token: Field::Null,
                phone_number: Field::Null,
                subscription_type: Field::Null,
                error: Field::Text(Cow::Owned(error.to_string())),
                iv: Field::Null,
                ..Wire::default()
            },
        }
    }

    fn from_wire(wire: &Wire<'_>, decoding: &mut Decoding) -> Result<Self, BodyError> {
        const NULLABLE: Absence = Absence::Null(Ambiguity::new(1));
        let top = Place::Top;
        top.sound(wire.flaw)?;
        if let Some(error) = decoding.error(&wire.error, NULLABLE)? {
            return Ok(Self::Failed(error));
        }
        let Some(msp_token) = decoding.nullable(top, "msp_token", &wire.msp_token, NULLABLE)? else {
            return Err(BodyError::new("msp_token", BodyProblem::NeitherValueNorError));
        };
        Ok(Self::Issued(IssuedMspToken {
            msp_token,
            phone_number: phone_number(&wire.phone_number, &wire.iv, decoding)?,
            subscription_type: decoding.required(top, "subscriptionType", &wire.subscription_type)?,
            customer_group: decoding.optional_or_empty(
                top,
                "customerGroup",
                &wire.customer_group,
                Absence::Omitted(Ambiguity::new(1)),
            )?,
        }))
    }
}

/// The two members that make an encrypted phone number; one without the other is refused.
pub(super) fn phone_number(
    phone_number: &Field<'_>,
    iv: &Field<'_>,
    decoding: &mut Decoding,
) -> Result<EncryptedPhoneNumber, BodyError> {
    Ok(EncryptedPhoneNumber::new(
        decoding.required(Place::Top, "phoneNumber", phone_number)?,
        decoding.required(Place::Top, "iv", iv)?,
    ))
}
