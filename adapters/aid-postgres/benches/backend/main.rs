//! What a unit of work costs: beside a route written by hand over the same database, with many stored, and with much waiting.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a bench may fail"
)]

#[path = "../../tests/it/cluster.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod cluster;
mod floor;
mod http;
mod many;
mod msp;

use std::time::Duration;

use aid_backend::store::Store;
use aid_postgres::{Options, PostgresStore};
use aid_sqlite::SqliteStore;
use aid1_server_traits::MspServer;
use axum::Router;
use cluster::Cluster;
use http::Certificates;

/// How much is done: words of the command line select tables; `--test` does a little of each.
pub(crate) struct Extent {
    words: Vec<String>,
    measuring: bool,
}

impl Extent {
    fn new() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let measuring = arguments.iter().any(|one| one == "--bench") && arguments.iter().all(|one| one != "--test");
        let words = arguments.into_iter().filter(|one| !one.starts_with('-')).collect();
        Self { words, measuring }
    }

    pub(crate) fn wants(&self, what: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| what.contains(word.as_str()))
    }

    /// This many, or few where nothing is measured.
    pub(crate) fn of(&self, many: u32, few: u32) -> u32 {
        if self.measuring { many } else { few }
    }
}

fn main() {
    let extent = Extent::new();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(&extent));
}

async fn run(extent: &Extent) {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = |name: &str| SqliteStore::open(folder.path().join(name), aid_sqlite::Options::new()).unwrap();
    calls(
        "SQLite",
        extent,
        sqlite("calls"),
        floor::sqlite(&folder.path().join("floor")),
    )
    .await;
    many::stored("SQLite", extent, sqlite("few"), sqlite("many"), async || ()).await;
    many::waiting("SQLite", extent, &sqlite("few waiting"), &sqlite("many waiting")).await;
    let Some(cluster) = Cluster::start(&["shared_buffers=1GB", "max_wal_size=8GB"]) else {
        return;
    };
    let postgres = async |schema: &str| connect(&cluster, schema).await;
    calls(
        "PostgreSQL",
        extent,
        postgres("calls").await,
        floor::postgres(cluster.config()).await,
    )
    .await;
    // What filling has left behind is none of an event's.
    let settle = async || {
        let (client, connection) = cluster.config().connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("CHECKPOINT").await.unwrap();
    };
    many::stored(
        "PostgreSQL",
        extent,
        postgres("few").await,
        postgres("many").await,
        settle,
    )
    .await;
    let (few, many) = (postgres("few_waiting").await, postgres("many_waiting").await);
    many::waiting("PostgreSQL", extent, &few, &many).await;
    // What the disk adds is not ours.
    let Some(cluster) = Cluster::start(&["fsync=off", "shared_buffers=1GB", "max_wal_size=8GB"]) else {
        return;
    };
    let (few, many) = (connect(&cluster, "few").await, connect(&cluster, "many").await);
    many::waiting("PostgreSQL without fsync", extent, &few, &many).await;
}

async fn connect(cluster: &Cluster, schema: &str) -> PostgresStore {
    let mut options = Options::default();
    options.schema = schema.to_owned();
    PostgresStore::connect(cluster.config(), None, options).await.unwrap()
}

/// Calls of a CMP over TLS: ours beside the floor, in rounds that take turns.
async fn calls(database: &str, extent: &Extent, store: impl Store, floor: Router) {
    let (rounds, each) = (extent.of(40, 1), extent.of(256, 32));
    msp::fill(&store, 0..rounds * each).await;
    let certificates = Certificates::new();
    let ours = certificates
        .serve(MspServer::new(msp::backend(store), http::options()))
        .await;
    let floor = certificates.serve(floor).await;
    let (mut ours, mut floor) = (certificates.connect(ours).await, certificates.connect(floor).await);
    type Request = fn(u32) -> Vec<u8>;
    let operations: [(&str, Request); 2] = [
        ("send-CSIM-status", http::csim_status),
        ("request-activation-code", http::activation_code),
    ];
    for (operation, request) in operations {
        if !extent.wants(operation) {
            continue;
        }
        let (mut ratios, mut own, mut by_hand) = (Vec::new(), Vec::new(), Vec::new());
        let mut sums = [Duration::ZERO; 2];
        for number in 0..rounds {
            let requests = || (number * each..(number + 1) * each).map(request).collect();
            let (took, calls) = http::round(&mut ours, requests()).await;
            let (floor_took, floor_calls) = http::round(&mut floor, requests()).await;
            ratios.push(floor_took.as_secs_f64() / took.as_secs_f64());
            sums[0] += took;
            sums[1] += floor_took;
            own.extend(calls);
            by_hand.extend(floor_calls);
        }
        let rate = |sum: Duration| f64::from(rounds * each) / sum.as_secs_f64();
        println!(
            "{database}: {operation}: {:.0} calls a second beside {:.0} by hand: {:.2} of its throughput (>= 0.6); \
             p50 {:.2?} beside {:.2?}, p99 {:.2?} beside {:.2?}: {:.2} of its p99 (<= 2)",
            rate(sums[0]),
            rate(sums[1]),
            middle(&mut ratios),
            part(&mut own, 0.5),
            part(&mut by_hand, 0.5),
            part(&mut own, 0.99),
            part(&mut by_hand, 0.99),
            part(&mut own, 0.99).as_secs_f64() / part(&mut by_hand, 0.99).as_secs_f64(),
        );
    }
}

pub(crate) fn middle(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// The time within which this part of all was done.
pub(crate) fn part(times: &mut [Duration], part: f64) -> Duration {
    times.sort();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let place = (times.len() as f64 * part) as usize;
    times[place.min(times.len() - 1)]
}
