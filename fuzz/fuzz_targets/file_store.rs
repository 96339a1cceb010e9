//! A store's file with anything done to it, and anything in the place of one: no panic, and what is salvaged was once written.
#![no_main]

use std::{collections::BTreeSet, io::Cursor, sync::OnceLock};

use aid2_mqtt::{Change, Checked, FileStore, Store as _};
use libfuzzer_sys::fuzz_target;

/// The bytes of a store in which keys were written, written anew and removed, and every pair that ever was in it.
fn store() -> &'static (Vec<u8>, BTreeSet<(Vec<u8>, Vec<u8>)>) {
    static STORE: OnceLock<(Vec<u8>, BTreeSet<(Vec<u8>, Vec<u8>)>)> = OnceLock::new();
    STORE.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("aid-fuzz-store-{}", std::process::id()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let mut written = BTreeSet::new();
        runtime.block_on(async {
            let store = FileStore::open(&path).expect("a store");
            for round in 0..12_u8 {
                let key = vec![b'k', round % 5];
                let change = if round % 4 == 3 {
                    Change::Remove(key)
                } else {
                    let value = vec![round; usize::from(round) * 7];
                    written.insert((key.clone(), value.clone()));
                    Change::Put(key, value)
                };
                store.apply(vec![change], false).await.expect("applied");
            }
        });
        let bytes = std::fs::read(&path).expect("the file");
        let _ = std::fs::remove_file(&path);
        (bytes, written)
    })
}

fuzz_target!(|data: &[u8]| {
    let (bytes, written) = store();
    // Something else.
    let _ = Checked::read(Cursor::new(data));
    // Two bytes say where, one with what: replaced, or cut there.
    let mut damaged = bytes.clone();
    for edit in data.chunks_exact(3).take(16) {
        let [high, low, with] = *edit else { continue };
        let at = usize::from(u16::from_be_bytes([high & 0x7f, low])) % damaged.len().max(1);
        if high & 0x80 != 0 {
            damaged.truncate(at);
        } else if let Some(byte) = damaged.get_mut(at) {
            *byte ^= with;
        }
    }
    if let Ok(checked) = Checked::read(Cursor::new(&damaged)) {
        for pair in checked.loaded.entries {
            assert!(written.contains(&pair), "nobody wrote {pair:?}");
        }
        if damaged == *bytes {
            assert!(checked.loaded.damage.is_none() && checked.torn == 0);
        }
    }
});
