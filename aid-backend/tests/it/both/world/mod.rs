//! Two processes and a car, and all that is between them.

pub(crate) mod car;
pub(crate) mod cmp;
mod msp;
mod net;
pub(crate) mod releases;
pub(crate) mod story;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use aid_backend::{
    cmp::{CmpBackend, CmpOptions},
    engine::{Engine, NoObserver, Options},
    msp::{MspBackend, MspOptions},
    store::Store,
    test_util::{Fault, Faults, FaultyStore},
};
use aid_procedures::Timestamp;
use aid_types::{ClientId, CmpUserId, Eid, MspToken, Vin};
use aid1_server_traits::{CmpServer, MspServer};
use tokio::time::{Instant, sleep, timeout};

use crate::runtime::Tokio;

pub(crate) type Faulty<S> = FaultyStore<Arc<S>, Life>;
pub(crate) type Cmp<S> = CmpBackend<Faulty<S>, cmp::Ports<S>>;
pub(crate) type Msp<S> = MspBackend<Faulty<S>, msp::Ports<S>>;

/// What a process does wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trouble {
    /// It dies at this operation of its store.
    pub(crate) dies: Option<(u64, Fault)>,
}

/// What the network does wrong.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weather {
    /// Every so many calls the caller hangs up at once.
    pub(crate) hangs_up: Option<u64>,
    /// Every so many calls come twice.
    pub(crate) twice: Option<u64>,
}

pub(crate) struct World<S> {
    pub(crate) start: Instant,
    pub(crate) cmp_store: Arc<S>,
    pub(crate) msp_store: Arc<S>,
    pub(crate) weather: Weather,
    cmp: Mutex<Option<Process<Cmp<S>>>>,
    msp: Mutex<Option<Process<Msp<S>>>>,
    /// Nobody answers there.
    pub(crate) msp_away: AtomicBool,
    pub(crate) calls: AtomicU64,
    /// The ids of the attempts of each call, by path and body.
    pub(crate) ids: Mutex<BTreeMap<String, BTreeSet<String>>>,
    /// The calls, and the trace that each said it belongs to.
    pub(crate) traces: Mutex<Vec<(String, car::Trace)>>,
    /// What was called, and what was done, in order.
    pub(crate) told: Mutex<Vec<String>>,
    pub(crate) prepared: Mutex<Vec<(aid_types::ActivationCodeRequestId, aid_types::Iccid)>>,
    pub(crate) car: car::Car,
}

/// A process; dead once its store has failed.
struct Process<B> {
    backend: B,
    life: Life,
}

/// For how long what is over is kept.
pub(crate) const PURGE: Duration = Duration::from_secs(1800);

pub(crate) fn user() -> CmpUserId {
    "customer-4711".parse().unwrap()
}

pub(crate) fn vin() -> Vin {
    "WBAUX11030A334483".parse().unwrap()
}

pub(crate) fn eid() -> Eid {
    "89049032000001000000000831934057".parse().unwrap()
}

pub(crate) fn token() -> MspToken {
    "25bca1e2-338f-11d6-ac61-9e71138fd521".parse().unwrap()
}

pub(crate) fn client_id(id: &str) -> ClientId {
    id.parse().unwrap()
}

/// Of a process: until its store fails, and for ever after it is dead.
#[derive(Clone, Default)]
pub(crate) struct Life {
    trouble: Trouble,
    dead: Arc<AtomicBool>,
    operations: Arc<AtomicU64>,
}

impl Faults for Life {
    fn fault(&self, number: u64) -> Option<Fault> {
        self.operations.store(number, Ordering::SeqCst);
        if self.is_dead() {
            return Some(Fault::Before);
        }
        let fault = self.trouble.dies.filter(|(at, _)| *at == number);
        self.dead.store(fault.is_some(), Ordering::SeqCst);
        fault.map(|(_, fault)| fault)
    }
}

impl Life {
    fn new(trouble: Trouble) -> Self {
        Self {
            trouble,
            ..Self::default()
        }
    }

    fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }
}

fn engine<S: Store>(store: Faulty<S>) -> Engine<Faulty<S>> {
    let mut options = Options::default();
    options.poll = Duration::from_millis(200);
    options.retry = Duration::from_millis(20);
    options.max_retry = Duration::from_millis(500);
    options.lease = Duration::from_secs(4);
    options.execution_timeout = Duration::from_secs(2);
    Engine::new(store, Tokio, NoObserver, options, 1)
}

impl<S: Store> World<S> {
    pub(crate) fn new(cmp_store: S, msp_store: S, weather: Weather) -> Arc<Self> {
        Arc::new(Self {
            start: Instant::now(),
            cmp_store: Arc::new(cmp_store),
            msp_store: Arc::new(msp_store),
            weather,
            cmp: Mutex::default(),
            msp: Mutex::default(),
            msp_away: AtomicBool::new(false),
            calls: AtomicU64::new(0),
            ids: Mutex::default(),
            traces: Mutex::default(),
            told: Mutex::default(),
            prepared: Mutex::default(),
            car: car::Car::default(),
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_700_000_000 + self.start.elapsed().as_secs())
    }

    pub(crate) fn tell(&self, what: impl Into<String>) {
        self.told.lock().unwrap().push(what.into());
    }

    pub(crate) fn told(&self) -> Vec<String> {
        self.told.lock().unwrap().clone()
    }

    pub(crate) fn cmp(&self) -> Cmp<S> {
        self.cmp.lock().unwrap().as_ref().unwrap().backend.clone()
    }

    pub(crate) fn msp(&self) -> Msp<S> {
        self.msp.lock().unwrap().as_ref().unwrap().backend.clone()
    }

    /// How many operations the stores have done for the present processes.
    pub(crate) fn operations(&self) -> (u64, u64) {
        let count = |life: &Life| life.operations.load(Ordering::SeqCst);
        let cmp = count(&self.cmp.lock().unwrap().as_ref().unwrap().life);
        (cmp, count(&self.msp.lock().unwrap().as_ref().unwrap().life))
    }

    fn start_cmp(self: &Arc<Self>, trouble: Trouble) {
        let life = Life::new(trouble);
        let store = FaultyStore::new(Arc::clone(&self.cmp_store), life.clone());
        let ports = cmp::Ports::new(self);
        let mut options = CmpOptions::default();
        options.purge = PURGE;
        let backend = CmpBackend::new(engine(store), ports, options);
        drop(backend.start());
        *self.cmp.lock().unwrap() = Some(Process { backend, life });
    }

    fn start_msp(self: &Arc<Self>, trouble: Trouble) {
        let life = Life::new(trouble);
        let store = FaultyStore::new(Arc::clone(&self.msp_store), life.clone());
        let mut options = MspOptions::default();
        options.caller_gone = Duration::from_secs(2);
        options.purge = PURGE;
        let backend = MspBackend::new(engine(store), msp::Ports::new(self), options);
        drop(backend.start());
        *self.msp.lock().unwrap() = Some(Process { backend, life });
    }

    /// Starts both, and whoever dies once more.
    pub(crate) fn run(self: &Arc<Self>, cmp: Trouble, msp: Trouble) {
        self.run_without_car(cmp, msp);
        tokio::spawn(car::drive(Arc::clone(self)));
    }

    pub(crate) fn run_without_car(self: &Arc<Self>, cmp: Trouble, msp: Trouble) {
        self.start_cmp(cmp);
        self.start_msp(msp);
        let world = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                sleep(Duration::from_millis(50)).await;
                let dead = world.cmp.lock().unwrap().as_ref().unwrap().life.is_dead();
                if dead {
                    world.start_cmp(Trouble::default());
                }
                let dead = world.msp.lock().unwrap().as_ref().unwrap().life.is_dead();
                if dead {
                    world.start_msp(Trouble::default());
                }
            }
        });
    }

    pub(crate) fn cmp_server(&self) -> CmpServer<Cmp<S>> {
        CmpServer::new(self.cmp(), net::accepts("msp1"))
    }

    pub(crate) fn msp_server(&self) -> MspServer<Msp<S>> {
        MspServer::new(self.msp(), net::accepts("cmp1"))
    }
}

/// Waits until something is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let waiting = async {
        while !is_so().await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    assert!(
        timeout(Duration::from_secs(600), waiting).await.is_ok(),
        "never: {what}"
    );
}
