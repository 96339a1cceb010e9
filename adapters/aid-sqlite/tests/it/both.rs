//! A CMP and an MSP on SQLite, whose processes die, with a user who is onboarded, drives, and withdraws.

use std::time::Duration;

use aid_backend::{store::Store as _, test_util::Fault};
use aid_sqlite::{Options, SqliteStore};

use crate::world::{Trouble, Weather, World, releases::side_by_side};

fn store(directory: &tempfile::TempDir, name: &str) -> SqliteStore {
    SqliteStore::open(directory.path().join(name), Options::new()).unwrap()
}

async fn story(cmp: Trouble, msp: Trouble) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let weather = Weather {
        hangs_up: Some(7),
        twice: Some(5),
    };
    let world = World::new(store(&directory, "cmp"), store(&directory, "msp"), weather);
    world.run(cmp, msp);
    world.whole_story().await;
    assert!(world.cmp_store.backlog().await.unwrap().is_empty());
    let mut told = world.told();
    told.retain(|told| told.starts_with("car "));
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_a_process_dies_the_story_is_the_same() {
    let no = Trouble::default();
    let dies = |at| {
        let fault = if at % 2 == 0 { Fault::Before } else { Fault::After };
        Trouble {
            dies: Some((at, fault)),
        }
    };
    let mut stories = vec![tokio::spawn(story(no, no))];
    // 15 operations apart: from the onboarding to the withdrawal.
    stories.extend((0..10).map(|n| tokio::spawn(story(dies(3 + n * 15), no))));
    stories.extend((0..6).map(|n| tokio::spawn(story(no, dies(3 + n * 15)))));
    let all = async {
        let mut told = Vec::new();
        for story in stories {
            told.push(story.await.unwrap());
        }
        told
    };
    let told = tokio::time::timeout(Duration::from_secs(120), all).await.unwrap();
    assert_eq!(told[0].len(), 4);
    assert!(told.iter().all(|other| *other == told[0]), "{told:#?}");
}

/// One file has one process; but what a release has left there, the next goes on with, and the one before after that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_release_writes_the_other_goes_on_with() {
    let directory = tempfile::tempdir().unwrap();
    let story = side_by_side(store(&directory, "cmp"), store(&directory, "msp"));
    tokio::time::timeout(Duration::from_secs(120), story).await.unwrap();
}
