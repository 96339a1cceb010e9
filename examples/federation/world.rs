//! Every party, built and connected.

use std::{
    collections::HashMap,
    error::Error,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use account_id::{SecretKey, Verifier};
use aid_procedures::Timestamp;
use aid_types::{
    ClientId, TargetId,
    http::{BaseUrl, BasicCredentials, Credentials, Endpoint},
    phone::{AesGcmPhoneCipher, PhoneKey},
};
use aid1_axum::{ServeOptions, serve};
use aid1_server_traits::{CmpServer, MspServer, Partner, Partners, ServerOptions};
use tokio::net::TcpListener;

use crate::{
    broker::Broker,
    car::Car,
    cmp::{Cmp, CmpPort},
    intruder::Intruder,
    link::Link,
    msp::{Msp, MspPort},
    pki::{Authority, Identity},
    rest::Rest,
    story::Story,
    touchpoints::{CMP_HOST, MSP_HOST, Site},
    web::{self, Browser},
    work::{CountedRuntime, Work},
};

/// After this time "Request activation code" is answered with 201: the 3 seconds of the document, shortened so that nobody
/// has to wait for the asynchronous mode.
const BUDGET: Duration = Duration::from_millis(400);

/// Every party, and the two vehicles.
pub(crate) struct World {
    pub(crate) story: Arc<Story>,
    pub(crate) work: Work,
    pub(crate) rest: Arc<Rest>,
    link: Arc<Link>,
    pub(crate) cmp: Arc<Cmp>,
    pub(crate) msp: Arc<Msp>,
    pub(crate) browser: Browser,
    pub(crate) first: Car,
    pub(crate) second: Car,
    pub(crate) intruder: Intruder,
}

impl World {
    /// Starts every party.
    pub(crate) async fn build(story: &Arc<Story>, broker: Broker) -> Result<Self, Box<dyn Error>> {
        let (work, rest, broker) = (Work::default(), Arc::<Rest>::default(), Arc::new(broker));
        let link = Arc::new(Link::new(Arc::clone(&broker), Arc::clone(story), Arc::clone(&rest)));

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
            Ok::<_, Box<dyn Error>>(Endpoint::new(base, client_id, target_id, credentials.clone()))
        };
        let msp_client = cmp_identity
            .transport(&authority)?
            .msp_client(endpoint(&msp_url, cmp_id, msp_id, &at_msp)?);
        let cmp_client = msp_identity
            .transport(&authority)?
            .cmp_client(endpoint(&cmp_url, msp_id, cmp_id, &at_cmp)?);

        let cmp = Cmp::start(
            Arc::clone(story),
            work.clone(),
            Arc::clone(&link),
            msp_client,
            account_id_key.clone(),
            phone_cipher(),
        );
        let msp = Msp::start(
            Arc::clone(story),
            work.clone(),
            cmp_client,
            Verifier::new(account_id_key),
            phone_cipher(),
        );

        let partner = |client_id: &str, credentials: &Credentials, identity: &Identity, own: &str| {
            let partner = Partner::new(client_id.parse()?, credentials.clone()).certificate(identity.fingerprint);
            let options = ServerOptions::new(Partners::new([partner]))
                .targets([own.parse()?])
                .budget(BUDGET);
            Ok::<_, Box<dyn Error>>(options)
        };
        let cmp_server = CmpServer::new(
            CmpPort(Arc::clone(&cmp)),
            partner(msp_id, &at_cmp, &msp_identity, cmp_id)?,
        );
        let port = MspPort(Arc::clone(&msp));
        let msp_server = MspServer::new(port.clone(), partner(cmp_id, &at_msp, &cmp_identity, msp_id)?)
            .with_async(CountedRuntime::new(work.clone())?, port);
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

        let site = Site::new(Arc::clone(story), Arc::clone(&cmp), Arc::clone(&msp))?;
        let hosts = HashMap::from([
            (CMP_HOST, web::serve(&cmp_identity, site.cmp_pages()).await?),
            (MSP_HOST, web::serve(&msp_identity, site.msp_pages()).await?),
        ]);
        let browser = Browser::new(&authority, &hosts, Arc::clone(story))?;

        // Before any vehicle: a broker need not say that nobody was there to receive.
        link.serve(CmpPort(Arc::clone(&cmp))).await?;
        let mut cars = Vec::new();
        for (vin, eid) in [
            ("WBAUX11030A334483", "89049032000001000000000831934057"),
            ("WBA71DC010CH14720", "89034011560010000000000000000121"),
        ] {
            let (vin, eid) = (vin.parse()?, eid.parse()?);
            cmp.add_vehicle(vin, eid);
            let (rest, smdp) = (Arc::clone(&rest), Arc::clone(&msp.smdp));
            let car = Car::new(vin, eid, Arc::clone(story), rest, Arc::clone(&broker), smdp).await?;
            car.connect().await?;
            cars.push(car);
        }
        let [first, second] = <[Car; 2]>::try_from(cars).map_err(|_| "two vehicles")?;
        Ok(Self {
            story: Arc::clone(story),
            work,
            rest,
            link,
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

    /// Disconnects everybody from the broker.
    pub(crate) async fn stop(&self) {
        for car in [&self.first, &self.second] {
            car.stop().await;
        }
        self.link.close();
    }
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
