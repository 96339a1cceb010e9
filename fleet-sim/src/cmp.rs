//! The CMP: the real backend over a store in memory, and what everybody can see of its federations.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use account_id::{SecretKey, Verifier};
use aid_backend::{
    cmp::{CmpBackend, CmpOptions, CmpPorts, FederationId, FederationView, MspPartner, VehiclePort},
    engine::Workers,
    store::{Key, Load, MemoryStore, Name, Save, Store as _, Unit},
};
use aid_procedures::{
    Timestamp,
    cmp::{Alarm, Effect, Event, Federation},
};
use aid_types::{
    AccountId, ClientId, Leniency, MspToken, Refusal, Vin,
    redirect::{RedirectPolicy, RedirectToMspContent},
};
use aid1_client::MspClient;
use aid2_proto::{
    RequestActivationCode, RequestActivationCodeResult,
    session::{NewOrder, OrderKey},
};
use bytes::Bytes;
use futures_util::FutureExt as _;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Fault,
    calls::{self, HeardByCmp},
    clock::Wall,
    host::{Desk, Host, Want},
    kept::Kept,
    names,
    party::{Party, Process},
    watch::Watch,
    world::World,
};

pub(crate) type Backend = CmpBackend<Kept, Ports>;

#[derive(Debug)]
pub(crate) struct Cmp {
    pub(crate) process: Process,
    pub(crate) wall: Wall,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) host: Host,
    pub(crate) backend: Option<Backend>,
    workers: Option<Workers>,
    pub(crate) federations: Vec<Row>,
    pub(crate) tokens: HashMap<MspToken, usize>,
    /// The federation and the session of each account_id.
    pub(crate) onboardings: Vec<(usize, Uuid)>,
}

/// What everybody can see of a federation: what its store held last, and what the world remembers of it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: FederationId,
    pub(crate) user: usize,
    pub(crate) federation: Federation,
    pub(crate) watch: Watch,
}

/// The federation in a record.
#[derive(Deserialize)]
pub(crate) struct SavedFederation {
    pub(crate) id: FederationId,
    pub(crate) federation: Federation,
}

/// What waits in a lane.
#[derive(Deserialize)]
pub(crate) struct Waiting<E> {
    pub(crate) effect: E,
}

/// What the sources of the backends wrote, they can read.
pub(crate) fn saved<T: DeserializeOwned>(bytes: &Bytes) -> T {
    serde_json::from_slice(bytes).unwrap()
}

impl Cmp {
    pub(crate) fn new(wall: Wall) -> Self {
        Self {
            process: Process::default(),
            store: Arc::new(wall.store()),
            wall,
            host: Host::default(),
            backend: None,
            workers: None,
            federations: Vec::new(),
            tokens: HashMap::new(),
            onboardings: Vec::new(),
        }
    }
}

/// What a store in memory answers is there at once.
pub(crate) fn now<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().unwrap()
}

/// What the MSPs and the CMP have agreed on.
pub(crate) fn secret() -> SecretKey {
    SecretKey::from_text("the msp-specific secret of both sides").unwrap()
}

// ---- what a process of the CMP brings -------------------------------------------------------------------------------

pub(crate) struct Ports {
    wall: Wall,
    partners: BTreeMap<ClientId, MspPartner>,
    road: Road,
}

pub(crate) struct Road(Desk);

impl VehiclePort for Road {
    async fn send(&self, order: NewOrder) -> Result<(), &'static str> {
        taken(self.0.ask(|answer| Want::Order(order, answer)).await)
    }

    async fn cancel(&self, order: OrderKey) -> Result<(), &'static str> {
        taken(self.0.ask(|answer| Want::Cancel(order, answer)).await)
    }

    fn due(&self, vin: Vin) {
        self.0.want(Want::Look(vin));
    }
}

fn taken(stored: Option<bool>) -> Result<(), &'static str> {
    stored.filter(|stored| *stored).map(drop).ok_or("no instance stored it")
}

impl CmpPorts for Ports {
    type Vehicles = Road;

    fn now(&self) -> Timestamp {
        self.wall.timestamp()
    }

    fn fresh_id(&self) -> Uuid {
        self.wall.fresh_id()
    }

    fn msp(&self, msp: &ClientId) -> Option<&MspPartner> {
        self.partners.get(msp)
    }

    fn vehicles(&self) -> &Road {
        &self.road
    }

    async fn admit(&self, _: &RequestActivationCode) -> Result<Option<RequestActivationCodeResult>, &'static str> {
        Ok(None)
    }

    /// Seen where it is stored.
    fn alarm(&self, _: &FederationView, _: &Alarm) {}
}

impl World {
    /// A backend of a process of the CMP, which has `desk`.
    pub(crate) fn cmp_backend(&self, party: Party, desk: &Desk) -> Backend {
        let wall = self.wall_of(party);
        let partner = |msp: usize| {
            let client = MspClient::new(
                calls::Way(desk.clone()),
                calls::endpoint("cmp", &format!("msp-{msp}")),
                calls::timer(desk),
                wall.ids(),
            );
            let partner = MspPartner::new(
                client,
                Verifier::new(secret()),
                "https://msp.example/".parse().unwrap(),
                RedirectPolicy::to_msp(),
                names::cipher(),
            );
            (format!("msp-{msp}").parse().unwrap(), partner)
        };
        let ports = Ports {
            partners: (0..self.options.msps).map(partner).collect(),
            road: Road(desk.clone()),
            wall: wall.clone(),
        };
        let engine = self.engine(party, &self.cmp.store, desk);
        CmpBackend::new(engine, ports, CmpOptions::default())
    }

    pub(crate) fn cmp_starts(&mut self) {
        let host = Host::default();
        let backend = self.cmp_backend(Party::Cmp, &host.desk);
        self.cmp.workers = Some(backend.start());
        self.cmp.backend = Some(backend);
        self.cmp.host = host;
    }

    pub(crate) fn crash_cmp(&mut self) {
        self.cmp.workers = None;
        self.cmp.backend = None;
        self.cmp.host = Host::default();
        if self.has(Fault::DeleteOrderLostOnCrash) {
            self.lose_delete_orders();
        }
    }

    /// The store has them no more, where the CMP is out of order.
    fn lose_delete_orders(&self) {
        for row in &self.cmp.federations {
            let key = Key::try_from(format!("federation/{}", row.id).as_str()).unwrap();
            let Ok(snapshot) = now(self.cmp.store.load(Load::keys([key.clone()]))) else {
                continue;
            };
            let loaded = &snapshot.aggregates[0];
            let Some(state) = &loaded.state else { continue };
            let mut json: Value = saved(state);
            for profile in json["federation"]["profiles"].as_array_mut().into_iter().flatten() {
                if profile["state"] == "DeleteOrdered" {
                    profile["state"] = "Disabled".into();
                    profile["deletion"] = Value::Null;
                }
            }
            let mut save = Save::new(key, loaded.version, json.to_string());
            let name = |key: aid_procedures::Key| Name::try_from(format!("{}/{}", key.kind(), key.value()).as_str());
            save.names = row.federation.keys().map(|key| name(key).unwrap()).collect();
            let _ = now(self.cmp.store.commit(Unit::default().save(save)));
        }
    }

    // ---- what it is asked ---------------------------------------------------------------------------------------------

    /// The user's latest federation.
    pub(crate) fn federation_of(&self, user: usize) -> Option<usize> {
        self.cmp.federations.iter().rposition(|row| row.user == user)
    }

    /// A wish about a federation. `None` if the process died over it, or is down.
    pub(crate) fn federation(&mut self, f: usize, event: Event) -> Option<Result<(), Refusal>> {
        let (backend, id) = (self.cmp.backend.clone()?, self.cmp.federations[f].id);
        let outcome = self.ask(Party::Cmp, async move { backend.decide(id, event).await })?;
        Some(outcome.map_err(calls::refused))
    }

    /// The user opens an onboarding; its account_id. `None` if nothing came of it.
    pub(crate) fn open_session(&mut self, user: usize, msp: usize) -> Option<AccountId> {
        let backend = self.cmp.backend.clone()?;
        let asked = async move {
            let msp = format!("msp-{msp}").parse().unwrap();
            backend
                .onboard(names::user(user), &msp, None, "https://cmp.example/done")
                .await
        };
        let onboarding = self.ask(Party::Cmp, asked)?.ok()?;
        let f = self
            .cmp
            .federations
            .iter()
            .position(|row| row.id == onboarding.federation)?;
        self.cmp.onboardings.push((f, onboarding.sid));
        let arrived = RedirectToMspContent::parse_url(&onboarding.url, Leniency::Field);
        Some(arrived.unwrap().value.account_id().clone())
    }

    // ---- what is stored -----------------------------------------------------------------------------------------------

    /// A process of the CMP has stored something.
    pub(crate) fn cmp_stored(&mut self, unit: &Unit) {
        for save in unit.saves.iter().filter(|save| save.key.kind() == "federation") {
            self.federation_stored(save, unit);
        }
    }

    fn federation_stored(&mut self, save: &Save, unit: &Unit) {
        let Some(state) = &save.state else { return };
        let SavedFederation { id, federation } = saved(state);
        let f = match self.cmp.federations.iter().position(|row| row.id == id) {
            Some(f) => f,
            None => {
                self.cmp.federations.push(Row {
                    id,
                    user: names::user_number(federation.cmp_user_id()),
                    federation: Federation::new(federation.cmp_user_id().clone(), federation.options().clone()),
                    watch: Watch::default(),
                });
                self.cmp.federations.len() - 1
            }
        };
        if let Some(token) = federation.msp_token() {
            self.cmp.tokens.insert(*token, f);
        }
        let of_federation = unit
            .effects
            .iter()
            .filter(|effect| effect.lane.owner() == save.key.as_str());
        let effects: Vec<Effect> = of_federation
            .map(|effect| saved::<Waiting<Effect>>(&effect.body).effect)
            .collect();
        let row = &mut self.cmp.federations[f];
        let offered = row.watch.candidates(&row.federation);
        row.federation = federation;
        self.watch_federation(f, &offered, &effects);
        for effect in &effects {
            self.federation_wants(f, effect);
        }
    }

    fn federation_wants(&mut self, f: usize, effect: &Effect) {
        match effect {
            Effect::SendToVehicle(message) => {
                self.watch_sequence(f, message);
                self.note(|| format!("    CMP orders: {}", crate::text::to_vehicle(f, message)));
            }
            Effect::CancelOrder { request_id, order, .. } => {
                self.cancelled.extend(OrderKey::new(order.name(), *request_id));
            }
            Effect::CallMsp { msp_token, call, .. } => {
                self.note(|| format!("    CMP calls: {}", crate::text::msp_call(msp_token, call)));
            }
            Effect::Alarm(alarm) => {
                if let Alarm::UnknownProfile { iccid, eid } = alarm {
                    self.cmp.federations[f].watch.unknown.push((*iccid, *eid));
                }
                self.note(|| format!("    CMP alarm for federation {f}: {alarm:?}"));
            }
            _ => {}
        }
    }

    /// The server of the CMP.
    pub(crate) fn cmp_server(&self) -> Option<aid1_server_traits::CmpServer<HeardByCmp>> {
        let api = HeardByCmp {
            backend: self.cmp.backend.clone()?,
            desk: self.cmp.host.desk.clone(),
            fault: self.options.fault,
        };
        let msps: Vec<String> = (0..self.options.msps).map(|msp| format!("msp-{msp}")).collect();
        Some(aid1_server_traits::CmpServer::new(api, calls::accepts(&msps)))
    }
}
