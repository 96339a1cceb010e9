//! An MSP, and subscriptions as it saves them.

use std::{future::Future, num::NonZeroUsize, pin::Pin, sync::OnceLock, time::Duration};

use aid_backend::{
    engine::{Engine, NoObserver, Options, Runtime},
    msp::{MspBackend, MspOptions, MspPorts, NotPrepared, Onboarding, PreparedProfile},
    store::{Committed, Key, Load, MemoryStore, Name, Save, Store, Unit, Version},
};
use aid_procedures::{
    Timestamp,
    msp::{self, Alarm, Event},
};
use aid_types::{
    ClientId, Iccid, IssuedMspToken, MspToken, RequestActivationCode, SubscriptionType,
    phone::{EncryptedPhoneNumber, PhoneCiphertext, PhoneIv},
};
use aid1_client::CmpClient;

pub(crate) const EID: &str = "89049032000001000000000831934057";
const TOKEN: &str = "25bca1e2-338f-11d6-ac61-9e71138fd521";
const ICCID: &str = "8944500805172032953";
const CUSTOMER: &str = "customer of the template";

pub(crate) struct Tokio;

impl Runtime for Tokio {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        tokio::spawn(task);
    }
}

/// Nobody is around it: what it wants done stays in its lanes.
pub(crate) struct Nobody;

impl MspPorts for Nobody {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_700_000_000)
    }

    fn fresh_id(&self) -> uuid::Uuid {
        uuid::Uuid::new_v4()
    }

    fn cmp(&self, _: &ClientId) -> Option<&CmpClient> {
        None
    }

    async fn prepare(&self, _: &MspToken, _: &RequestActivationCode) -> Result<PreparedProfile, NotPrepared> {
        Ok(PreparedProfile::new(
            ICCID.parse().unwrap(),
            "1$SMDP.EXAMPLE$0A-1B".parse().unwrap(),
        ))
    }

    async fn deactivate(&self, _: &Iccid) -> Result<(), &'static str> {
        Ok(())
    }

    async fn suspend(&self, _: &Iccid) -> Result<(), &'static str> {
        Ok(())
    }

    async fn restore(&self, _: &Iccid) -> Result<(), &'static str> {
        Ok(())
    }

    fn alarm(&self, _: &MspToken, _: &Alarm) {}
}

pub(crate) type Backend<S> = MspBackend<S, Nobody>;

/// The MSP over a store; it answers at once, and executes nothing.
pub(crate) fn backend<S: Store>(store: S) -> Backend<S> {
    let mut options = MspOptions::default();
    options.wait = Duration::ZERO;
    MspBackend::new(
        Engine::new(store, Tokio, NoObserver, Options::default(), 1),
        Nobody,
        options,
    )
}

pub(crate) fn token(number: u32) -> String {
    format!("25bca1e2-338f-41d6-8c61-{number:012}")
}

pub(crate) fn iccid(number: u32) -> String {
    format!("894450080{number:010}")
}

pub(crate) fn key(number: u32) -> Key {
    Key::try_from(format!("subscription/{}", token(number)).as_str()).unwrap()
}

/// A subscription with one profile in use, as an MSP saved it.
pub(crate) fn state(number: u32) -> String {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| std::thread::spawn(template).join().unwrap());
    template
        .replace(TOKEN, &token(number))
        .replace(ICCID, &iccid(number))
        .replace(CUSTOMER, &format!("customer {number}"))
}

#[tokio::main(flavor = "current_thread")]
async fn template() -> String {
    let start = tokio::time::Instant::now();
    let backend = backend(MemoryStore::new(move || start.elapsed()));
    let number = EncryptedPhoneNumber::new(
        PhoneCiphertext::from_bytes(&[7; 28]).unwrap(),
        PhoneIv::from_bytes(&[7; 12]).unwrap(),
    );
    let token: MspToken = TOKEN.parse().unwrap();
    let onboarding = Onboarding::new(
        "cmp1".parse().unwrap(),
        CUSTOMER.to_owned(),
        "header.payload.signature".parse().unwrap(),
        IssuedMspToken::new(token, number, SubscriptionType::Private),
        msp::Options::new(NonZeroUsize::new(2).unwrap()),
    );
    backend.onboard(onboarding).await.unwrap();
    let id = "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap();
    let request = RequestActivationCode::new(EID.parse().unwrap(), id);
    for event in [
        Event::RequestActivationCode(request),
        Event::ProfilePrepared {
            activation_code_request_id: id,
            iccid: ICCID.parse().unwrap(),
            activation_code: "1$SMDP.EXAMPLE$0A-1B".parse().unwrap(),
            profile_type: aid_types::ProfileType::PERSONAL,
        },
    ] {
        backend.decide(&token, event).await.unwrap();
    }
    let key = Key::try_from(format!("subscription/{TOKEN}").as_str()).unwrap();
    let snapshot = backend.engine().store().load(Load::keys([key])).await.unwrap();
    let state = snapshot
        .aggregates
        .first()
        .and_then(|loaded| loaded.state.clone())
        .unwrap();
    String::from_utf8(state.to_vec()).unwrap()
}

/// Stores subscriptions with these numbers.
pub(crate) async fn fill(store: &impl Store, numbers: std::ops::Range<u32>) {
    let numbers: Vec<u32> = numbers.collect();
    for numbers in numbers.chunks(500) {
        let mut unit = Unit::default();
        for number in numbers {
            let mut save = Save::new(key(*number), Version::NONE, state(*number));
            for name in [
                format!("msp_token/{}", token(*number)),
                format!("iccid/{}", iccid(*number)),
                format!("customer/customer {number}"),
            ] {
                save = save.named(Name::try_from(name.as_str()).unwrap());
            }
            unit = unit.save(save);
        }
        assert_eq!(store.commit(unit).await.unwrap(), Committed::Yes(None));
    }
}
