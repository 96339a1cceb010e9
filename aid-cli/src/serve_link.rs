//! What `aid serve vehicle` and `aid serve backend` share: the way to the broker, and messages as lines.

use std::{
    collections::HashMap,
    io::{self, Write as _},
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aid2_mqtt::{BrokerUrl, ClientTls, Observer};
use aid2_proto::{
    Message, Payload, RequestId,
    binding::{BackOff, Side, Topics},
    codec,
    session::Notice,
};
use serde_json::{Value, json};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{mpsc, oneshot},
};

use crate::{
    args::{Certificates, Usage, file},
    hint,
    json::Object,
    lines,
};

/// How many requests may wait for a response at a time.
const MAX_WAITING: usize = 1024;

/// An integrator who restarts his broker does not want to wait for minutes.
const BACK_OFF: BackOff = BackOff::new(Duration::from_millis(500), Duration::from_secs(10));

/// How long what is under way may take when the command ends.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// The way to the broker.
#[derive(clap::Args)]
pub(crate) struct Broker {
    /// mqtts://HOST[:PORT]; mqtt:// without certificates is for this machine only
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
    options.observer = observer(options.broker.to_string());
}

/// `READY` for the first connection, and every notice as one line on standard error.
fn observer(broker: String) -> Observer {
    Observer::new(move |notice| {
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
            Notice::StoreFailed { error } => format!("the store failed: {error}"),
            other => format!("{other:?}"),
        };
        tell(&line);
        if matches!(notice, Notice::Connected { .. }) {
            ready(&broker);
        }
    })
}

/// A message as standard error names it: `SendCSIMStatus WBAUX11030A334483 1700000000`.
fn which(name: &str, request_id: RequestId) -> String {
    format!("{name} {} {}", request_id.vehicle_id.as_str(), correlation(request_id))
}

/// One line on standard error, in one piece; whether anybody reads it does not matter.
pub(crate) fn tell(line: &str) {
    drop(io::stderr().write_all(format!("{line}\n").as_bytes()));
}

/// The messages that a side receives, and the requests that wait for one of them.
pub(crate) struct Desk {
    side: Side,
    topics: Topics,
    timeout: Duration,
    waiting: Waiting,
}

/// The requests that wait for an answer, by name and request id.
type Waiting = Arc<Mutex<HashMap<(&'static str, RequestId), oneshot::Sender<()>>>>;

impl Desk {
    pub(crate) fn new(side: Side, timeout: Option<Duration>) -> Self {
        Self {
            side,
            topics: Topics::default(),
            timeout: timeout.unwrap_or(Duration::from_secs(30)),
            waiting: Waiting::default(),
        }
    }

    /// Prints what has arrived.
    pub(crate) fn arrived<P: Payload>(&self, request_id: RequestId, payload: &P) {
        let message = full_name::<P>();
        let payload = payload.encode();
        let vin = request_id.vehicle_id;
        // Malformed at most where an element of a list was, and was kept for it.
        let (member, content) = match codec::decode(&message, &payload) {
            Ok(fields) => ("fields", fields.into()),
            Err(_) => ("hex", Value::from(codec::to_hex(&payload))),
        };
        print(&json!({
            "ok": true,
            "topic": self.topics.build(vin, self.side, P::NAME),
            "correlation": correlation(request_id),
            "vin": vin.as_str(),
            "message": message,
            member: content,
        }));
    }

    /// Ends the waiting for what answers the request `name`.
    pub(crate) fn answered(&self, name: &'static str, request_id: RequestId) {
        if let Some(waiting) = lock(&self.waiting).remove(&(name, request_id)) {
            let _ = waiting.send(());
        }
    }

    /// Before a request is sent: what is to be awaited after.
    pub(crate) fn expect<M: Message>(&self, request: &M) -> Result<Expected, String> {
        let (answered, answer) = oneshot::channel();
        let key = (M::NAME, request.request_id());
        let mut waiting = lock(&self.waiting);
        if waiting.len() >= MAX_WAITING || waiting.contains_key(&key) {
            return Err("too many requests wait for an answer, or this one does already".to_owned());
        }
        waiting.insert(key, answered);
        Ok(Expected {
            message: full_name::<M>(),
            request_id: request.request_id(),
            timeout: self.timeout,
            answer,
            pending: Pending(Arc::clone(&self.waiting), key),
        })
    }
}

/// A request that waits for its answer.
pub(crate) struct Expected {
    message: String,
    request_id: RequestId,
    timeout: Duration,
    answer: oneshot::Receiver<()>,
    pending: Pending,
}

/// Takes a request out when nobody waits any more.
struct Pending(Waiting, (&'static str, RequestId));

impl Drop for Pending {
    fn drop(&mut self) {
        lock(&self.0).remove(&self.1);
    }
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, HashMap<(&'static str, RequestId), oneshot::Sender<()>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Expected {
    /// Prints a line if no answer comes in time; the answer itself is printed because it arrives.
    pub(crate) fn wait(self) {
        tokio::spawn(async move {
            let Self {
                message,
                request_id,
                timeout,
                answer,
                pending: _pending,
            } = self;
            if tokio::time::timeout(timeout, answer).await.is_err() {
                let error = format!("no answer within {} s", timeout.as_secs_f64());
                print(&failed(&message, request_id, &error));
            }
        });
    }
}

pub(crate) fn failed(message: &str, request_id: RequestId, error: &str) -> Value {
    json!({
        "ok": false,
        "vin": request_id.vehicle_id.as_str(),
        "message": message,
        "correlation": correlation(request_id),
        "error": error,
    })
}

pub(crate) fn full_name<P: Payload>() -> String {
    format!("{}.{}", P::PACKAGE, P::NAME)
}

pub(crate) fn correlation(request_id: RequestId) -> String {
    request_id.timestamp.number().to_string()
}

/// What arrived before `READY`: a session that was kept brings its messages before the subscription is acknowledged.
/// `None` from `READY` on.
static HELD: Mutex<Option<Vec<String>>> = Mutex::new(Some(Vec::new()));

/// Prints `READY` for the first connection, and then what arrived before.
fn ready(broker: &str) {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(lines) = held.take() {
        lines::print(&format!("READY {broker}\n{}", lines.concat()));
    }
}

/// Prints one line, but none before `READY`.
pub(crate) fn print(line: &Value) {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    let line = format!("{line}\n");
    match &mut *held {
        Some(lines) => lines.push(line),
        None => drop(lines::print(&line)),
    }
}

/// Obeys the lines of standard input, in order; prints the answer to a line, unless it comes later.
pub(crate) async fn obey_lines<F>(mut obey: impl FnMut(Result<Object, String>) -> F)
where
    F: Future<Output = Result<Option<Value>, String>>,
{
    let mut input = input();
    while let Some(line) = input.recv().await {
        match obey(line).await {
            Ok(Some(answer)) => print(&answer),
            Ok(None) => {}
            Err(error) => print(&lines::refused(error)),
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
