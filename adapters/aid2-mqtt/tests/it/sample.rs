//! Messages, names and times that several tests use.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use aid_types::{CmpUserId, Eid, Iccid, Vin};
use aid2_mqtt::{FileStore, LinkOptions};
use aid2_proto::{
    Profile, ProfileStatus, ProfileType, RequestActivationCode, RequestDeleteProfile, RequestId, SendActivationCode,
    SendCsimStatus, Timestamp, binding::BackOff,
};

pub(crate) const NOW: u64 = 1_700_000_000;

pub(crate) fn vin(n: usize) -> Vin {
    format!("WBA{n:014}").parse().unwrap()
}

pub(crate) fn id(vin: Vin, n: u64) -> RequestId {
    RequestId::new(vin, Timestamp::from_secs(NOW + n))
}

pub(crate) fn user() -> CmpUserId {
    "9876543210".parse().unwrap()
}

pub(crate) fn eid() -> Eid {
    "89034011560010000000000000000121".parse().unwrap()
}

pub(crate) fn iccid(n: u64) -> Iccid {
    format!("89445008051{n:08}").parse().unwrap()
}

pub(crate) fn profile(n: u64, status: ProfileStatus) -> Profile {
    Profile::new(iccid(n), user(), status)
}

pub(crate) fn status(id: RequestId, profiles: Vec<Profile>) -> SendCsimStatus {
    SendCsimStatus::new(id, eid(), profiles)
}

pub(crate) fn ask(id: RequestId) -> RequestActivationCode {
    RequestActivationCode::new(id, user(), eid())
}

pub(crate) fn code(id: RequestId) -> SendActivationCode {
    let code = format!("1$smdp.example.com${}", id.timestamp.number());
    SendActivationCode::new(id, user(), ProfileType::PERSONAL, code.parse().unwrap())
}

pub(crate) fn delete(id: RequestId, n: u64) -> RequestDeleteProfile {
    RequestDeleteProfile::new(id, user(), iccid(n))
}

/// Waits shorter than a car does.
pub(crate) fn hurried(mut options: LinkOptions) -> LinkOptions {
    options.back_off = BackOff::new(Duration::from_millis(20), Duration::from_millis(200));
    if std::env::var_os("AID2_TRACE").is_some() {
        options.observer = aid2_mqtt::Observer::new(|notice| eprintln!("{notice:?}"));
    }
    options
}

/// A new folder below the target folder.
pub(crate) fn folder(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let unique = format!("{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(unique);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Opens a store. Another test that starts a process at this very moment lends it our lock, from fork to exec.
pub(crate) fn open(path: &Path) -> FileStore {
    crate::limit::limit();
    loop {
        match FileStore::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

/// Longer than anything takes on a machine that has much else to do.
pub(crate) const GENEROUS: Duration = Duration::from_secs(120);

/// Waits until it is so, or panics.
pub(crate) async fn until(what: &str, is_so: impl FnMut() -> bool) {
    assert!(eventually(is_so).await, "still not: {what}");
}

/// Waits until it is so, or gives up.
pub(crate) async fn eventually(mut is_so: impl FnMut() -> bool) -> bool {
    let began = std::time::Instant::now();
    while !is_so() {
        if began.elapsed() > GENEROUS {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    true
}
