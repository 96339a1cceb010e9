//! Messages that several tests use.

use aid2_proto::{Profile, ProfileStatus, ProfileType, RequestId, SendActivationCode, SendCsimStatus, Timestamp};

pub(crate) fn request_id() -> RequestId {
    RequestId::new(
        "WBAUX11030A334483".parse().unwrap(),
        Timestamp::from_secs(1_700_000_000),
    )
}

pub(crate) fn csim_status(profiles: usize) -> SendCsimStatus {
    let profile = |n: usize| {
        let iccid = format!("89445008051720{n:05}").parse().unwrap();
        Profile::new(iccid, format!("customer-{n}").parse().unwrap(), ProfileStatus::ENABLED)
    };
    let eid = "89034011560010000000000000000121".parse().unwrap();
    SendCsimStatus::new(request_id(), eid, (0..profiles).map(profile).collect())
}

pub(crate) fn activation_code(code: &str) -> SendActivationCode {
    let user = "customer-4711".parse().unwrap();
    SendActivationCode::new(request_id(), user, ProfileType::PERSONAL, code.parse().unwrap())
}
