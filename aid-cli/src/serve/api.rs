//! The two sides as the dispatcher wants them: a lock around what is known, and the clock.

use std::sync::{Mutex, MutexGuard, PoisonError};

use aid_types::{
    AccountId, ActivationCodeReply, MspToken, NotifyMspTokenInvalid, ProfileStatuses, Refusal, RequestActivationCode,
    RequestInvalidateMspToken, RequestProfileStatus, SendActivationCode, SendCsimStatus, SendMspToken,
    SendProfileInformation, UpdateSubscriptionInfo,
};
use aid1_server_traits::{Call, CmpApi, MspApi};
use uuid::Uuid;

use super::{cmp::Cmp, msp::Msp};
use crate::account_id::now;

pub(crate) struct Locked<S>(Mutex<S>);

impl<S> Locked<S> {
    pub(crate) fn new(state: S) -> Self {
        Self(Mutex::new(state))
    }

    fn state(&self) -> MutexGuard<'_, S> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CmpApi for Locked<Cmp> {
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

impl MspApi for Locked<Msp> {
    async fn request_activation_code(
        &self,
        _: Call,
        token: MspToken,
        body: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        self.state().request_activation_code(&token, &body, Uuid::new_v4())
    }

    async fn send_csim_status(&self, _: Call, token: MspToken, body: SendCsimStatus) -> Result<(), Refusal> {
        self.state().send_csim_status(&token, &body)
    }

    async fn request_invalidate_msp_token(
        &self,
        _: Call,
        token: MspToken,
        _: RequestInvalidateMspToken,
    ) -> Result<(), Refusal> {
        self.state().request_invalidate_msp_token(&token)
    }

    async fn request_profile_status(
        &self,
        _: Call,
        token: MspToken,
        body: RequestProfileStatus,
    ) -> Result<ProfileStatuses, Refusal> {
        self.state().request_profile_status(&token, &body)
    }
}
