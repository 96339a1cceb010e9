//! Messages, names and times that several tests use.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use aid_types::{CmpUserId, Eid, Iccid, Vin};
use aid2_mqtt::Options;
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
pub(crate) fn hurried(mut options: Options) -> Options {
    options.back_off = BackOff::new(Duration::from_millis(20), Duration::from_millis(200));
    options.keep_alive = Duration::from_secs(1);
    options.connect_timeout = Duration::from_secs(2);
    if std::env::var_os("AID2_TRACE").is_some() {
        options.observer = aid2_mqtt::Observer::new(|event| eprintln!("{event:?}"));
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

/// Waits until it is so, or panics after 20 s.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "still not: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
