//! `aid serve`: one side of AiD1, to try a client against.

mod api;
mod cmp;
mod log;
mod msp;
mod seed;

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs as _},
    process::ExitCode,
    time::Duration,
};

use aid_types::{Leniency, Role};
use aid1_axum::{HttpService, ServeOptions, ServerTls};
use aid1_server_traits::{CmpServer, MspServer, Partner, Partners, ServerOptions};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use self::{api::Locked, cmp::Cmp, log::Log, msp::Msp, seed::Seed};
use crate::{
    args::{Args, Known, Usage},
    lines,
};

pub(crate) const SERVE: &str = "\
aid serve cmp|msp --listen 127.0.0.1:PORT --seed FILE
          [--tls-cert PEM --tls-key PEM --client-ca PEM] [--strict]

  Answers the operations that one role offers, from memory, until SIGTERM or SIGINT ends it (exit
  0). Port 0 takes a free one. Prints `READY <url>` when it accepts connections. Plain http is for
  loopback addresses only; with certificates it is https for clients with a certificate of
  --client-ca. --strict refuses what deviates from Annex B to the letter. Every request is one line
  on standard error, with a dash for what is missing and nothing secret:
  METHOD PATH-TEMPLATE STATUS CODE CMP-REQUEST-ID CORRELATION-ID

  The seed is a JSON object. What is not said to be needed may be absent:
    auth          needed: {\"api_key\":\"…\",\"basic\":[\"user\",\"password\"]}, either or both
    client_id     needed: who calls
    target_id     needed: who is called
    account_id_secret
                  CMP: the msp-specific-secret, the bytes of this text, at least 32. Without it no
                  account_id is verified: it is a text that stands in `sids` or does not
    ver           CMP: the secret knowledge that account_ids must carry; none unless given
    sids          CMP: onboarding sessions that are open
    msp_tokens    federated already
    activation_request_ids
                  CMP: requests that wait for an activation code, whoever's
    iccids        the profiles of each of the msp_tokens
    pool          MSP: how many profiles an msp_token may have at a time; any number unless given
    eid           where the profiles are; only its form matters
    phone         CMP: {\"key\":\"…\"}, an AES-GCM key of 32 or 16 bytes in base64 or hexadecimal
                  digits: phone numbers that it does not decrypt are refused. Whatever else stands
                  here is ignored, and of phone numbers only the Base64 is looked at
  {\"auth\":{\"api_key\":\"key1\"},\"client_id\":\"caller\",\"target_id\":\"called\",
   \"msp_tokens\":[\"25bca1e2-338f-11d6-ac61-9e71138fd521\"],\"iccids\":[\"8944500805172032953\"]}

  An activation code that the MSP issues has a new profile, and is bound to the EID of its request;
  a request that is repeated with its id brings the same. A repetition is a success wherever the
  document allows. Nothing is called back.
";

const KNOWN: Known = Known {
    words: &["role"],
    options: &["listen", "seed", "tls-cert", "tls-key", "client-ca"],
    switches: &["strict"],
};

/// How long requests under way may take when the server ends.
const SHUTDOWN: Duration = Duration::from_secs(2);

pub(crate) fn serve(arguments: Vec<String>) -> Result<ExitCode, Usage> {
    let args = Args::parse(arguments, &KNOWN)?;
    let role = match args.optional("role") {
        Some("cmp") => Role::Cmp,
        Some("msp") => Role::Msp,
        _ => return Err(Usage::new("serve: cmp or msp, vehicle or backend?")),
    };
    let address = address(args.required("listen")?)?;
    args.required("seed")?;
    let seed = Seed::parse(&args.file("seed")?.unwrap_or_default()).map_err(|error| Usage(format!("seed: {error}")))?;
    for odd in &seed.odd {
        lines::complain(&format!("seed: {odd}"));
    }
    let tls = tls(&args)?;
    if tls.is_none() && !address.ip().is_loopback() {
        return Err(Usage::new(
            "--listen: without certificates only a loopback address can be served",
        ));
    }
    let leniency = if args.has("strict") {
        Leniency::Strict
    } else {
        Leniency::Field
    };
    let options = options(&seed, leniency)?;
    let failed = |error: io::Error| Usage(format!("serve: {error}"));
    let runtime = tokio::runtime::Runtime::new().map_err(failed)?;
    runtime
        .block_on(async {
            match role {
                Role::Cmp => {
                    run(
                        address,
                        tls,
                        CmpServer::new(Locked::new(Cmp::new(seed, leniency)), options),
                    )
                    .await
                }
                Role::Msp => run(address, tls, MspServer::new(Locked::new(Msp::new(seed)), options)).await,
            }
        })
        .map_err(failed)
}

fn address(text: &str) -> Result<SocketAddr, Usage> {
    let mut addresses = text
        .to_socket_addrs()
        .map_err(|error| Usage(format!("--listen: {error}")))?;
    addresses.next().ok_or_else(|| Usage::new("--listen: no address"))
}

fn tls(args: &Args) -> Result<Option<ServerTls>, Usage> {
    match (args.file("tls-cert")?, args.file("tls-key")?, args.file("client-ca")?) {
        (None, None, None) => Ok(None),
        (Some(chain), Some(key), Some(authorities)) => ServerTls::from_pem(&authorities, &chain, &key)
            .map(Some)
            .map_err(|error| Usage(error.to_string())),
        _ => Err(Usage::new("--tls-cert, --tls-key and --client-ca belong together")),
    }
}

fn options(seed: &Seed, leniency: Leniency) -> Result<ServerOptions, Usage> {
    let mut credentials = seed.credentials.iter().cloned();
    let first = credentials.next().ok_or_else(|| Usage::new("seed: auth: missing"))?;
    let partner = credentials.fold(Partner::new(seed.client_id.clone(), first), Partner::or_credentials);
    Ok(ServerOptions::new(Partners::new([partner]))
        .targets([seed.target_id.clone()])
        .leniency(leniency)
        .observe(Log))
}

async fn run(address: SocketAddr, tls: Option<ServerTls>, service: impl HttpService) -> io::Result<ExitCode> {
    // Before READY: whoever reads that may send a signal at once.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let listener = TcpListener::bind(address).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    lines::print(&format!("READY {scheme}://{}\n", listener.local_addr()?));
    let options = ServeOptions::new()
        .shutdown_timeout(SHUTDOWN)
        .observe(|turned_away| eprintln!("{turned_away}"));
    match tls {
        Some(tls) => aid1_axum::serve(listener, tls, service, options, shutdown).await,
        None => aid1_axum::serve_plain(listener, service, options, shutdown)
            .await
            .map_err(io::Error::other)?,
    }
    Ok(ExitCode::SUCCESS)
}
