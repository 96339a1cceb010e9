//! Databases that other releases have written.

use aid_sqlite::{MIGRATIONS, Options, SqliteStore};
use rusqlite::Connection;

use crate::goes_on::goes_on;

#[tokio::test]
async fn a_file_of_every_schema_is_brought_to_the_newest_and_goes_on() {
    let saved = [include_str!("../saved/1.sql"), include_str!("../saved/2.sql")];
    assert_eq!(
        saved.len(),
        MIGRATIONS.len(),
        "a migration needs a file that it brings on"
    );
    for sql in saved {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        goes_on(&SqliteStore::open(&path, Options::new()).unwrap()).await;
    }
}
