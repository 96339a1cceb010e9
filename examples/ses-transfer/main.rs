//! An entitlement server transfers two subscriptions from an old phone to a new one: it calls an operator's backend over
//! TLS.
//!
//! ```text
//! cargo run --release --example ses-transfer
//! ```
//!
//! Both are stand-ins and run in this process, on loopback, with certificates and credentials made for this run. Every end
//! condition is checked; the exit code is 1 if one fails.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the listing is what this program is for"
)]

mod operator;

use std::{
    error::Error,
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

use aid_sandbox::{Authority, Identity};
use aid_types::{Eid, Iccid, Imei};
use aid1_axum::{ServeOptions, serve};
use aid1_reqwest::ReqwestTransport;
use ses_transfer::{
    BackendClient, BackendServer, BasicCredentials, BearerToken, Credentials, DeviceAuthMode, DeviceHeaders,
    DeviceType, Endpoint, Imsi, NewIccidProfile, NewPrimaryDeviceInfo, NsdsVersion, OldIccidProfile,
    OldPrimaryDeviceInfo, Reason, SimType, Subscription, Subscriptions, TransferFlowType, TransferPrimaryDeviceEsimSub,
    UiccSignatureStatus,
    bytes::Bytes,
    client::{BoxError, BoxHttpClient, HttpClient, Transaction},
    http::Request,
    server::{Caller, Callers, ServerOptions},
};
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::operator::{Audit, Operator};

const OLD_EID: &str = "89049032000001000000000831934057";
const NEW_EID: &str = "89034011560010000000000000000121";
const SUBSCRIPTIONS: [(&str, &str); 2] = [
    ("001010000000001", "8944500805172032953"),
    ("001010000000002", "8944500000000000019"),
];

const HELP: &str = "\
ses-transfer

  An entitlement server transfers two subscriptions from an old phone to a new one: it calls an
  operator's backend over TLS. Both are stand-ins and run in this process. There is nothing to choose.

  Exit: 0 every end condition holds; 1 one does not; 2 the command line is wrong.
";

static FAILED: AtomicBool = AtomicBool::new(false);

fn check(right: bool, what: &str) {
    println!("  {} {what}", if right { "ok  " } else { "FAIL" });
    FAILED.fetch_or(!right, Ordering::Relaxed);
}

#[tokio::main]
async fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        None => {}
        Some("--help" | "-h") => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Some(other) => {
            eprintln!("ses-transfer: no option {other}\nTry `ses-transfer --help`.");
            return ExitCode::from(2);
        }
    }
    if let Err(error) = run().await {
        check(false, &format!("the run came to its end: {error}"));
    }
    match FAILED.load(Ordering::Relaxed) {
        false => ExitCode::SUCCESS,
        true => ExitCode::FAILURE,
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    // What both companies agree on beforehand.
    let authority = Authority::new("SES example")?;
    let (ses, backend) = (
        authority.issue("SES", &[])?,
        authority.issue("operator", &["127.0.0.1"])?,
    );
    let basic = Credentials::Basic(BasicCredentials::new("ses", &Uuid::new_v4().to_string())?);
    let bearer = Credentials::Bearer(BearerToken::new(&Uuid::new_v4().to_string())?);

    let operator = Operator::new(OLD_EID.parse()?, SUBSCRIPTIONS)?;
    let url = start(&authority, &backend, &ses, [&basic, &bearer], operator.clone()).await?;
    let client = |credentials: &Credentials, http: BoxHttpClient| -> Result<_, Box<dyn Error>> {
        let endpoint = Endpoint::new(url.parse()?, credentials);
        Ok(BackendClient::new(http, endpoint, tokio::time::sleep, Uuid::new_v4))
    };
    let http = ses.transport(&authority.certificate())?;
    let device = DeviceHeaders::default()
        .auth_mode(DeviceAuthMode::Aka)
        .device_type(DeviceType::HandheldWithSim)
        .nsds_version(NsdsVersion::V1_0);

    println!("1  two subscriptions go from an old phone to a new one");
    let calls = client(&basic, BoxHttpClient::new(http.clone()))?;
    let body = transfer(OLD_EID.parse()?)?;
    let reply = calls
        .transfer_primary_device_esim_sub(&body, &device, Transaction::New)
        .await?;
    check(
        reply.attempts == 1 && reply.odd.is_empty(),
        "202, and the same x-transaction-id came back",
    );
    check(operator.moved() == 2, "the operator moved both");

    println!("2  the entitlement server was restarted and asks again");
    let again = Transaction::Repeat(reply.transaction_id.clone());
    let repeated = calls.transfer_primary_device_esim_sub(&body, &device, again).await?;
    check(repeated.transaction_id == reply.transaction_id, "202 once more");
    check(operator.orders() == 1, "the operator was not asked a second time");

    println!("3  the reply is lost on the way");
    operator.give_back();
    let calls = client(&bearer, BoxHttpClient::new(losing_the_first_reply(http.clone())))?;
    let reply = calls
        .transfer_primary_device_esim_sub(&body, &device, Transaction::New)
        .await?;
    check(
        reply.attempts == 2,
        "the client repeated the request, with a bearer token this time",
    );
    check(
        operator.orders() == 2 && operator.moved() == 2,
        "there was one transfer",
    );

    println!("4  the operator does not know the phone");
    let error = calls
        .transfer_primary_device_esim_sub(&transfer(NEW_EID.parse()?)?, &device, Transaction::New)
        .await
        .err();
    println!("  {}", error.as_ref().map_or_else(String::new, ToString::to_string));
    let reason = error.and_then(|error| error.reason());
    check(
        reason == Some(Reason::PrimaryDeviceNotFound),
        "404 Primary_Device_Not_Found",
    );

    println!("5  somebody with our certificate, but without our password");
    let wrong = Credentials::Basic(BasicCredentials::new("ses", "guessed")?);
    let error = client(&wrong, BoxHttpClient::new(http))?
        .transfer_primary_device_esim_sub(&body, &device, Transaction::New)
        .await
        .err();
    println!("  {}", error.as_ref().map_or_else(String::new, ToString::to_string));
    check(
        error.and_then(|error| error.reason()) == Some(Reason::Unauthorized),
        "401 Unauthorized",
    );
    Ok(())
}

/// Serves the operator's backend; gives its base URL.
async fn start(
    authority: &Authority,
    backend: &Identity,
    ses: &Identity,
    credentials: [&Credentials; 2],
    operator: Operator,
) -> Result<String, Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("https://{}/ses-ux", listener.local_addr()?);
    let callers = credentials
        .into_iter()
        .fold(Callers::default(), |callers, credentials| {
            callers.admit(&Caller::new("ses"), credentials.clone(), [ses.fingerprint.into()])
        });
    let options = ServerOptions::new(callers).prefix("/ses-ux").observe(Audit);
    let tls = backend.server_tls(&authority.certificate())?;
    let server = BackendServer::new(operator, options);
    let forever = std::future::pending();
    tokio::spawn(serve(listener, tls, server, ServeOptions::default(), forever));
    Ok(url)
}

/// What the entitlement server learned from the two phones.
fn transfer(old: Eid) -> Result<TransferPrimaryDeviceEsimSub, Box<dyn Error>> {
    let mut subscriptions = Vec::new();
    let mut profiles = Vec::new();
    for (imsi, iccid) in SUBSCRIPTIONS {
        let profile = OldIccidProfile::default()
            .imei("354178036859789".parse::<Imei>()?)
            .iccid(iccid.parse::<Iccid>()?)
            .sim_type(SimType::ESim)
            .uicc_signature_status(UiccSignatureStatus::Passed);
        subscriptions.push(Subscription::new(profile).primary_imsi(imsi.parse::<Imsi>()?));
        profiles.push(NewIccidProfile::default().imei("351234510000011".parse::<Imei>()?));
    }
    let old = OldPrimaryDeviceInfo::new(Subscriptions::new(subscriptions)?).eid(old);
    let new = NewPrimaryDeviceInfo::default()
        .eid(NEW_EID.parse::<Eid>()?)
        .iccid_profile_list(profiles);
    Ok(TransferPrimaryDeviceEsimSub::new(old, new).transfer_flow_type(TransferFlowType::DuringSetup))
}

/// A network that does its work and forgets to say so, once.
fn losing_the_first_reply(http: ReqwestTransport) -> impl HttpClient {
    let lost = std::sync::Arc::new(AtomicBool::new(false));
    move |request: Request<Bytes>| {
        let (http, lose) = (http.clone(), !lost.swap(true, Ordering::Relaxed));
        async move {
            let response = http.send(request).await.map_err(BoxError::from)?;
            if lose {
                Err(BoxError::from("the connection broke"))
            } else {
                Ok(response)
            }
        }
    }
}
