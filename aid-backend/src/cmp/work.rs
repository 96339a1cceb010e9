//! What federations want done.

use std::time::Duration;

use aid_procedures::{
    CallFailure, Key as Found,
    cmp::{Effect, Event, MspCall, ToVehicle},
};
use aid_types::{Eid, Refusal, TraceParent};
use aid2_proto::session::{NewOrder, NotAnOrder, OrderKey};

use super::{CmpBackend, CmpPorts, FederationId, FederationView, RECORD, VehiclePort, draft::Draft, record::Record};
use crate::{
    engine::{Decision, Executed, Work, span::follows_from},
    kept::Kept,
    party::{self, name_of},
    store::{ClaimedEffect, ClaimedTimer, Key, Load, Save, Snapshot, Store, Unit},
};

/// After what time a vehicle is looked at again if nobody did.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

impl<S: Store, P: CmpPorts> Work for CmpBackend<S, P> {
    async fn execute(&self, claimed: &ClaimedEffect) -> Executed {
        let Ok(kept) = serde_json::from_slice::<Kept<Effect>>(&claimed.body) else {
            // It stays where it is until somebody looks.
            return Executed::Later(None, "an effect that cannot be read");
        };
        follows_from(kept.trace);
        let Ok(key) = Key::try_from(claimed.lane.owner()) else {
            return Executed::Later(None, "a lane of nobody");
        };
        let Ok(snapshot) = self.engine.store().load(Load::keys([key])).await else {
            return Executed::Later(None, "the store failed");
        };
        let record = match snapshot.aggregates.first().map(party::read::<Record>) {
            Some(Ok(Some(record))) => record,
            // Erased, or over and forgotten.
            Some(Ok(None)) | None => return Executed::Done,
            Some(Err(_)) => return Executed::Later(None, "a federation that cannot be read"),
        };
        if !record.federation.still_wanted(&kept.effect) {
            return Executed::Done;
        }
        match kept.effect {
            Effect::CallMsp { .. } => {
                let given_up = claimed.age > self.options.give_up;
                self.call_msp(&record, kept, given_up).await
            }
            Effect::SendToVehicle(message) => match order(record.id, message) {
                Ok(order) => stored(self.ports.vehicles().send(order.caused_by(kept.trace)).await),
                Err(NotAnOrder { .. }) => Executed::Later(None, "no message to a vehicle"),
            },
            Effect::CancelOrder { request_id, order, .. } => match OrderKey::new(order.name(), request_id) {
                Some(key) => stored(self.ports.vehicles().cancel(key).await),
                // What is no order was never taken.
                None => Executed::Done,
            },
            Effect::MakeRoom { eid, .. } => self.make_room(record.id, eid, kept.trace),
            Effect::Alarm(alarm) => {
                self.ports.alarm(&FederationView::from(record), &alarm);
                self.engine.tell_alarm(&alarm);
                Executed::Done
            }
            Effect::Log(log) => {
                self.ports.log(&FederationView::from(record), &log);
                Executed::Done
            }
            _ => Executed::Later(None, "an effect of a newer version"),
        }
    }

    async fn wake(&self, timer: &ClaimedTimer) -> Executed {
        if timer.key.kind() == RECORD {
            let vin = timer.key.as_str().split_once('/').and_then(|(_, vin)| vin.parse().ok());
            if let Some(vin) = vin {
                self.ports.vehicles().due(vin);
            }
            // The session stores the record with another time. If it does not, somebody has to look again.
            return Executed::Again(LOOK_AGAIN);
        }
        let moment = self.moment(None);
        then(Load::keys([timer.key.clone()]), move |snapshot| {
            let mut draft = Draft::new(snapshot, moment)?;
            let Some((id, over)) = draft.records().next().map(|record| (record.id, record.is_over())) else {
                return Ok(Decision::Commit(Unit::default(), ()));
            };
            if over && let Some(loaded) = snapshot.aggregates.first() {
                let delete = Save::delete(loaded.key.clone(), loaded.version);
                return Ok(Decision::Commit(Unit::default().save(delete), ()));
            }
            draft.handle(id, Event::Tick)?;
            draft.decision(())
        })
    }
}

/// What comes of something is handled in one unit with its end.
fn then(load: Load, decide: impl FnMut(&Snapshot) -> Result<Decision<()>, Refusal> + Send + 'static) -> Executed {
    Executed::Then(load, party::never_refused(decide))
}

fn stored(outcome: Result<(), &'static str>) -> Executed {
    match outcome {
        Ok(()) => Executed::Done,
        Err(why) => Executed::Later(None, why),
    }
}

fn order(federation: FederationId, message: ToVehicle) -> Result<NewOrder, NotAnOrder> {
    let order = match message {
        ToVehicle::SendActivationCode(message) => NewOrder::new(&message)?,
        ToVehicle::RefuseActivationCode {
            request_id, response, ..
        } => NewOrder::refusal(request_id, &response),
        ToVehicle::RequestDeleteProfile(message) => NewOrder::new(&message)?,
        ToVehicle::RequestDeleteAllProfiles(message) => NewOrder::new(&message)?,
        ToVehicle::RequestCsimInfo(message) => NewOrder::new(&message)?,
        other => NewOrder::encoded(other.name(), other.request_id(), Vec::new())?,
    };
    Ok(order.owned_by(federation.to_string()))
}

impl<S: Store, P: CmpPorts> CmpBackend<S, P> {
    async fn call_msp(&self, record: &Record, kept: Kept<Effect>, given_up: bool) -> Executed {
        let Effect::CallMsp {
            msp_token,
            correlation_id,
            ref call,
            ..
        } = kept.effect
        else {
            return Executed::Done;
        };
        let Some(partner) = self.ports.msp(&record.msp) else {
            return Executed::Later(None, "no such MSP");
        };
        // Between two attempts the msp_token may die: the lane repeats, and asks before.
        let client = partner.client.clone().without_retry().caused_by(kept.trace);
        let transaction = kept.transaction(correlation_id);
        let later = |retry_after| Executed::Later(retry_after, "the MSP did not answer, or not now");
        let event = match call {
            MspCall::RequestActivationCode(request) => {
                let reply = client.request_activation_code(&msp_token, request, transaction).await;
                let reply = match reply {
                    Ok(reply) => Ok(reply.value),
                    Err(error) if CallFailure::from(&error).is_final() => Err(CallFailure::from(&error)),
                    Err(error) => return later(error.retry_after()),
                };
                let activation_code_request_id = request.activation_code_request_id;
                Event::ActivationCodeReply {
                    activation_code_request_id,
                    reply,
                }
            }
            MspCall::RequestProfileStatus(request) => {
                let reply = client.request_profile_status(&msp_token, request, transaction).await;
                let reply = match reply {
                    Ok(reply) => Ok(reply.value),
                    Err(error) if given_up || CallFailure::from(&error).is_final() => Err(CallFailure::from(&error)),
                    Err(error) => return later(error.retry_after()),
                };
                Event::ProfileStatusReply {
                    request: *request,
                    reply,
                }
            }
            MspCall::SendCsimStatus(status) => {
                return told(client.send_csim_status(&msp_token, status, transaction).await);
            }
            MspCall::RequestInvalidateMspToken(_) => {
                return told(client.request_invalidate_msp_token(&msp_token, transaction).await);
            }
            _ => return Executed::Later(None, "a call of a newer version"),
        };
        let Ok(key) = super::key(record.id) else {
            return Executed::Done;
        };
        let (id, moment) = (record.id, self.moment(kept.trace));
        then(Load::keys([key]), move |snapshot| {
            let mut draft = Draft::new(snapshot, moment)?;
            draft.handle(id, event.clone())?;
            draft.decision(())
        })
    }

    /// Of the others that have a profile in an eUICC, the one whose profile was used longest ago gives its room.
    fn make_room(&self, asks: FederationId, eid: Eid, trace: Option<TraceParent>) -> Executed {
        let Ok(name) = name_of(&Found::Eid(eid)) else {
            return Executed::Done;
        };
        let moment = self.moment(trace);
        then(Load::default().named(name), move |snapshot| {
            let mut draft = Draft::new(snapshot, moment)?;
            let mut others: Vec<_> = draft
                .records()
                .filter(|record| record.id != asks)
                .filter_map(|record| {
                    let here = record
                        .federation
                        .profiles()
                        .iter()
                        .filter(|profile| *profile.eid() == eid);
                    Some((here.map(aid_procedures::cmp::Profile::last_used).min()?, record.id))
                })
                .collect();
            others.sort();
            for (_, id) in others {
                if draft.handle(id, Event::MakeRoom { eid }).is_ok() {
                    break;
                }
            }
            draft.decision(())
        })
    }
}

/// What the MSP has to know it is told until it answers.
fn told(reply: Result<aid1_client::Reply<()>, aid1_client::Error>) -> Executed {
    match reply {
        Err(error) if !CallFailure::from(&error).is_final() => {
            Executed::Later(error.retry_after(), "the MSP did not answer, or not now")
        }
        // A refusal that a repetition does not change ends it as well as a success.
        _ => Executed::Done,
    }
}
