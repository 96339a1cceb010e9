//! What processes of their own do: this binary is started again, with a task in its environment.

use std::io::Write as _;

use aid_backend::store::{
    Claim, Claimed, Committed, Done, Effect, Lane, Load, Save, Store as _, StoreError, Unit, Version,
};
use aid_sqlite::{Options, SqliteStore};

use crate::file::key;

pub(crate) const TASK: &str = "AID_SQLITE_TASK";
pub(crate) const PATH: &str = "AID_SQLITE_PATH";

/// How to start this binary so that it does its task and nothing else.
pub(crate) fn arguments() -> [&'static str; 4] {
    ["--exact", "child::task", "--nocapture", "--quiet"]
}

/// A test for the parent's sake; without a task in the environment there is nothing to do.
#[tokio::test]
async fn task() {
    let Ok(task) = std::env::var(TASK) else { return };
    let store = match SqliteStore::open(std::env::var(PATH).unwrap(), Options::new()) {
        Ok(store) => store,
        Err(error) => return say(&format!("not opened: {:?}", error.kind())),
    };
    match task.as_str() {
        "fill" => fill(&store).await,
        "count" => count(&store).await.unwrap(),
        other => panic!("{other}"),
    }
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// Saves until that fails.
async fn fill(store: &SqliteStore) {
    for number in 0.. {
        let save = Save::new(key(&format!("a/{number}")), Version::NONE, vec![7; 5000]);
        match store.commit(Unit::default().save(save)).await {
            Ok(_) => say(&format!("committed {number}")),
            Err(error) => return say(&format!("full: {:?}", error.kind())),
        }
    }
}

/// Counts up, and executes the effect of each count, until it is killed.
async fn count(store: &SqliteStore) -> Result<(), StoreError> {
    let lane = Lane::new("to", &key("a/1")).unwrap();
    loop {
        let loaded = store.load(Load::keys([key("a/1")])).await?.aggregates.remove(0);
        let text = loaded.state.map(|state| String::from_utf8(state.to_vec()).unwrap());
        let next = text.map_or(1, |text| text.parse::<u64>().unwrap() + 1).to_string();
        let save = Save::new(key("a/1"), loaded.version, next.clone());
        let unit = Unit::default()
            .save(save)
            .effect(Effect::new(lane.clone(), next.clone()));
        assert!(matches!(store.commit(unit).await?, Committed::Yes(_)));
        say(&format!("promised {next}"));
        // A lease of a process that was killed has to run out: they are short here.
        for claimed in store.claim(Claim::new(1, std::time::Duration::from_millis(1))).await? {
            let Claimed::Effect(effect) = claimed else { continue };
            say(&format!("executed {}", String::from_utf8_lossy(&effect.body)));
            store.commit(Unit::default().done(Done::new(effect.lease()))).await?;
        }
    }
}
