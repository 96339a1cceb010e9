//! `aid serve`: one side of AiD1, to try a client against.

mod admin;
mod cmp;
mod database;
mod limits;
mod log;
mod msp;
mod peer;
mod reload;
mod seed;
mod settings;
mod state;

use std::{
    io,
    net::{SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use aid_backend::{
    engine::{Engine, EngineMetrics, Observe, Occurrence},
    store::BoxStore,
};
use aid_types::{Leniency, Role, http::Credentials};
use aid1_axum::{HttpService, ServeOptions, ServerTls};
use aid1_server_traits::{CmpServer, MspServer, Partner, Partners, ServerMetrics, ServerOptions};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use self::{
    admin::Admin,
    log::Log,
    reload::{Files, Reload},
    seed::Seed,
    settings::Settings,
};
use crate::{
    args::{Usage, file},
    lines,
    transport::client_tls,
    writer::LOG,
};

/// `aid serve cmp` and `aid serve msp`.
#[derive(clap::Args)]
#[command(after_help = SERVE)]
pub(crate) struct Server {
    /// A TOML file with the other settings, by the same names; what is said here counts more
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

const SERVE: &str = "\
What it does:
  Serves until SIGTERM or SIGINT (exit 0). Prints `READY <url>` when it accepts connections. Plain
  http is for loopback addresses only; with certificates it is https for clients with a certificate
  of --client-ca. Every request is one line on standard error, with a dash for what is missing and
  nothing secret:
  METHOD PATH-TEMPLATE STATUS CODE CMP-REQUEST-ID CORRELATION-ID

  A --config says the same as the flags, and a path in it begins where it is:
  listen = \"127.0.0.1:8080\"
  seed = \"seed.json\"

  On SIGHUP, and when one of them changes, the files are read again: the certificates, those for the
  peer too, the lists of what was revoked, and of the seed `auth` and `client_id`. A line on standard
  error says so, or why everything stays as it was. Connections stay open, and go on with the
  certificates that they began with.

  With --admin a second line says `ADMIN <url>`. There /health answers 200 as long as the server runs,
  /ready 200, but 503 when it ends and while its database is away, and /metrics what was counted, in the
  text format of Prometheus.

  With --admin-token-file there are also /seed and /state, as JSON without secrets, for who sends that
  text as `authorization: Bearer …`.

  With --database the server keeps what happens, and goes on with it when it is started again: what the
  database knows of a session or an msp_token counts more than the seed. Calls are answered 500/90 while it is away.

  The seed is a JSON object. What is not said to be needed may be absent:
    auth          needed: {\"api_key\":\"…\",\"basic\":[\"user\",\"password\"]}, either or both
    client_id     needed: who calls
    target_id     needed: who is called
    account_id_secret
                  CMP: the msp-specific-secret, the bytes of this text, at least 32. Without it no
                  account_id is verified: it is a text that stands in `sids` or does not
    ver           CMP: the secret knowledge that account_ids must carry; none unless given
    sids          CMP: onboarding sessions that are open, each of another user
    msp_tokens    federated already
    activation_request_ids
                  CMP: requests of each of the msp_tokens that wait for an activation code
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
  document allows. The peer is
  called with the ids of the seed exchanged, and with the first of `auth`.";

/// How long requests under way may take when the server ends.
const SHUTDOWN: Duration = Duration::from_secs(2);

impl Server {
    pub(crate) fn run(self, role: Role) -> Result<ExitCode, Usage> {
        let settings = self.settings.or_file(self.config.as_deref())?;
        let admin_address = settings.admin().map(|text| address("--admin", text)).transpose()?;
        if admin_address.is_some_and(|address| !address.ip().is_loopback()) {
            return Err(Usage::new("--admin: only a loopback address can be served"));
        }
        let address = address("--listen", settings.listen()?)?;
        let files = Files::new(settings.files());
        let seed = read_seed(&settings)?;
        for odd in &seed.odd {
            lines::complain(&format!("seed: {odd}"));
        }
        let tls = settings.tls()?;
        if tls.is_none() && !address.ip().is_loopback() {
            return Err(Usage::new(
                "--listen: without certificates only a loopback address can be served",
            ));
        }
        let leniency = if settings.strict() {
            Leniency::Strict
        } else {
            Leniency::Field
        };
        let admin = Admin::default();
        if admin_address.is_some() {
            admin.measure()?;
        }
        if let Some(token) = settings.admin_token()? {
            admin.open_with(token, state::of_seed(&seed));
        }
        let partners = Arc::new(Partners::new([partner(&seed)?]));
        let options = ServerOptions::new(Arc::clone(&partners))
            .targets([seed.target_id.clone()])
            .leniency(leniency)
            .limit(settings.limits())
            .clock(aid1_axum::elapsed)
            .observe((ServerMetrics::new(), Log));
        let peer = peer::of(&settings, &seed)?;
        if settings.asynchronous() && (role == Role::Cmp || peer.is_none()) {
            return Err(Usage::new(
                "--asynchronous: only an MSP with --peer can send activation codes",
            ));
        }
        let asynchronous = settings.asynchronous();
        let database = settings.database().map(str::to_owned);
        let database_tls = client_tls(&settings.database_certificates(), "database-")?;
        let reload = Reload {
            files,
            settings,
            partners,
            tls: tls.clone(),
            peer: peer.clone(),
        };
        let admin = (admin, admin_address);
        let failed = |error: io::Error| Usage(format!("serve: {error}"));
        let runtime = tokio::runtime::Runtime::new().map_err(failed)?;
        runtime.block_on(async {
            let database = database::open(database.as_deref(), database_tls).await?;
            let (ended, workers) = match role {
                Role::Cmp => {
                    let cmp = cmp::open(seed, leniency, peer, database).await?;
                    ready_while(&admin.0, cmp.backend().engine());
                    let known = cmp.clone();
                    admin.0.state(move || {
                        let known = known.clone();
                        Box::pin(async move { known.state().await.ok() })
                    });
                    let workers = cmp.backend().start();
                    let ended = run(address, tls, CmpServer::new(cmp, options), reload, admin).await;
                    (ended, workers)
                }
                Role::Msp => {
                    let msp = msp::open(&seed, peer, asynchronous, database).await?;
                    ready_while(&admin.0, msp.engine());
                    let known = msp.clone();
                    admin.0.state(move || {
                        let known = known.clone();
                        Box::pin(async move { msp::state(&known).await.ok() })
                    });
                    let workers = msp.start();
                    let ended = run(address, tls, MspServer::new(msp, options), reload, admin).await;
                    (ended, workers)
                }
            };
            workers.stop().await;
            ended.map_err(failed)
        })
    }
}

/// Ready is who can use the database.
fn ready_while(admin: &Admin, engine: &Engine<BoxStore>) {
    let engine = engine.clone();
    admin.ready_while(move || {
        let engine = engine.clone();
        Box::pin(async move { engine.tell_backlog().await.is_ok() })
    });
}

/// Hears engines: for the log, and for `/metrics`.
fn observer() -> impl Observe {
    (tell, EngineMetrics::new())
}

/// What an engine does, as far as somebody has to know; the rest is everyday life.
fn tell(occurrence: &Occurrence<'_>) {
    match occurrence {
        Occurrence::Alarm { .. }
        | Occurrence::Executed { .. }
        | Occurrence::Conflict { .. }
        | Occurrence::Repeated
        | Occurrence::Backlog { .. } => {}
        other => LOG.tell(other.to_string()),
    }
}

fn address(option: &str, text: &str) -> Result<SocketAddr, Usage> {
    let mut addresses = text
        .to_socket_addrs()
        .map_err(|error| Usage(format!("{option}: {error}")))?;
    addresses.next().ok_or_else(|| Usage(format!("{option}: no address")))
}

fn read_seed(settings: &Settings) -> Result<Seed, Usage> {
    Seed::parse(&file("--seed", settings.seed()?)?).map_err(|error| Usage(format!("seed: {error}")))
}

/// Who may call.
fn partner(seed: &Seed) -> Result<Partner, Usage> {
    let partner = Partner::new(seed.client_id.clone(), first(seed)?.clone());
    let others = seed.credentials.iter().skip(1).cloned();
    Ok(others.fold(partner, Partner::or_credentials))
}

/// What the peer is called with, too.
fn first(seed: &Seed) -> Result<&Credentials, Usage> {
    let credentials = seed.credentials.first();
    credentials.ok_or_else(|| Usage::new("seed: auth: missing"))
}

async fn run(
    address: SocketAddr,
    tls: Option<ServerTls>,
    service: impl HttpService,
    reload: Reload,
    (admin, admin_address): (Admin, Option<SocketAddr>),
) -> io::Result<ExitCode> {
    // Before READY: whoever reads that may send a signal at once.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let hangup = signal(SignalKind::hangup())?;
    let ending = admin.clone();
    let shutdown = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        ending.ending();
    };
    let listener = TcpListener::bind(address).await?;
    // Ends with the runtime.
    tokio::spawn(reload.run(hangup));
    let scheme = if tls.is_some() { "https" } else { "http" };
    lines::print(&format!("READY {scheme}://{}\n", listener.local_addr()?));
    if let Some(address) = admin_address {
        lines::print(&format!("ADMIN http://{}\n", admin.serve(address).await?));
    }
    let options = ServeOptions::new()
        .shutdown_timeout(SHUTDOWN)
        .observe(|turned_away| LOG.tell(turned_away.to_string()));
    match tls {
        Some(tls) => aid1_axum::serve(listener, tls, service, options, shutdown).await,
        None => aid1_axum::serve_plain(listener, service, options, shutdown)
            .await
            .map_err(io::Error::other)?,
    }
    LOG.flush();
    Ok(ExitCode::SUCCESS)
}
