//! An MSP and a CMP, each over its own SQLite database: what an integrator writes, and what the backends do.
//!
//! ```text
//! cargo run --release --example backend [directory]
//! ```
//!
//! One user is onboarded at the CMP's page, gets a profile into a car, and withdraws. `msp.rs` and `cmp.rs` are what an MSP
//! and a CMP write; `docs/guide/` goes through them. Here they call each other within the process, and the car is a function.
//! The databases are in the directory, or in memory.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program: it prints, and reads the clock"
)]

mod cmp;
mod msp;

use std::{
    error::Error,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use account_id::{SecretKey, Verifier};
use aid_backend::{cmp::MspPartner, store::Store as _};
use aid_procedures::cmp::{Event, TokenState};
use aid_sqlite::{Options, SqliteStore};
use aid_types::{
    AesGcmPhoneCipher, CmpUserId, Eid, PhoneKey, Vin,
    http::{Credentials, Endpoint, bytes::Bytes, http::Request},
    redirect::RedirectPolicy,
};
use aid1_client::{BoxError, BoxHttpClient, CmpClient, MspClient};
use aid1_server_traits::{CmpServer, MspServer, Partner, Partners, ServerOptions};
use aid2_proto::{
    DecodeOptions, Profile, ProfileStatus, RequestActivationCode, RequestDeleteProfileResponse,
    RequestDeleteProfileResult, RequestId, SendCsimStatus, SendProfileDownloadInstallInfo, Timestamp,
    session::{NewOrder, ToCmp, ToVehicle},
};
use tokio::{sync::mpsc, time::sleep};
use uuid::Uuid;

use crate::{cmp::Cmp, msp::Msp};

const SECRET: &str = "the msp-specific-secret that both sides have exchanged";

type Failed = Box<dyn Error>;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let directory = std::env::args().nth(1).map(PathBuf::from);
    let open = |name| match &directory {
        Some(directory) => SqliteStore::open(directory.join(name), Options::new()),
        None => SqliteStore::in_memory(Options::new()),
    };
    let (user, vin): (CmpUserId, Vin) = ("customer-4711".parse()?, "WBAUX11030A334483".parse()?);

    // In earnest, `ReqwestTransport`; there, and in `aid1_axum::serve`, mutual TLS is at home.
    let (at_cmp, at_msp) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
    let (cmp_server, msp_server) = (Arc::clone(&at_cmp), Arc::clone(&at_msp));
    let to_cmp = BoxHttpClient::new(move |request: Request<Bytes>| {
        let server: Option<CmpServer<Cmp>> = cmp_server.get().cloned();
        async move { Ok::<_, BoxError>(server.ok_or("not there yet")?.handle_bytes(request).await) }
    });
    let to_msp = BoxHttpClient::new(move |request: Request<Bytes>| {
        let server: Option<MspServer<Msp>> = msp_server.get().cloned();
        async move { Ok::<_, BoxError>(server.ok_or("not there yet")?.handle_bytes(request).await) }
    });
    let (cmp_calls, msp_accepts) = agreed("cmpfleet1", "msptelco1")?;
    let (msp_calls, cmp_accepts) = agreed("msptelco1", "cmpfleet1")?;
    let account_ids = || SecretKey::from_text(SECRET).map(Verifier::new);
    let phone = || AesGcmPhoneCipher::new(PhoneKey::aes_256(&[7; 32]));

    let msp = msp::backend(
        open("msp.sqlite")?,
        msp::Ports {
            cmp: CmpClient::new(to_cmp, msp_calls, sleep, Uuid::new_v4),
            account_ids: account_ids()?,
            phone: phone(),
        },
    )?;
    let (orders, mut ordered) = mpsc::unbounded_channel();
    let touchpoint = "https://www.msp.example/onboarding".parse()?;
    let redirects = RedirectPolicy::to_msp().allow_domain("www.msp.example")?;
    let client = MspClient::new(to_msp, cmp_calls, sleep, Uuid::new_v4);
    let cmp = cmp::backend(
        open("cmp.sqlite")?,
        cmp::Ports {
            msp: MspPartner::new(client, account_ids()?, touchpoint, redirects, phone()),
            vehicles: cmp::Road(orders),
            vin,
        },
    )?;
    let _ = at_msp.set(MspServer::new(msp.clone(), msp_accepts));
    let _ = at_cmp.set(CmpServer::new(cmp.clone(), cmp_accepts));
    let (msp_workers, cmp_workers) = (msp.start(), cmp.start());

    // The user is at the CMP's page, and chooses the MSP.
    let began = cmp
        .onboard(
            user.clone(),
            &"msptelco1".parse()?,
            None,
            "https://www.cmp.example/done",
        )
        .await?;
    let back = msp::page(&msp, &began.url).await?;
    let query = back.split_once('?').map_or("", |(_, query)| query);
    let came_back = cmp.came_back(began.federation, began.sid, query).await?;
    println!("CMP: the user came back: {came_back:?}");
    reaches(&cmp, began.federation, TokenState::Active).await?;

    // The user is in the car.
    let eid: Eid = "89049032000001000000000831934057".parse()?;
    let id = RequestId::new(vin, Timestamp::from_secs(msp::now()));
    let asks = RequestActivationCode::new(id, user.clone(), eid);
    cmp.hear(ToCmp::RequestActivationCode(asks)).await?;
    car(&cmp, &user, eid, ordered.recv().await.ok_or("no order")?).await?;

    // And at the CMP's page again.
    cmp.decide(began.federation, Event::Withdraw).await?;
    car(&cmp, &user, eid, ordered.recv().await.ok_or("no order")?).await?;
    reaches(&cmp, began.federation, TokenState::Removed).await?;

    while !cmp.engine().store().backlog().await?.is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    println!("done: nothing waits");
    msp_workers.stop().await;
    cmp_workers.stop().await;
    Ok(())
}

/// How one calls, and what the other accepts.
fn agreed(from: &str, to: &str) -> Result<(Endpoint, ServerOptions), Failed> {
    let key = Credentials::ApiKey("1234abcdefghij0123456789".parse()?);
    let partners = Partners::new([Partner::new(from.parse()?, key.clone())]);
    let base = format!("https://{to}.example").parse()?;
    let endpoint = Endpoint::new(base, from.parse()?, to.parse()?, key);
    Ok((endpoint, ServerOptions::new(partners)))
}

async fn reaches(cmp: &Cmp, id: aid_backend::cmp::FederationId, state: TokenState) -> Result<(), Failed> {
    loop {
        let view = cmp.federation(id).await?;
        if view.is_some_and(|view| view.federation.state() == state) {
            println!("CMP: the federation is {state:?}");
            return Ok(());
        }
        sleep(Duration::from_millis(10)).await;
    }
}

/// The car does what it is ordered to do, and says so.
async fn car(cmp: &Cmp, user: &CmpUserId, eid: Eid, order: NewOrder) -> Result<(), Failed> {
    let id = order.key.request_id();
    let decoded = ToVehicle::decode(order.key.name, id, order.payload(), DecodeOptions::default())?;
    let (said, profile) = match decoded.ok_or("no message to a vehicle")?.0 {
        ToVehicle::SendActivationCode(order) => {
            let code = order.activation_code;
            let iccid = code.to_string().rsplit('$').next().unwrap_or_default().parse()?;
            println!("car: installs {iccid}");
            let info = SendProfileDownloadInstallInfo::installed(id, user.clone(), iccid, eid, code);
            let profile = Profile::new(iccid, user.clone(), ProfileStatus::ENABLED);
            (ToCmp::SendProfileDownloadInstallInfo(info), profile)
        }
        ToVehicle::RequestDeleteProfile(order) => {
            println!("car: deletes {}", order.iccid);
            let success = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
            let profile = Profile::new(order.iccid, user.clone(), ProfileStatus::DELETED);
            (ToCmp::RequestDeleteProfileResponse(id, success), profile)
        }
        other => return Err(format!("not in this story: {}", other.name()).into()),
    };
    cmp.hear(said).await?;
    cmp.hear(ToCmp::SendCsimStatus(SendCsimStatus::new(id, eid, vec![profile])))
        .await?;
    Ok(())
}
