//! How calls to the CMP ended.

use aid_types::ErrorCode;

use super::{
    Alarm, CmpCall, Effect, Log, Subscription,
    subscription::{alarm, log},
};
use crate::{CallFailure, Timestamp};

impl Subscription {
    pub(super) fn call_replied(
        &mut self,
        call: &CmpCall,
        reply: Result<(), CallFailure>,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) {
        let failure = match (call, reply) {
            (CmpCall::SendMspToken { .. }, _) => return self.onboarding_replied(reply, now, out),
            (_, Ok(())) => return self.heard(out),
            (_, Err(failure)) => failure,
        };
        match call {
            CmpCall::SendMspToken { .. } => {}
            CmpCall::SendActivationCode(body) => match body.activation_code_request_id() {
                Some(id) => self.activation_code_refused(id, failure, now, out),
                None => log(Log::Ignored, out),
            },
            CmpCall::SendProfileInformation(body) => self.information_refused(body, failure, out),
            CmpCall::UpdateSubscriptionInfo(_) if self.state.is_live() => alarm(Alarm::SubscriptionInfoRefused, out),
            CmpCall::UpdateSubscriptionInfo(_) => log(Log::Ignored, out),
            // what it does not know any more is as good as invalidated.
            CmpCall::NotifyMspTokenInvalid(_) => match failure.code() {
                Some(ErrorCode::MSP_TOKEN_NOT_FOUND | ErrorCode::MSP_TOKEN_INVALIDATED) => log(Log::Ignored, out),
                _ => alarm(Alarm::InvalidationRefused, out),
            },
        }
        // The CMP is done with the msp_token, whether its own call comes or not: nobody waits for that.
        if failure.code() == Some(ErrorCode::MSP_TOKEN_INVALIDATED) {
            self.withdrawn_by_cmp(now, out);
        }
    }
}
