//! The CMP: what is its own, and [`CmpBackend`].

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aid_backend::{
    cmp::{CmpBackend, CmpOptions, CmpPorts, FederationView, MspPartner, VehiclePort},
    engine::Engine,
    store::BoxStore,
};
use aid_procedures::{
    Timestamp,
    cmp::{Alarm, Event, Federation, Log, TokenState},
};
use aid_types::{ClientId, CmpUserId, Eid, Vin};
use aid2_mqtt::Vehicles;
use aid2_proto::{
    RequestActivationCode, RequestActivationCodeResult,
    session::{NewOrder, OrderKey, Record},
};
use uuid::Uuid;

use crate::{Failed, rest::Rest, story::Story, world::now};

/// The CMP's backend, and what its pages and its staff do with it.
#[derive(Clone)]
pub(crate) struct Cmp(pub(crate) CmpBackend<BoxStore, Ports>);

/// What a CMP brings.
pub(crate) struct Ports {
    story: Arc<Story>,
    pub(crate) msp_id: ClientId,
    msp: MspPartner,
    pub(crate) road: Road,
    known: Mutex<Known>,
}

/// The database of vehicles and users, and what the people on call were told.
#[derive(Default)]
struct Known {
    vehicles: HashMap<Vin, Eid>,
    users: HashSet<CmpUserId>,
    alarms: Vec<Alarm>,
}

impl Ports {
    pub(crate) fn new(story: Arc<Story>, rest: Arc<Rest>, msp_id: ClientId, msp: MspPartner) -> Self {
        let road = Road {
            story: Arc::clone(&story),
            rest,
            vehicles: Vehicles::default(),
        };
        Self {
            story,
            msp_id,
            msp,
            road,
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CmpPorts for Ports {
    type Vehicles = Road;

    fn now(&self) -> Timestamp {
        now()
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn msp(&self, msp: &ClientId) -> Option<&MspPartner> {
        (*msp == self.msp_id).then_some(&self.msp)
    }

    fn vehicles(&self) -> &Road {
        &self.road
    }

    async fn admit(
        &self,
        request: &RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeResult>, &'static str> {
        use RequestActivationCodeResult as R;
        let known = self.known();
        Ok(match known.vehicles.get(&request.request_id.vehicle_id) {
            None => Some(R::UNKNOWN_VIN),
            Some(eid) if *eid != request.eid => Some(R::UNKNOWN_EID),
            Some(_) if !known.users.contains(&request.cmp_user_id) => Some(R::UNKNOWN_USER),
            Some(_) => None,
        })
    }

    fn alarm(&self, _: &FederationView, alarm: &Alarm) {
        self.story.act("CMP", format_args!("alarm: {alarm:?}"));
        self.known().alarms.push(alarm.clone());
    }

    fn log(&self, _: &FederationView, log: &Log) {
        self.story.act("CMP", format_args!("log: {log:?}"));
    }
}

/// The way to the vehicles, and a line for every order.
pub(crate) struct Road {
    story: Arc<Story>,
    rest: Arc<Rest>,
    pub(crate) vehicles: Vehicles,
}

impl VehiclePort for Road {
    async fn send(&self, order: NewOrder) -> Result<(), &'static str> {
        let OrderKey { vin, name, .. } = order.key;
        let offline = match self.rest.is_online(vin) {
            true => "",
            false => " [out of reach, stays ordered]",
        };
        self.story.message("CMP", vin.as_str(), format_args!("{name}{offline}"));
        self.vehicles.send(order).await
    }

    async fn cancel(&self, order: OrderKey) -> Result<(), &'static str> {
        let OrderKey { vin, name, .. } = order;
        self.story.act("CMP", format_args!("takes {name} to {vin} back"));
        self.vehicles.cancel(order).await
    }

    fn due(&self, vin: Vin) {
        self.vehicles.due(vin);
    }
}

impl Cmp {
    pub(crate) fn new(engine: Engine<BoxStore>, ports: Ports, options: CmpOptions) -> Self {
        Self(CmpBackend::new(engine, ports, options))
    }

    /// A new user. What a run before has left of them in the database is gone.
    pub(crate) async fn add_user(&self, user: &str) -> Result<(), Failed> {
        let user: CmpUserId = user.parse()?;
        self.0.erase(&user).await?;
        self.0.ports().known().users.insert(user);
        Ok(())
    }

    pub(crate) fn add_vehicle(&self, vin: Vin, eid: Eid) {
        self.0.ports().known().vehicles.insert(vin, eid);
    }

    /// What the user does at a touchpoint of the CMP.
    pub(crate) async fn wish(&self, user: &str, event: Event) -> Result<(), Failed> {
        let view = self.view(user).await.ok_or("no federation")?;
        Ok(self.0.decide(view.id, event).await?)
    }

    /// What the touchpoint shows the user of the subscription: the phone number.
    pub(crate) async fn phone_number(&self, user: &str) -> Option<String> {
        let number = self.0.phone_number(&self.view(user).await?)?;
        Some(number.as_str().to_owned())
    }

    /// A copy, to look at.
    pub(crate) async fn federation(&self, user: &str) -> Option<Federation> {
        Some(self.view(user).await?.federation)
    }

    /// What the people on call were told.
    pub(crate) fn alarms(&self) -> Vec<Alarm> {
        self.0.ports().known().alarms.clone()
    }

    /// Whether a vehicle has still to do something.
    pub(crate) async fn is_owed_by(&self, vin: Vin) -> bool {
        let found = self.0.record(vin).await.ok().flatten();
        let record = found.and_then(|(_, bytes)| Record::from_bytes(vin, &bytes).ok());
        record.is_some_and(|record| !record.orders().is_empty())
    }

    /// The federation that is in force; else one that is over.
    async fn view(&self, user: &str) -> Option<FederationView> {
        let views = self.0.federations_of(&user.parse().ok()?).await.ok()?;
        let in_force = |view: &FederationView| view.federation.state() != TokenState::Removed;
        views.into_iter().max_by_key(in_force)
    }
}
