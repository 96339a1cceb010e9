//! The second address, for this machine only: whether the server is well, and what it has counted.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aid_types::ApiKey;
use aid1_server_traits::{BoxFuture, Handled};
use axum::{
    Router,
    http::{
        HeaderMap, HeaderName, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    routing::get,
};
use serde_json::Value;
use tokio::net::TcpListener;

/// How long a database may take to be there.
const DATABASE: Duration = Duration::from_secs(2);

/// Whether the database is there.
type Probe = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// What the server knows; `None` if the database does not tell.
type State = Box<dyn Fn() -> BoxFuture<'static, Option<Value>> + Send + Sync>;

/// What is known of the server while it runs. Clones share everything.
#[derive(Clone, Default)]
pub(crate) struct Admin(Arc<Known>);

#[derive(Default)]
struct Known {
    /// By method, path template and status: no more of each than the server has.
    calls: Mutex<BTreeMap<(&'static str, &'static str, u16), u64>>,
    ending: AtomicBool,
    probe: OnceLock<Probe>,
    /// What opens the rest.
    token: OnceLock<ApiKey>,
    seed: OnceLock<Value>,
    state: OnceLock<State>,
}

impl Admin {
    pub(crate) fn count(&self, handled: &Handled<'_>) {
        const METHODS: [&str; 5] = ["DELETE", "GET", "PATCH", "POST", "PUT"];
        let method = METHODS.into_iter().find(|method| handled.method.as_str() == *method);
        let key = (method.unwrap_or("-"), handled.path_template(), handled.status.as_u16());
        let mut calls = self.0.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(key).or_default() += 1;
    }

    /// From now on no new call should come here.
    pub(crate) fn ending(&self) {
        self.0.ending.store(true, Ordering::Relaxed);
    }

    /// What has to be so for calls to be taken. What is said first counts.
    pub(crate) fn ready_while(&self, probe: impl Fn() -> BoxFuture<'static, bool> + Send + Sync + 'static) {
        let _ = self.0.probe.set(Box::new(probe));
    }

    /// Who has this token sees the seed and the state. What is said first counts.
    pub(crate) fn open_with(&self, token: ApiKey, seed: Value) {
        let _ = self.0.token.set(token);
        let _ = self.0.seed.set(seed);
    }

    /// What the state is. What is said first counts.
    pub(crate) fn state(&self, state: impl Fn() -> BoxFuture<'static, Option<Value>> + Send + Sync + 'static) {
        let _ = self.0.state.set(Box::new(state));
    }

    /// Serves until the runtime ends; returns where.
    pub(crate) async fn serve(self, address: SocketAddr) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (ready, seed, state, metrics) = (self.clone(), self.clone(), self.clone(), self);
        let router = Router::new()
            .route("/health", get(|| async { "ok\n" }))
            .route("/ready", get(|| async move { ready.ready().await }))
            .route(
                "/seed",
                get(|headers: HeaderMap| async move {
                    seed.opened_by(&headers)?;
                    seed.0.seed.get().map(json).ok_or(StatusCode::NOT_FOUND)
                }),
            )
            .route(
                "/state",
                get(|headers: HeaderMap| async move {
                    state.opened_by(&headers)?;
                    let known = state.0.state.get().ok_or(StatusCode::NOT_FOUND)?().await;
                    known.as_ref().map(json).ok_or(StatusCode::SERVICE_UNAVAILABLE)
                }),
            )
            .route("/metrics", get(|| async move { metrics.metrics() }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(address)
    }

    /// 404 where there is no token.
    fn opened_by(&self, headers: &HeaderMap) -> Result<(), StatusCode> {
        let token = self.0.token.get().ok_or(StatusCode::NOT_FOUND)?;
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        match token.matches(given.as_bytes()) {
            true => Ok(()),
            false => Err(StatusCode::UNAUTHORIZED),
        }
    }

    async fn ready(&self) -> (StatusCode, &'static str) {
        if self.0.ending.load(Ordering::Relaxed) {
            return (StatusCode::SERVICE_UNAVAILABLE, "ending\n");
        }
        if let Some(probe) = self.0.probe.get()
            && !tokio::time::timeout(DATABASE, probe()).await.unwrap_or(false)
        {
            return (StatusCode::SERVICE_UNAVAILABLE, "no database\n");
        }
        (StatusCode::OK, "ready\n")
    }

    /// In the text format of Prometheus.
    fn metrics(&self) -> String {
        let mut text = "# HELP aid_calls_total Calls that were answered.\n# TYPE aid_calls_total counter\n".to_owned();
        let calls = self.0.calls.lock().unwrap_or_else(PoisonError::into_inner);
        for ((method, path, status), count) in &*calls {
            // Writing to a text does not fail.
            let _ = writeln!(
                text,
                "aid_calls_total{{method=\"{method}\",path=\"{path}\",status=\"{status}\"}} {count}"
            );
        }
        text
    }
}

fn json(value: &Value) -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, "application/json")], format!("{value}\n"))
}
