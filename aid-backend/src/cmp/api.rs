//! What an MSP calls.

use account_id::{Ver, VerifyError};
use aid_procedures::{Key as Found, cmp::Event};
use aid_types::{
    AccountId, ClientId, Condition, ErrorCode, MspToken, NotifyMspTokenInvalid, OperationId, Refusal,
    SendActivationCode, SendMspToken, SendProfileInformation, UpdateSubscriptionInfo, phone::EncryptedPhoneNumber,
};
use aid1_server_traits::{Call, CmpApi};

use super::{CmpBackend, CmpPorts, FederationId, MspPartner, draft::Draft, key};
use crate::{
    engine::{Decision, UnitError},
    party::{self, call_key, internal, name_of, seen},
    reply,
    store::{Key, Load, Save, Snapshot, Store, Unit},
};

/// Whose an msp_token is. Kept for ever: none is taken twice.
pub(super) fn token_key(msp: &ClientId, msp_token: &MspToken) -> Result<Key, Refusal> {
    party::key("msp_token", format_args!("{msp}/{msp_token}"))
}

fn refused(error: VerifyError) -> Refusal {
    let condition = Condition::with_code(ErrorCode::new(error.code().into()));
    Refusal::new(condition.unwrap_or(Condition::AccountIdOther)).internal(error.to_string())
}

/// A phone number comes so that it can be read, or not at all.
fn check_phone(partner: &MspPartner, phone: Option<&EncryptedPhoneNumber>) -> Result<(), Refusal> {
    let checked = phone.map(|phone| partner.phone.decrypt(phone)).transpose();
    checked.map(drop).map_err(|error| {
        let refusal = Refusal::new(Condition::PhoneNumber);
        refusal.internal(error.to_string())
    })
}

impl<S: Store, P: CmpPorts> CmpBackend<S, P> {
    fn partner(&self, msp: &ClientId) -> Result<&MspPartner, Refusal> {
        self.ports.msp(msp).ok_or_else(|| internal("no such MSP"))
    }

    /// What the call was answered, if it comes again: to be looked for before anything is refused by what may have changed
    /// since.
    async fn answered_before(&self, call: &Call) -> Result<Option<Result<(), Refusal>>, Refusal> {
        let load = Load::default().call(call_key(call)?);
        let snapshot = self.engine.store().load(load).await.map_err(internal)?;
        let reply = snapshot.reply.map(UnitError::Replied);
        Ok(reply.map(|reply| reply::heard(Err(reply))))
    }

    /// A call about the federation with this msp_token; what is another MSP's is unknown to this one.
    async fn called(
        &self,
        operation: OperationId,
        call: &Call,
        msp_token: MspToken,
        event: Event,
    ) -> Result<(), Refusal> {
        let load = Load::default().named(name_of(&Found::MspToken(msp_token))?);
        let (moment, options) = (self.moment(call.trace_parent), self.options.clone());
        let asked = call.clone();
        let decide = move |snapshot: &Snapshot| {
            let mut draft = Draft::new(snapshot, moment)?;
            let of_msp = draft.of_msp(asked.caller.client_id());
            let id = of_msp.ok_or(Condition::UnknownMspToken)?.id;
            let mut seen = seen(&asked, key(id)?, options.keep_replies)?;
            let answer = draft.handle(id, event.clone());
            if let Err(refusal) = &answer {
                let Some(kept) = reply::of(refusal, operation)? else {
                    return Err(refusal.clone());
                };
                seen.reply = kept.into();
                draft.keep(id);
            }
            Ok(match draft.finish()? {
                Ok(unit) => Decision::Commit(unit.seen(seen), answer),
                Err(load) => Decision::Load(load),
            })
        };
        reply::heard(self.engine.unit(load.call(call_key(call)?), decide).await)
    }
}

impl<S: Store, P: CmpPorts> CmpApi for CmpBackend<S, P> {
    async fn send_msp_token(&self, call: Call, account_id: AccountId, body: SendMspToken) -> Result<(), Refusal> {
        let msp = call.caller.client_id().clone();
        let partner = self.partner(&msp)?;
        // The account_id of a call that comes again has expired meanwhile, maybe.
        if let Some(answer) = self.answered_before(&call).await? {
            return answer;
        }
        let (moment, options) = (self.moment(call.trace_parent), self.options.clone());
        let verifier = partner.account_ids.clone();
        let now = moment.now.as_secs();
        let sid = verifier.verify_at(account_id.as_str(), now).map_err(refused)?.sid();
        let mut load = Load::default().named(name_of(&Found::Session(sid))?);
        let mut token = None;
        if let SendMspToken::Issued(issued) = &body {
            check_phone(partner, Some(&issued.phone_number))?;
            let key = token_key(&msp, &issued.msp_token)?;
            load.keys.push(key.clone());
            token = Some(key);
        }
        let asked = call.clone();
        let decide = move |snapshot: &Snapshot| {
            let mut draft = Draft::new(snapshot, moment)?;
            let record = draft.of_msp(&msp).ok_or(Condition::UnknownAccountId)?;
            let id = record.id;
            // What was agreed for just this session.
            let agreed = record.agreed.get(&sid).map(String::as_str);
            let verified = verifier.verify_at(account_id.as_str(), now).map_err(refused)?;
            let ver = agreed.map_or(Ver::NotAgreed, Ver::Agreed);
            verified.check_ver(ver).map_err(refused)?;
            let token = token.as_ref().and_then(|key| draft.loaded(key));
            let holder: Option<FederationId> = token.map(party::read).transpose()?.flatten();
            let event = Event::SendMspToken {
                sid,
                assigned_elsewhere: holder.is_some_and(|holder| holder != id),
                body: body.clone(),
            };
            draft.handle(id, event)?;
            if let Some(token) = token.filter(|_| holder.is_none()) {
                draft.save(Save::new(token.key.clone(), token.version, party::written(&id)?));
            }
            let seen = seen(&asked, key(id)?, options.keep_replies)?;
            Ok(match draft.finish()? {
                Ok(unit) => Decision::Commit(Unit::seen(unit, seen), Ok(())),
                Err(load) => Decision::Load(load),
            })
        };
        reply::heard(self.engine.unit(load.call(call_key(&call)?), decide).await)
    }

    async fn notify_msp_token_invalid(
        &self,
        call: Call,
        msp_token: MspToken,
        body: NotifyMspTokenInvalid,
    ) -> Result<(), Refusal> {
        let event = Event::NotifyMspTokenInvalid(body);
        self.called(OperationId::NotifyMspTokenInvalid, &call, msp_token, event)
            .await
    }

    async fn send_profile_information(
        &self,
        call: Call,
        msp_token: MspToken,
        body: SendProfileInformation,
    ) -> Result<(), Refusal> {
        let event = Event::SendProfileInformation(body);
        self.called(OperationId::SendProfileInformation, &call, msp_token, event)
            .await
    }

    async fn update_subscription_info(
        &self,
        call: Call,
        msp_token: MspToken,
        body: UpdateSubscriptionInfo,
    ) -> Result<(), Refusal> {
        check_phone(self.partner(call.caller.client_id())?, body.phone_number())?;
        let event = Event::UpdateSubscriptionInfo(body);
        self.called(OperationId::UpdateSubscriptionInfo, &call, msp_token, event)
            .await
    }

    async fn send_activation_code(
        &self,
        call: Call,
        msp_token: MspToken,
        body: SendActivationCode,
    ) -> Result<(), Refusal> {
        let correlation_id = Some(call.ids.correlation_id);
        let event = Event::SendActivationCode { body, correlation_id };
        self.called(OperationId::SendActivationCode, &call, msp_token, event)
            .await
    }
}
