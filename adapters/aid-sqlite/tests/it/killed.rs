//! A process is killed at any moment, again and again: nothing that it promised is lost.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use aid_backend::store::{Claim, Claimed, Done, Load, Store as _, Unit};
use aid_sqlite::{Options, SqliteStore};

use crate::{child, file::key};

/// How often the process is killed.
const KILLS: u32 = 200;

#[test]
fn nothing_is_lost_by_kills() {
    crate::limit::limit();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let (mut promised, mut executed) = (0, Vec::new());
    for kill in 0..KILLS {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(child::arguments())
            .env(child::TASK, "count")
            .env(child::PATH, &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // After some lines that it says, and a moment that is another each time.
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = 0;
        while said < 1 + kill % 5 {
            let line = lines.next().unwrap().unwrap();
            said += u32::from(read(&line, &mut promised, &mut executed));
        }
        std::thread::sleep(std::time::Duration::from_micros(u64::from(kill) * 37 % 3000));
        process.kill().unwrap();
        for line in lines.map_while(Result::ok) {
            read(&line, &mut promised, &mut executed);
        }
        process.wait().unwrap();
    }
    let count = finish(&path, &mut executed);
    assert!(count >= promised, "{count} after {promised} were promised");
    // At least once each, in order.
    executed.dedup();
    assert_eq!(executed, (1..=count).collect::<Vec<_>>());
}

fn read(line: &str, promised: &mut u64, executed: &mut Vec<u64>) -> bool {
    if let Some(number) = line.strip_prefix("promised ") {
        *promised = number.parse().unwrap();
    } else if let Some(number) = line.strip_prefix("executed ") {
        executed.push(number.parse().unwrap());
    } else {
        return false;
    }
    true
}

/// Executes what is left. Returns how far it was counted.
#[tokio::main(flavor = "current_thread")]
async fn finish(path: &std::path::Path, executed: &mut Vec<u64>) -> u64 {
    let store = SqliteStore::open(path, Options::new()).unwrap();
    while let Some(Claimed::Effect(effect)) = claim(&store).await {
        executed.push(String::from_utf8_lossy(&effect.body).parse().unwrap());
        store
            .commit(Unit::default().done(Done::new(effect.lease())))
            .await
            .unwrap();
    }
    let loaded = store.load(Load::keys([key("a/1")])).await.unwrap().aggregates.remove(0);
    String::from_utf8(loaded.state.unwrap().to_vec())
        .unwrap()
        .parse()
        .unwrap()
}

async fn claim(store: &SqliteStore) -> Option<Claimed> {
    let lease = std::time::Duration::from_secs(60);
    store.claim(Claim::new(1, lease)).await.unwrap().into_iter().next()
}
