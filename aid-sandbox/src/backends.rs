//! A CMP and an MSP, built and connected.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use account_id::{SecretKey, Verifier};
use aid_backend::{
    cmp::MspPartner,
    engine::{Engine, Occurrence, Workers},
    store::{Backlog, BoxStore, Store as _, StoreError},
};
use aid_types::{
    ClientId, Role, TargetId,
    http::{BaseUrl, BasicCredentials, Credentials, Endpoint},
    phone::{AesGcmPhoneCipher, PhoneKey},
};
use aid1_axum::TokioRuntime;
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
    Authority, Broker, Cmp, Door, Failed, Identity, Msp, Plan, broker::PATIENCE, calls::Told, cmp::CmpStage,
    msp::MspStage, secrets::random_text,
};

/// How a server is called, and by whom.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Access {
    /// Where it is.
    pub url: BaseUrl,
    /// Who calls.
    pub client_id: ClientId,
    /// Who is called.
    pub target_id: TargetId,
    /// What the caller shows.
    pub credentials: Credentials,
}

impl Access {
    fn new(at: &TcpListener, client_id: &str, target_id: &str, credentials: &Credentials) -> Result<Self, Failed> {
        Ok(Self {
            url: format!("https://{}", at.local_addr()?).parse()?,
            client_id: client_id.parse()?,
            target_id: target_id.parse()?,
            credentials: credentials.clone(),
        })
    }

    fn endpoint(&self) -> Endpoint {
        let (url, client_id, target_id) = (self.url.clone(), self.client_id.clone(), self.target_id.clone());
        Endpoint::new(url, client_id, target_id, self.credentials.clone())
    }
}

/// A CMP and an MSP, with AiD1 between them over mutual TLS.
pub struct Backends {
    /// The CMP.
    pub cmp: Cmp,
    /// The MSP.
    pub msp: Msp,
    /// Where the CMP is called.
    pub cmp_door: Door,
    /// Where the MSP is called.
    pub msp_door: Door,
    /// As whom the CMP appears.
    pub cmp_identity: Identity,
    /// As whom the MSP appears.
    pub msp_identity: Identity,
    /// What both trust, as PEM.
    pub authority: String,
    /// What the CMP calls the MSP with.
    pub at_msp: Access,
    running: Mutex<Option<Running>>,
}

struct Running {
    workers: [Workers; 2],
    linked: JoinHandle<()>,
}

impl fmt::Debug for Backends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backends").finish_non_exhaustive()
    }
}

impl Backends {
    /// Starts both, and connects the CMP to the broker.
    ///
    /// # Errors
    ///
    /// For people: what did not start.
    pub async fn start(plan: Plan) -> Result<Self, Failed> {
        let Plan { audience, secrets, .. } = &plan;

        // Everything that CMP and MSP agree on beforehand.
        let issuer = Authority::new("AiD sandbox")?;
        let [cmp_host, msp_host] = plan.hosts;
        let cmp_identity = issuer.issue("CMP", &["127.0.0.1", cmp_host])?;
        let msp_identity = issuer.issue("MSP", &["127.0.0.1", msp_host])?;
        let authority = issuer.certificate();
        let (cmp_id, msp_id) = ("cmpfleet1", "msptelco1");
        let at_cmp = Credentials::ApiKey(random_text()?.parse()?);
        let at_msp = Credentials::Basic(BasicCredentials::new("cmpfleet1", &random_text()?)?);
        let phone_cipher = || AesGcmPhoneCipher::new(PhoneKey::aes_256(&secrets.phone));

        let cmp_listener = TcpListener::bind("127.0.0.1:0").await?;
        let msp_listener = TcpListener::bind("127.0.0.1:0").await?;

        // The CMP calls the MSP with Basic authentication, the MSP calls the CMP with an API key.
        let access = Access::new(&msp_listener, cmp_id, msp_id, &at_msp)?;
        let to_cmp_access = Access::new(&cmp_listener, msp_id, cmp_id, &at_cmp)?;
        let told = |identity: &Identity, from, to| {
            let (transport, audience) = (identity.transport(&authority)?, Arc::clone(audience));
            Ok::<_, Failed>(Told {
                transport,
                from,
                to,
                audience,
            })
        };
        let to_msp = told(&cmp_identity, "CMP", ("MSP", Role::Msp))?;
        let to_cmp = told(&msp_identity, "MSP", ("CMP", Role::Cmp))?;
        let msp_client = MspClient::new(to_msp, access.endpoint(), sleep, Uuid::new_v4);
        let cmp_client = CmpClient::new(to_cmp, to_cmp_access.endpoint(), sleep, Uuid::new_v4);

        let account_ids = Verifier::new(SecretKey::from_text(&secrets.account_id)?);
        let stage = MspStage::new(
            Arc::clone(audience),
            Arc::clone(&plan.smdp),
            cmp_id.parse()?,
            cmp_client,
            account_ids.clone(),
            phone_cipher(),
        );
        let [of_cmp, of_msp] = &plan.stores;
        let msp = Msp::new(engine("MSP", of_msp, &plan)?, stage, plan.msp.clone());
        let (touchpoint, redirects) = (plan.msp_touchpoint.clone(), plan.to_msp.clone());
        let partner = MspPartner::new(msp_client, account_ids, touchpoint, redirects, phone_cipher());
        let stage = CmpStage::new(Arc::clone(audience), msp_id.parse()?, partner);
        let cmp = Cmp::new(engine("CMP", of_cmp, &plan)?, stage, plan.cmp.clone());
        let workers = [cmp.backend().start(), msp.backend().start()];

        let partner = |client_id: &str, credentials: &Credentials, identity: &Identity, own: &str| {
            let partner = Partner::new(client_id.parse()?, credentials.clone()).certificate(identity.fingerprint);
            Ok::<_, Failed>(ServerOptions::new(Partners::new([partner])).targets([own.parse()?]))
        };
        let cmp_server = CmpServer::new(cmp.backend().clone(), partner(msp_id, &at_cmp, &msp_identity, cmp_id)?);
        let msp_server = MspServer::new(msp.backend().clone(), partner(cmp_id, &at_msp, &cmp_identity, msp_id)?);
        let cmp_door = Door::new(cmp_listener, cmp_identity.server_tls(&authority)?, cmp_server)?;
        let msp_door = Door::new(msp_listener, msp_identity.server_tls(&authority)?, msp_server)?;
        // Before any vehicle: a broker need not say that nobody was there to receive.
        let linked = link(&cmp, &plan).await?;
        Ok(Self {
            cmp,
            msp,
            cmp_door,
            msp_door,
            cmp_identity,
            msp_identity,
            authority,
            at_msp: access,
            running: Mutex::new(Some(Running { workers, linked })),
        })
    }

    /// What waits at the CMP, and at the MSP.
    ///
    /// # Errors
    ///
    /// If a store fails.
    pub async fn backlog(&self) -> Result<[Vec<Backlog>; 2], StoreError> {
        let (cmp, msp) = (self.cmp.backend().engine().store(), self.msp.backend().engine().store());
        Ok([cmp.backlog().await?, msp.backlog().await?])
    }

    /// How many effects are being executed.
    #[must_use]
    pub fn busy(&self) -> usize {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let workers = running.iter().flat_map(|running| &running.workers);
        workers.map(Workers::busy).sum()
    }

    /// Answers nobody any more, finishes what is under way, and disconnects the CMP from the broker.
    pub async fn stop(&self) {
        self.cmp_door.close().await;
        self.msp_door.close().await;
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Running { workers, linked }) = running else {
            return;
        };
        for workers in workers {
            workers.stop().await;
        }
        if let Some(link) = self.cmp.backend().ports().link().link() {
            link.close();
        }
        // Only a panic, which was printed, ends it otherwise.
        let _ = timeout(PATIENCE, linked).await;
    }
}

/// What runs a backend.
fn engine(who: &'static str, store: &BoxStore, plan: &Plan) -> Result<Engine<BoxStore>, Failed> {
    let audience = Arc::clone(&plan.audience);
    let observer = move |occurrence: &Occurrence<'_>| {
        audience.stir();
        // The rest is everyday life.
        if !matches!(occurrence, Occurrence::Executed { .. } | Occurrence::Conflict { .. }) {
            audience.act(who, occurrence);
        }
    };
    let seed = Uuid::new_v4().as_u64_pair().0;
    let (store, runtime, options) = (store.clone(), TokioRuntime::current()?, plan.engine.clone());
    Ok(Engine::new(store, runtime, observer, options, seed))
}

/// Connects the CMP to the vehicles.
async fn link(cmp: &Cmp, plan: &Plan) -> Result<JoinHandle<()>, Failed> {
    let broker = &plan.broker;
    let mut options = LinkOptions::backend(broker.url().clone(), broker.tls("cmp-backend")?);
    let audience = Arc::clone(&plan.audience);
    let connected = Broker::tune(&mut options, &plan.audience, "CMP", move |notice| {
        if let Notice::Handled { name, request_id } = notice {
            audience.message(request_id.vehicle_id.as_str(), "CMP", name);
        }
        audience.told_by_cmp(notice);
    });
    let vehicles = cmp.backend().ports().link();
    let name = format!("{}-cmp", plan.name);
    let linked = tokio::spawn(vehicles.open(cmp.backend(), &options, &name, plan.name)?);
    timeout(PATIENCE, connected.notified()).await.map_err(|_| "no broker")?;
    Ok(linked)
}
