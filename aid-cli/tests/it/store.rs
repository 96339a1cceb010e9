//! `aid store check`.

use aid2_mqtt::{Change, FileStore, Store as _};
use serde_json::{Value, json};

use crate::tool::run;

fn check(path: &std::path::Path) -> (Option<i32>, Value, String) {
    let output = run(["store", "check", path.to_str().unwrap()]);
    let line = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), line, String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn what_is_in_a_store_and_what_was_lost_is_told() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("store-check");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("log");
    let store = FileStore::open(&path).unwrap();
    let put = |key| vec![Change::Put(vec![key], b"1$smdp.example.com$secret".to_vec())];
    store.apply(put(1), true).await.unwrap();
    store.apply(put(2), true).await.unwrap();
    let (exit, whole, stderr) = check(&path);
    let bytes = std::fs::metadata(&path).unwrap().len();
    let expected = json!({"ok": true, "bytes": bytes, "records": 2, "entries": 2, "torn": 0});
    assert_eq!((exit, whole, stderr.as_str()), (Some(0), expected, ""));

    drop(store);
    let mut file = std::fs::read(&path).unwrap();
    file[30] ^= 1;
    std::fs::write(&path, &file).unwrap();
    let (exit, damaged, stderr) = check(&path);
    let damage = json!({"at": 28, "bytes": (bytes - 28) / 2, "records_lost": 1});
    let expected = json!({"ok": false, "bytes": bytes, "records": 1, "entries": 1, "torn": 0, "damage": damage});
    assert_eq!((exit, damaged), (Some(1), expected));
    assert!(
        stderr.contains("groups of changes lost: 1 or more") && !stderr.contains("secret"),
        "{stderr}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), file);

    std::fs::write(&path, "something else").unwrap();
    let (exit, _, stderr) = check(&path);
    assert_eq!(exit, Some(2));
    assert!(stderr.contains("not a store of AiD2 messages"), "{stderr}");
}
