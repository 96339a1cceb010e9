//! What the MSP calls at the CMP.

use aid_procedures::{
    CallFailure,
    msp::{CmpCall, Event},
};
use aid_types::{CorrelationId, MspToken, ProfileInformation, SendActivationCode, SendMspToken};
use aid1_client::{Reply, Transaction};

use super::Msp;

impl Msp {
    pub(super) async fn call_cmp(&self, msp_token: MspToken, correlation_id: Option<CorrelationId>, call: CmpCall) {
        let transaction = correlation_id.map_or(Transaction::New, Transaction::Of);
        let result = match &call {
            CmpCall::SendMspToken { account_id, body, .. } => {
                self.story
                    .message("MSP", "CMP", format_args!("Send MSP token ({})", kind(body)));
                self.cmp.send_msp_token(account_id, body, transaction).await
            }
            CmpCall::NotifyMspTokenInvalid(body) => {
                self.story.message("MSP", "CMP", "Notify MSP token invalid");
                self.cmp.notify_msp_token_invalid(&msp_token, body, transaction).await
            }
            CmpCall::SendProfileInformation(body) => {
                let one = |profile: &ProfileInformation| format!("{} {}", profile.iccid, profile.status);
                let all = body.profiles().iter().map(one).collect::<Vec<_>>().join(", ");
                self.story
                    .message("MSP", "CMP", format_args!("Send profile information [{all}]"));
                self.cmp.send_profile_information(&msp_token, body, transaction).await
            }
            CmpCall::UpdateSubscriptionInfo(body) => {
                self.story.message("MSP", "CMP", "Update subscription info");
                self.cmp.update_subscription_info(&msp_token, body, transaction).await
            }
            CmpCall::SendActivationCode(body) => return self.send_activation_code(msp_token, body, transaction).await,
            other => return self.story.act("MSP", format_args!("cannot call {other:?}")),
        };
        let reply = match result {
            Ok(reply) => {
                self.story.message("CMP", "MSP", "accepted");
                self.tolerated(&reply);
                Ok(())
            }
            Err(error) => {
                self.story.message("CMP", "MSP", &error);
                Err(CallFailure::from(&error))
            }
        };
        self.replied(msp_token, call, reply);
    }

    /// What had to be tolerated to read a reply.
    fn tolerated(&self, reply: &Reply<()>) {
        for tolerated in &reply.tolerated {
            self.story.act("MSP", format_args!("tolerated: {tolerated}"));
        }
    }

    /// A call to the CMP ended.
    fn replied(&self, msp_token: MspToken, call: CmpCall, reply: Result<(), CallFailure>) {
        // A reply is never refused.
        let _ = self.handle(msp_token, Event::CallReply { call, reply });
    }

    pub(super) async fn send_activation_code(
        &self,
        msp_token: MspToken,
        body: &SendActivationCode,
        transaction: Transaction,
    ) {
        let what = match body {
            SendActivationCode::Issued(_) => "issued".to_owned(),
            SendActivationCode::Failed { error, .. } => error.to_string(),
        };
        self.story
            .message("MSP", "CMP", format_args!("Send activation code ({what})"));
        let reply = match self.cmp.send_activation_code(&msp_token, body, transaction).await {
            Ok(reply) => {
                self.story.message("CMP", "MSP", "200");
                self.tolerated(&reply);
                Ok(())
            }
            Err(error) => {
                self.story.message("CMP", "MSP", &error);
                Err(CallFailure::from(&error))
            }
        };
        self.replied(msp_token, CmpCall::SendActivationCode(body.clone()), reply);
    }
}

fn kind(body: &SendMspToken) -> String {
    match body {
        SendMspToken::Issued(_) => "issued".to_owned(),
        SendMspToken::Failed(error) => error.to_string(),
    }
}
