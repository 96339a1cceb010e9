//! The MSP API: what the CMP calls.

use std::sync::Arc;

use aid_procedures::msp::Event;
use aid_types::{
    ActivationCodeReply, Condition, MspToken, ProfileStatuses, Refusal, RequestActivationCode,
    RequestInvalidateMspToken, RequestProfileStatus, SendCsimStatus,
};
use aid1_client::Transaction;
use aid1_server_traits::{BoxFuture, Call, DeliverActivationCode, Late, MspApi};
use tokio::sync::oneshot;

use super::MspPort;

impl MspApi for MspPort {
    /// Waits for the SM-DP+, however long it takes: the server answers 201 when its budget is spent, and hands what comes
    /// then to [`DeliverActivationCode`].
    async fn request_activation_code(
        &self,
        _: Call,
        msp_token: MspToken,
        body: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        let (answer, waiting) = oneshot::channel();
        let id = body.activation_code_request_id;
        self.0.db().waiting.insert(id, answer);
        if let Err(refusal) = self.0.handle(msp_token, Event::RequestActivationCode(body)) {
            self.0.db().waiting.remove(&id);
            return Err(refusal);
        }
        waiting.await.unwrap_or_else(|_| Err(Condition::Unavailable.into()))
    }

    async fn send_csim_status(&self, _: Call, msp_token: MspToken, body: SendCsimStatus) -> Result<(), Refusal> {
        let foreign = {
            let db = self.0.db();
            let others = db.subscriptions.iter().filter(|(token, _)| **token != msp_token);
            others
                .into_iter()
                .any(|(_, other)| other.profile(&body.iccid).is_some())
        };
        self.0.handle(msp_token, Event::SendCsimStatus { body, foreign })
    }

    async fn request_invalidate_msp_token(
        &self,
        _: Call,
        msp_token: MspToken,
        _: RequestInvalidateMspToken,
    ) -> Result<(), Refusal> {
        self.0.handle(msp_token, Event::RequestInvalidateMspToken)
    }

    async fn request_profile_status(
        &self,
        _: Call,
        msp_token: MspToken,
        body: RequestProfileStatus,
    ) -> Result<ProfileStatuses, Refusal> {
        let db = self.0.db();
        let subscription = db.subscriptions.get(&msp_token).ok_or(Condition::UnknownMspToken)?;
        subscription.profile_statuses(&body)
    }
}

/// "Send activation code", after the 201 has been written.
impl DeliverActivationCode for MspPort {
    fn deliver(&self, late: Late) -> BoxFuture<'static, ()> {
        let msp = Arc::clone(&self.0);
        Box::pin(async move {
            let transaction = Transaction::Of(late.ids.correlation_id);
            msp.send_activation_code(late.msp_token, &late.body, transaction).await;
        })
    }
}
