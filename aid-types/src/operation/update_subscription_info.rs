//! Update subscription info: PATCH /cesim/msp/v1/subscriptions/{msp_token}

use super::{
    BodyError, BodyProblem, BodyRule, Condition as C, Declaration, Decoding, Operation, OperationId, Role,
    decoding::{Absence, Place},
    empty_reply, json_request,
    sealed::Sealed,
    send_msp_token::phone_number,
    serde_through_wire,
    wire::Field,
    wire_object::wire_object,
};
use crate::{Ambiguity, EncryptedPhoneNumber, FreeText, MspToken, PhoneCiphertext, PhoneIv, SubscriptionType};

pub(super) static DECLARATION: Declaration = Declaration {
    id: OperationId::UpdateSubscriptionInfo,
    operation_id: "updateSubscriptionInfo",
    title: "Update subscription info",
    provider: Role::Cmp,
    method: "PATCH",
    path: "/cesim/msp/v1/subscriptions/{msp_token}",
    body: BodyRule::Required,
    success: &[201],
    success_with_body: &[],
    errors: &[401, 403, 404, 422, 500],
    conditions: &[C::UnknownMspToken, C::InvalidatedMspToken, C::PhoneNumber],
    request: Wire::MEMBERS,
    reply: &[],
    requirements: "R-123, R-260 to R-263",
};

impl Sealed for UpdateSubscriptionInfo {}
impl Operation for UpdateSubscriptionInfo {
    const DECLARATION: &'static Declaration = &DECLARATION;
    type Subject = MspToken;
    json_request!();
    empty_reply!();
}

/// What "Update Subscription Info" carries. Annex B: `UpdateSubscriptionInfoBody`.
///
/// Despite PATCH it is no partial update: a sender states everything ([`UpdateSubscriptionInfo::new`]). A peer that
/// leaves a value out means to keep it, which is why the members are optional here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpdateSubscriptionInfo {
    /// `None` in what a peer sent only.
    phone_number: Option<EncryptedPhoneNumber>,
    /// `None` in what a peer sent only.
    subscription_type: Option<SubscriptionType>,
    /// `customerGroup`.
    pub customer_group: CustomerGroupChange,
}

/// What becomes of the customer group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "a JSON member is absent, null or a value")]
pub enum CustomerGroupChange {
    /// It stays: the member is absent.
    #[default]
    Keep,
    /// It is removed: the member is null.
    Clear,
    /// It becomes this.
    Set(FreeText),
}

impl UpdateSubscriptionInfo {
    /// States phone number and subscription type, and keeps the customer group.
    #[must_use]
    pub fn new(phone_number: EncryptedPhoneNumber, subscription_type: SubscriptionType) -> Self {
        Self {
            phone_number: Some(phone_number),
            subscription_type: Some(subscription_type),
            customer_group: CustomerGroupChange::Keep,
        }
    }

    /// `phoneNumber` and `iv`, encrypted anew each time; `None` where a peer left them out, to keep what is.
    #[must_use]
    pub fn phone_number(&self) -> Option<&EncryptedPhoneNumber> {
        self.phone_number.as_ref()
    }

    /// `subscriptionType`; `None` where a peer left it out, to keep what is.
    #[must_use]
    pub fn subscription_type(&self) -> Option<&SubscriptionType> {
        self.subscription_type.as_ref()
    }

    /// Takes over what a newer update states; the rest stays. A customer group that it removes is then none: `Keep`.
    pub fn update(&mut self, newer: Self) {
        self.phone_number = newer.phone_number.or(self.phone_number.take());
        self.subscription_type = newer.subscription_type.or(self.subscription_type.take());
        match newer.customer_group {
            CustomerGroupChange::Keep => {}
            CustomerGroupChange::Clear => self.customer_group = CustomerGroupChange::Keep,
            group @ CustomerGroupChange::Set(_) => self.customer_group = group,
        }
    }
}

wire_object! {
    Wire {
        phone_number: Field<PhoneCiphertext> = "phoneNumber",
        subscription_type: Field<SubscriptionType> = "subscriptionType",
        customer_group: Field<FreeText> = "customerGroup",
        iv: Field<PhoneIv> = "iv",
    }
}

serde_through_wire!(UpdateSubscriptionInfo);

impl UpdateSubscriptionInfo {
    fn to_wire(&self) -> Wire<'_> {
        Wire {
            phone_number: Field::or_null(self.phone_number.as_ref().map(|number| number.ciphertext().as_str())),
            subscription_type: Field::or_null(self.subscription_type.as_ref().map(SubscriptionType::as_str)),
            customer_group: match &self.customer_group {
                CustomerGroupChange::Keep => Field::Absent,
                CustomerGroupChange::Clear => Field::Null,
                CustomerGroupChange::Set(group) => Field::from(group.as_str()),
            },
            iv: Field::or_null(self.phone_number.as_ref().map(|number| number.iv().as_str())),
            ..Wire::default()
        }
    }

    fn from_wire(wire: &Wire<'_>, decoding: &mut Decoding) -> Result<Self, BodyError> {
        let top = Place::Top;
        top.sound(wire.flaw)?;
        let phone_number = match (wire.phone_number.is_empty(), wire.iv.is_empty()) {
            (true, true) => {
                decoding.tolerate(Ambiguity::new(20), "phoneNumber", BodyProblem::Missing)?;
                None
            }
            _ => Some(phone_number(&wire.phone_number, &wire.iv, decoding)?),
        };
        let subscription_type = if wire.subscription_type.is_empty() {
            decoding.tolerate(Ambiguity::new(20), "subscriptionType", BodyProblem::Missing)?;
            None
        } else {
            Some(decoding.required(top, "subscriptionType", &wire.subscription_type)?)
        };
        let customer_group = match &wire.customer_group {
            Field::Absent => CustomerGroupChange::Keep,
            Field::Null => CustomerGroupChange::Clear,
            Field::Text(text) if text.is_empty() => CustomerGroupChange::Clear,
            // What cannot be read changes nothing.
            field => decoding
                .optional(top, "customerGroup", field, Absence::Omitted(Ambiguity::new(20)))?
                .map_or(CustomerGroupChange::Keep, CustomerGroupChange::Set),
        };
        Ok(Self {
            phone_number,
            subscription_type,
            customer_group,
        })
    }
}
