//! The CMP: what is its own, and [`CmpBackend`].

use std::{
    collections::{HashMap, HashSet, VecDeque},
    fmt,
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

use crate::{Audience, Failed, now::now};

/// Alarms that are kept to be looked at.
const ALARMS: usize = 64;

/// The CMP's backend, and what its pages and its staff do with it. Clones share it.
#[derive(Debug, Clone)]
pub struct Cmp(CmpBackend<BoxStore, CmpStage>);

/// What this CMP brings.
pub struct CmpStage {
    audience: Arc<dyn Audience>,
    msp_id: ClientId,
    msp: MspPartner,
    road: Road,
    known: Mutex<Known>,
}

impl fmt::Debug for CmpStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CmpStage")
            .field("msp_id", &self.msp_id)
            .finish_non_exhaustive()
    }
}

/// The database of vehicles and users, and what the people on call were told.
#[derive(Default)]
struct Known {
    vehicles: HashMap<Vin, Eid>,
    users: HashSet<CmpUserId>,
    /// The latest.
    alarms: VecDeque<Alarm>,
}

impl CmpStage {
    pub(crate) fn new(audience: Arc<dyn Audience>, msp_id: ClientId, msp: MspPartner) -> Self {
        let road = Road {
            audience: Arc::clone(&audience),
            vehicles: Vehicles::default(),
        };
        Self {
            audience,
            msp_id,
            msp,
            road,
            known: Mutex::default(),
        }
    }

    /// The only MSP: its client-id at the CMP's server.
    #[must_use]
    pub const fn msp_id(&self) -> &ClientId {
        &self.msp_id
    }

    /// The link to the vehicles.
    pub(crate) const fn link(&self) -> &Vehicles {
        &self.road.vehicles
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CmpPorts for CmpStage {
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
        self.audience.act("CMP", &format_args!("alarm: {alarm:?}"));
        let mut known = self.known();
        if known.alarms.len() == ALARMS {
            known.alarms.pop_front();
        }
        known.alarms.push_back(alarm.clone());
    }

    fn log(&self, _: &FederationView, log: &Log) {
        self.audience.act("CMP", &format_args!("log: {log:?}"));
    }
}

/// The way to the vehicles, and a line for every order.
pub struct Road {
    audience: Arc<dyn Audience>,
    vehicles: Vehicles,
}

impl fmt::Debug for Road {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Road")
    }
}

impl VehiclePort for Road {
    async fn send(&self, order: NewOrder) -> Result<(), &'static str> {
        let OrderKey { vin, name, .. } = order.key;
        self.audience.message("CMP", vin.as_str(), &name);
        self.vehicles.send(order).await
    }

    async fn cancel(&self, order: OrderKey) -> Result<(), &'static str> {
        let OrderKey { vin, name, .. } = order;
        self.audience.act("CMP", &format_args!("takes {name} to {vin} back"));
        self.vehicles.cancel(order).await
    }

    fn due(&self, vin: Vin) {
        self.vehicles.due(vin);
    }
}

impl Cmp {
    pub(crate) fn new(engine: Engine<BoxStore>, stage: CmpStage, options: CmpOptions) -> Self {
        Self(CmpBackend::new(engine, stage, options))
    }

    /// The backend itself.
    #[must_use]
    pub const fn backend(&self) -> &CmpBackend<BoxStore, CmpStage> {
        &self.0
    }

    /// The CMP has this user.
    pub fn add_user(&self, user: CmpUserId) {
        self.0.ports().known().users.insert(user);
    }

    /// The CMP has this vehicle, with this eUICC.
    pub fn add_vehicle(&self, vin: Vin, eid: Eid) {
        self.0.ports().known().vehicles.insert(vin, eid);
    }

    /// What the user does at a touchpoint of the CMP.
    ///
    /// # Errors
    ///
    /// If there is no federation, or as [`CmpBackend::decide`].
    pub async fn wish(&self, user: &str, event: Event) -> Result<(), Failed> {
        let view = self.view(user).await.ok_or("no federation")?;
        Ok(self.0.decide(view.id, event).await?)
    }

    /// What the touchpoint shows the user of the subscription: the phone number.
    pub async fn phone_number(&self, user: &str) -> Option<String> {
        let number = self.0.phone_number(&self.view(user).await?)?;
        Some(number.as_str().to_owned())
    }

    /// A copy of the user's federation, to look at: of the one that is in force, or else of one that is over.
    pub async fn federation(&self, user: &str) -> Option<Federation> {
        Some(self.view(user).await?.federation)
    }

    /// What the people on call were told, the latest last: some dozens.
    #[must_use]
    pub fn alarms(&self) -> Vec<Alarm> {
        self.0.ports().known().alarms.iter().cloned().collect()
    }

    /// Whether a vehicle has still to do something.
    pub async fn is_owed_by(&self, vin: Vin) -> bool {
        let found = self.0.record(vin).await.ok().flatten();
        let record = found.and_then(|(_, bytes)| Record::from_bytes(vin, &bytes).ok());
        record.is_some_and(|record| !record.orders().is_empty())
    }

    async fn view(&self, user: &str) -> Option<FederationView> {
        let views = self.0.federations_of(&user.parse().ok()?).await.ok()?;
        let in_force = |view: &FederationView| view.federation.state() != TokenState::Removed;
        views.into_iter().max_by_key(in_force)
    }
}
