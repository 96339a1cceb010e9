//! An MSP on the engine, with a CMP that answers as a test says.

mod codes;
mod life;
mod saved;

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use aid_backend::{
    engine::{Engine, NoObserver, Options},
    msp::{MspBackend, MspOptions, MspPorts, NotPrepared, Onboarding, PreparedProfile},
    store::{MemoryStore, Store},
    test_util::{Fault, FaultyStore},
};
use aid_procedures::{
    Timestamp,
    msp::{self, Alarm, Log},
};
use aid_types::{
    ActivationCodeRequestId, ClientId, Iccid, IssuedMspToken, MspToken, RequestActivationCode, SubscriptionType,
    http::{
        Credentials, Endpoint,
        http::{Request, Response},
    },
    phone::{EncryptedPhoneNumber, PhoneCiphertext, PhoneIv},
};
use aid1_client::{BoxError, CmpClient, HttpClient};
use aid1_server_traits::{Call, Caller, Means};
use bytes::Bytes;
use tokio::time::{Instant, sleep, sleep_until};
use uuid::Uuid;

use crate::{memory, runtime::Tokio};

pub(crate) const SECOND: Duration = Duration::from_secs(1);
const EID: &str = "89049032000001000000000831934057";

/// What the world around the MSP does, and what it was asked to do.
#[derive(Clone)]
pub(crate) struct World {
    start: Instant,
    /// How long the SM-DP+ takes.
    pub(crate) preparation: Duration,
    /// Whether the CMP answers 503.
    pub(crate) cmp_down: Arc<AtomicBool>,
    /// Whether the store refuses to commit.
    pub(crate) store_down: Arc<AtomicBool>,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
    /// The ids of every attempt to call the CMP.
    pub(crate) ids: Arc<Mutex<Vec<String>>>,
    /// When the SM-DP+ began with each request.
    begun: Arc<Mutex<BTreeMap<ActivationCodeRequestId, Instant>>>,
    profiles: Arc<AtomicU64>,
    cmp: CmpClient,
    cmp_id: ClientId,
}

/// The CMP: notes what is called.
struct Cmp {
    ids: Arc<Mutex<Vec<String>>>,
    down: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpClient for Cmp {
    type Error = BoxError;

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let id = |header| request.headers()[header].to_str().unwrap();
        let ids = format!("{} of {}", id("CMP-request-id"), id("correlation-id"));
        self.ids.lock().unwrap().push(ids);
        if self.down.load(Ordering::SeqCst) {
            return Ok(Response::builder().status(503).body(Bytes::new())?);
        }
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap_or_default();
        let told = match (body.get("activationCode"), body.get("msp_token")) {
            (Some(code), _) => format!(
                "Send activation code {}",
                if code.is_null() { "failed" } else { "issued" }
            ),
            (None, Some(_)) => "Send MSP token".to_owned(),
            _ => format!("call {}", request.method()),
        };
        self.asked.lock().unwrap().push(told);
        Ok(Response::builder().status(201).body(Bytes::new())?)
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let (cmp_down, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let ids = Arc::new(Mutex::new(Vec::new()));
        let http = Cmp {
            ids: Arc::clone(&ids),
            down: Arc::clone(&cmp_down),
            asked: Arc::clone(&asked),
        };
        let endpoint = Endpoint::new(
            "https://cmp.example".parse().unwrap(),
            "msp1".parse().unwrap(),
            "cmp1".parse().unwrap(),
            Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap()),
        );
        Self {
            start: Instant::now(),
            preparation: Duration::ZERO,
            cmp_down,
            store_down: Arc::default(),
            asked,
            ids,
            begun: Arc::default(),
            profiles: Arc::default(),
            cmp: CmpClient::new(http, endpoint, sleep, Uuid::new_v4),
            cmp_id: "cmp1".parse().unwrap(),
        }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn ask(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }
}

impl MspPorts for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_700_000_000 + self.start.elapsed().as_secs())
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn cmp(&self, client_id: &ClientId) -> Option<&CmpClient> {
        (*client_id == self.cmp_id).then_some(&self.cmp)
    }

    /// Asked again, it goes on with what it has begun.
    async fn prepare(&self, _: &MspToken, request: &RequestActivationCode) -> Result<PreparedProfile, NotPrepared> {
        self.ask("prepare".to_owned());
        let id = request.activation_code_request_id;
        let begun = *self.begun.lock().unwrap().entry(id).or_insert_with(Instant::now);
        sleep_until(begun + self.preparation).await;
        let number = self.profiles.fetch_add(1, Ordering::SeqCst);
        let iccid = format!("894450080517203{number:04}").parse().unwrap();
        Ok(PreparedProfile::new(iccid, "1$SMDP.EXAMPLE$0A-1B".parse().unwrap()))
    }

    async fn deactivate(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.ask(format!("deactivate {iccid}"));
        Ok(())
    }

    async fn suspend(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.ask(format!("suspend {iccid}"));
        Ok(())
    }

    async fn restore(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.ask(format!("restore {iccid}"));
        Ok(())
    }

    fn alarm(&self, _: &MspToken, alarm: &Alarm) {
        self.ask(format!("alarm {alarm:?}"));
    }

    fn log(&self, _: &MspToken, log: &Log) {
        self.ask(format!("log {log:?}"));
    }
}

type Backend = MspBackend<FaultyStore<MemoryStore, Box<dyn Fn(u64) -> Option<Fault> + Send + Sync>>, World>;

pub(crate) fn backend(world: &World) -> Backend {
    let down = Arc::clone(&world.store_down);
    let fails: Box<dyn Fn(u64) -> Option<Fault> + Send + Sync> =
        Box::new(move |_| down.load(Ordering::SeqCst).then_some(Fault::Before));
    over(world, FaultyStore::new(memory(), fails))
}

/// Another process over the same store.
pub(crate) fn over<S: Store>(world: &World, store: S) -> MspBackend<S, World> {
    let engine = Engine::new(store, Tokio, NoObserver, Options::default(), 1);
    let mut options = MspOptions::default();
    options.purge = SECOND * 3600;
    MspBackend::new(engine, world.clone(), options)
}

pub(crate) fn token() -> MspToken {
    "25bca1e2-338f-11d6-ac61-9e71138fd521".parse().unwrap()
}

pub(crate) fn call() -> Call {
    let caller = Caller::new("cmp1".parse().unwrap(), Means::ApiKey);
    let ids = aid_types::http::CallIds::new(Uuid::new_v4().into(), Uuid::new_v4().into());
    Call::new(ids, caller, "msp1".parse().unwrap())
}

pub(crate) fn request() -> RequestActivationCode {
    let id: ActivationCodeRequestId = Uuid::new_v4().into();
    RequestActivationCode::new(EID.parse().unwrap(), id)
}

pub(crate) fn customer(number: u128) -> MspToken {
    MspToken::from_uuid(Uuid::from_u128(number))
}

pub(crate) async fn onboard<S: Store>(backend: &MspBackend<S, World>) {
    onboard_as(backend, token()).await;
}

pub(crate) async fn onboard_as<S: Store>(backend: &MspBackend<S, World>, token: MspToken) {
    let number = EncryptedPhoneNumber::new(
        PhoneCiphertext::from_bytes(&[7; 28]).unwrap(),
        PhoneIv::from_bytes(&[7; 12]).unwrap(),
    );
    let body = IssuedMspToken::new(token, number, SubscriptionType::Private);
    let options = msp::Options::new(NonZeroUsize::new(2).unwrap());
    let account_id = "header.payload.signature".parse().unwrap();
    let onboarding = Onboarding::new(
        "cmp1".parse().unwrap(),
        "customer 1".to_owned(),
        account_id,
        body,
        options,
    );
    backend.onboard(onboarding).await.unwrap();
}
