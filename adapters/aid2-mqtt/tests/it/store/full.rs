//! A store whose disk is full.

use std::process::Command;

use aid2_mqtt::{Change, Store as _};

use crate::{
    child::{PART, value},
    sample::{folder, open},
};

/// A file of this process may not grow beyond a limit: that is how a full disk looks from within.
#[cfg(unix)]
#[test]
fn a_full_store_takes_what_makes_it_smaller() {
    let path = folder("full").join("log");
    // Blocks of 512 or of 1,024 bytes: 32 or 64 KiB, far less than a store is rewritten at by itself.
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact child::plays_its_part --nocapture";
    let mut child = Command::new("sh");
    child.args(["-c", script]).arg(std::env::current_exe().unwrap());
    let output = child.env(PART, "full-store").env("STORE", &path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub(crate) async fn fill_and_empty() {
    let path = std::path::PathBuf::from(value("STORE"));
    let store = open(&path);
    let key = |n: u32| n.to_be_bytes().to_vec();
    for _ in 0..3 {
        let mut taken = 0;
        while store
            .apply(vec![Change::Put(key(taken), vec![7; 100])], true)
            .await
            .is_ok()
        {
            taken += 1;
            assert!(taken < 1000, "the disk is not full");
        }
        assert!(taken > 100, "{taken} taken");
        assert_eq!(
            store.load().await.unwrap().entries.len(),
            taken as usize,
            "nothing of what was refused"
        );
        for n in 0..taken - 1 {
            store.apply(vec![Change::Remove(key(n))], false).await.unwrap();
        }
        let left = store.load().await.unwrap().entries;
        assert_eq!(left, [(key(taken - 1), vec![7; 100])]);
        store.apply(vec![Change::Remove(key(taken - 1))], true).await.unwrap();
    }
    drop(store);
    let loaded = open(&path).load().await.unwrap();
    assert_eq!((loaded.entries.len(), loaded.damage), (0, None));
}
