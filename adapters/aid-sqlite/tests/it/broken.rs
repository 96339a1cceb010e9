//! Files that cannot be written: a clear error, and nothing half done.

use std::{process::Command, time::Duration};

use aid_backend::store::{Load, Save, Store as _, StoreErrorKind, Unit, Version};
use aid_sqlite::{Options, SqliteStore};
use rusqlite::Connection;

use crate::{child, file::key};

#[tokio::test]
async fn a_file_that_another_program_has_locked_is_unavailable_until_it_lets_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let mut options = Options::new();
    options.busy_timeout = Duration::from_millis(20);
    let store = SqliteStore::open(&path, options).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let unit = Unit::default().save(Save::new(key("a/1"), Version::NONE, "x"));
    let error = store.commit(unit.clone()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    other.execute_batch("ROLLBACK").unwrap();
    store.commit(unit).await.unwrap();
}

/// As a full disk does: writing beyond some size fails. Only a process of its own can be limited.
#[test]
fn a_full_disk_is_told_and_what_was_committed_stays() {
    crate::limit::limit();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(SqliteStore::open(&path, Options::new()).unwrap());
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 600; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(child::arguments())
        .env(child::TASK, "fill")
        .env(child::PATH, &path)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&limited.stdout).into_owned();
    let committed = told.lines().filter(|line| line.starts_with("committed ")).count();
    assert!(told.contains("full: NotWritable"), "{told}");
    assert!(committed > 0, "{told}");
    let connection = Connection::open(&path).unwrap();
    let kept: isize = connection
        .query_row("SELECT count(*) FROM aggregates", [], |row| row.get(0))
        .unwrap();
    assert_eq!(usize::try_from(kept), Ok(committed));
    let whole: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(whole, "ok");
}

/// As somebody who may read the file and not write it: nobody, if we are root.
#[test]
fn a_file_that_can_only_be_read_is_told_and_stays_as_it_is() {
    use std::os::unix::{fs::PermissionsExt as _, process::CommandExt as _};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(SqliteStore::open(&path, Options::new()).unwrap());
    let before = std::fs::read(&path).unwrap();
    let only = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    only(&path, 0o444);
    only(folder.path(), 0o555);
    // Nobody may not go where this binary lies.
    let another = tempfile::tempdir().unwrap();
    only(another.path(), 0o755);
    let binary = another.path().join("it");
    std::fs::copy(std::env::current_exe().unwrap(), &binary).unwrap();
    let mut reader = Command::new(binary);
    reader
        .args(child::arguments())
        .env(child::TASK, "fill")
        .env(child::PATH, &path)
        .current_dir("/");
    if std::fs::File::options().append(true).open(&path).is_ok() {
        reader.uid(65534).gid(65534);
    }
    let output = reader.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("not opened: NotWritable"), "{told}");
    assert!(std::fs::read(&path).unwrap() == before);
    only(folder.path(), 0o755);
}

#[tokio::test]
async fn a_damaged_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = SqliteStore::open(&path, Options::new()).unwrap();
    for number in 0..200 {
        let save = Save::new(key(&format!("a/{number}")), Version::NONE, vec![7; 2000]);
        store.commit(Unit::default().save(save)).await.unwrap();
    }
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..].iter_mut().for_each(|byte| *byte ^= 0x5A);
    std::fs::write(&path, bytes).unwrap();
    let error = match SqliteStore::open(&path, Options::new()) {
        Err(error) => error,
        Ok(store) => store.load(Load::keys([key("a/1")])).await.unwrap_err(),
    };
    assert_eq!(error.kind(), StoreErrorKind::Damaged);
}
