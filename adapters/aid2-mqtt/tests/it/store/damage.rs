//! Files that were cut, torn and damaged.

use std::{collections::BTreeMap, path::Path};

use aid2_mqtt::{Change, Entries, FileStore, Loaded, Store as _};
use proptest::prelude::*;

use super::{entries, load, put};
use crate::sample::{folder, open};

/// Bytes of the head of a file, and of a record's.
const HEAD: usize = 28;

/// Some groups of changes; each but the last adds a key of its own, and all but the second write the key 0.
fn groups() -> Vec<Vec<Change>> {
    vec![
        vec![put(0, b"0"), put(1, b"one")],
        vec![Change::Remove(vec![0]), put(2, b"two")],
        vec![put(0, b"2"), put(3, &[7; 40])],
        vec![put(0, b"3"), put(4, b""), put(5, b"five")],
        vec![put(0, b"4"), Change::Remove(vec![1])],
    ]
}

/// What the groups make, but for those from `from` to `to`.
fn without(groups: &[Vec<Change>], from: usize, to: usize) -> Entries {
    let mut map = BTreeMap::new();
    for (n, group) in groups.iter().enumerate() {
        for change in group.iter().filter(|_| !(from..to).contains(&n)) {
            match change.clone() {
                Change::Put(key, value) => map.insert(key, value),
                Change::Remove(key) => map.remove(&key),
            };
        }
    }
    map.into_iter().collect()
}

/// The bytes of a store with these groups, and where each record ends.
async fn written(path: &Path, groups: &[Vec<Change>]) -> (Vec<u8>, Vec<usize>) {
    let store = open(path);
    let mut ends = vec![HEAD];
    for group in groups {
        store.apply(group.clone(), true).await.unwrap();
        ends.push(std::fs::metadata(path).unwrap().len() as usize);
    }
    (std::fs::read(path).unwrap(), ends)
}

/// Puts these bytes in the place of the store, without what an earlier opening kept.
fn place(path: &Path, bytes: &[u8]) {
    let _ = std::fs::remove_dir_all(path.parent().unwrap());
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// Opens a damaged file: it is kept, told of, and told of once.
async fn salvaged(path: &Path, bytes: &[u8]) -> Loaded {
    let checked = FileStore::check(path).unwrap();
    assert_eq!(std::fs::read(path).unwrap(), bytes, "to check changes nothing");
    let loaded = load(path).await;
    assert_eq!(checked.loaded.entries, loaded.entries);
    assert_eq!(checked.loaded.damage.is_some(), loaded.damage.is_some());
    if let Some(damage) = &loaded.damage {
        assert_eq!(std::fs::read(damage.kept.as_ref().unwrap()).unwrap(), bytes);
    }
    let again = load(path).await;
    assert_eq!((again.entries, again.damage), (loaded.entries.clone(), None));
    loaded
}

#[tokio::test]
async fn each_flipped_bit_costs_one_group_at_most_and_is_told() {
    let path = folder("flipped").join("store").join("log");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let groups = groups();
    let (whole, ends) = written(&path, &groups).await;
    for offset in 0..whole.len() {
        // The group that stands there; none in the head of the file.
        let hit = ends.iter().filter(|end| **end <= offset).count();
        let (from, to) = (hit.saturating_sub(1), hit);
        for bit in 0..8 {
            let mut bytes = whole.clone();
            bytes[offset] ^= 1 << bit;
            place(&path, &bytes);
            // To open syncs the disk several times.
            let loaded = if bit == offset % 8 {
                salvaged(&path, &bytes).await
            } else {
                FileStore::check(&path).unwrap().loaded
            };
            assert_eq!(loaded.entries, without(&groups, from, to), "offset {offset}, bit {bit}");
            let damage = loaded.damage.expect("told");
            assert_eq!(damage.records_lost, (to - from) as u64, "offset {offset}, bit {bit}");
            assert!((damage.at..damage.at + damage.bytes).contains(&(offset as u64)));
        }
    }
}

#[tokio::test]
async fn a_file_cut_anywhere_holds_a_prefix_of_the_changes() {
    let path = folder("cut").join("store").join("log");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let groups = groups();
    let (whole, ends) = written(&path, &groups).await;
    for length in HEAD..=whole.len() {
        let records = ends.iter().filter(|end| **end <= length).count() - 1;
        for zeros in [0, 1, 27, 28, 5000] {
            let bytes = [&whole[..length], &vec![0; zeros]].concat();
            place(&path, &bytes);
            let torn = bytes.len() - ends[records];
            let checked = FileStore::check(&path).unwrap();
            let loaded = load(&path).await;
            assert_eq!(loaded.entries, without(&groups, records, groups.len()));
            // Zeros behind half a record are what a loss of power leaves of a whole one: nobody can tell.
            if zeros == 0 || length == ends[records] {
                assert_eq!((loaded.damage, checked.torn), (None, torn as u64), "{length} + {zeros}");
            }
        }
    }
    // No store was ever so short: its head is there before its name.
    for length in 1..HEAD {
        place(&path, &whole[..length]);
        match FileStore::open(&path) {
            Ok(store) => assert!(store.load().await.unwrap().damage.is_some()),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::InvalidData),
        }
    }
    place(&path, b"");
    assert!(load(&path).await.damage.is_none(), "an empty file is a new store");
}

#[tokio::test]
async fn a_torn_record_is_cut_off_and_the_next_follows_the_last_whole_one() {
    let path = folder("store").join("log");
    let (whole, ends) = written(&path, &groups()).await;
    std::fs::write(&path, &whole[..ends[1] + 40]).unwrap();
    open(&path).apply(vec![put(9, b"nine")], true).await.unwrap();
    let found = entries(&path).await;
    let expected = [
        (vec![0], b"0".to_vec()),
        (vec![1], b"one".to_vec()),
        (vec![9], b"nine".to_vec()),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_a_value_holds_is_no_record() {
    let (path, other) = (folder("store").join("log"), folder("store").join("other"));
    let (planted, _) = written(&other, &groups()).await;
    let groups = [vec![put(8, &planted)], vec![put(9, b"nine")]];
    let (mut bytes, _) = written(&path, &groups).await;
    bytes[HEAD + 8] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(entries(&path).await, [(vec![9], b"nine".to_vec())]);
}

#[tokio::test]
async fn a_damaged_store_goes_on_where_it_cannot_be_rewritten() {
    let path = folder("store").join("log");
    let (mut bytes, ends) = written(&path, &groups()).await;
    bytes[ends[1] + 3] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    std::fs::remove_file(path.with_extension("new")).unwrap();
    std::fs::create_dir(path.with_extension("new")).unwrap();
    for round in 6..9 {
        let store = open(&path);
        assert_eq!(store.load().await.unwrap().damage.unwrap().kept, None);
        store.apply(vec![put(round, b"more")], true).await.unwrap();
    }
    std::fs::remove_dir(path.with_extension("new")).unwrap();
    let loaded = load(&path).await;
    assert!(loaded.damage.unwrap().kept.is_some());
    let keys: Vec<_> = loaded.entries.iter().map(|(key, _)| key[0]).collect();
    assert_eq!(keys, [0, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn of_damaged_files_the_newest_are_kept() {
    let path = folder("store").join("log");
    open(&path).apply(vec![put(0, b"0")], true).await.unwrap();
    for round in 1..=20_u8 {
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= round;
        std::fs::write(&path, bytes).unwrap();
        assert!(load(&path).await.damage.is_some());
        open(&path).apply(vec![put(0, b"0")], true).await.unwrap();
    }
    let kept = |n: u32| path.with_extension(format!("damaged-{n}")).exists();
    let there: Vec<_> = (0..30).filter(|n| kept(*n)).collect();
    assert_eq!(there, [13, 14, 15, 16, 17, 18, 19, 20]);
}

#[test]
fn another_format_is_left_alone() {
    let path = folder("store").join("log");
    let mut head = [&b"AiD2log\x03"[..], &[7; 16]].concat();
    head.extend(crc32fast::hash(&head).to_le_bytes());
    std::fs::write(&path, &head).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_eq!(
        FileStore::check(&path).unwrap_err().kind(),
        std::io::ErrorKind::InvalidData
    );
    assert_eq!(
        FileStore::open(&path).unwrap_err().kind(),
        std::io::ErrorKind::InvalidData
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

fn change() -> impl Strategy<Value = Change> {
    let value = proptest::collection::vec(any::<u8>(), 0..60);
    (0..6_u8, proptest::option::of(value)).prop_map(|(key, value)| match value {
        Some(value) => Change::Put(vec![key], value),
        None => Change::Remove(vec![key]),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a stretch of the file was replaced with: groups are lost as wholes, those next to each other alone, and
    /// never in silence.
    #[test]
    fn damage_in_one_place_stays_there(
        groups in proptest::collection::vec(proptest::collection::vec(change(), 1..4), 0..12),
        at in any::<prop::sample::Index>(),
        replaced in 0..200_usize,
        by in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let path = folder("fuzz").join("store").join("log");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let (whole, ends) = written(&path, &groups).await;
            let from = HEAD + at.index(whole.len() - HEAD + 1);
            let to = (from + replaced).min(whole.len());
            let bytes = [&whole[..from], &by, &whole[to..]].concat();
            place(&path, &bytes);
            let loaded = salvaged(&path, &bytes).await;
            let lost = ends.iter().filter(|end| **end <= from).count() - 1;
            let found = (lost..=groups.len()).find(|end| without(&groups, lost, *end) == loaded.entries);
            assert!(found.is_some(), "{:?}", loaded.entries);
            let silent = loaded.damage.is_none();
            // A cut, or what reads like one, is the only damage that is none.
            let is_cut = without(&groups, lost, groups.len()) == loaded.entries;
            assert!(!silent || bytes == whole || is_cut, "{from}..{to}");
            std::fs::remove_dir_all(path.parent().unwrap().parent().unwrap()).unwrap();
        });
    }

    #[test]
    fn any_bytes_open_or_are_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        head in any::<bool>(),
    ) {
        let path = folder("fuzz").join("log");
        let head = if head { &b"AiD2log\x02"[..] } else { b"" };
        std::fs::write(&path, [head, &bytes].concat()).unwrap();
        let _ = FileStore::check(&path);
        let _ = FileStore::open(&path);
        std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
}
