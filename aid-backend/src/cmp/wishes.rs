//! What users and the CMP's own staff want.

use aid_procedures::{Key as Found, cmp::Event};
use aid_types::{CmpUserId, Condition, Eid, Refusal, Vin};

use super::{CmpBackend, CmpPorts, FederationId, draft::Draft, key};
use crate::{
    engine::{Decision, UnitError},
    party::{self, name_of},
    store::{Load, Save, Snapshot, Store, Unit},
};

impl<S: Store, P: CmpPorts> CmpBackend<S, P> {
    /// What a user, or customer care, decides about a federation: delete a profile, or all in a vehicle, withdraw, compare
    /// notes with the MSP or a vehicle; one of the events "the user, at a touchpoint of the CMP".
    ///
    /// # Errors
    ///
    /// [`UnitError`]; refused as the event is, or with [`UnknownMspToken`](Condition::UnknownMspToken) if there is no such
    /// federation.
    pub async fn decide(&self, federation: FederationId, event: Event) -> Result<(), UnitError<Refusal>> {
        let load = Load::keys([key(federation).map_err(UnitError::Refused)?]);
        let (moment, keep) = (self.moment(), self.options.keep_sequences);
        let decide = move |snapshot: &Snapshot| {
            let mut draft = Draft::new(snapshot, moment, keep)?;
            if draft.records().next().is_none() {
                return Err(Condition::UnknownMspToken.into());
            }
            draft.handle(federation, event.clone())?;
            draft.decision(())
        };
        self.engine.unit(load, decide).await
    }

    /// A vehicle is online again: what it has to do is sent once more. Not needed where the transport repeats by itself.
    ///
    /// # Errors
    ///
    /// [`UnitError`].
    pub async fn vehicle_connected(&self, vin: Vin) -> Result<(), UnitError<Refusal>> {
        self.all(&Found::Vin(vin), Event::VehicleConnected { vin }).await
    }

    /// A vehicle never comes back: what it holds counts as deleted, for every user.
    ///
    /// # Errors
    ///
    /// [`UnitError`].
    pub async fn vehicle_gone(&self, vin: Vin) -> Result<(), UnitError<Refusal>> {
        self.all(&Found::Vin(vin), Event::VehicleGone { vin }).await
    }

    /// An eUICC never comes back: what it holds counts as deleted, for every user.
    ///
    /// # Errors
    ///
    /// [`UnitError`].
    pub async fn euicc_gone(&self, eid: Eid) -> Result<(), UnitError<Refusal>> {
        self.all(&Found::Eid(eid), Event::EuiccGone { eid }).await
    }

    /// Every federation with this key handles it.
    async fn all(&self, found: &Found, event: Event) -> Result<(), UnitError<Refusal>> {
        let load = Load::default().named(name_of(found).map_err(UnitError::Refused)?);
        let (moment, keep) = (self.moment(), self.options.keep_sequences);
        let decide = move |snapshot: &Snapshot| {
            let mut draft = Draft::new(snapshot, moment, keep)?;
            let ids: Vec<_> = draft.records().map(|record| record.id).collect();
            for id in ids {
                draft.handle(id, event.clone())?;
            }
            draft.decision(())
        };
        self.engine.unit(load, decide).await
    }

    /// Forgets everything about a user at once: federations, what waits to be done for them, and the replies about them. Its
    /// msp_token stay known as taken, without a name. Withdraw first, or vehicles and MSPs never learn of it.
    ///
    /// # Errors
    ///
    /// [`UnitError`].
    pub async fn erase(&self, user: &CmpUserId) -> Result<(), UnitError<Refusal>> {
        let found = name_of(&Found::CmpUserId(user.clone())).map_err(UnitError::Refused)?;
        let load = Load::keys([party::key("user", user).map_err(UnitError::Refused)?]).named(found);
        let decide = |snapshot: &Snapshot| {
            let there = snapshot.aggregates.iter().filter(|loaded| loaded.state.is_some());
            let unit = there.fold(Unit::default(), |unit, loaded| {
                unit.save(Save::erase(loaded.key.clone(), loaded.version))
            });
            Ok::<_, Refusal>(Decision::Commit(unit, ()))
        };
        self.engine.unit(load, decide).await
    }
}
