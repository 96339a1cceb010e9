//! One process of the CMP: this binary is started again as that, and is killed.

use std::{future::Future, pin::Pin, time::SystemTime};

use account_id::{SecretKey, Verifier};
use aid_backend::{
    cmp::{CmpBackend, CmpOptions, CmpPorts, FederationView, MspPartner, VehiclePort},
    engine::{Engine, NoObserver},
};
use aid_postgres::PostgresStore;
use aid_procedures::{Timestamp, cmp::Alarm};
use aid_types::{
    AesGcmPhoneCipher, ClientId, CsimStatus, PhoneKey, ReadyActivationCode, Vin,
    http::{
        Credentials, Endpoint,
        http::{Request, Response},
    },
    redirect::RedirectPolicy,
};
use aid1_client::{BoxError, HttpClient, MspClient};
use aid2_proto::{
    RequestActivationCode, RequestActivationCodeResult,
    session::{NewOrder, OrderKey},
};
use tokio::{net::TcpListener, time::sleep};
use uuid::Uuid;

use super::answer::answer;
use crate::killed::{
    line::{ask, serve},
    party::{child, engine_options, store},
};

pub(super) type Backend = CmpBackend<PostgresStore, World>;

/// The way to everything around the CMP: the test, which outlives its processes.
pub(super) struct World {
    partner: MspPartner,
    road: Road,
}

/// To the MSP: the ids of a call, and all of it.
struct Msp(u16);

impl HttpClient for Msp {
    type Error = BoxError;

    async fn send(&self, request: Request<bytes::Bytes>) -> Result<Response<bytes::Bytes>, BoxError> {
        let id = request
            .headers()
            .get("CMP-request-id")
            .ok_or("no id")?
            .to_str()?
            .to_owned();
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let question = format!("msp {} {} {id} {body}", request.method(), request.uri().path());
        let answer = ask(self.0, &question).await?;
        let reply = |status: u16, body: Vec<u8>| Response::builder().status(status).body(bytes::Bytes::from(body));
        Ok(match answer.strip_prefix("code ") {
            Some(iccid) => {
                let code = format!("1$SMDP.EXAMPLE${iccid}").parse()?;
                reply(
                    200,
                    serde_json::to_vec(&ReadyActivationCode::new(iccid.parse()?, code))?,
                )?
            }
            None => reply(answer.parse()?, Vec::new())?,
        })
    }
}

/// To the vehicles: orders are published in the moment in which they are taken.
pub(super) struct Road(u16);

impl Road {
    async fn tell(&self, what: &str) -> Result<(), &'static str> {
        match ask(self.0, what).await.as_deref() {
            Ok("done") => Ok(()),
            _ => Err("not now"),
        }
    }
}

impl VehiclePort for Road {
    async fn send(&self, order: NewOrder) -> Result<(), &'static str> {
        let (key, payload) = (order.key, String::from_utf8_lossy(order.payload()).into_owned());
        let code = payload.split("1$SMDP.EXAMPLE$").nth(1).unwrap_or_default();
        let code: String = code.chars().take_while(char::is_ascii_digit).collect();
        let second = key.timestamp.as_secs();
        self.tell(&format!("order {} {} {second} {code}", key.vin, key.name))
            .await
    }

    async fn cancel(&self, order: OrderKey) -> Result<(), &'static str> {
        self.tell(&format!("cancel {} {}", order.vin, order.name)).await
    }
}

pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_secs()
}

pub(super) fn cipher() -> AesGcmPhoneCipher {
    AesGcmPhoneCipher::new(PhoneKey::aes_256(&[7; 32]))
}

impl CmpPorts for World {
    type Vehicles = Road;

    fn now(&self) -> Timestamp {
        Timestamp::from_secs(now())
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn msp(&self, msp: &ClientId) -> Option<&MspPartner> {
        (msp.as_str() == "msp1").then_some(&self.partner)
    }

    fn vehicles(&self) -> &Road {
        &self.road
    }

    async fn admit(&self, _: &RequestActivationCode) -> Result<Option<RequestActivationCodeResult>, &'static str> {
        Ok(None)
    }

    fn alarm(&self, _: &FederationView, _: &Alarm) {}
}

fn world(port: u16) -> World {
    let endpoint = Endpoint::new(
        "https://msp.example".parse().unwrap(),
        "cmp1".parse().unwrap(),
        "msp1".parse().unwrap(),
        Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap()),
    );
    let client = MspClient::new(Msp(port), endpoint, sleep, Uuid::new_v4);
    let secret = SecretKey::from_text("the msp-specific-secret that both sides have exchanged").unwrap();
    let redirects = RedirectPolicy::to_msp().allow_domain("www.msp.example").unwrap();
    let touchpoint = "https://www.msp.example/onboarding".parse().unwrap();
    World {
        partner: MspPartner::new(client, Verifier::new(secret), touchpoint, redirects, cipher()),
        road: Road(port),
    }
}

/// A test for the parent's sake; without a task in the environment there is nothing to do.
#[test]
fn task() {
    child(run);
}

fn run(database: String, port: u16) -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        let store = store(&database, "cmp").await;
        let engine = Engine::new(
            store,
            crate::runtime::Tokio,
            NoObserver,
            engine_options(),
            Uuid::new_v4().as_u64_pair().0,
        );
        let mut how = CmpOptions::default();
        how.federation
            .forward
            .extend([CsimStatus::Enabled, CsimStatus::Disabled]);
        let backend = CmpBackend::new(engine, world(port), how);
        let _workers = backend.start();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("\nport {}", listener.local_addr().unwrap().port());
        serve(listener, move |question| answer(backend.clone(), question)).await;
    })
}

pub(super) fn vin(number: u64) -> Vin {
    format!("WBAUX11030{number:07}").parse().unwrap()
}
