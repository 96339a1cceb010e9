//! The table of exchanges, and what a receiver checks.

use aid2_proto::{
    Payload, Request, RequestActivationCode, RequestCsimInfo, RequestDeleteAllProfiles, RequestDeleteProfile,
    RequestDeleteProfileResponse, RequestDeleteProfileResult,
    binding::{Binding, EXCHANGES, Exchange, Incoming, Side, Topics},
};
use proptest::prelude::*;

use crate::sample::{csim_status, request_id};

#[test]
fn the_table_holds_every_message_once() {
    fn check<R: Request>() {
        let exchange = Exchange::of(R::NAME).unwrap();
        assert_eq!(exchange.response, Some(<R::Response as Payload>::NAME));
        assert_eq!(Exchange::answered_by(<R::Response as Payload>::NAME), Some(exchange));
    }
    check::<RequestActivationCode>();
    check::<RequestDeleteProfile>();
    check::<RequestCsimInfo>();
    check::<RequestDeleteAllProfiles>();
    for exchange in EXCHANGES {
        assert_eq!(EXCHANGES.iter().filter(|other| other.name == exchange.name).count(), 1);
        let to = if exchange.to == Side::Cmp { "cmp" } else { "vehicle" };
        assert_eq!(exchange.to.as_str(), to);
    }
}

#[test]
fn what_tells_a_state_or_orders_a_deletion_never_expires() {
    for name in [
        "SendCSIMStatus",
        "SendProfileDownloadInstallInfo",
        "RequestDeleteProfile",
        "RequestDeleteAllProfiles",
    ] {
        assert_eq!(Exchange::of(name).unwrap().expiry, None, "{name}");
    }
}

#[test]
fn what_is_sent_is_what_the_other_side_accepts() {
    let binding = Binding::new(Topics::new("fleet/aid2/v1").unwrap());
    let order = RequestDeleteProfile::new(
        request_id(),
        "9876543210".parse().unwrap(),
        "8944500805172032953".parse().unwrap(),
    );
    let answer = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
    for (out, side) in [
        (binding.request(&order), Side::Vehicle),
        (
            binding.response::<RequestDeleteProfile>(request_id(), &answer),
            Side::Cmp,
        ),
        (binding.message(&csim_status(2)), Side::Cmp),
    ] {
        let incoming = Incoming::new(&out.topic, &out.payload)
            .with_response_topic(out.response_topic.as_deref())
            .with_correlation(out.correlation.as_deref());
        assert!(binding.receive(side, &incoming).is_ok(), "{}", out.topic);
        assert!(binding.receive(side.other(), &incoming).is_err());
    }
}

#[test]
fn oversized_payloads_are_refused_before_they_are_read() {
    let binding = Binding::default();
    let topic = binding
        .topics
        .build(request_id().vehicle_id, Side::Cmp, "SendCSIMStatus");
    let payload = vec![0xff; binding.max_payload + 1];
    let refused = binding
        .receive(Side::Cmp, &Incoming::new(&topic, &payload))
        .unwrap_err();
    assert_eq!(refused.reason(), "too_large");
}

proptest! {
    #[test]
    fn received_bytes_never_panic(
        payload in proptest::collection::vec(any::<u8>(), 0..64),
        topic in "(aid2/v1/WBAUX11030A334483/cmp/)?[A-Za-z/+#.]{0,30}",
    ) {
        let _ = Binding::default().receive(Side::Cmp, &Incoming::new(&topic, &payload));
    }
}

#[test]
fn the_size_of_a_packet_is_counted_as_mqtt_does() {
    // Fixed header, topic, packet identifier, length of the properties, content type; expiry; payload.
    let mut out = Binding::default().outgoing("SendCSIMStatus", request_id(), vec![]);
    assert_eq!(out.topic.len(), 44);
    assert_eq!(out.packet_size(), 2 + 2 + 44 + 2 + 1 + (1 + 2 + 22));
    out.payload = vec![0; 200];
    assert_eq!(out.packet_size(), 3 + 2 + 44 + 2 + 1 + (1 + 2 + 22) + 200);
    out.expiry = Some(1);
    assert_eq!(out.packet_size(), 3 + 2 + 44 + 2 + 1 + (1 + 2 + 22) + 5 + 200);
}
