//! One MSP backend for many CMPs, on one store. Whose a msp_token is stands in its subscription: what one CMP has is unknown to any
//! other, and a CMP that is down holds up nobody else. (A `CmpBackend` has many MSPs in the same way.)

use std::{
    collections::HashMap,
    error::Error,
    num::NonZeroUsize,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use aid_backend::{
    engine::{Engine, NoObserver, Options},
    msp::{MspBackend, MspOptions, MspPorts, NotPrepared, Onboarding, PreparedProfile},
    store::MemoryStore,
};
use aid_procedures::{Timestamp, msp};
use aid_types::{
    AccountId, ClientId, Iccid, IssuedMspToken, MspToken, Refusal, RequestActivationCode, RequestProfileStatus,
    SendMspToken, SubscriptionType,
    http::{Credentials, Endpoint},
    phone::{EncryptedPhoneNumber, PhoneCiphertext, PhoneIv},
};
use aid1_axum::TokioRuntime;
use aid1_client::{CmpClient, MspClient, Transaction};
use aid1_server_traits::{Call, CmpApi, CmpServer, MspServer, Partner, Partners, ServerOptions};
use uuid::Uuid;

use crate::in_process;

/// What is the aggregator's own: the way to each CMP, by its client-id.
struct Ports(HashMap<ClientId, CmpClient>);

impl MspPorts for Ports {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Timestamp::from_secs(since.map_or(0, |since| since.as_secs()))
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn cmp(&self, client_id: &ClientId) -> Option<&CmpClient> {
        self.0.get(client_id)
    }

    /// In earnest: the SM-DP+ of the operator whose customer has this msp_token.
    async fn prepare(&self, _: &MspToken, request: &RequestActivationCode) -> Result<PreparedProfile, NotPrepared> {
        let number = request.activation_code_request_id.as_uuid().as_u128() % 10_000_000;
        let (iccid, code) = (format!("894450080517{number:07}"), format!("1$SMDP.EXAMPLE${number}"));
        match (iccid.parse(), code.parse()) {
            (Ok(iccid), Ok(code)) => Ok(PreparedProfile::new(iccid, code)),
            _ => Err(NotPrepared::NotNow("no number left")),
        }
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

    fn alarm(&self, _: &MspToken, alarm: &msp::Alarm) {
        println!("alarm {alarm:?}");
    }
}

/// A CMP, as far as it is needed here.
struct Cmp(&'static str);

impl CmpApi for Cmp {
    async fn send_msp_token(&self, _: Call, _: AccountId, _: SendMspToken) -> Result<(), Refusal> {
        println!("{} has its msp_token", self.0);
        Ok(())
    }
}

const CMPS: [(&str, &str); 2] = [
    ("cmpNorth", "northnorthnorthnorth"),
    ("cmpSouth", "southsouthsouthsouth"),
];

fn partner(name: &str, key: &str) -> Result<Partner, Box<dyn Error>> {
    Ok(Partner::new(name.parse()?, Credentials::ApiKey(key.parse()?)))
}

fn endpoint(from: &str, to: &str, key: &str) -> Result<Endpoint, Box<dyn Error>> {
    let base = "https://partner.example".parse()?;
    Ok(Endpoint::new(
        base,
        from.parse()?,
        to.parse()?,
        Credentials::ApiKey(key.parse()?),
    ))
}

fn customer(cmp: &str, msp_token: MspToken) -> Result<Onboarding, Box<dyn Error>> {
    // In earnest: the number, encrypted as it is agreed with this CMP.
    let number = EncryptedPhoneNumber::new(PhoneCiphertext::from_bytes(&[7; 28])?, PhoneIv::from_bytes(&[7; 12])?);
    let body = IssuedMspToken::new(msp_token, number, SubscriptionType::Private);
    let contract = msp::Options::new(NonZeroUsize::MIN);
    let name = format!("customer of {cmp}");
    Ok(Onboarding::new(
        cmp.parse()?,
        name,
        "header.payload.signature".parse()?,
        body,
        contract,
    ))
}

pub(crate) async fn run() -> Result<(), Box<dyn Error>> {
    let mut cmps = HashMap::new();
    for (name, key) in CMPS {
        let server = CmpServer::new(
            Cmp(name),
            ServerOptions::new(Partners::new([partner("aggregator", key)?])),
        );
        let http = in_process(move |request| {
            let server = server.clone();
            async move { server.handle_bytes(request).await }
        });
        let client = CmpClient::new(
            http,
            endpoint("aggregator", name, key)?,
            tokio::time::sleep,
            Uuid::new_v4,
        );
        cmps.insert(name.parse()?, client);
    }
    // In earnest: `SqliteStore`, or `PostgresStore` for several processes.
    let start = Instant::now();
    let store = MemoryStore::new(move || start.elapsed());
    let engine = Engine::new(store, TokioRuntime::current()?, NoObserver, Options::default(), 1);
    let backend = MspBackend::new(engine, Ports(cmps), MspOptions::default());
    let workers = backend.start();

    let mut tokens = Vec::new();
    for (name, _) in CMPS {
        let msp_token = MspToken::from_uuid(Uuid::new_v4());
        backend.onboard(customer(name, msp_token)?).await?;
        let pending = async || {
            let view = backend.subscription(&msp_token).await.ok().flatten();
            view.is_none_or(|view| view.subscription.state() == msp::TokenState::Pending)
        };
        while pending().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokens.push((name, msp_token));
    }

    let partners: Vec<Partner> = CMPS
        .iter()
        .map(|(name, key)| partner(name, key))
        .collect::<Result<_, _>>()?;
    let server = MspServer::new(backend, ServerOptions::new(Partners::new(partners)));
    let http = in_process(move |request| {
        let server = server.clone();
        async move { server.handle_bytes(request).await }
    });
    for (caller, key) in CMPS {
        let endpoint = endpoint(caller, "aggregator", key)?;
        let msp = MspClient::new(http.clone(), endpoint, tokio::time::sleep, Uuid::new_v4);
        for (of, msp_token) in &tokens {
            let all = RequestProfileStatus::all();
            match msp.request_profile_status(msp_token, &all, Transaction::New).await {
                Ok(reply) => println!("{caller} asks for {of}: {} profiles", reply.value.profiles.len()),
                Err(error) => println!("{caller} asks for {of}: {error}"),
            }
        }
    }
    workers.stop().await;
    Ok(())
}
