//! `aid serve` over a database: what stays, and what happens while it is away.

use serde_json::json;
use tempfile::TempDir;

use crate::{
    states::{
        OTHER_TOKEN,
        at_the_cmp::federate,
        at_the_msp::{all, new, request},
    },
    tool::{EID, File, REQUEST, Server, TOKEN, get, run, seed},
};

fn database(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("msp.db").display())
}

#[test]
fn what_happened_stays_when_it_is_killed() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder);
    let start = || Server::start("msp", &seed(), &["--database", &database]);
    let msp = start();
    let first = request(&msp, TOKEN, 1, EID, None).unwrap();
    let profiles = all(&msp);
    assert_eq!(profiles.len(), 2);
    assert_eq!(msp.end("-KILL").0, None);

    let msp = start();
    assert_eq!(all(&msp), profiles);
    assert_eq!(request(&msp, TOKEN, 1, EID, None).unwrap(), first);
    assert_eq!(msp.end("-TERM").0, Some(0));
    // In memory nothing stays.
    assert_eq!(all(&new(&json!({}))).len(), 1);
}

#[test]
fn whom_it_federated_a_cmp_still_knows() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder);
    let start = || Server::start("cmp", &seed(), &["--database", &database]);
    let first = start();
    assert_eq!(federate(&first, OTHER_TOKEN), (0, 0));
    assert_eq!(first.end("-KILL").0, None);
    let again = start();
    assert_eq!(federate(&again, REQUEST), (422, 24));
    assert_eq!(federate(&again, OTHER_TOKEN), (0, 0));
    assert_eq!(again.end("-TERM").0, Some(0));
}

#[test]
fn while_the_database_is_away_it_says_so_and_then_goes_on() {
    let folder = TempDir::new().unwrap();
    let database = database(&folder);
    let more = ["--database", &database, "--admin", "127.0.0.1:0"];
    let mut msp = Server::start("msp", &seed(), &more);
    let told = msp.output.next().unwrap();
    let admin = told.strip_prefix("ADMIN ").unwrap();
    assert!(get(admin, "/ready").starts_with("HTTP/1.1 200"));

    // Another program does not let it in.
    let other = rusqlite::Connection::open(folder.path().join("msp.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(request(&msp, TOKEN, 1, EID, None), Err((500, 90)));
    assert!(get(admin, "/ready").starts_with("HTTP/1.1 503"));
    assert!(get(admin, "/health").starts_with("HTTP/1.1 200"));

    other.execute_batch("ROLLBACK").unwrap();
    assert!(get(admin, "/ready").starts_with("HTTP/1.1 200"));
    assert!(request(&msp, TOKEN, 1, EID, None).is_ok());
    assert_eq!(msp.end("-TERM").0, Some(0));
}

#[test]
fn a_database_that_cannot_be_used_is_told() {
    let file = File::new(&seed().to_string());
    for (role, database, why) in [
        ("msp", "nonsense", "--database: expected memory"),
        (
            "msp",
            "sqlite:/nowhere/to/be/found",
            "--database: the store cannot be written",
        ),
        ("msp", "postgres://user:hidden@[", "--database: the URL"),
        ("cmp", "nonsense", "--database: expected memory"),
    ] {
        let output = run([
            "serve",
            role,
            "--listen",
            "127.0.0.1:0",
            "--seed",
            file.path(),
            "--database",
            database,
        ]);
        assert_eq!(output.status.code(), Some(2), "{database}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(why), "{stderr}");
        assert!(!stderr.contains("hidden"), "{stderr}");
    }
}
