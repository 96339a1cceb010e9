//! A vehicle: [`VehicleService`] with an LPA, and a user who gets in and out.

use std::{
    fmt::Display,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aid_types::{Eid, Iccid, Vin};
use aid_vehicle::{ListedProfile, Lpa as _, Notice, Observer, Options, SoftwareEuicc, VehicleService};
use aid2_mqtt::{FileStore, LinkOptions, MemoryStore};
use aid2_proto::CsimErrorCode;
use tokio::{task::JoinHandle, time::timeout};

use crate::{
    Failed,
    broker::{Broker, PATIENCE},
    lpa::CarLpa,
    rest::Rest,
    smdp::Smdp,
    story::Story,
};

pub(crate) struct Car {
    vin: Vin,
    eid: Eid,
    story: Arc<Story>,
    rest: Arc<Rest>,
    broker: Arc<Broker>,
    lpa: CarLpa,
    /// While it is in reach.
    running: Mutex<Option<Running>>,
}

struct Running {
    vehicle: VehicleService,
    runner: JoinHandle<()>,
}

impl Car {
    pub(crate) async fn new(
        vin: Vin,
        eid: Eid,
        story: Arc<Story>,
        rest: Arc<Rest>,
        broker: Arc<Broker>,
        smdp: Arc<Smdp>,
    ) -> Result<Self, Failed> {
        let lpa = CarLpa {
            vin,
            eid,
            story: Arc::clone(&story),
            rest: Arc::clone(&rest),
            smdp,
            // It outlives the vehicle's software, if not this run.
            euicc: SoftwareEuicc::open(MemoryStore::new()).await?,
            fault: Arc::default(),
        };
        Ok(Self {
            vin,
            eid,
            story,
            rest,
            broker,
            lpa,
            running: Mutex::default(),
        })
    }

    /// The vehicle's software begins, with what is on disk: what waited is sent, on both sides.
    pub(crate) async fn connect(&self) -> Result<(), Failed> {
        let (broker, vin) = (&self.broker, self.vin.as_str());
        let mut link = LinkOptions::vehicle(broker.url.clone(), broker.tls(vin)?);
        let rest = Arc::clone(&self.rest);
        let connected = Broker::tune(&mut link, &self.story, vin, move |notice| rest.told_by_vehicle(notice));
        let mut options = Options::new(link);
        let (story, rest, name) = (Arc::clone(&self.story), Arc::clone(&self.rest), self.vin);
        options.observer = Observer::new(move |notice| {
            rest.stir();
            match notice {
                Notice::Log(log) => story.act(name.as_str(), format_args!("log: {log:?}")),
                other => story.act(name.as_str(), format_args!("{other:?}")),
            }
        });
        self.rest.set_online(self.vin, true);
        let store = FileStore::open(broker.file(vin))?;
        let (vehicle, runner) = VehicleService::open(options, self.vin, self.eid, store, self.lpa.clone()).await?;
        let runner = tokio::spawn(runner.run());
        let up = timeout(PATIENCE, connected.notified()).await;
        up.map_err(|_| "the vehicle does not reach the broker")?;
        *self.running() = Some(Running { vehicle, runner });
        self.act("is in reach");
        Ok(())
    }

    /// It is parked out of reach, and its software ends. Nothing is left but what is on disk.
    pub(crate) async fn disconnect(&self) {
        self.act("is out of reach");
        self.stop().await;
    }

    pub(crate) async fn stop(&self) {
        self.rest.set_online(self.vin, false);
        let running = self.running().take();
        if let Some(Running { vehicle, mut runner }) = running {
            vehicle.close();
            if timeout(PATIENCE, &mut runner).await.is_err() {
                runner.abort();
            }
        }
    }

    pub(crate) async fn login(&self, user: &str) -> Result<(), Failed> {
        self.story.message(user, self.vin.as_str(), "Login");
        self.rest.stir();
        Ok(self.vehicle()?.login(user.parse()?).await?)
    }

    pub(crate) async fn logout(&self, user: &str) -> Result<(), Failed> {
        self.story.message(user, self.vin.as_str(), "Logout");
        self.rest.stir();
        Ok(self.vehicle()?.logout().await?)
    }

    pub(crate) const fn vin(&self) -> Vin {
        self.vin
    }

    pub(crate) const fn eid(&self) -> Eid {
        self.eid
    }

    /// Enabling fails, once.
    pub(crate) fn break_enable(&self, fault: CsimErrorCode) {
        *self.lpa.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// Whether the vehicle knows no profile of this user.
    pub(crate) fn profile_free_of(&self, user: &str) -> bool {
        let profiles = self.vehicle().map(|vehicle| vehicle.profiles()).unwrap_or_default();
        let of_user = |profile: &aid_vehicle::Profile| profile.cmp_user_id().is_some_and(|id| id.as_str() == user);
        !profiles.iter().any(of_user)
    }

    /// What is on the eUICC.
    pub(crate) async fn profiles(&self) -> Vec<ListedProfile> {
        self.lpa.list().await.unwrap_or_default()
    }

    pub(crate) async fn holds(&self, iccid: &Iccid) -> bool {
        self.profiles().await.iter().any(|profile| profile.iccid == *iccid)
    }

    pub(crate) async fn enabled(&self) -> Option<Iccid> {
        let profiles = self.profiles().await;
        profiles
            .iter()
            .find(|profile| profile.enabled)
            .map(|profile| profile.iccid)
    }

    /// Whether it has still something to say, and could.
    pub(crate) fn is_busy(&self) -> bool {
        self.vehicle().is_ok_and(|vehicle| vehicle.waiting() > 0)
    }

    fn vehicle(&self) -> Result<VehicleService, &'static str> {
        let running = self.running();
        let vehicle = running.as_ref().map(|running| running.vehicle.clone());
        vehicle.ok_or("the vehicle is out of reach")
    }

    fn act(&self, act: impl Display) {
        self.story.act(self.vin.as_str(), act);
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
