//! The CMP as the dispatcher wants it: a lock around what is known, and the clock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aid_types::{
    AccountId, MspToken, NotifyMspTokenInvalid, Refusal, SendActivationCode, SendMspToken, SendProfileInformation,
    UpdateSubscriptionInfo,
};
use aid1_server_traits::{Call, CmpApi};

use super::cmp::Cmp;
use crate::account_id::now;

pub(crate) struct Locked(Mutex<Cmp>);

impl Locked {
    pub(crate) fn new(state: Cmp) -> Self {
        Self(Mutex::new(state))
    }

    fn state(&self) -> MutexGuard<'_, Cmp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CmpApi for Locked {
    async fn send_msp_token(&self, _: Call, account_id: AccountId, body: SendMspToken) -> Result<(), Refusal> {
        self.state().send_msp_token(&account_id, &body, now())
    }

    async fn notify_msp_token_invalid(
        &self,
        _: Call,
        token: MspToken,
        _: NotifyMspTokenInvalid,
    ) -> Result<(), Refusal> {
        self.state().notify_msp_token_invalid(&token)
    }

    async fn send_profile_information(
        &self,
        _: Call,
        token: MspToken,
        body: SendProfileInformation,
    ) -> Result<(), Refusal> {
        self.state().send_profile_information(&token, &body)
    }

    async fn update_subscription_info(
        &self,
        _: Call,
        token: MspToken,
        body: UpdateSubscriptionInfo,
    ) -> Result<(), Refusal> {
        self.state().update_subscription_info(&token, &body)
    }

    async fn send_activation_code(&self, _: Call, token: MspToken, body: SendActivationCode) -> Result<(), Refusal> {
        self.state().send_activation_code(&token, &body)
    }
}
