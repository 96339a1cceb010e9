//! What a CMP calls.

use aid_procedures::msp::Event;
use aid_types::{
    ActivationCodeReply, ClientId, Condition, MspToken, OperationId, ProfileStatuses, Refusal, RequestActivationCode,
    RequestInvalidateMspToken, RequestProfileStatus, SendCsimStatus,
};
use aid1_server_traits::{Call, MspApi};

use super::{MspBackend, MspPorts, key, record::Record};
use crate::{
    engine::Decision,
    party::{call_key, internal, name_of, seen},
    reply,
    store::{Load, Seen, Snapshot, Store},
};

/// The subscription, if it is this CMP's. What is another's is unknown to it.
pub(super) fn of_cmp(snapshot: &Snapshot, cmp: &ClientId) -> Result<Record, Refusal> {
    let record = Record::read(snapshot)?.filter(|record| record.cmp == *cmp);
    record.ok_or_else(|| Condition::UnknownMspToken.into())
}

impl<S: Store, P: MspPorts> MspBackend<S, P> {
    /// A call that changes the subscription and is answered without a body.
    async fn called(
        &self,
        operation: OperationId,
        call: &Call,
        msp_token: MspToken,
        more: Option<crate::store::Name>,
        event: impl Fn(&Record, &Snapshot) -> Event + Send + 'static,
    ) -> Result<(), Refusal> {
        let mut load = Load::keys([key(&msp_token)?]).call(call_key(call)?);
        load.names.extend(more);
        let (cmp, moment) = (call.caller.client_id().clone(), self.moment(call.trace_parent));
        let seen = seen(call, key(&msp_token)?, self.options.keep_replies)?;
        let decide = move |snapshot: &Snapshot| {
            let record = of_cmp(snapshot, &cmp)?;
            let Some(loaded) = snapshot.aggregates.first() else {
                return Err(Condition::UnknownMspToken.into());
            };
            let event = event(&record, snapshot);
            let refusal = match record.clone().after(loaded, [event], moment) {
                Ok((unit, _)) => return Ok(Decision::Commit(unit.seen(seen.clone()), Ok(()))),
                Err(refusal) => refusal,
            };
            let Some(kept) = reply::of(&refusal, operation)? else {
                return Err(refusal);
            };
            // The subscription is saved as it is: with it, the reply is erased.
            let (unit, _) = record.after(loaded, [], moment)?;
            let reply = kept.into();
            Ok(Decision::Commit(
                unit.seen(Seen { reply, ..seen.clone() }),
                Err(refusal),
            ))
        };
        reply::heard(self.engine.unit(load, decide).await)
    }
}

impl<S: Store, P: MspPorts> MspApi for MspBackend<S, P> {
    async fn request_activation_code(
        &self,
        call: Call,
        msp_token: MspToken,
        body: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        self.activation_code(call, msp_token, body).await
    }

    async fn send_csim_status(&self, call: Call, msp_token: MspToken, body: SendCsimStatus) -> Result<(), Refusal> {
        let iccid = aid_procedures::Key::Iccid(body.iccid);
        let of_profile = name_of(&iccid)?;
        let event = move |_: &Record, snapshot: &Snapshot| Event::SendCsimStatus {
            body: body.clone(),
            // Besides the subscription itself, only who has the profile was loaded.
            foreign: snapshot.aggregates.len() > 1,
        };
        let operation = OperationId::SendCsimStatus;
        self.called(operation, &call, msp_token, Some(of_profile), event).await
    }

    async fn request_invalidate_msp_token(
        &self,
        call: Call,
        msp_token: MspToken,
        _: RequestInvalidateMspToken,
    ) -> Result<(), Refusal> {
        let event = |_: &Record, _: &Snapshot| Event::RequestInvalidateMspToken;
        let operation = OperationId::RequestInvalidateMspToken;
        self.called(operation, &call, msp_token, None, event).await
    }

    async fn request_profile_status(
        &self,
        call: Call,
        msp_token: MspToken,
        body: RequestProfileStatus,
    ) -> Result<ProfileStatuses, Refusal> {
        let load = Load::keys([key(&msp_token)?]);
        let snapshot = self.engine.store().load(load).await.map_err(internal)?;
        of_cmp(&snapshot, call.caller.client_id())?
            .subscription
            .profile_statuses(&body)
    }
}
