//! The vehicles of a CMP over a store: their records are committed with its federations, and any process goes on.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use account_id::{SecretKey, Verifier};
use aid_backend::{
    cmp::{CmpBackend, CmpOptions, CmpPorts, FederationId, FederationView, MspPartner},
    engine::{Engine, NoObserver, Options, Workers},
    store::MemoryStore,
};
use aid_procedures::cmp::{Alarm, Event, ProfileState};
use aid_types::{
    ActivationCodeReply, AesGcmPhoneCipher, ClientId, CsimStatus, IssuedMspToken, Leniency, MspToken, PhoneCipher as _,
    PhoneKey, ProfileInformation, ProfileInformationStatus, ReadyActivationCode, Refusal, RequestActivationCode,
    SendCsimStatus, SendMspToken, SendProfileInformation, SubscriptionType, TraceParent,
    http::{CallIds, Credentials, Endpoint, bytes::Bytes, http::Request},
    redirect::{RedirectPolicy, RedirectToMspContent},
};
use aid1_client::{BoxHttpClient, MspClient};
use aid1_server_traits::{
    BoxFuture, Call, Caller, CmpApi as _, Means, MspApi, MspServer, Partner, Partners, Runtime, ServerOptions,
};
use aid2_mqtt::{BrokerUrl, LinkOptions, MemoryStore as Outbox, VehicleDeliveries, VehicleLink, Vehicles};
use aid2_proto::{
    Payload as _, ProfileStatus, RequestActivationCodeResult, RequestCsimInfoResponse, RequestCsimInfoResult,
    RequestDeleteProfileResponse, RequestDeleteProfileResult, SendProfileDownloadInstallInfo, Timestamp,
    session::{Record, ToVehicle, VehicleCompletion},
};
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    broker::in_process,
    sample::{ask, eid, hurried, iccid, profile, status, user, vin},
};

/// An MSP with one profile. It notes the statuses that it hears, and the trace of each.
#[derive(Clone, Default)]
struct Msp(Arc<Mutex<Vec<Heard>>>);

type Heard = (CsimStatus, Option<TraceParent>);

impl MspApi for Msp {
    async fn request_activation_code(
        &self,
        _: Call,
        _: MspToken,
        _: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        let ready = ReadyActivationCode::new(iccid(1), "1$SMDP.EXAMPLE$1".parse().unwrap());
        Ok(ActivationCodeReply::Ready(ready))
    }

    async fn send_csim_status(&self, call: Call, _: MspToken, body: SendCsimStatus) -> Result<(), Refusal> {
        self.0.lock().unwrap().push((body.status, call.trace_parent));
        Ok(())
    }
}

struct Tokio;

impl Runtime for Tokio {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(sleep(duration))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        tokio::spawn(task);
    }
}

struct Ports {
    vehicles: Vehicles,
    msp: MspPartner,
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.unwrap().as_secs()
}

impl CmpPorts for Ports {
    type Vehicles = Vehicles;

    fn now(&self) -> Timestamp {
        Timestamp::from_secs(now())
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn msp(&self, _: &ClientId) -> Option<&MspPartner> {
        Some(&self.msp)
    }

    fn vehicles(&self) -> &Vehicles {
        &self.vehicles
    }

    async fn admit(
        &self,
        _: &aid2_proto::RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeResult>, &'static str> {
        Ok(None)
    }

    fn alarm(&self, _: &FederationView, alarm: &Alarm) {
        panic!("{alarm:?}");
    }
}

type Cmp = CmpBackend<Arc<MemoryStore>, Ports>;

fn phone() -> AesGcmPhoneCipher {
    AesGcmPhoneCipher::new(PhoneKey::aes_256(&[7; 32]))
}

/// A process of the CMP.
fn process(store: &Arc<MemoryStore>, url: BrokerUrl, name: &str, msp: &Msp) -> (Cmp, Vehicles, Workers) {
    let key = Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap());
    let partner = Partner::new("cmp1".parse().unwrap(), key.clone());
    let server = MspServer::new(msp.clone(), ServerOptions::new(Partners::new([partner])));
    let http = BoxHttpClient::new(move |request: Request<Bytes>| {
        let server = server.clone();
        async move { Ok::<_, std::convert::Infallible>(server.handle_bytes(request).await) }
    });
    let base = "https://msp.example".parse().unwrap();
    let endpoint = Endpoint::new(base, "cmp1".parse().unwrap(), "msp1".parse().unwrap(), key);
    let secret = SecretKey::from_text("the msp-specific-secret that both sides have exchanged").unwrap();
    let msp = MspPartner::new(
        MspClient::new(http, endpoint, sleep, Uuid::new_v4),
        Verifier::new(secret),
        "https://www.msp.example/onboarding".parse().unwrap(),
        RedirectPolicy::to_msp(),
        phone(),
    );
    let mut options = Options::default();
    options.poll = Duration::from_millis(50);
    options.retry = Duration::from_millis(50);
    let engine = Engine::new(Arc::clone(store), Tokio, NoObserver, options, 1);
    let vehicles = Vehicles::default();
    let ports = Ports {
        vehicles: vehicles.clone(),
        msp,
    };
    let cmp = CmpBackend::new(engine, ports, CmpOptions::default());
    let mut options = hurried(LinkOptions::backend(url, None));
    (options.order_times.again_after, options.order_times.at_least) = (2, 0);
    tokio::spawn(vehicles.open(&cmp, &options, name, "cmp").unwrap());
    let workers = cmp.start();
    (cmp, vehicles, workers)
}

/// What the MSP calls.
fn call() -> Call {
    let ids = CallIds::new(Uuid::new_v4().into(), Uuid::new_v4().into());
    let msp = Caller::new("msp1".parse().unwrap(), Means::ApiKey);
    Call::new(ids, msp, "cmp1".parse().unwrap())
}

/// The user has a federation.
async fn onboarded(cmp: &Cmp) -> (FederationId, MspToken) {
    let msp = "msp1".parse().unwrap();
    let began = cmp
        .onboard(user(), &msp, None, "https://www.cmp.example/done")
        .await
        .unwrap();
    let arrived = RedirectToMspContent::parse_url(&began.url, Leniency::Field)
        .unwrap()
        .value;
    let mut random = |bytes: &mut [u8]| {
        bytes.fill(1);
        Ok::<(), std::convert::Infallible>(())
    };
    let number = phone().encrypt(&"919961345678".parse().unwrap(), &mut random).unwrap();
    let msp_token = Uuid::new_v4().into();
    let body = IssuedMspToken::new(msp_token, number, SubscriptionType::Private);
    let token = SendMspToken::Issued(body);
    cmp.send_msp_token(call(), arrived.account_id().clone(), token)
        .await
        .unwrap();
    (began.federation, msp_token)
}

/// A vehicle that has its messages in `outbox`.
async fn vehicle(url: &BrokerUrl, number: usize, outbox: &Arc<Outbox>) -> (VehicleLink, VehicleDeliveries) {
    running_vehicle(url, number, outbox).await.0
}

/// The same, and what ends when it has gone.
async fn running_vehicle(
    url: &BrokerUrl,
    number: usize,
    outbox: &Arc<Outbox>,
) -> ((VehicleLink, VehicleDeliveries), impl Future<Output = ()>) {
    let options = hurried(LinkOptions::vehicle(url.clone(), None));
    let outbox = Arc::clone(outbox);
    let (link, driver) = VehicleLink::open(options, vin(number), outbox).await.unwrap();
    let (deliveries, driving) = driver.into_deliveries();
    let driving = tokio::spawn(driving);
    let gone = async {
        let ended = tokio::time::timeout(Duration::from_secs(20), driving).await;
        assert!(ended.is_ok(), "the vehicle does not end");
    };
    ((link, deliveries), gone)
}

/// The vehicle asks for the profile, and installs it.
async fn installs(cmp: &Cmp, id: FederationId, (link, deliveries): &mut (VehicleLink, VehicleDeliveries)) {
    link.send(&ask(link.next_request_id())).await.unwrap();
    let delivery = deliveries.recv().await.unwrap();
    let ToVehicle::SendActivationCode(code) = delivery.message.clone() else {
        panic!("{:?}", delivery.message);
    };
    delivery.complete(VehicleCompletion::new()).await.unwrap();
    let report =
        SendProfileDownloadInstallInfo::installed(code.request_id, user(), iccid(1), eid(), code.activation_code);
    link.send(&report).await.unwrap();
    becomes(cmp, id, ProfileState::Installed).await;
}

async fn becomes(cmp: &Cmp, id: FederationId, state: ProfileState) {
    let until = async {
        loop {
            let view = cmp.federation(id).await.unwrap().unwrap();
            if view
                .federation
                .profile(&iccid(1))
                .is_some_and(|profile| profile.state() == state)
            {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), until).await;
    assert!(waited.is_ok(), "never {state:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_comes_by_one_process_and_the_order_of_one_that_is_gone_by_another() {
    crate::limit::limit();
    let url = in_process().await;
    let started = std::time::Instant::now();
    let store = Arc::new(MemoryStore::new(move || started.elapsed()));
    let (cmp, vehicles, workers) = process(&store, url.clone(), "backend-1", &Msp::default());
    let (id, _) = onboarded(&cmp).await;
    installs(&cmp, id, &mut vehicle(&url, 1, &Arc::default()).await).await;

    // A vehicle that was never there. The question is stored, and its process goes.
    cmp.decide(id, Event::SyncVehicle { vin: vin(2) }).await.unwrap();
    while cmp.record(vin(2)).await.unwrap().is_none() {
        sleep(Duration::from_millis(10)).await;
    }
    workers.stop().await;
    vehicles.link().unwrap().leave();
    let (other, _vehicles, _workers) = process(&store, url.clone(), "backend-2", &Msp::default());
    let (link, mut deliveries) = vehicle(&url, 2, &Arc::default()).await;
    let delivery = deliveries.recv().await.unwrap();
    let ToVehicle::RequestCsimInfo(question) = &delivery.message else {
        panic!("{:?}", delivery.message);
    };
    let asked = question.request_id;
    let answer = RequestCsimInfoResponse::new(RequestCsimInfoResult::CSIM_INFO_SUCCESS);
    let completion = VehicleCompletion::new().with_response(Some(answer.encode()));
    delivery.complete(completion).await.unwrap();
    // The profile is in this vehicle now: its federation hears it.
    let moved = status(asked, vec![profile(1, ProfileStatus::ENABLED)]);
    link.send(&moved).await.unwrap();
    becomes(&other, id, ProfileState::Enabled).await;
}

//
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "once in a hundred runs the answer does not reach the CMP, and it is not known yet why"]
async fn the_trace_of_a_call_goes_to_the_vehicle_and_back_and_on_though_everybody_starts_anew() {
    crate::limit::limit();
    let url = in_process().await;
    let started = std::time::Instant::now();
    let store = Arc::new(MemoryStore::new(move || started.elapsed()));
    let (msp, outbox) = (Msp::default(), Arc::<Outbox>::default());
    let (cmp, vehicles, workers) = process(&store, url.clone(), "backend-1", &msp);
    let (id, msp_token) = onboarded(&cmp).await;
    let (mut car, gone) = running_vehicle(&url, 1, &outbox).await;
    installs(&cmp, id, &mut car).await;
    car.0.close();
    gone.await;

    // The vehicle is away when the profile becomes invalid, and so is the process before it is back.
    let mut called = call();
    called.trace_parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok();
    let invalid = ProfileInformation::new(iccid(1), ProfileInformationStatus::Invalid);
    let body = SendProfileInformation::new(vec![invalid]).unwrap();
    cmp.send_profile_information(called.clone(), msp_token, body)
        .await
        .unwrap();
    let ordered = async || {
        let (_, bytes) = cmp.record(vin(1)).await.unwrap().unwrap();
        !Record::from_bytes(vin(1), &bytes).unwrap().orders().is_empty()
    };
    while !ordered().await {
        sleep(Duration::from_millis(10)).await;
    }
    workers.stop().await;
    vehicles.link().unwrap().leave();
    let (_, _vehicles, _workers) = process(&store, url.clone(), "backend-2", &msp);

    let ((link, mut deliveries), gone) = running_vehicle(&url, 1, &outbox).await;
    let delivery = deliveries.recv().await.unwrap();
    let ToVehicle::RequestDeleteProfile(order) = delivery.message.clone() else {
        panic!("{:?}", delivery.message);
    };
    // It starts anew itself before it is done.
    delivery.complete(VehicleCompletion::new()).await.unwrap();
    link.close();
    gone.await;
    let (link, _deliveries) = vehicle(&url, 1, &outbox).await;
    let done = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
    let gone = status(order.request_id, vec![profile(1, ProfileStatus::DELETED)]);
    let answer = VehicleCompletion::new()
        .and_answer(None, order.request_id, &done)
        .and_send(&gone);
    link.commit(answer).await.unwrap();

    let heard = async {
        loop {
            let heard = msp.0.lock().unwrap().clone();
            if let Some((_, trace)) = heard.iter().find(|(status, _)| *status == CsimStatus::Deleted) {
                return *trace;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    let heard = tokio::time::timeout(Duration::from_secs(30), heard).await.unwrap();
    let trace_id = |trace: Option<TraceParent>| trace.map(|trace| trace.trace_id());
    assert_eq!(trace_id(heard), trace_id(called.trace_parent), "{:?}", msp.0);
}
