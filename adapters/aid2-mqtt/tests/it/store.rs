//! The file that the vehicle's outbox is kept in.

use aid2_mqtt::{Change, Entries, FileStore, Store as _};
use proptest::prelude::*;

use crate::sample::{folder, open};

fn put(key: u8, value: &[u8]) -> Change {
    Change::Put(vec![key], value.to_vec())
}

async fn entries(path: &std::path::Path) -> Entries {
    open(path).load().await.unwrap()
}

#[tokio::test]
async fn a_file_cut_anywhere_holds_a_prefix_of_the_changes() {
    let path = folder("store").join("log");
    let store = open(&path);
    let batches = [
        vec![put(1, b"one"), put(2, b"two")],
        vec![Change::Remove(vec![1])],
        vec![put(3, &[7; 300])],
    ];
    let mut states = vec![Entries::new()];
    for batch in batches {
        store.apply(batch, true).await.unwrap();
        states.push(store.load().await.unwrap());
    }
    drop(store);
    let whole = std::fs::read(&path).unwrap();
    let mut reached = 0;
    for length in 0..=whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let found = entries(&path).await;
        let state = states
            .iter()
            .position(|state| *state == found)
            .expect("all of a batch or nothing");
        assert!(state >= reached, "never less than before");
        reached = state;
    }
    assert_eq!(reached, 3);
}

#[tokio::test]
async fn a_torn_record_is_cut_off_and_the_next_follows_the_last_whole_one() {
    let path = folder("store").join("log");
    open(&path).apply(vec![put(1, b"one")], true).await.unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.extend_from_slice(&[9, 0, 0, 0, 1, 2, 3, 4, 5]);
    std::fs::write(&path, bytes).unwrap();
    open(&path).apply(vec![put(2, b"two")], true).await.unwrap();
    assert_eq!(
        entries(&path).await,
        [(vec![1], b"one".to_vec()), (vec![2], b"two".to_vec())]
    );
}

#[tokio::test]
async fn no_change_hides_those_that_follow() {
    let path = folder("store").join("log");
    for round in 0..3 {
        let store = open(&path);
        store.apply(vec![], true).await.unwrap();
        store.apply(vec![put(round, b"x")], true).await.unwrap();
    }
    assert_eq!(entries(&path).await.len(), 3);
}

#[tokio::test]
async fn the_file_does_not_grow_for_ever() {
    let path = folder("store").join("log");
    let store = open(&path);
    for n in 0..5000_u32 {
        store
            .apply(vec![put(1, &[u8::try_from(n % 251).unwrap(); 400])], false)
            .await
            .unwrap();
    }
    assert!(std::fs::metadata(&path).unwrap().len() < 512 * 1024);
    store.apply(vec![put(2, b"two")], true).await.unwrap();
    drop(store);
    assert_eq!(
        entries(&path).await,
        [
            (vec![1], vec![u8::try_from(4999 % 251).unwrap(); 400]),
            (vec![2], b"two".to_vec())
        ]
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_rewritten_takes_changes_all_the_same() {
    let path = folder("store").join("log");
    let in_the_way = path.with_extension("new");
    std::fs::create_dir(&in_the_way).unwrap();
    let store = open(&path);
    let mut lengths = Vec::new();
    for n in 0..6000_u32 {
        let value = [u8::try_from(n % 251).unwrap(); 400];
        store.apply(vec![put(1, &value)], false).await.unwrap();
        lengths.push(std::fs::metadata(&path).unwrap().len());
        if n == 4000 {
            std::fs::remove_dir(&in_the_way).unwrap();
        }
    }
    assert!(lengths[4000] > 1024 * 1024, "{}", lengths[4000]);
    assert!(lengths[5999] < 512 * 1024, "{}", lengths[5999]);
    drop(store);
    assert_eq!(
        entries(&path).await,
        [(vec![1], vec![u8::try_from(5999 % 251).unwrap(); 400])]
    );
}

#[tokio::test]
async fn a_store_has_one_owner_and_foreign_files_are_left_alone() {
    let path = folder("store").join("log");
    let _open = open(&path);
    let error = FileStore::open(&path).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!(error.to_string(), "another process has it open");
    let foreign = folder("store").join("passwd");
    std::fs::write(&foreign, b"root:x:0:0").unwrap();
    assert_eq!(
        FileStore::open(&foreign).unwrap_err().kind(),
        std::io::ErrorKind::InvalidData
    );
    assert_eq!(std::fs::read(&foreign).unwrap(), b"root:x:0:0");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_open_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let path = folder("fuzz").join("log");
        std::fs::write(&path, [b"AiD2log\x01", &bytes[..]].concat()).unwrap();
        let _ = FileStore::open(&path);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
