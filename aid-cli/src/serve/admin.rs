//! The second address, for this machine only: whether the server is well, and what it has counted.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aid_types::ApiKey;
use aid1_server_traits::BoxFuture;
use axum::{
    Router,
    http::{
        HeaderMap, HeaderName, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    routing::get,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::args::Usage;

/// How long a database may take to be there.
const DATABASE: Duration = Duration::from_secs(2);

/// How often what was measured is summed up, whether or not somebody reads it.
const SUM_UP: Duration = Duration::from_secs(5);

/// The bounds of what is measured in seconds: from a call to a peer that was away over night.
const BUCKETS: [f64; 12] = [
    0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0, 1800.0, 7200.0, 28_800.0, 86_400.0,
];

/// Whether the database is there. What waits in it is measured on the way.
type Probe = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// What the server knows; `None` if the database does not tell.
type State = Box<dyn Fn() -> BoxFuture<'static, Option<Value>> + Send + Sync>;

/// What is known of the server while it runs. Clones share everything.
#[derive(Clone, Default)]
pub(crate) struct Admin(Arc<Known>);

#[derive(Default)]
struct Known {
    measured: OnceLock<PrometheusHandle>,
    ending: AtomicBool,
    probe: OnceLock<Probe>,
    /// What opens the rest.
    token: OnceLock<ApiKey>,
    seed: OnceLock<Value>,
    state: OnceLock<State>,
}

impl Admin {
    /// From now on this process measures, and what it measures is told.
    pub(crate) fn measure(&self) -> Result<(), Usage> {
        let failed = |error| Usage(format!("--admin: {error}"));
        let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).map_err(failed)?;
        let _ = self.0.measured.set(builder.install_recorder().map_err(failed)?);
        aid1_client::ATTEMPTS.describe();
        aid2_mqtt::EVENTS.describe();
        Ok(())
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
        if let Some(measured) = self.0.measured.get().cloned() {
            tokio::spawn(async move {
                let mut time = tokio::time::interval(SUM_UP);
                loop {
                    time.tick().await;
                    measured.run_upkeep();
                }
            });
        }
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
            .route("/metrics", get(|| async move { metrics.metrics().await }));
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
        if !self.probe().await {
            return (StatusCode::SERVICE_UNAVAILABLE, "no database\n");
        }
        (StatusCode::OK, "ready\n")
    }

    /// Whether the database is there, in time.
    async fn probe(&self) -> bool {
        match self.0.probe.get() {
            Some(probe) => tokio::time::timeout(DATABASE, probe()).await.unwrap_or(false),
            None => true,
        }
    }

    /// In the text format of Prometheus. What waits is as it was when the database was there last.
    async fn metrics(&self) -> String {
        self.probe().await;
        let measured = self.0.measured.get();
        measured.map(PrometheusHandle::render).unwrap_or_default()
    }
}

fn json(value: &Value) -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, "application/json")], format!("{value}\n"))
}
