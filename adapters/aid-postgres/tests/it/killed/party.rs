//! One process of the MSP: this binary is started again as that, and is killed.

use std::{future::Future, num::NonZeroUsize, pin::Pin, time::Duration};

use aid_backend::{
    engine::{Engine, NoObserver, Options, UnitError},
    msp::{MspBackend, MspOptions, MspPorts, NotPrepared, Onboarding, PreparedProfile},
};
use aid_postgres::PostgresStore;
use aid_procedures::{
    Timestamp,
    msp::{self, Alarm, Event},
};
use aid_types::{
    ActivationCodeReply, ClientId, Condition, CsimStatus, CustomerGroupChange, Iccid, IssuedMspToken, MspToken,
    Refusal, RequestActivationCode, RequestInvalidateMspToken, SendCsimStatus, SubscriptionType,
    UpdateSubscriptionInfo,
    http::{
        CallIds, Credentials, Endpoint,
        http::{Request, Response},
    },
    phone::{EncryptedPhoneNumber, PhoneCiphertext, PhoneIv},
};
use aid1_client::{BoxError, CmpClient, HttpClient};
use aid1_server_traits::{Call, Caller, Means, MspApi as _};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use uuid::Uuid;

use super::line::{ask, serve};
use crate::{runtime::Tokio, tables::options};

pub(crate) const DATABASE: &str = "AID_POSTGRES_DATABASE";
pub(crate) const WORLD: &str = "AID_POSTGRES_WORLD";
pub(crate) const EID: &str = "89049032000001000000000831934057";

/// The way to everything around the MSP: the test, which outlives its processes.
#[derive(Clone)]
struct World {
    port: u16,
    start: Instant,
    cmp: CmpClient,
}

struct Cmp(u16);

impl HttpClient for Cmp {
    type Error = BoxError;

    async fn send(&self, request: Request<bytes::Bytes>) -> Result<Response<bytes::Bytes>, BoxError> {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let question = format!("cmp {} {body}", request.uri().path());
        let status: u16 = ask(self.0, &question).await?.parse()?;
        Ok(Response::builder().status(status).body(bytes::Bytes::new())?)
    }
}

impl World {
    async fn network(&self, what: &str, iccid: &Iccid) -> Result<(), &'static str> {
        match ask(self.port, &format!("{what} {iccid}")).await.as_deref() {
            Ok("done") => Ok(()),
            _ => Err("not now"),
        }
    }
}

impl MspPorts for World {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_700_000_000 + self.start.elapsed().as_secs())
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn cmp(&self, _: &ClientId) -> Option<&CmpClient> {
        Some(&self.cmp)
    }

    async fn prepare(
        &self,
        msp_token: &MspToken,
        request: &RequestActivationCode,
    ) -> Result<PreparedProfile, NotPrepared> {
        let question = format!("prepare {msp_token} {}", request.activation_code_request_id);
        match ask(self.port, &question).await {
            Ok(iccid) if !iccid.is_empty() => Ok(PreparedProfile::new(
                iccid.parse().unwrap(),
                "1$SMDP.EXAMPLE$0A-1B".parse().unwrap(),
            )),
            _ => Err(NotPrepared::NotNow("not now")),
        }
    }

    async fn deactivate(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.network("deactivate", iccid).await
    }

    async fn suspend(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.network("suspend", iccid).await
    }

    async fn restore(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.network("restore", iccid).await
    }

    fn alarm(&self, _: &MspToken, _: &Alarm) {}
}

/// A test for the parent's sake; without a task in the environment there is nothing to do.
#[test]
fn task() {
    child(|database, port| Box::pin(run(database, port)));
}

/// What a process of its own does, which does not outlive the test: over that database, in the world at that port.
pub(crate) fn child(run: impl FnOnce(String, u16) -> Pin<Box<dyn Future<Output = ()>>>) {
    let (Ok(database), Ok(world)) = (std::env::var(DATABASE), std::env::var(WORLD)) else {
        return;
    };
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_line(&mut String::new());
        std::process::exit(0);
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(database, world.parse().unwrap()));
}

/// The store of a process, as soon as the database can be reached.
pub(crate) async fn store(database: &str, schema: &str) -> PostgresStore {
    let mut with = options(schema);
    with.connections = 6;
    with.connect_timeout = Duration::from_secs(2);
    with.statement_timeout = Duration::from_secs(2);
    loop {
        match PostgresStore::connect(database.parse().unwrap(), None, with.clone()).await {
            Ok(store) => return store,
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Everything soon, so that a test sees it.
pub(crate) fn engine_options() -> Options {
    let mut how = Options::default();
    how.workers = 16;
    how.poll = Duration::from_millis(100);
    how.execution_timeout = Duration::from_secs(1);
    how.lease = Duration::from_secs(4);
    how.retry = Duration::from_millis(50);
    how.max_retry = Duration::from_millis(400);
    how
}

async fn run(database: String, port: u16) {
    let store = store(&database, "aid").await;
    let endpoint = Endpoint::new(
        "https://cmp.example".parse().unwrap(),
        "msp1".parse().unwrap(),
        "cmp1".parse().unwrap(),
        Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap()),
    );
    let cmp = CmpClient::new(Cmp(port), endpoint, sleep, Uuid::new_v4);
    let start = Instant::now();
    let seed = Uuid::new_v4().as_u64_pair().0;
    let engine = Engine::new(store, Tokio, NoObserver, engine_options(), seed);
    let mut how = MspOptions::default();
    how.wait = Duration::from_millis(300);
    how.caller_gone = Duration::from_secs(2);
    let backend = MspBackend::new(engine, World { port, start, cmp }, how);
    let _workers = backend.start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("\nport {}", listener.local_addr().unwrap().port());
    serve(listener, move |question| answer(backend.clone(), question)).await;
}

type Backend = MspBackend<PostgresStore, World>;

/// What was asked, in the words of the test.
async fn answer(backend: Backend, question: String) -> String {
    let words: Vec<&str> = question.split(' ').collect();
    let token: MspToken = words[1].parse().unwrap();
    match words[0] {
        "onboard" => unit(backend.onboard(onboarding(token)).await),
        "update" => unit(
            backend
                .decide(&token, Event::UpdateSubscriptionInfo(update(words[2])))
                .await,
        ),
        "code" => {
            let id = words[2].parse::<Uuid>().unwrap().into();
            let request = RequestActivationCode::new(EID.parse().unwrap(), id);
            match backend.request_activation_code(call(words[3]), token, request).await {
                Ok(ActivationCodeReply::Ready(_)) => "ok ready".to_owned(),
                Ok(ActivationCodeReply::Accepted) => "ok accepted".to_owned(),
                Err(refusal) => refused(&refusal),
            }
        }
        "csim" => {
            let status = SendCsimStatus::new(words[2].parse().unwrap(), EID.parse().unwrap(), CsimStatus::Enabled);
            called(backend.send_csim_status(call(words[3]), token, status).await)
        }
        "end" => called(
            backend
                .request_invalidate_msp_token(call(words[2]), token, RequestInvalidateMspToken::new())
                .await,
        ),
        // How far the profile is.
        "view" => {
            let iccid: Iccid = words[2].parse().unwrap();
            match backend.subscription(&token).await {
                Ok(Some(view)) => format!("ok {:?}", view.subscription.profile(&iccid).map(msp::Profile::state)),
                Ok(None) => "gone".to_owned(),
                Err(_) => "again".to_owned(),
            }
        }
        other => panic!("{other}"),
    }
}

fn unit(outcome: Result<(), UnitError<Refusal>>) -> String {
    match outcome {
        Ok(()) => "ok".to_owned(),
        Err(UnitError::Refused(refusal)) => refused(&refusal),
        Err(_) => "again".to_owned(),
    }
}

fn called(outcome: Result<(), Refusal>) -> String {
    outcome.map_or_else(|refusal| refused(&refusal), |()| "ok".to_owned())
}

/// Whatever was internal is worth another try.
fn refused(refusal: &Refusal) -> String {
    match refusal.condition() {
        Some(Condition::Internal) | None => "again".to_owned(),
        Some(condition) => format!("refused {condition:?}"),
    }
}

fn call(id: &str) -> Call {
    let caller = Caller::new("cmp1".parse().unwrap(), Means::ApiKey);
    let ids = CallIds::new(id.parse::<Uuid>().unwrap().into(), Uuid::new_v4().into());
    Call::new(ids, caller, "msp1".parse().unwrap())
}

fn number() -> EncryptedPhoneNumber {
    EncryptedPhoneNumber::new(
        PhoneCiphertext::from_bytes(&[7; 28]).unwrap(),
        PhoneIv::from_bytes(&[7; 12]).unwrap(),
    )
}

fn update(group: &str) -> UpdateSubscriptionInfo {
    let mut update = UpdateSubscriptionInfo::new(number(), SubscriptionType::Private);
    update.customer_group = CustomerGroupChange::Set(format!("group-{group}-").parse().unwrap());
    update
}

fn onboarding(token: MspToken) -> Onboarding {
    Onboarding::new(
        "cmp1".parse().unwrap(),
        format!("customer of {token}"),
        // The path of the call: which subscription it is for.
        format!("header.{token}.signature").parse().unwrap(),
        IssuedMspToken::new(token, number(), SubscriptionType::Private),
        msp::Options::new(NonZeroUsize::new(2).unwrap()),
    )
}
