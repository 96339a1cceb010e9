//! The MSP: what is its own.

use std::{
    error::Error,
    num::NonZeroUsize,
    time::{SystemTime, UNIX_EPOCH},
};

use account_id::{Ver, Verifier};
use aid_backend::{
    engine::{Engine, Options},
    msp::{MspBackend, MspOptions, MspPorts, NotPrepared, Onboarding, PreparedProfile},
};
use aid_procedures::{Timestamp, msp};
use aid_sqlite::SqliteStore;
use aid_types::{
    AesGcmPhoneCipher, ClientId, Iccid, IssuedMspToken, Leniency, MspToken, PhoneCipher as _, RequestActivationCode,
    SubscriptionType,
    redirect::{RedirectBackToCmp, RedirectPolicy, RedirectToMspContent},
};
use aid1_axum::TokioRuntime;
use aid1_client::CmpClient;
use uuid::Uuid;

pub(crate) type Msp = MspBackend<SqliteStore, Ports>;

pub(crate) struct Ports {
    pub(crate) cmp: CmpClient,
    pub(crate) account_ids: Verifier,
    pub(crate) phone: AesGcmPhoneCipher,
}

pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

impl MspPorts for Ports {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(now())
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn cmp(&self, client_id: &ClientId) -> Option<&CmpClient> {
        (client_id.as_str() == "cmpfleet1").then_some(&self.cmp)
    }

    /// In earnest: ES2+ of the SM-DP+. It may be asked again for the same request, and then gives the same profile.
    async fn prepare(&self, _: &MspToken, request: &RequestActivationCode) -> Result<PreparedProfile, NotPrepared> {
        let number = request.activation_code_request_id.as_uuid().as_u128() % 10_000_000;
        let iccid = format!("894450080517{number:07}");
        let code = format!("1$SMDP.MSP.EXAMPLE${iccid}");
        println!("MSP: the SM-DP+ prepares profile {iccid}");
        match (iccid.parse(), code.parse()) {
            (Ok(iccid), Ok(code)) => Ok(PreparedProfile::new(iccid, code)),
            _ => Err(NotPrepared::NotNow("no number left")),
        }
    }

    async fn deactivate(&self, iccid: &Iccid) -> Result<(), &'static str> {
        println!("MSP: the network ends profile {iccid}");
        Ok(())
    }

    async fn suspend(&self, _: &Iccid) -> Result<(), &'static str> {
        Ok(())
    }

    async fn restore(&self, _: &Iccid) -> Result<(), &'static str> {
        Ok(())
    }

    fn alarm(&self, _: &MspToken, alarm: &msp::Alarm) {
        println!("MSP: alarm {alarm:?}");
    }
}

pub(crate) fn backend(store: SqliteStore, ports: Ports) -> Result<Msp, Box<dyn Error>> {
    let told = |occurrence: &aid_backend::engine::Occurrence<'_>| eprintln!("MSP: {occurrence}");
    let seed = Uuid::new_v4().as_u64_pair().0;
    let engine = Engine::new(store, TokioRuntime::current()?, told, Options::default(), seed);
    Ok(MspBackend::new(engine, ports, MspOptions::default()))
}

/// The page that the CMP's users come to: login and consent are yours. Returns where to send them.
pub(crate) async fn page(msp: &Msp, url: &str) -> Result<String, Box<dyn Error>> {
    let arrived = RedirectToMspContent::parse_url(url, Leniency::Field)?.value;
    let back = arrived.allowed_by(&RedirectPolicy::to_cmp().allow_domain("www.cmp.example")?)?;
    let account_id = arrived.account_id().clone();
    let token = msp.ports().account_ids.verify_at(account_id.as_str(), now())?;
    token.check_ver(Ver::NotAgreed)?;
    let number = "919961345678".parse()?;
    let number = msp
        .ports()
        .phone
        .encrypt(&number, &mut |bytes: &mut [u8]| getrandom::fill(bytes))?;
    let body = IssuedMspToken::new(Uuid::new_v4().into(), number, SubscriptionType::Private);
    let contract = msp::Options::new(NonZeroUsize::MIN);
    let customer = "customer 4711".to_owned();
    let onboarding = Onboarding::new("cmpfleet1".parse()?, customer, account_id, body, contract);
    msp.onboard(onboarding).await?;
    Ok(RedirectBackToCmp::Done.to_url(&back))
}
