//! The main job: a CMP backend, an MSP backend and two vehicles live through the whole specification.
//!
//! ```text
//! cargo run --release --example federation
//! ```
//!
//! Everything runs in this process and on loopback: a certificate authority of its own, AiD1 over mutual TLS, touchpoints
//! with real redirects over HTTPS, vehicles with a software eUICC each, and a stand-in SM-DP+. AiD2 goes over MQTT 5 with
//! TLS, through a broker in this process, or through any other: `--broker mqtts://…` (see `--help`). A vehicle that is out
//! of reach is really disconnected. Every message is a numbered line that can be followed beside the document's figures;
//! every end condition is checked; the exit code is 1 if one fails, 2 if the command line is wrong.
//!
//! The parties hold no rule of the specification themselves: what they decide comes from `aid-procedures`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the listing is what this program is for"
)]

mod broker;
mod car;
mod cmp;
mod euicc;
mod link;
mod msp;
mod pki;
mod scenes;
mod smdp;
mod story;
mod touchpoints;
mod web;
mod world;

use std::{collections::HashMap, error::Error, process::ExitCode, sync::Arc, time::Duration};

use account_id::{SecretKey, Verifier};
use aid_types::{
    ClientId, TargetId,
    http::{BaseUrl, BasicCredentials, Credentials, Endpoint},
    phone::{AesGcmPhoneCipher, PhoneKey},
};
use aid1_axum::{ServeOptions, ServerTls, serve};
use aid1_reqwest::{ReqwestTransport, TlsConfig};
use aid1_server_traits::{CertificateFingerprint, CmpServer, MspServer, Partner, Partners, ServerOptions};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

use crate::{
    broker::{Arguments, Broker, Folder},
    car::Car,
    cmp::{Cmp, CmpPort},
    link::Link,
    msp::{Msp, MspPort},
    pki::{Authority, Identity},
    scenes::World,
    story::Story,
    touchpoints::{CMP_HOST, MSP_HOST, Site},
    web::Browser,
    world::{Clock, CountedRuntime, Work},
};

/// After this time "Request activation code" is answered with 201: the 3 seconds of the document, shortened so that nobody
/// has to wait for the asynchronous mode.
const BUDGET: Duration = Duration::from_millis(400);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help") {
        print!("{}", broker::HELP);
        return ExitCode::SUCCESS;
    }
    // Gone when the run is.
    let (folder, broker) = match begin(arguments).await {
        Ok(begun) => begun,
        Err(error) => {
            eprintln!("federation: {error}\nTry `federation --help`.");
            return ExitCode::from(2);
        }
    };
    let story = Arc::new(Story::default());
    let outcome = run(&story, broker).await;
    drop(folder);
    if let Err(error) = outcome {
        story.check(false, format_args!("the run came to its end: {error}"));
    }
    match story.summary() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

async fn begin(arguments: Vec<String>) -> Result<(Folder, Broker), Box<dyn Error>> {
    let (arguments, folder) = (Arguments::parse(arguments)?, Folder::new()?);
    let broker = Broker::new(arguments, folder.path()).await?;
    Ok((folder, broker))
}

async fn run(story: &Arc<Story>, broker: Broker) -> Result<(), Box<dyn Error>> {
    println!("A CMP backend, an MSP backend and two vehicles. AiD1 is over TLS on loopback,");
    println!("AiD2 over MQTT 5 through {}.", broker.url);
    let world = build(story, broker).await?;
    let outcome = scenes::play(&world).await;
    world.stop().await;
    outcome
}

/// Starts every party.
async fn build(story: &Arc<Story>, broker: Broker) -> Result<World, Box<dyn Error>> {
    let (clock, work) = (Arc::new(Clock::new()), Work::default());
    let link = Arc::new(Link::new(broker, Arc::clone(story), work.clone()).await?);

    // Everything that CMP and MSP agree on beforehand.
    let authority = Authority::new("AiD federation example")?;
    let cmp_identity = authority.issue("CMP", &["127.0.0.1", CMP_HOST])?;
    let msp_identity = authority.issue("MSP", &["127.0.0.1", MSP_HOST])?;
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
    let client = |identity: &Identity| {
        let tls = TlsConfig::mutual(
            authority.certificate().as_bytes(),
            identity.certificate.as_bytes(),
            identity.key.as_bytes(),
        )?;
        ReqwestTransport::new(tls)
    };
    let endpoint = |url: &str, client_id: &str, target_id: &str, credentials: &Credentials| {
        let base: BaseUrl = url.parse()?;
        let (client_id, target_id): (ClientId, TargetId) = (client_id.parse()?, target_id.parse()?);
        Ok::<_, Box<dyn Error>>(Endpoint::new(base, client_id, target_id, credentials.clone()))
    };
    let msp_client = client(&cmp_identity)?.msp_client(endpoint(&msp_url, cmp_id, msp_id, &at_msp)?);
    let cmp_client = client(&msp_identity)?.cmp_client(endpoint(&cmp_url, msp_id, cmp_id, &at_cmp)?);

    let cmp = Cmp::start(
        Arc::clone(story),
        Arc::clone(&clock),
        work.clone(),
        Arc::clone(&link),
        msp_client,
        account_id_key.clone(),
        phone_cipher(),
    );
    let msp = Msp::start(
        Arc::clone(story),
        Arc::clone(&clock),
        work.clone(),
        cmp_client,
        Verifier::new(account_id_key),
        phone_cipher(),
    );

    let partner = |client_id: &str, credentials: &Credentials, identity: &Identity, own: &str| {
        let fingerprint = CertificateFingerprint::new(Sha256::digest(&identity.der).into());
        let partner = Partner::new(client_id.parse()?, credentials.clone()).certificate(fingerprint);
        let options = ServerOptions::new(Partners::new([partner]))
            .targets([own.parse()?])
            .budget(BUDGET);
        Ok::<_, Box<dyn Error>>(options)
    };
    let tls = |identity: &Identity| {
        ServerTls::from_pem(
            identity.certificate.as_bytes(),
            identity.key.as_bytes(),
            authority.certificate().as_bytes(),
        )
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
        tls(&cmp_identity)?,
        cmp_server,
        ServeOptions::default(),
        forever(),
    ));
    tokio::spawn(serve(
        msp_listener,
        tls(&msp_identity)?,
        msp_server,
        ServeOptions::default(),
        forever(),
    ));

    let site = Site::new(Arc::clone(story), Arc::clone(&cmp), Arc::clone(&msp))?;
    let hosts = HashMap::from([
        (CMP_HOST, web::serve(&cmp_identity, site.cmp_pages()).await?),
        (MSP_HOST, web::serve(&msp_identity, site.msp_pages()).await?),
    ]);
    let browser = Browser::new(&authority.certificate(), &hosts, Arc::clone(story))?;

    // Before any vehicle: a broker need not say that nobody was there to receive.
    link.serve(CmpPort(Arc::clone(&cmp))).await?;
    let mut cars = Vec::new();
    for (vin, eid) in [
        ("WBAUX11030A334483", "89049032000001000000000831934057"),
        ("WBA71DC010CH14720", "89034011560010000000000000000121"),
    ] {
        let (vin, eid) = (vin.parse()?, eid.parse()?);
        cmp.add_vehicle(vin, eid);
        let car = Car::start(
            vin,
            eid,
            Arc::clone(story),
            Arc::clone(&clock),
            work.clone(),
            Arc::clone(&link),
            Arc::clone(&msp),
        );
        car.connect().await?;
        cars.push(car);
    }
    let [first, second] = <[Arc<Car>; 2]>::try_from(cars).map_err(|_| "two vehicles")?;
    Ok(World {
        story: Arc::clone(story),
        clock,
        work,
        link,
        cmp,
        msp,
        site,
        browser,
        first,
        second,
        intruder: Intruder {
            authority: authority.certificate(),
            msp_url,
            known: cmp_identity,
            stranger: Authority::new("somebody else")?.issue("CMP", &["127.0.0.1"])?,
            credentials: at_msp,
            client_id: cmp_id.to_owned(),
            target_id: msp_id.to_owned(),
        },
    })
}

/// What one needs to try what must not work.
pub(crate) struct Intruder {
    authority: String,
    msp_url: String,
    known: Identity,
    stranger: Identity,
    credentials: Credentials,
    client_id: String,
    target_id: String,
}

impl Intruder {
    /// A client of the MSP API that differs from the CMP's in its certificate, its credentials or its client-id.
    pub(crate) fn client(
        &self,
        stranger: bool,
        credentials: Option<Credentials>,
        client_id: Option<&str>,
    ) -> Result<aid1_client::MspClient<ReqwestTransport>, Box<dyn Error>> {
        let identity = if stranger { &self.stranger } else { &self.known };
        let tls = TlsConfig::mutual(
            self.authority.as_bytes(),
            identity.certificate.as_bytes(),
            identity.key.as_bytes(),
        )?;
        let endpoint = Endpoint::new(
            self.msp_url.parse()?,
            client_id.unwrap_or(&self.client_id).parse()?,
            self.target_id.parse()?,
            credentials.unwrap_or_else(|| self.credentials.clone()),
        );
        Ok(ReqwestTransport::new(tls)?.msp_client(endpoint))
    }
}

/// 64 random characters: keys and passwords of this run.
fn random_text() -> Result<String, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
