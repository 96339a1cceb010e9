//! The sessions, each rule by the shortest inputs that show it.

mod backend;
mod record;
mod vehicle;

use std::time::Duration;

use aid_types::{Iccid, Vin};
use aid2_proto::{
    Profile, ProfileStatus, ProfileType, RequestDeleteProfile, RequestId, SendActivationCode, SendCsimStatus,
    SendProfileDownloadInstallInfo, Timestamp,
    binding::{Binding, Incoming, Outgoing},
    session::{Connack, FromBroker, Lost, Now, Publication, ReasonCode},
};

pub(crate) const WALL: u64 = 1_700_000_000;

pub(crate) fn at(seconds: u64) -> Now {
    Now::new(Duration::from_secs(seconds), WALL + seconds)
}

pub(crate) fn vin() -> Vin {
    "WBAUX11030A334483".parse().unwrap()
}

pub(crate) fn id(n: u64) -> RequestId {
    RequestId::new(vin(), Timestamp::from_secs(WALL + n))
}

pub(crate) fn iccid(n: u64) -> Iccid {
    format!("89445008051{n:08}").parse().unwrap()
}

pub(crate) fn status(n: u64, profiles: &[(u64, ProfileStatus)]) -> SendCsimStatus {
    let user: aid_types::CmpUserId = "9876543210".parse().unwrap();
    let profiles = profiles
        .iter()
        .map(|(n, status)| Profile::new(iccid(*n), user.clone(), *status))
        .collect();
    SendCsimStatus::new(id(n), "89034011560010000000000000000121".parse().unwrap(), profiles)
}

pub(crate) fn delete(n: u64) -> RequestDeleteProfile {
    RequestDeleteProfile::new(id(n), "9876543210".parse().unwrap(), iccid(n))
}

pub(crate) fn code(n: u64, code: &str) -> SendActivationCode {
    let code = format!("1$smdp.example.com${code}").parse().unwrap();
    SendActivationCode::new(id(n), "9876543210".parse().unwrap(), ProfileType::PERSONAL, code)
}

pub(crate) fn installed(n: u64, code: &SendActivationCode) -> SendProfileDownloadInstallInfo {
    let eid = "89034011560010000000000000000121".parse().unwrap();
    let user = "9876543210".parse().unwrap();
    SendProfileDownloadInstallInfo::installed(id(n), user, iccid(n), eid, code.activation_code.clone())
}

pub(crate) fn binding() -> Binding {
    Binding::default()
}

/// A PUBLISH as it comes, with a sequence or without.
pub(crate) fn publication<'a>(outgoing: &'a Outgoing, sequence: Option<&'a str>, packet_id: u16) -> FromBroker<'a> {
    let mut incoming = Incoming::new(&outgoing.topic, &outgoing.payload)
        .with_response_topic(outgoing.response_topic.as_deref())
        .with_correlation(outgoing.correlation.as_deref());
    incoming.sequence = sequence;
    FromBroker::Published(Publication::new(incoming, packet_id))
}

pub(crate) const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The same, with a trace.
pub(crate) fn traced<'a>(outgoing: &'a Outgoing, packet_id: u16) -> FromBroker<'a> {
    let mut event = publication(outgoing, None, packet_id);
    if let FromBroker::Published(publication) = &mut event {
        publication.incoming.trace_parent = Some(TRACE);
    }
    event
}

pub(crate) fn connected() -> FromBroker<'static> {
    FromBroker::Connected(Connack::new(false))
}

pub(crate) fn subscribed() -> FromBroker<'static> {
    FromBroker::Subscribed(ReasonCode(1))
}

pub(crate) fn lost() -> FromBroker<'static> {
    FromBroker::Lost(Lost::new("cut"))
}
