//! The CMP API: what the MSP calls.

use account_id::{Ver, VerifyError};
use aid_procedures::cmp::Event;
use aid_types::{
    AccountId, Condition, ErrorCode, MspToken, NotifyMspTokenInvalid, Refusal, SendActivationCode, SendMspToken,
    SendProfileInformation, UpdateSubscriptionInfo, phone::PhoneCipher as _,
};
use aid1_server_traits::{Call, CmpApi};

use super::{Cmp, CmpPort};

impl Cmp {
    /// What the MSP says of the user with this msp_token.
    fn called(&self, msp_token: &MspToken, event: Event) -> Result<(), Refusal> {
        self.handle(&self.user_of(msp_token)?, event)
    }
}

impl CmpApi for CmpPort {
    async fn send_msp_token(&self, _: Call, account_id: AccountId, body: SendMspToken) -> Result<(), Refusal> {
        let cmp = &*self.0;
        let refused = |error: VerifyError| {
            let condition = Condition::with_code(ErrorCode::new(error.code().into()));
            Refusal::new(condition.unwrap_or(Condition::AccountIdOther)).internal(error.to_string())
        };
        let token = cmp
            .verifier
            .verify_at(account_id.as_str(), crate::world::now().as_secs())
            .map_err(refused)?;
        // What was agreed for just this session.
        let session = cmp.db().sessions.get(&token.sid()).cloned();
        let (user, ver) = session.ok_or(Condition::UnknownAccountId)?;
        let claims = token.check_ver(Ver::Agreed(&ver)).map_err(refused)?;
        let assigned = match &body {
            SendMspToken::Issued(issued) => {
                // An msp_token comes with a phone number that can be decrypted, or not at all.
                cmp.phone_cipher
                    .decrypt(&issued.phone_number)
                    .map_err(|_| Condition::PhoneNumber)?;
                cmp.user_of(&issued.msp_token).ok()
            }
            SendMspToken::Failed(_) => None,
        };
        let assigned_elsewhere = assigned.is_some_and(|other| other != user);
        cmp.handle(
            &user,
            Event::SendMspToken {
                sid: claims.sid,
                assigned_elsewhere,
                body,
            },
        )
    }

    async fn notify_msp_token_invalid(
        &self,
        _: Call,
        msp_token: MspToken,
        body: NotifyMspTokenInvalid,
    ) -> Result<(), Refusal> {
        self.0.called(&msp_token, Event::NotifyMspTokenInvalid(body))
    }

    async fn send_profile_information(
        &self,
        _: Call,
        msp_token: MspToken,
        body: SendProfileInformation,
    ) -> Result<(), Refusal> {
        self.0.called(&msp_token, Event::SendProfileInformation(body))
    }

    async fn update_subscription_info(
        &self,
        _: Call,
        msp_token: MspToken,
        body: UpdateSubscriptionInfo,
    ) -> Result<(), Refusal> {
        if let Some(phone_number) = body.phone_number() {
            self.0
                .phone_cipher
                .decrypt(phone_number)
                .map_err(|_| Condition::PhoneNumber)?;
        }
        self.0.called(&msp_token, Event::UpdateSubscriptionInfo(body))
    }

    async fn send_activation_code(
        &self,
        call: Call,
        msp_token: MspToken,
        body: SendActivationCode,
    ) -> Result<(), Refusal> {
        let correlation_id = Some(call.ids.correlation_id);
        self.0
            .called(&msp_token, Event::SendActivationCode { body, correlation_id })
    }
}
