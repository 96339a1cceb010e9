//! What subscriptions want done.

use aid_procedures::{
    CallFailure,
    msp::{CmpCall, Effect, Event, TokenState},
};
use aid_types::{MspToken, RequestActivationCode, TraceParent};
use aid1_client::Transaction;

use super::{MspBackend, MspPorts, NotPrepared, record::Record};
use crate::{
    engine::{Decision, Executed, Work, span::follows_from},
    kept::Kept,
    party::never_refused,
    store::{ClaimedEffect, ClaimedTimer, Key, Load, Save, Snapshot, Store, Unit},
};

impl<S: Store, P: MspPorts> Work for MspBackend<S, P> {
    async fn execute(&self, claimed: &ClaimedEffect) -> Executed {
        let Ok(kept) = serde_json::from_slice::<Kept<Effect>>(&claimed.body) else {
            // It stays where it is: a process of another release can read it, or somebody looks.
            return Executed::Later(None, "an effect that cannot be read");
        };
        follows_from(kept.trace);
        let Ok(key) = Key::try_from(claimed.lane.owner()) else {
            return Executed::Later(Some(self.options.give_up), "a lane of nobody");
        };
        let Ok(snapshot) = self.engine.store().load(Load::keys([key.clone()])).await else {
            return Executed::Later(None, "the store failed");
        };
        let record = match Record::read(&snapshot) {
            Ok(Some(record)) => record,
            // Erased, or over and forgotten.
            Ok(None) => return Executed::Done,
            Err(_) => return Executed::Later(None, "a subscription that cannot be read"),
        };
        let given_up = claimed.age > self.options.give_up;
        let then = |event: Event| self.then(key.clone(), event, kept.trace);
        if !record.subscription.still_wanted(&kept.effect) {
            match kept.effect {
                Effect::PrepareProfile(request) if claimed.attempts == 0 => return then(not_prepared(&request)),
                // The SM-DP+ may have begun: whatever it makes is taken out of service, and for that it has to be known.
                Effect::PrepareProfile(_) => {}
                // The CMP may take it yet: it has to answer, or it does not know what the notification speaks of that follows.
                Effect::CallCmp {
                    call: CmpCall::SendMspToken { .. },
                    ..
                } if claimed.attempts > 0 => {}
                _ => return Executed::Done,
            }
        }
        let msp_token = *record.subscription.msp_token();
        match kept.effect {
            Effect::PrepareProfile(request) => match self.ports.prepare(&msp_token, &request).await {
                Ok(prepared) => then(Event::ProfilePrepared {
                    activation_code_request_id: request.activation_code_request_id,
                    iccid: prepared.iccid,
                    activation_code: prepared.activation_code,
                    profile_type: prepared.profile_type,
                }),
                Err(NotPrepared::Never(error)) => then(Event::PreparationFailed {
                    activation_code_request_id: request.activation_code_request_id,
                    error,
                }),
                Err(NotPrepared::NotNow(_)) if given_up => then(not_prepared(&request)),
                Err(NotPrepared::NotNow(why)) => Executed::Later(None, why),
            },
            Effect::CallCmp {
                correlation_id,
                ref call,
                ..
            } => {
                let as_what = (kept.transaction(correlation_id), kept.trace);
                let reply = match self.call_cmp(&record, as_what, call).await {
                    Err((failure, retry_after)) if !failure.is_final() && !given_up => {
                        return Executed::Later(retry_after, "the CMP did not answer, or not now");
                    }
                    reply => reply.map_err(|(failure, _)| failure),
                };
                then(Event::CallReply {
                    call: call.clone(),
                    reply,
                })
            }
            Effect::DeactivateProfile { iccid, .. } => network(self.ports.deactivate(&iccid).await),
            Effect::SuspendProfile { iccid, .. } => network(self.ports.suspend(&iccid).await),
            Effect::RestoreProfile { iccid, .. } => network(self.ports.restore(&iccid).await),
            Effect::Alarm(alarm) => {
                self.ports.alarm(&msp_token, &alarm);
                self.engine.tell_alarm(&alarm);
                Executed::Done
            }
            Effect::Log(log) => {
                self.ports.log(&msp_token, &log);
                Executed::Done
            }
            _ => Executed::Later(None, "an effect of a newer version"),
        }
    }

    async fn wake(&self, timer: &ClaimedTimer) -> Executed {
        let moment = self.moment(None);
        let decide = move |snapshot: &Snapshot| {
            let (Some(record), Some(loaded)) = (Record::read(snapshot)?, snapshot.aggregates.first()) else {
                return Ok(Decision::Commit(Unit::default(), ()));
            };
            if record.subscription.state() == TokenState::Purgeable {
                let delete = Save::delete(loaded.key.clone(), loaded.version);
                return Ok(Decision::Commit(Unit::default().save(delete), ()));
            }
            let mut events = record.without_caller(moment);
            events.push(Event::Tick);
            Ok(Decision::Commit(record.after(loaded, events, moment)?.0, ()))
        };
        Executed::Then(Load::keys([timer.key.clone()]), never_refused(decide))
    }
}

fn network(outcome: Result<(), &'static str>) -> Executed {
    match outcome {
        Ok(()) => Executed::Done,
        Err(why) => Executed::Later(None, why),
    }
}

fn not_prepared(request: &RequestActivationCode) -> Event {
    Event::PreparationFailed {
        activation_code_request_id: request.activation_code_request_id,
        error: aid_types::ErrorText::from_code(aid_types::ErrorCode::ACTIVATION_CODE_OTHER),
    }
}

impl<S: Store, P: MspPorts> MspBackend<S, P> {
    /// The subscription handles what came of an effect, in one unit with its end.
    fn then(&self, key: Key, event: Event, trace: Option<TraceParent>) -> Executed {
        let moment = self.moment(trace);
        let decide = move |snapshot: &Snapshot| {
            let (Some(record), Some(loaded)) = (Record::read(snapshot)?, snapshot.aggregates.first()) else {
                return Ok(Decision::Commit(Unit::default(), ()));
            };
            Ok(Decision::Commit(record.after(loaded, [event.clone()], moment)?.0, ()))
        };
        Executed::Then(Load::keys([key]), never_refused(decide))
    }

    async fn call_cmp(
        &self,
        record: &Record,
        (transaction, trace): (Transaction, Option<TraceParent>),
        call: &CmpCall,
    ) -> Result<(), (CallFailure, Option<std::time::Duration>)> {
        let Some(client) = self.ports.cmp(&record.cmp) else {
            return Err((CallFailure::NoReply, None));
        };
        // Between two attempts the msp_token may die: the lane repeats, and asks before.
        let client = client.clone().without_retry().caused_by(trace);
        let msp_token: &MspToken = record.subscription.msp_token();
        let reply = match call {
            CmpCall::SendMspToken { account_id, body, .. } => {
                client.send_msp_token(account_id, body, transaction).await
            }
            CmpCall::NotifyMspTokenInvalid(body) => client.notify_msp_token_invalid(msp_token, body, transaction).await,
            CmpCall::SendProfileInformation(body) => {
                client.send_profile_information(msp_token, body, transaction).await
            }
            CmpCall::UpdateSubscriptionInfo(body) => {
                client.update_subscription_info(msp_token, body, transaction).await
            }
            CmpCall::SendActivationCode(body) => client.send_activation_code(msp_token, body, transaction).await,
            _ => return Err((CallFailure::NoReply, None)),
        };
        reply
            .map(drop)
            .map_err(|error| (CallFailure::from(&error), error.retry_after()))
    }
}
