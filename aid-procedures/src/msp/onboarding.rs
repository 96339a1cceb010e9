//! The msp_token goes to the CMP, and what becomes of it there.

use aid_types::{AccountId, Condition, ErrorCode, IssuedMspToken, Refusal, SendMspToken};

use super::{
    Alarm, CmpCall, Effect, Log, Subscription, TokenState, TokenStep,
    subscription::{alarm, call_cmp, log},
};
use crate::{CallFailure, Timestamp, time};

impl Subscription {
    //
    pub(super) fn onboard(
        &mut self,
        account_id: AccountId,
        body: IssuedMspToken,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        match self.state {
            TokenState::Pending => {}
            //
            TokenState::Active => return Err(Condition::MspTokenAssigned.into()),
            TokenState::Invalidated | TokenState::Purgeable => return Err(Condition::InvalidatedMspToken.into()),
        }
        self.onboarding_since = Some(now);
        let body = SendMspToken::Issued(body);
        call_cmp(None, CmpCall::SendMspToken { account_id, body }, out);
        Ok(())
    }

    /// The CMP makes use of the msp_token: so it has it, whatever became of its reply.
    pub(super) fn heard(&mut self, out: &mut Vec<Effect>) {
        if self.step(TokenStep::Onboard) {
            log(Log::Onboarded, out);
        }
    }

    /// How "Send MSP token" ended. If the CMP says that a user has it already, then it took the first attempt, whose answer
    /// was lost.
    pub(super) fn onboarding_replied(&mut self, reply: Result<(), CallFailure>, now: Timestamp, out: &mut Vec<Effect>) {
        match (reply, self.state) {
            (Ok(()), TokenState::Pending | TokenState::Active) => self.heard(out),
            (Err(failure), TokenState::Pending) if failure.code() == Some(ErrorCode::MSP_TOKEN_ASSIGNED) => {
                self.step(TokenStep::Onboard);
                log(Log::OnboardingPresumed, out);
            }
            (Err(failure), TokenState::Pending) if failure.is_final() => {
                alarm(Alarm::OnboardingRefused, out);
                self.invalidate(now, out);
            }
            (Err(_), TokenState::Pending) => alarm(Alarm::OnboardingUnanswered, out),
            _ => log(Log::Ignored, out),
        }
    }

    /// An onboarding without an answer is told, once.
    pub(super) fn onboarding_times_out(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let timeout = self.options.onboarding_timeout;
        let pending = self.state == TokenState::Pending;
        if let Some(since) = self.onboarding_since.as_mut().filter(|_| pending)
            && time::is_over(since, timeout, now)
        {
            self.onboarding_since = None;
            alarm(Alarm::OnboardingUnanswered, out);
        }
    }
}
