//! What `aid serve vehicle` and `aid serve backend` share: the way to the broker, and messages as lines.

use std::{
    io,
    process::ExitCode,
    sync::{
        LazyLock,
        mpsc::{SyncSender, sync_channel},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aid2_mqtt::{BrokerUrl, ClientTls, Observer};
use aid2_proto::{RequestId, binding::BackOff, session::Notice};
use serde_json::Value;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use crate::{
    args::{Certificates, Usage, file},
    desk::correlation,
    hint,
    json::Object,
    lines,
    writer::{LOG, Writer},
};

/// An integrator who restarts his broker does not want to wait for minutes.
const BACK_OFF: BackOff = BackOff::new(Duration::from_millis(500), Duration::from_secs(10));

/// How long what is under way may take when the command ends.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// The way to the broker.
#[derive(clap::Args)]
pub(crate) struct Broker {
    /// `mqtts://HOST:PORT`; `mqtt://` without certificates is for this machine only
    #[arg(long, value_name = "URL")]
    broker: BrokerUrl,
    #[command(flatten)]
    certificates: Certificates,
}

impl Broker {
    /// The broker and the certificates; without TLS only on this machine.
    pub(crate) fn read(self) -> Result<(BrokerUrl, Option<ClientTls>), Usage> {
        let Certificates { ca, cert, key } = &self.certificates;
        let plain = !self.broker.is_tls();
        if plain && !self.broker.is_loopback() {
            return Err(Usage::new(
                "--broker: mqtt:// is for this machine only, elsewhere mqtts://",
            ));
        }
        let tls = match (ca, cert, key) {
            (None, None, None) if plain => None,
            (Some(ca), Some(cert), Some(key)) if !plain => {
                let (ca, cert, key) = (file("--ca", ca)?, file("--cert", cert)?, file("--key", key)?);
                Some(ClientTls::from_pem(&ca, &cert, &key).map_err(|error| Usage(error.to_string()))?)
            }
            _ if plain => return Err(Usage::new("--ca, --cert and --key are for mqtts://")),
            _ => return Err(Usage::new("mqtts:// needs --ca, --cert and --key")),
        };
        Ok((self.broker, tls))
    }
}

/// What both roles set of the options.
pub(crate) fn tune(options: &mut aid2_mqtt::LinkOptions) {
    options.back_off = BACK_OFF;
    let broker = options.broker.to_string();
    options.observer = Observer::new(move |notice| tell(&broker, notice));
}

/// `READY` for the first connection, and every notice as one line on standard error.
pub(crate) fn tell(broker: &str, notice: &Notice) {
    let line = match notice {
        // As it should be: standard output tells what came.
        Notice::Sent { .. } | Notice::Handled { .. } => return,
        Notice::Connected { session_present: true } => format!("connected to {broker}, the session is there"),
        Notice::Connected { .. } => format!("connected to {broker}, a new session"),
        Notice::Disconnected { reason } => format!("disconnected: {}", hint::with_reason(reason)),
        Notice::TakenOver { said: true } => "another client has connected under this name".to_owned(),
        Notice::TakenOver { .. } => {
            "closed soon after it stood, again: has another client connected under this name?".to_owned()
        }
        Notice::Unfit { lack } => format!("cannot work with this broker: {lack}"),
        Notice::SubscriptionRefused { reason } => format!("the broker refused the subscription: {reason}"),
        Notice::SessionExpiry { seconds } => format!("the broker keeps the session for {seconds} s only"),
        Notice::Refused { topic, reason } => format!("refused {}: {reason}", topic.escape_debug()),
        Notice::Resent { name, request_id } => format!("resent {}", which(name, *request_id)),
        Notice::NotHandled { name, request_id } => {
            format!("not handled, comes again: {}", which(name, *request_id))
        }
        Notice::Tolerated {
            name,
            request_id,
            deviations,
        } => format!("tolerated in {}: {deviations:?}", which(name, *request_id)),
        Notice::Duplicate { name, request_id } => {
            format!("a copy, not handled again: {}", which(name, *request_id))
        }
        Notice::NotTaken {
            name,
            request_id,
            reason,
        } => format!("the broker did not take {}: {reason}", which(name, *request_id)),
        Notice::PutAside { name, request_id, size } => {
            format!(
                "the broker takes no {} ({size} bytes): put aside",
                which(name, *request_id)
            )
        }
        Notice::Ended { order, how } => format!("ended {}: {how:?}", which(order.name, order.request_id())),
        Notice::StoreDamaged { words } => format!("the store is damaged: {words}"),
        Notice::Moved { former, messages } => {
            format!("taken over from vehicle {former}: {messages} messages of it are forgotten")
        }
        Notice::StoreFailed { error } => format!("the store failed: {error}"),
        other => format!("{other:?}"),
    };
    LOG.tell(line);
    if matches!(notice, Notice::Connected { .. }) {
        ready(broker);
    }
}

/// A message as standard error names it: `SendCSIMStatus WBAUX11030A334483 1700000000`.
fn which(name: &str, request_id: RequestId) -> String {
    format!("{name} {} {}", request_id.vehicle_id.as_str(), correlation(request_id))
}

/// Standard output: first `READY`, for the first connection, and then what arrived. A session that was kept brings its
/// messages before the subscription is acknowledged.
struct Output {
    ready: SyncSender<String>,
    lines: Writer,
}

static OUTPUT: LazyLock<Output> = LazyLock::new(|| {
    let (ready, first) = sync_channel(1);
    let lines = Writer::start(io::stdout(), move || first.recv().ok());
    Output { ready, lines }
});

/// Prints `READY`, unless it stands there.
fn ready(broker: &str) {
    let _ = OUTPUT.ready.try_send(format!("READY {broker}"));
}

/// Prints one line, but none before `READY`.
pub(crate) async fn print(line: &Value) {
    OUTPUT.lines.write(line.to_string()).await;
}

/// Prints one line soon, or counts it where nobody reads those before it.
pub(crate) fn print_soon(line: &Value) {
    OUTPUT.lines.tell(line.to_string());
}

/// Obeys the lines of standard input, in order; prints the answer to a line, unless it comes later.
pub(crate) async fn obey_lines<F>(mut obey: impl FnMut(Result<Object, String>) -> F)
where
    F: Future<Output = Result<Option<Value>, String>>,
{
    let mut input = input();
    while let Some(line) = input.recv().await {
        match obey(line).await {
            Ok(Some(answer)) => print(&answer).await,
            Ok(None) => {}
            Err(error) => print(&lines::refused(error)).await,
        }
    }
}

/// The lines of standard input, in order, as many as are asked for.
fn input() -> mpsc::Receiver<Result<Object, String>> {
    let (sender, lines) = mpsc::channel(16);
    // Ends with the input or with the process: a read cannot be interrupted.
    std::thread::spawn(move || {
        if let Err(Usage(problem)) = lines::each(|line| sender.blocking_send(line).is_ok()) {
            lines::complain(&problem);
        }
    });
    lines
}

/// Runs a role until SIGTERM or SIGINT; then has it `end`, for a moment.
pub(crate) async fn until_signal(running: impl Future<Output = ()>, end: impl FnOnce()) -> io::Result<ExitCode> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut running = std::pin::pin!(running);
    tokio::select! {
        () = &mut running => return Ok(ExitCode::SUCCESS),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    end();
    let _ = tokio::time::timeout(SHUTDOWN, running).await;
    OUTPUT.lines.flush();
    LOG.flush();
    Ok(ExitCode::SUCCESS)
}

#[allow(
    clippy::disallowed_methods,
    reason = "programs may read the clock, libraries may not"
)]
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
