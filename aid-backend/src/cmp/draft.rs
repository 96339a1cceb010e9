//! A unit that is being decided: federations, and the sequences of the vehicles that they speak with.

use std::collections::{BTreeMap, BTreeSet};

use aid_procedures::{
    Lane,
    cmp::{Effect, Event, Sequences, ToVehicle},
};
use aid_types::{ClientId, Refusal, Vin};
use aid2_proto::RequestId;

use super::{
    FederationId, SEQUENCES,
    record::{Moment, Record},
    sequences_key,
};
use crate::{
    engine::Decision,
    kept, party,
    store::{Key, Load, Loaded, Save, Snapshot, Unit},
};

/// What is known, and what changes of it.
pub(super) struct Draft<'a> {
    snapshot: &'a Snapshot,
    moment: Moment,
    federations: BTreeMap<FederationId, Entry<'a>>,
    sequences: BTreeMap<Vin, (&'a Loaded, Sequences<FederationId>)>,
    /// The vehicles of which sequences begin.
    begun: BTreeSet<Vin>,
    missing: Vec<Key>,
    unit: Unit,
}

struct Entry<'a> {
    loaded: &'a Loaded,
    record: Record,
    changed: bool,
}

impl<'a> Draft<'a> {
    /// With everything that was loaded.
    pub(super) fn new(snapshot: &'a Snapshot, moment: Moment) -> Result<Self, Refusal> {
        let mut draft = Self {
            snapshot,
            moment,
            federations: BTreeMap::new(),
            sequences: BTreeMap::new(),
            begun: BTreeSet::new(),
            missing: Vec::new(),
            unit: Unit::default(),
        };
        for loaded in &snapshot.aggregates {
            match loaded.key.kind() {
                "federation" => {
                    if let Some(record) = party::read::<Record>(loaded)? {
                        draft.insert(loaded, record);
                    }
                }
                SEQUENCES => {
                    let vin = loaded.key.as_str().split_once('/').map(|(_, vin)| vin.parse());
                    let vin = vin.and_then(Result::ok).ok_or_else(|| party::internal("no VIN"))?;
                    let sequences = party::read(loaded)?.unwrap_or_else(|| Sequences::new(vin));
                    draft.sequences.insert(vin, (loaded, sequences));
                }
                _ => {}
            }
        }
        Ok(draft)
    }

    /// A federation that begins.
    pub(super) fn insert(&mut self, loaded: &'a Loaded, record: Record) {
        let entry = Entry {
            loaded,
            record,
            changed: false,
        };
        self.federations.insert(entry.record.id, entry);
    }

    /// What was loaded under a key.
    pub(super) fn loaded(&self, key: &Key) -> Option<&'a Loaded> {
        self.snapshot.aggregates.iter().find(|loaded| loaded.key == *key)
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &Record> {
        self.federations.values().map(|entry| &entry.record)
    }

    /// The one with this MSP.
    pub(super) fn of_msp(&self, msp: &ClientId) -> Option<&Record> {
        self.records().find(|record| record.msp == *msp)
    }

    pub(super) fn record_mut(&mut self, id: FederationId) -> Option<&mut Record> {
        self.federations.get_mut(&id).map(|entry| &mut entry.record)
    }

    /// Whose sequence it is, if we began it; loads what tells it.
    pub(super) fn owner(&mut self, request_id: RequestId) -> Result<Option<FederationId>, Refusal> {
        let vin = request_id.vehicle_id;
        let Some((_, sequences)) = self.sequences.get(&vin) else {
            self.need(sequences_key(vin)?);
            return Ok(None);
        };
        let owner = sequences.owner(request_id).copied();
        if let Some(owner) = owner {
            self.need(super::key(owner)?);
        }
        Ok(owner)
    }

    fn need(&mut self, key: Key) {
        if self.loaded(&key).is_none() {
            self.missing.push(key);
        }
    }

    /// And this is saved, too.
    pub(super) fn save(&mut self, save: Save) {
        self.unit.saves.push(save);
    }

    /// A federation handles an event. One that is not there, does not.
    pub(super) fn handle(&mut self, id: FederationId, event: Event) -> Result<(), Refusal> {
        let Some(entry) = self.federations.get_mut(&id) else {
            return Ok(());
        };
        let now = self.moment.now;
        let mut effects = entry.record.federation.handle(event, now)?;
        entry.record.tidy(now);
        entry.changed = true;
        let key = entry.loaded.key.clone();
        for vin in begun(&effects) {
            match (self.sequences.get_mut(&vin), self.federations.get_mut(&id)) {
                (Some((_, sequences)), Some(entry)) => {
                    sequences.claim(&id, &mut entry.record.federation, &mut effects);
                    self.begun.insert(vin);
                }
                _ => self.need(sequences_key(vin)?),
            }
        }
        for effect in &effects {
            let is_call = match effect {
                Effect::CallMsp { correlation_id, .. } => Some(*correlation_id),
                _ => None,
            };
            kept::keep(&mut self.unit, &lane(effect), &key, effect, is_call, self.moment.origin)?;
        }
        Ok(())
    }

    /// A federation is saved as it is: with it, something is kept about it.
    pub(super) fn keep(&mut self, id: FederationId) {
        if let Some(entry) = self.federations.get_mut(&id) {
            entry.changed = true;
        }
    }

    /// The unit; or what is missing, to be decided anew with it.
    pub(super) fn finish(mut self) -> Result<Result<Unit, Load>, Refusal> {
        if !self.missing.is_empty() {
            return Ok(Err(Load::keys(self.missing)));
        }
        for entry in self.federations.values().filter(|entry| entry.changed) {
            self.unit.saves.push(entry.record.save(entry.loaded, self.moment)?);
        }
        for vin in &self.begun {
            if let Some((loaded, sequences)) = self.sequences.get(vin) {
                let state = party::written(sequences)?;
                self.unit
                    .saves
                    .push(Save::new(loaded.key.clone(), loaded.version, state));
            }
        }
        Ok(Ok(self.unit))
    }

    /// The decision to commit it, with this outcome.
    pub(super) fn decision<T>(self, outcome: T) -> Result<Decision<T>, Refusal> {
        Ok(match self.finish()? {
            Ok(unit) => Decision::Commit(unit, outcome),
            Err(load) => Decision::Load(load),
        })
    }
}

/// The vehicles with which sequences begin.
fn begun(effects: &[Effect]) -> BTreeSet<Vin> {
    let begins = |effect: &Effect| match effect {
        Effect::SendToVehicle(
            message @ (ToVehicle::RequestDeleteProfile(_)
            | ToVehicle::RequestDeleteAllProfiles(_)
            | ToVehicle::RequestCsimInfo(_)),
        ) => Some(message.request_id().vehicle_id),
        _ => None,
    };
    effects.iter().filter_map(begins).collect()
}

/// The destination, as a lane has it: what it is before a colon, and which one behind it.
fn lane(effect: &Effect) -> String {
    match effect.lane() {
        Lane::Vehicle(vin) => format!("vehicle:{vin}"),
        lane => lane.to_string(),
    }
}
