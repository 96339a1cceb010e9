//! Messages between vehicle and CMP.

use aid_picture::{Kind, LinkTap};
use aid2_mqtt::Tap as _;
use aid2_proto::{
    Profile, ProfileStatus, ProfileType, RequestActivationCode, RequestActivationCodeResult, RequestId,
    SendActivationCode, SendCsimStatus, Timestamp,
    binding::{Binding, Incoming},
};

use crate::support::*;

fn request_id() -> RequestId {
    RequestId::new(
        "WBAUX11030A334483".parse().unwrap(),
        Timestamp::from_secs(1_700_000_000),
    )
}

fn user() -> aid_types::CmpUserId {
    USER.parse().unwrap()
}

#[test]
fn messages_are_drawn_between_vehicle_and_cmp() {
    let (picture, binding) = (picture(), Binding::default());
    let tap = LinkTap::of_backend(&picture, "CMP", binding.clone());
    let request = binding.request(&RequestActivationCode::new(request_id(), user(), EID.parse().unwrap()));
    tap.received(&Incoming::new(&request.topic, &request.payload));
    tap.sent(&binding.response::<RequestActivationCode>(
        request_id(),
        &RequestActivationCodeResult::NO_ACTIVATION_CODE_AVAILABLE.into(),
    ));
    let code = SendActivationCode::new(request_id(), user(), ProfileType::PERSONAL, CODE.parse().unwrap());
    tap.sent(&binding.message(&code));
    let profile = |user: &str| {
        Profile::new(
            "8944500805172032953".parse().unwrap(),
            user.parse().unwrap(),
            ProfileStatus::ENABLED,
        )
    };
    let profiles = vec![profile(USER), profile("somebody-else")];
    let status = binding.message(&SendCsimStatus::new(request_id(), EID.parse().unwrap(), profiles));
    tap.received(&Incoming::new(&status.topic, &status.payload));

    let events = picture.events();
    let drawn: Vec<_> = events
        .iter()
        .map(|event| (&*event.from, &*event.to, event.kind, &*event.name))
        .collect();
    let car = "vehicle …34483";
    assert_eq!(
        drawn,
        [
            (car, "CMP", Kind::Message, "RequestActivationCode"),
            ("CMP", car, Kind::Reply, "RequestActivationCode.Response"),
            ("CMP", car, Kind::Message, "SendActivationCode"),
            (car, "CMP", Kind::Message, "SendCSIMStatus"),
        ]
    );
    assert!(events.iter().all(|event| event.vehicle == Some(1)));
    // A status with the profiles of two users is about neither.
    assert_eq!(
        events.iter().map(|event| event.user).collect::<Vec<_>>(),
        [Some(1), None, Some(1), None]
    );
    let code = events[2].body.as_ref().unwrap().get();
    assert_eq!(
        code,
        r#"{"requestId":{"vehicleID":"WBAUX11030A334483","timestamp":1700000000},"cmpUserId":"(redacted)","profileType":"PERSONAL","activationCode":"(redacted)"}"#
    );
    assert!(
        events[1]
            .body
            .as_ref()
            .unwrap()
            .get()
            .contains("NO_ACTIVATION_CODE_AVAILABLE")
    );
    scan(&picture.page());
}

#[test]
fn what_breaks_the_binding_is_drawn_as_that() {
    let (picture, binding) = (picture(), Binding::default());
    let tap = LinkTap::of_backend(&picture, "CMP", binding);
    tap.received(&Incoming::new(
        "aid2/v1/WBAUX11030A334483/cmp/SendCSIMStatus",
        b"\xff\xff",
    ));
    tap.received(&Incoming::new("aid2/v1/<script>/cmp/SendCSIMStatus", b""));
    tap.received(&Incoming::new("aid2/v1/WBAUX11030A334483/cmp/<script>", b""));
    let events = picture.events();
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event.has_failed()), "{events:?}");
    assert_eq!((events[0].vehicle, events[2].vehicle), (Some(1), Some(1)));
    assert!(!picture.page().contains("<script"));
}
