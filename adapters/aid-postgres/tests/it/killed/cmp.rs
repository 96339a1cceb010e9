//! A CMP that is killed.

mod answer;
mod life;
mod party;
mod world;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use aid_backend::store::Store as _;

use self::{life::Life, world::World};
use super::{AT_A_TIME, Parties, kill, prove};
use crate::cluster::Cluster;

#[test]
fn nothing_is_lost_disordered_or_done_for_a_dead_token() {
    prove(proof);
}

async fn proof(cluster: Cluster, kills: u32) {
    let began = Instant::now();
    let (world, port) = World::start().await;
    let store = super::party::store(&cluster.url(), "cmp").await;
    let parties = Parties::start_all("killed::cmp::party::task", cluster.url(), port).await;
    let (over, cars) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(1)));
    let mut living = tokio::task::JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (world, parties) = (Arc::clone(&world), Arc::clone(&parties));
        let (over, cars) = (Arc::clone(&over), Arc::clone(&cars));
        living.spawn(async move {
            let mut lives = Vec::new();
            while !over.load(Ordering::SeqCst) {
                lives.push(Life::live(&world, &parties, cars.fetch_add(1, Ordering::SeqCst)).await);
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
        "{} federations, {} calls and messages answered, {} hung up, {} asked again, {} effects executed; \
         {kills} kills, {restarts} restarts of the database, {:.0?}",
        lives.len(),
        sum(|life| life.asking.answered),
        sum(|life| life.asking.hung_up),
        sum(|life| life.asking.again),
        world.count(),
        began.elapsed()
    );
    assert!(lives.len() >= AT_A_TIME);
    drop(cluster);
}
