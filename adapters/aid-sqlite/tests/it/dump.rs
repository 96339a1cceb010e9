//! Whoever gets the files finds nothing of a user.

use std::path::Path;

use aid_sqlite::{Options, SqliteStore};

use crate::privacy::{before_and_after, encrypted};

fn open(folder: &Path, name: &str) -> SqliteStore {
    SqliteStore::open(folder.join(name), Options::new()).unwrap()
}

/// All bytes of all files: the database's, its log's and its index's.
async fn bytes(folder: &Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files.collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn in_clear_everything_is_found_until_it_is_erased() {
    let folder = tempfile::tempdir().unwrap();
    let stores = (open(folder.path(), "cmp"), open(folder.path(), "msp"));
    let [before, after] = before_and_after(stores, async || bytes(folder.path()).await).await;
    assert_eq!(before.len(), 8, "{before:?}");
    // The vehicle has a record of its own, and no msp_token is taken twice.
    assert_eq!(after, ["msp_token", "vehicle"]);
}

#[tokio::test]
async fn with_a_cipher_nothing_is_ever_found() {
    let folder = tempfile::tempdir().unwrap();
    let stores = (
        encrypted(open(folder.path(), "cmp")).await,
        encrypted(open(folder.path(), "msp")).await,
    );
    let found = before_and_after(stores, async || bytes(folder.path()).await).await;
    assert_eq!(found, [[""; 0]; 2]);
}
