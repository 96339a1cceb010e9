//! Three processes of one MSP, or of one CMP, under load: they are killed at any moment, the database is restarted, callers hang up.
//!
//! `AID_KILLS` says how often a process is killed.

mod caller;
pub(crate) mod chance;
mod cmp;
mod life;
pub(crate) mod line;
pub(crate) mod party;
pub(crate) mod world;

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use aid_backend::store::Store as _;
use aid_postgres::PostgresStore;

use self::{chance::Chance, life::Life, world::World};
use crate::{cluster::Cluster, tables::options};

const PROCESSES: usize = 3;
/// How many subscriptions live at a time.
const AT_A_TIME: usize = 24;
/// How often processes are killed between two restarts of the database.
const KILLS_A_RESTART: u32 = 15;

/// The processes, by the port at which each answers.
pub(crate) struct Parties {
    ports: [AtomicU32; PROCESSES],
    children: Mutex<Vec<Option<Child>>>,
    /// The test that a child is.
    task: &'static str,
    database: String,
    world: u16,
}

impl Parties {
    async fn start_all(task: &'static str, database: String, world: u16) -> Arc<Self> {
        let parties = Arc::new(Self {
            ports: Default::default(),
            children: Mutex::new((0..PROCESSES).map(|_| None).collect()),
            task,
            database,
            world,
        });
        let starting = Arc::clone(&parties);
        tokio::task::spawn_blocking(move || (0..PROCESSES).for_each(|number| starting.start(number)))
            .await
            .unwrap();
        parties
    }

    fn start(&self, number: usize) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", self.task, "--nocapture", "--quiet"])
            .env(party::DATABASE, &self.database)
            .env(party::WORLD, self.world.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("port ")?.parse().ok());
        self.ports[number].store(port.unwrap(), Ordering::SeqCst);
        self.children.lock().unwrap()[number] = Some(child);
    }

    fn kill(&self, number: usize) {
        let child = self.children.lock().unwrap()[number].take();
        let mut child = child.unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(crate) fn port(&self, number: u64) -> u16 {
        let number = usize::try_from(number).unwrap() % PROCESSES;
        u16::try_from(self.ports[number].load(Ordering::SeqCst)).unwrap()
    }
}

impl Drop for Parties {
    fn drop(&mut self) {
        for mut child in self.children.lock().unwrap().drain(..).flatten() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn nothing_is_lost_disordered_or_done_for_a_dead_token() {
    prove(proof);
}

/// With a database, and with as many kills as are wanted.
fn prove<F: Future<Output = ()>>(proof: impl FnOnce(Cluster, u32) -> F) {
    let kills = std::env::var("AID_KILLS").map_or(12, |kills| kills.parse().unwrap());
    let Some(cluster) = Cluster::start(&[]) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let limit = Duration::from_secs(120) + Duration::from_secs(2) * kills;
        tokio::time::timeout(limit, proof(cluster, kills))
            .await
            .expect("it has not ended in time");
    });
}

async fn proof(cluster: Cluster, kills: u32) {
    let began = Instant::now();
    let (world, port) = World::start().await;
    let store = PostgresStore::connect(cluster.config(), None, options("aid"))
        .await
        .unwrap();
    let parties = Parties::start_all("killed::party::task", cluster.url(), port).await;
    let over = Arc::new(AtomicBool::new(false));
    let mut living = tokio::task::JoinSet::new();
    for seed in 0..AT_A_TIME {
        let (world, parties, over) = (Arc::clone(&world), Arc::clone(&parties), Arc::clone(&over));
        living.spawn(async move {
            let mut lives = Vec::new();
            while !over.load(Ordering::SeqCst) {
                lives.push(Life::live(&world, &parties, u64::try_from(seed).unwrap()).await);
            }
            lives
        });
    }
    let killed = Arc::clone(&parties);
    let (cluster, restarts) = tokio::task::spawn_blocking(move || kill(cluster, &killed, kills))
        .await
        .unwrap();
    over.store(true, Ordering::SeqCst);
    let lives: Vec<Life> = living.join_all().await.into_iter().flatten().collect();
    while !store.backlog().await.unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let mut wrong = Vec::new();
    for life in &lives {
        life.judge(&world, &mut wrong);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let sum = |count: fn(&Life) -> u32| lives.iter().map(count).sum::<u32>();
    eprintln!(
        "{} subscriptions, {} calls answered, {} hung up, {} asked again, {} effects executed; \
         {kills} kills, {restarts} restarts of the database, {:.0?}",
        lives.len(),
        sum(|life| life.asking.answered),
        sum(|life| life.asking.hung_up),
        sum(|life| life.asking.again),
        world.deeds.lock().unwrap().len(),
        began.elapsed()
    );
    assert!(lives.len() >= AT_A_TIME);
    drop(cluster);
}

/// Kills a process at a time, and restarts the database in between. How often that.
fn kill(mut cluster: Cluster, parties: &Parties, kills: u32) -> (Cluster, u32) {
    let chance = Chance::default();
    let mut restarts = 0;
    for kill in 1..=kills {
        std::thread::sleep(Duration::from_millis(20 + chance.below(250)));
        let number = usize::try_from(chance.below(3)).unwrap();
        parties.kill(number);
        if kill % KILLS_A_RESTART == 0 || kill == kills {
            // As after a failure of its own, and in order.
            cluster.restart(if chance.one_in(2) { "QUIT" } else { "INT" });
            restarts += 1;
        }
        parties.start(number);
    }
    (cluster, restarts)
}
