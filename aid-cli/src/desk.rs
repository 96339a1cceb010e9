//! The messages that a side receives, and the requests that wait for an answer.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aid2_proto::{
    Message, Payload, RequestId,
    binding::{Side, Topics},
    codec,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::serve_link::print;

/// How many requests may wait for a response at a time.
const MAX_WAITING: usize = 1024;

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
    pub(crate) async fn arrived<P: Payload>(&self, request_id: RequestId, payload: &P) {
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
        }))
        .await;
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
                print(&failed(&message, request_id, &error)).await;
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
