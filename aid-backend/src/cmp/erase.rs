//! Users who are forgotten.

use std::{collections::BTreeSet, time::Duration};

use aid_procedures::{Key as Found, cmp::Sequences};
use aid_types::{CmpUserId, Refusal, Vin};
use aid2_proto::session;
use uuid::Uuid;

use super::{
    CmpBackend, CmpPorts, FederationId, RECORD, SEQUENCES, api::token_key, record::Record, record_key, sequences_key,
    vehicle_records,
};
use crate::{
    engine::{Decision, UnitError},
    party::{self, name_of},
    store::{Key, Load, Loaded, Save, Snapshot, Store, Unit},
};

impl<S: Store, P: CmpPorts> CmpBackend<S, P> {
    /// Forgets everything about a user at once: federations, what waits to be done for them, the replies about them, and what
    /// vehicles have still to be told. Its msp_token stay known as taken, without a name. Withdraw first, and wait for
    /// the end, or vehicles and MSPs never learn of it.
    ///
    /// # Errors
    ///
    /// [`UnitError`].
    pub async fn erase(&self, user: &CmpUserId) -> Result<(), UnitError<Refusal>> {
        let found = name_of(&Found::CmpUserId(user.clone())).map_err(UnitError::Refused)?;
        let load = Load::keys([party::key("user", user).map_err(UnitError::Refused)?]).named(found);
        let now = self.ports.now().as_secs();
        self.engine.unit(load, move |snapshot| erased(snapshot, now)).await
    }
}

/// All of it, or what has to be known besides.
fn erased(snapshot: &Snapshot, now: u64) -> Result<Decision<()>, Refusal> {
    let there = || snapshot.aggregates.iter().filter(|loaded| loaded.state.is_some());
    let of_user = |loaded: &&Loaded| matches!(loaded.key.kind(), "user" | "federation");
    let records = there()
        .filter(|loaded| loaded.key.kind() == "federation")
        .map(party::read);
    let records: Vec<Record> = records.filter_map(Result::transpose).collect::<Result<_, _>>()?;
    let ids: Vec<FederationId> = records.iter().map(|record| record.id).collect();

    let mut needed = BTreeSet::new();
    for record in &records {
        needed.extend(around(record)?);
    }
    needed.retain(|key| snapshot.aggregates.iter().all(|loaded| loaded.key != *key));
    if !needed.is_empty() {
        return Ok(Decision::Load(Load::keys(needed)));
    }

    let mut unit = Unit::default();
    for loaded in there().filter(of_user) {
        unit = unit.save(Save::erase(loaded.key.clone(), loaded.version));
    }
    for loaded in there() {
        let save = match loaded.key.kind() {
            "msp_token" => Some(Save::new(
                loaded.key.clone(),
                loaded.version,
                party::written(&FederationId::of_session(Uuid::nil()))?,
            )),
            SEQUENCES => Some(forgotten(loaded, &ids)?),
            RECORD => without_orders(loaded, &ids, now)?,
            _ => None,
        };
        unit.saves.extend(save);
    }
    Ok(Decision::Commit(unit, ()))
}

/// Where a federation left something besides its own record.
fn around(record: &Record) -> Result<Vec<Key>, Refusal> {
    let mut keys = Vec::new();
    for found in record.federation.keys() {
        match found {
            Found::Vin(vin) => keys.extend([sequences_key(vin)?, record_key(vin)?]),
            Found::MspToken(token) => keys.push(token_key(&record.msp, &token)?),
            _ => {}
        }
    }
    Ok(keys)
}

fn forgotten(loaded: &Loaded, ids: &[FederationId]) -> Result<Save, Refusal> {
    let mut sequences: Sequences<FederationId> = party::read(loaded)?.ok_or_else(|| party::internal("no sequences"))?;
    ids.iter().for_each(|id| sequences.forget_owner(id));
    let state = party::written(&sequences)?;
    Ok(Save::new(loaded.key.clone(), loaded.version, state))
}

/// A vehicle's record; `None` if it cannot be read: then the session of the vehicle tells that.
fn without_orders(loaded: &Loaded, ids: &[FederationId], now: u64) -> Result<Option<Save>, Refusal> {
    let vin = loaded.key.as_str().split_once('/').map(|(_, vin)| vin.parse::<Vin>());
    let vin = vin.and_then(Result::ok).ok_or_else(|| party::internal("no VIN"))?;
    let Some((version, bytes)) = vehicle_records::versioned(loaded) else {
        return Ok(None);
    };
    let Ok(mut record) = session::Record::from_bytes(vin, bytes) else {
        return Ok(None);
    };
    ids.iter().for_each(|id| record.forget(&id.to_string()));
    let state = vehicle_records::next_version(Some(version), &record.to_bytes()).1;
    let mut save = Save::new(loaded.key.clone(), loaded.version, state);
    // Nothing here waits by the monotonic clock.
    let clock = session::Now::new(Duration::ZERO, now);
    save.wake_in = record.next_due(clock).map(|due| vehicle_records::due_in(due, now));
    Ok(Some(save))
}
