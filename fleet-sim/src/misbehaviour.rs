//! How the faults of the backends come about: a store that tells something else than what it was given, and an API that
//! acknowledges what it does not do.

use aid_backend::store::{Effect as Waiting, Load, Loaded, MemoryStore, Save, Snapshot, Store as _, Unit};
use aid_procedures::cmp::{Effect, MspCall, Sequences};
use bytes::Bytes;
use serde_json::Value;

use crate::{
    Fault,
    cmp::{self, SavedFederation, now},
    watch::Candidates,
};

/// What a party that is out of order loads.
pub(crate) fn loaded(fault: Option<Fault>, mut snapshot: Snapshot) -> Snapshot {
    let Some(fault) = fault else { return snapshot };
    for loaded in &mut snapshot.aggregates {
        let Some(edit) = edit_of(fault, loaded) else { continue };
        if let Some(state) = &mut loaded.state {
            let mut json: Value = serde_json::from_slice(state).unwrap();
            edit(&mut json);
            *state = json.to_string().into();
        }
    }
    snapshot
}

/// How an aggregate is edited in a way that its own code never would.
fn edit_of(fault: Fault, loaded: &Loaded) -> Option<fn(&mut Value)> {
    match (fault, loaded.key.kind()) {
        (Fault::TokenRemovedEarly, "federation") => Some(|json| {
            let federation = &mut json["federation"];
            if federation["state"] == "Invalidated" {
                federation["state"] = "Removed".into();
                federation["msp_token"] = Value::Null;
            }
        }),
        (Fault::RequestWithInvalidatedToken, "federation") => Some(|json| active(&mut json["federation"])),
        (Fault::CodeForInvalidatedToken, "subscription") => Some(|json| active(&mut json["subscription"])),
        (Fault::SequencesShared, "sequences") => Some(|json| {
            let vin = json["vehicle_id"].as_str().unwrap().parse().unwrap();
            *json = serde_json::to_value(Sequences::<String>::new(vin)).unwrap();
        }),
        _ => None,
    }
}

fn active(aggregate: &mut Value) {
    if aggregate["state"] == "Invalidated" {
        aggregate["state"] = "Active".into();
    }
}

/// What a party that is out of order stores at first, and what only later.
pub(crate) fn committing(fault: Option<Fault>, store: &MemoryStore, mut unit: Unit) -> (Unit, Unit) {
    let mut late = Unit::default();
    match fault {
        Some(Fault::CandidateIsNewest) => {
            for at in 0..unit.effects.len() {
                if let Some(effect) = newest_offered(&unit, &unit.effects[at]) {
                    unit.effects[at] = effect;
                }
            }
        }
        Some(Fault::CodeForInvalidatedToken) => {
            for save in unit.saves.iter_mut().filter(|save| save.key.kind() == "subscription") {
                stays_invalidated(store, save);
            }
        }
        Some(Fault::OutboxLostOnCrash) => {
            (late.effects, unit.effects) = unit.effects.into_iter().partition(is_of_msp);
        }
        _ => {}
    }
    (unit, late)
}

fn is_of_msp(effect: &Waiting) -> bool {
    effect.lane.owner().starts_with("subscription/")
}

/// What was only taken for active is invalidated as it was.
fn stays_invalidated(store: &MemoryStore, save: &mut Save) {
    let stored = now(store.load(Load::keys([save.key.clone()]))).unwrap();
    let read = |state: &Bytes| serde_json::from_slice::<Value>(state).unwrap();
    let was = stored.aggregates[0].state.as_ref().map(read);
    if was.is_some_and(|was| was["subscription"]["state"] == "Invalidated")
        && let Some(state) = &mut save.state
    {
        let mut json = read(state);
        json["subscription"]["state"] = "Invalidated".into();
        *state = json.to_string().into();
    }
}

fn newest_offered(unit: &Unit, waiting: &Waiting) -> Option<Waiting> {
    let mut json: Value = serde_json::from_slice(&waiting.body).ok()?;
    let mut effect: Effect = serde_json::from_value(json["effect"].take()).ok()?;
    let Effect::CallMsp {
        call: MspCall::RequestActivationCode(request),
        ..
    } = &mut effect
    else {
        return None;
    };
    let save = unit
        .saves
        .iter()
        .find(|save| save.key.as_str() == waiting.lane.owner())?;
    let SavedFederation { federation, .. } = cmp::saved(save.state.as_ref()?);
    let used = |profile: &&aid_procedures::cmp::Profile| profile.last_used();
    let newest = federation
        .profiles()
        .iter()
        .filter(|profile| Candidates::may(profile))
        .max_by_key(used)?;
    request.replace_iccid = newest.iccid().copied();
    json["effect"] = serde_json::to_value(effect).unwrap();
    Some(Waiting::new(waiting.lane.clone(), json.to_string()))
}
