//! The file that the vehicle's outbox is kept in.

mod damage;
pub(crate) mod full;

use aid2_mqtt::{Change, Entries, FileStore, LinkOptions, Loaded, MemoryStore, OpenError, Store as _, VehicleLink};
use aid2_proto::session::OtherVehicle;

use crate::{
    events::Heard,
    fleet::Idle,
    sample::{folder, open, until, vin},
};

fn put(key: u8, value: &[u8]) -> Change {
    Change::Put(vec![key], value.to_vec())
}

async fn entries(path: &std::path::Path) -> Entries {
    load(path).await.entries
}

async fn load(path: &std::path::Path) -> Loaded {
    open(path).load().await.unwrap()
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

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;

    let path = folder("store").join("log");
    open(&path).apply(vec![put(1, b"a code")], true).await.unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let kept = load(&path).await.damage.unwrap().kept.unwrap();
    for file in [path.with_extension("new"), path, kept] {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn stores_whose_names_differ_behind_a_dot_are_apart() {
    let folder = folder("store");
    let stores = ["WBA.1", "WBA.2"].map(|name| open(&folder.join(name)));
    for n in 0..1500_u32 {
        for (store, key) in stores.iter().zip([1, 2]) {
            store.apply(vec![put(key, &[n as u8; 400])], false).await.unwrap();
        }
    }
    drop(stores);
    assert_eq!(entries(&folder.join("WBA.1")).await[0].0, [1]);
    assert_eq!(entries(&folder.join("WBA.2")).await[0].0, [2]);
}

#[tokio::test]
async fn a_store_of_any_size_opens() {
    let path = folder("store").join("log");
    let store = open(&path);
    // More in one group than any record had when there was a limit.
    let group = (0..20_000_u32).map(|n| Change::Put(n.to_be_bytes().to_vec(), vec![n as u8; 1000]));
    store.apply(group.collect(), true).await.unwrap();
    drop(store);
    let entries = entries(&path).await;
    assert_eq!(entries.len(), 20_000);
    assert!(
        entries
            .iter()
            .zip(0_u32..)
            .all(|((key, value), n)| *key == n.to_be_bytes() && *value == [n as u8; 1000])
    );
}

#[tokio::test]
async fn the_store_of_another_vehicle_is_refused_by_name() {
    let options = || LinkOptions::vehicle("mqtt://localhost".parse().unwrap(), None);
    let path = folder("store").join("log");
    let (_link, driver) = VehicleLink::open(options(), vin(1), open(&path)).await.unwrap();
    let running = tokio::spawn(driver.run(Idle));
    let stored = || FileStore::check(&path).is_ok_and(|checked| !checked.loaded.entries.is_empty());
    until("stored", stored).await;
    running.abort();
    let _ = running.await;
    match VehicleLink::open(options(), vin(2), open(&path)).await {
        Err(OpenError::OtherVehicle(OtherVehicle(owner))) => assert_eq!(owner, vin(1)),
        other => panic!("{:?}", other.map(|_| ())),
    }
    let foreign = MemoryStore::new();
    foreign
        .apply(vec![Change::Put(vec![b'i'], vec![1])], true)
        .await
        .unwrap();
    // Damage: told, and passed over.
    let heard = Heard::default();
    let mut options = options();
    heard.listen(&mut options);
    let (_link, driver) = VehicleLink::open(options, vin(2), foreign).await.unwrap();
    let running = tokio::spawn(driver.run(Idle));
    until("told", || heard.all().iter().any(|words| words.contains("Unreadable"))).await;
    running.abort();
}
