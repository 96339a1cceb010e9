//! Every party, built and connected.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use account_id::{SecretKey, Verifier};
use aid_backend::{
    cmp::{CmpOptions, MspPartner},
    engine::{self, Engine, Occurrence, Workers},
    store::BoxStore,
};
use aid_procedures::Timestamp;
use aid_types::{
    ClientId, Role, TargetId,
    http::{BaseUrl, BasicCredentials, Credentials, Endpoint},
    phone::{AesGcmPhoneCipher, PhoneKey},
    redirect::RedirectPolicy,
};
use aid1_axum::{ServeOptions, TokioRuntime, serve};
use aid1_client::{CmpClient, MspClient};
use aid1_server_traits::{CmpServer, MspServer, Partner, Partners, ServerOptions};
use aid2_mqtt::LinkOptions;
use aid2_proto::session::Notice;
use tokio::{
    net::TcpListener,
    task::JoinHandle,
    time::{sleep, timeout},
};
use uuid::Uuid;

use crate::{
    Failed,
    broker::{Broker, PATIENCE},
    calls::Told,
    car::Car,
    cmp::{self, Cmp},
    intruder::Intruder,
    msp::{self, Msp},
    pki::{Authority, Identity},
    rest::Rest,
    story::Story,
    touchpoints::{CMP_HOST, MSP_HOST, Site},
    web::{self, Browser},
};

/// Every party, and the two vehicles.
pub(crate) struct World {
    pub(crate) story: Arc<Story>,
    pub(crate) rest: Arc<Rest>,
    pub(crate) workers: [Workers; 2],
    linked: JoinHandle<()>,
    pub(crate) cmp: Cmp,
    pub(crate) msp: Msp,
    pub(crate) browser: Browser,
    pub(crate) first: Car,
    pub(crate) second: Car,
    pub(crate) intruder: Intruder,
}

impl World {
    /// Starts every party.
    pub(crate) async fn build(
        story: &Arc<Story>,
        broker: Broker,
        [of_cmp, of_msp]: [BoxStore; 2],
        options: CmpOptions,
    ) -> Result<Self, Failed> {
        let (rest, broker) = (Arc::<Rest>::default(), Arc::new(broker));

        // Everything that CMP and MSP agree on beforehand.
        let issuer = Authority::new("AiD federation example")?;
        let cmp_identity = issuer.issue("CMP", &["127.0.0.1", CMP_HOST])?;
        let msp_identity = issuer.issue("MSP", &["127.0.0.1", MSP_HOST])?;
        let authority = issuer.certificate();
        let (cmp_id, msp_id) = ("cmpfleet1", "msptelco1");
        let api_key = random_text()?;
        let at_cmp = Credentials::ApiKey(api_key.parse()?);
        let at_msp = Credentials::Basic(BasicCredentials::new("cmpfleet1", &random_text()?)?);
        let account_id_key = SecretKey::from_text(&random_text()?)?;
        let mut phone_key = [0; 32];
        getrandom::fill(&mut phone_key)?;
        let phone_cipher = || AesGcmPhoneCipher::new(PhoneKey::aes_256(&phone_key));

        let cmp_listener = TcpListener::bind("127.0.0.1:0").await?;
        let msp_listener = TcpListener::bind("127.0.0.1:0").await?;
        let cmp_url = format!("https://{}", cmp_listener.local_addr()?);
        let msp_url = format!("https://{}", msp_listener.local_addr()?);

        // The CMP calls the MSP with Basic authentication, the MSP calls the CMP with an API key.
        let endpoint = |url: &str, client_id: &str, target_id: &str, credentials: &Credentials| {
            let base: BaseUrl = url.parse()?;
            let (client_id, target_id): (ClientId, TargetId) = (client_id.parse()?, target_id.parse()?);
            Ok::<_, Failed>(Endpoint::new(base, client_id, target_id, credentials.clone()))
        };
        let told = |identity: &Identity, from, to| {
            let (transport, story) = (identity.transport(&authority)?, Arc::clone(story));
            Ok::<_, Failed>(Told {
                transport,
                from,
                to,
                story,
            })
        };
        let to_msp = told(&cmp_identity, "CMP", ("MSP", Role::Msp))?;
        let to_cmp = told(&msp_identity, "MSP", ("CMP", Role::Cmp))?;
        let msp_client = MspClient::new(
            to_msp,
            endpoint(&msp_url, cmp_id, msp_id, &at_msp)?,
            sleep,
            Uuid::new_v4,
        );
        let cmp_client = CmpClient::new(
            to_cmp,
            endpoint(&cmp_url, msp_id, cmp_id, &at_cmp)?,
            sleep,
            Uuid::new_v4,
        );

        let account_ids = Verifier::new(account_id_key);
        let ports = msp::Ports::new(
            Arc::clone(story),
            cmp_id.parse()?,
            cmp_client,
            account_ids.clone(),
            phone_cipher(),
        );
        let msp = Msp::new(engine("MSP", of_msp, story, &rest)?, ports);
        let redirects = RedirectPolicy::to_msp().allow_domain("*.msp.example")?;
        let touchpoint = format!("https://{MSP_HOST}/portal/login").parse()?;
        let partner = MspPartner::new(msp_client, account_ids, touchpoint, redirects, phone_cipher());
        let ports = cmp::Ports::new(Arc::clone(story), Arc::clone(&rest), msp_id.parse()?, partner);
        let cmp = Cmp::new(engine("CMP", of_cmp, story, &rest)?, ports, options);
        let workers = [cmp.0.start(), msp.0.start()];

        let partner = |client_id: &str, credentials: &Credentials, identity: &Identity, own: &str| {
            let partner = Partner::new(client_id.parse()?, credentials.clone()).certificate(identity.fingerprint);
            Ok::<_, Failed>(ServerOptions::new(Partners::new([partner])).targets([own.parse()?]))
        };
        let cmp_server = CmpServer::new(cmp.0.clone(), partner(msp_id, &at_cmp, &msp_identity, cmp_id)?);
        let msp_server = MspServer::new(msp.0.clone(), partner(cmp_id, &at_msp, &cmp_identity, msp_id)?);
        let forever = std::future::pending::<()>;
        tokio::spawn(serve(
            cmp_listener,
            cmp_identity.server_tls(&authority)?,
            cmp_server,
            ServeOptions::default(),
            forever(),
        ));
        tokio::spawn(serve(
            msp_listener,
            msp_identity.server_tls(&authority)?,
            msp_server,
            ServeOptions::default(),
            forever(),
        ));

        let site = Site::new(Arc::clone(story), cmp.clone(), msp.clone())?;
        let hosts = HashMap::from([
            (CMP_HOST, web::serve(&cmp_identity, site.cmp_pages()).await?),
            (MSP_HOST, web::serve(&msp_identity, site.msp_pages()).await?),
        ]);
        let browser = Browser::new(&authority, &hosts, Arc::clone(story))?;

        // Before any vehicle: a broker need not say that nobody was there to receive.
        let linked = link(&cmp, &broker, story, &rest).await?;
        let mut cars = Vec::new();
        for (vin, eid) in [
            ("WBAUX11030A334483", "89049032000001000000000831934057"),
            ("WBA71DC010CH14720", "89034011560010000000000000000121"),
        ] {
            let (vin, eid) = (vin.parse()?, eid.parse()?);
            cmp.add_vehicle(vin, eid);
            let (rest, smdp) = (Arc::clone(&rest), Arc::clone(&msp.0.ports().smdp));
            let car = Car::new(vin, eid, Arc::clone(story), rest, Arc::clone(&broker), smdp).await?;
            car.connect().await?;
            cars.push(car);
        }
        let [first, second] = <[Car; 2]>::try_from(cars).map_err(|_| "two vehicles")?;
        Ok(Self {
            story: Arc::clone(story),
            rest,
            workers,
            linked,
            cmp,
            msp,
            browser,
            first,
            second,
            intruder: Intruder {
                authority,
                msp_url,
                known: cmp_identity,
                stranger: Authority::new("somebody else")?.issue("CMP", &["127.0.0.1"])?,
                credentials: at_msp,
                client_id: cmp_id.to_owned(),
                target_id: msp_id.to_owned(),
            },
        })
    }

    /// Disconnects everybody from the broker, and lets the backends finish.
    pub(crate) async fn stop(self) {
        for car in [&self.first, &self.second] {
            car.stop().await;
        }
        for workers in self.workers {
            workers.stop().await;
        }
        if let Some(link) = self.cmp.0.ports().road.vehicles.link() {
            link.close();
        }
        // Only a panic, which was printed, ends it otherwise.
        let _ = timeout(PATIENCE, self.linked).await;
    }
}

/// What runs a backend.
fn engine(
    who: &'static str,
    database: BoxStore,
    story: &Arc<Story>,
    rest: &Arc<Rest>,
) -> Result<Engine<BoxStore>, Failed> {
    let (story, rest) = (Arc::clone(story), Arc::clone(rest));
    let observer = move |occurrence: &Occurrence<'_>| {
        rest.stir();
        // The rest is everyday life.
        if !matches!(occurrence, Occurrence::Executed { .. } | Occurrence::Conflict { .. }) {
            story.act(who, occurrence);
        }
    };
    let seed = Uuid::new_v4().as_u64_pair().0;
    Ok(Engine::new(
        database,
        TokioRuntime::current()?,
        observer,
        engine::Options::default(),
        seed,
    ))
}

/// Connects the CMP to the vehicles.
async fn link(cmp: &Cmp, broker: &Broker, story: &Arc<Story>, rest: &Arc<Rest>) -> Result<JoinHandle<()>, Failed> {
    let mut options = LinkOptions::backend(broker.url.clone(), broker.tls("cmp-backend")?);
    let (told, rest) = (Arc::clone(story), Arc::clone(rest));
    let connected = Broker::tune(&mut options, story, "CMP", move |notice| {
        if let Notice::Handled { name, request_id } = notice {
            told.message(request_id.vehicle_id.as_str(), "CMP", name);
        }
        rest.told_by_cmp(notice);
    });
    let vehicles = &cmp.0.ports().road.vehicles;
    let linked = tokio::spawn(vehicles.open(&cmp.0, &options, "federation-cmp", "federation")?);
    timeout(PATIENCE, connected.notified()).await.map_err(|_| "no broker")?;
    Ok(linked)
}

/// The time that both backends go by.
#[allow(
    clippy::disallowed_methods,
    reason = "programs may read the clock, libraries may not"
)]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp::from_secs(since.map_or(0, |since| since.as_secs()))
}

/// 64 random characters: keys and passwords of this run.
fn random_text() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
