//! `POST /{context}/esintegration/v1.0/esim/transferPrimaryDeviceEsimSub`

use crate::{
    BillingAccountNumber, BodyError, NewPrimaryDeviceInfo, OldPrimaryDeviceInfo, Text, TransferFlowType,
    object::object, read,
};

object! {
    /// The body of `transferPrimaryDeviceEsimSub`: which subscriptions go from which device to which.
    ///
    /// ```
    /// use ses_transfer::{
    ///     NewPrimaryDeviceInfo, OldIccidProfile, OldPrimaryDeviceInfo, SimType, Subscription, Subscriptions,
    ///     TransferFlowType, TransferPrimaryDeviceEsimSub,
    /// };
    ///
    /// let profile = OldIccidProfile::default()
    ///     .iccid("8900112345678901234".parse::<aid_types::Iccid>()?)
    ///     .sim_type(SimType::ESim);
    /// let subscription = Subscription::new(profile).primary_imsi("001010123456789".parse::<ses_transfer::Imsi>()?);
    /// let transfer = TransferPrimaryDeviceEsimSub::new(
    ///     OldPrimaryDeviceInfo::new(Subscriptions::new([subscription])?),
    ///     NewPrimaryDeviceInfo::default(),
    /// )
    /// .transfer_flow_type(TransferFlowType::DuringSetup);
    /// let json = transfer.to_json();
    /// assert_eq!(TransferPrimaryDeviceEsimSub::from_json(&json)?.value, transfer);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    TransferPrimaryDeviceEsimSub {
        /// the device that the subscriptions are taken from.
        old_primary_device_info: required OldPrimaryDeviceInfo = "oldPrimaryDeviceInfo",
        /// the device that they go to; empty where it is not known yet.
        new_primary_device_info: required NewPrimaryDeviceInfo = "newPrimaryDeviceInfo",
        /// the plan. The document does not say whether it is required; it is not.
        plan_info: optional PlanInfo = "planInfo",
        /// when the transfer happens.
        transfer_flow_type: optional TransferFlowType = "transferFlowType",
        /// who asked for it.
        subscriber_info: optional SubscriberInfo = "subscriberInfo",
    }
}

// SES-029, SES-031
object! {
    /// The plan that is transferred.
    #[derive(Default)]
    PlanInfo {
        /// the operator that it belongs to.
        operator_id: optional Text = "operatorId",
    }
}

object! {
    /// Who asked for the transfer.
    #[derive(Default)]
    SubscriberInfo {
        /// who pays.
        billing_account_number: optional BillingAccountNumber = "billingAccountNumber",
    }
}

/// What was received, and what is odd about the way it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received<T> {
    /// The value.
    pub value: T,
    /// What was accepted although it is not as it should be. [`lint`](TransferPrimaryDeviceEsimSub::lint) says more about
    /// the value itself.
    pub odd: Vec<crate::Odd>,
}

impl TransferPrimaryDeviceEsimSub {
    /// A transfer between these devices.
    #[must_use]
    pub fn new(old_primary_device_info: OldPrimaryDeviceInfo, new_primary_device_info: NewPrimaryDeviceInfo) -> Self {
        Self {
            old_primary_device_info,
            new_primary_device_info,
            plan_info: None,
            transfer_flow_type: None,
            subscriber_info: None,
        }
    }

    /// Reads a body.
    ///
    /// # Errors
    ///
    /// [`BodyError`] names the member.
    pub fn from_json(json: &[u8]) -> Result<Received<Self>, BodyError> {
        read::body(json)
    }

    /// The body: always the same bytes for the same value.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Texts and numbers only: nothing in it can fail to be written.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
