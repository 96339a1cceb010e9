//! A vehicle: [`VehicleService`] with an LPA, and a user who gets in and out.

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aid_types::{CmpUserId, Eid, Iccid, Vin};
use aid_vehicle::{ListedProfile, Lpa as _, Notice, Observer, Options, Profile, SoftwareEuicc, VehicleService};
use aid2_mqtt::{BrokerUrl, FileStore, LinkOptions};
use aid2_proto::CsimErrorCode;
use tokio::{task::JoinHandle, time::timeout};

use crate::{Audience, Broker, Failed, Smdp, broker::PATIENCE, lpa::CarLpa};

/// What a car is built of.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Telematics {
    /// Names the eUICC.
    pub eid: Eid,
    /// It outlives the vehicle's software.
    pub euicc: SoftwareEuicc,
    /// Where the vehicle's software keeps its state.
    pub file: PathBuf,
}

impl Telematics {
    /// A telematics unit with this eUICC.
    #[must_use]
    pub const fn new(eid: Eid, euicc: SoftwareEuicc, file: PathBuf) -> Self {
        Self { eid, euicc, file }
    }
}

/// A vehicle on the road.
pub struct Car {
    vin: Vin,
    audience: Arc<dyn Audience>,
    broker: Arc<Broker>,
    url: BrokerUrl,
    smdp: Arc<Smdp>,
    /// Time-outs of the procedures.
    options: aid_procedures::vehicle::Options,
    /// The next enable command fails with this status word.
    fault: Arc<Mutex<Option<CsimErrorCode>>>,
    telematics: Mutex<Telematics>,
    /// While its software runs.
    running: Mutex<Option<Running>>,
}

struct Running {
    vehicle: VehicleService,
    runner: JoinHandle<()>,
}

impl fmt::Debug for Car {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Car").field("vin", &self.vin).finish_non_exhaustive()
    }
}

impl Car {
    /// A car that is parked out of reach.
    #[must_use]
    pub fn new(
        vin: Vin,
        telematics: Telematics,
        audience: Arc<dyn Audience>,
        broker: Arc<Broker>,
        smdp: Arc<Smdp>,
    ) -> Self {
        Self {
            vin,
            audience,
            url: broker.url().clone(),
            broker,
            smdp,
            options: aid_procedures::vehicle::Options::default(),
            fault: Arc::default(),
            telematics: Mutex::new(telematics),
            running: Mutex::default(),
        }
    }

    /// It reaches the broker by another way, which may end.
    #[must_use]
    pub fn by_way_of(mut self, url: BrokerUrl) -> Self {
        self.url = url;
        self
    }

    /// It has the patience of its users with its eUICC: so many seconds.
    #[must_use]
    pub fn lpa_timeout(mut self, seconds: u64) -> Self {
        (self.options.lpa_timeout, self.options.download_timeout) = (seconds, seconds);
        self
    }

    /// The vehicle's software begins, with what is on disk: what waited is sent, on both sides.
    ///
    /// # Errors
    ///
    /// If its store cannot be read, or if it does not reach the broker within [`PATIENCE`].
    pub async fn connect(&self) -> Result<(), Failed> {
        let vin = self.vin.as_str();
        let mut link = LinkOptions::vehicle(self.url.clone(), self.broker.tls(vin)?);
        let audience = Arc::clone(&self.audience);
        let observe = move |notice: &_| audience.told_by_vehicle(notice);
        let connected = Broker::tune(&mut link, &self.audience, vin, observe);
        let mut options = Options::new(link);
        options.procedures = self.options;
        let (audience, name) = (Arc::clone(&self.audience), self.vin);
        options.observer = Observer::new(move |notice| {
            audience.stir();
            match notice {
                Notice::Log(log) => audience.act(name.as_str(), &format_args!("log: {log:?}")),
                other => audience.act(name.as_str(), &format_args!("{other:?}")),
            }
        });
        self.audience.in_reach(self.vin, true);
        let Telematics { eid, file, .. } = self.telematics().clone();
        let store = FileStore::open(file)?;
        let (vehicle, runner) = VehicleService::open(options, self.vin, eid, store, self.lpa()).await?;
        let runner = tokio::spawn(runner.run());
        *self.running() = Some(Running { vehicle, runner });
        if timeout(PATIENCE, connected.notified()).await.is_err() {
            self.stop().await;
            return Err("the vehicle does not reach the broker".into());
        }
        self.audience.act(vin, &"is in reach");
        Ok(())
    }

    /// It is parked out of reach, and its software ends. Nothing is left but what is on disk.
    pub async fn disconnect(&self) {
        self.audience.act(self.vin.as_str(), &"is out of reach");
        self.stop().await;
    }

    /// Its software ends.
    pub async fn stop(&self) {
        self.audience.in_reach(self.vin, false);
        let running = self.running().take();
        if let Some(Running { vehicle, mut runner }) = running {
            vehicle.close();
            if timeout(PATIENCE, &mut runner).await.is_err() {
                runner.abort();
            }
        }
    }

    /// A workshop builds in another telematics unit: software and eUICC are new.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn exchange(&self, telematics: Telematics) -> Result<(), Failed> {
        self.disconnect().await;
        *self.telematics() = telematics;
        self.connect().await
    }

    /// A user gets in.
    ///
    /// # Errors
    ///
    /// If the software does not run, the user cannot be named so, or the store fails.
    pub async fn login(&self, user: &str) -> Result<(), Failed> {
        self.audience.message(user, self.vin.as_str(), &"Login");
        self.audience.stir();
        Ok(self.vehicle()?.login(user.parse()?).await?)
    }

    /// And out.
    ///
    /// # Errors
    ///
    /// As [`login`](Self::login).
    pub async fn logout(&self, user: &str) -> Result<(), Failed> {
        self.audience.message(user, self.vin.as_str(), &"Logout");
        self.audience.stir();
        Ok(self.vehicle()?.logout().await?)
    }

    /// Which car.
    #[must_use]
    pub const fn vin(&self) -> Vin {
        self.vin
    }

    /// Its eUICC.
    #[must_use]
    pub fn eid(&self) -> Eid {
        self.telematics().eid
    }

    /// Its eUICC, to put faults into.
    #[must_use]
    pub fn euicc(&self) -> SoftwareEuicc {
        self.telematics().euicc.clone()
    }

    /// Enabling fails, once.
    pub fn break_enable(&self, fault: CsimErrorCode) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// Who is logged in.
    #[must_use]
    pub fn logged_in(&self) -> Option<CmpUserId> {
        self.vehicle().ok()?.logged_in()
    }

    /// The profiles that the vehicle knows of, those under way included.
    #[must_use]
    pub fn known_profiles(&self) -> Vec<Profile> {
        self.vehicle().map(|vehicle| vehicle.profiles()).unwrap_or_default()
    }

    /// Whether the vehicle knows no profile of this user.
    #[must_use]
    pub fn profile_free_of(&self, user: &str) -> bool {
        let of_user = |profile: &Profile| profile.cmp_user_id().is_some_and(|id| id.as_str() == user);
        !self.known_profiles().iter().any(of_user)
    }

    /// What is on the eUICC.
    pub async fn profiles(&self) -> Vec<ListedProfile> {
        self.lpa().list().await.unwrap_or_default()
    }

    /// Whether this profile is.
    pub async fn holds(&self, iccid: &Iccid) -> bool {
        self.profiles().await.iter().any(|profile| profile.iccid == *iccid)
    }

    /// Which profile is enabled there.
    pub async fn enabled(&self) -> Option<Iccid> {
        let profiles = self.profiles().await;
        let enabled = profiles.iter().find(|profile| profile.enabled);
        enabled.map(|profile| profile.iccid)
    }

    /// How many messages wait for the broker.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.vehicle().map_or(0, |vehicle| vehicle.waiting())
    }

    /// There is a network again: connects at once.
    pub fn network_available(&self) {
        if let Ok(vehicle) = self.vehicle() {
            vehicle.network_available();
        }
    }

    fn lpa(&self) -> CarLpa {
        let Telematics { eid, euicc, .. } = self.telematics().clone();
        CarLpa {
            vin: self.vin,
            eid,
            audience: Arc::clone(&self.audience),
            smdp: Arc::clone(&self.smdp),
            euicc,
            fault: Arc::clone(&self.fault),
        }
    }

    fn vehicle(&self) -> Result<VehicleService, &'static str> {
        let running = self.running();
        let vehicle = running.as_ref().map(|running| running.vehicle.clone());
        vehicle.ok_or("the vehicle is out of reach")
    }

    fn telematics(&self) -> MutexGuard<'_, Telematics> {
        self.telematics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
