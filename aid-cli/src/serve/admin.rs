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

use aid1_server_traits::{BoxFuture, Handled};
use axum::{Router, http::StatusCode, routing::get};
use tokio::net::TcpListener;

/// How long a database may take to be there.
const DATABASE: Duration = Duration::from_secs(2);

/// Whether the database is there.
type Probe = Box<dyn Fn() -> BoxFuture<'static, bool> + Send + Sync>;

/// What is known of the server while it runs. Clones share everything.
#[derive(Clone, Default)]
pub(crate) struct Admin(Arc<Known>);

#[derive(Default)]
struct Known {
    /// By method, path template and status: no more of each than the server has.
    calls: Mutex<BTreeMap<(&'static str, &'static str, u16), u64>>,
    ending: AtomicBool,
    probe: OnceLock<Probe>,
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

    /// Serves until the runtime ends; returns where.
    pub(crate) async fn serve(self, address: SocketAddr) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (ready, metrics) = (self.clone(), self);
        let router = Router::new()
            .route("/health", get(|| async { "ok\n" }))
            .route("/ready", get(|| async move { ready.ready().await }))
            .route("/metrics", get(|| async move { metrics.metrics() }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(address)
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
