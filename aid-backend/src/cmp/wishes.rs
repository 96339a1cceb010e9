//! What users and the CMP's own staff want.

use aid_procedures::{Key as Found, cmp::Event};
use aid_types::{Condition, Eid, Refusal, Vin};

use super::{CmpBackend, CmpPorts, FederationId, draft::Draft, key};
use crate::{
    engine::UnitError,
    party::name_of,
    store::{Load, Snapshot, Store},
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
        let moment = self.moment(None);
        let decide = move |snapshot: &Snapshot| {
            let mut draft = Draft::new(snapshot, moment)?;
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
        let moment = self.moment(None);
        let decide = move |snapshot: &Snapshot| {
            let mut draft = Draft::new(snapshot, moment)?;
            let ids: Vec<_> = draft.records().map(|record| record.id).collect();
            for id in ids {
                draft.handle(id, event.clone())?;
            }
            draft.decision(())
        };
        self.engine.unit(load, decide).await
    }
}
