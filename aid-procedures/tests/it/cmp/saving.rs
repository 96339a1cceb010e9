//! What is saved, and what is never shown.

use std::collections::BTreeSet;

use aid_procedures::{
    Key, Lane,
    cmp::{CandidateChoice, Effect, Event, Federation, MspCall, Options, ProfileState, Sequences},
};
use aid_types::*;

use crate::common::{at, code, eid, iccid, request, sid, token, user, vin};

use super::backend::*;

#[test]
fn another_format_is_refused_on_loading() {
    let mut json = serde_json::to_value(&Cmp::federated().federation).unwrap();
    json["format"] = 3.into();
    let error = serde_json::from_value::<Federation>(json).unwrap_err();
    assert_eq!(
        error.to_string(),
        "saved in format 3, this version reads formats 1 to 2"
    );
}

#[test]
fn debug_shows_no_secret() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    let text = format!("{:?} {:?}", cmp.federation, cmp.last);
    for secret in [
        token(1).to_string(),
        code(1).to_string(),
        user().to_string(),
        "+xSpEv0z".to_owned(),
    ] {
        assert!(!text.contains(&secret), "{secret}");
    }
}

#[test]
fn calls_of_one_provisioning_share_a_correlation_id() {
    //
    let mut cmp = Cmp::federated();
    let mut seen = Vec::new();
    cmp.asks(1);
    seen.extend(cmp.last.clone());
    cmp.on(code_sent(1, 1, None));
    cmp.on(installed(1, 1));
    seen.extend(cmp.last.clone());
    let ids: Vec<_> = seen
        .iter()
        .filter_map(|effect| match effect {
            Effect::CallMsp {
                correlation_id, call, ..
            } => {
                assert!(matches!(
                    call,
                    MspCall::RequestActivationCode(_) | MspCall::SendCsimStatus(_)
                ));
                *correlation_id
            }
            _ => None,
        })
        .collect();
    assert_eq!(ids, [CorrelationId::from_uuid(*request(1).as_uuid()); 2]);
}

#[test]
fn the_previous_format_is_read() {
    // As format 1 was saved, with something of everything.
    let saved: serde_json::Value = serde_json::from_str(include_str!("../../saved/federation.json")).unwrap();
    assert_eq!(saved["federation"]["format"], 1);
    let mut cmp = Cmp::federated();
    cmp.federation = serde_json::from_value(saved["federation"].clone()).unwrap();
    let effects: Vec<Effect> = serde_json::from_value(saved["effects"].clone()).unwrap();
    let sequences: Sequences<String> = serde_json::from_value(saved["sequences"].clone()).unwrap();
    assert_eq!(serde_json::to_value(&effects).unwrap(), saved["effects"]);
    assert_eq!(serde_json::to_value(&sequences).unwrap(), saved["sequences"]);
    assert_eq!(serde_json::to_value(&cmp.federation).unwrap()["format"], 2);
    let states: Vec<_> = cmp
        .federation
        .profiles()
        .iter()
        .map(aid_procedures::cmp::Profile::state)
        .collect();
    use ProfileState as S;
    assert_eq!(
        states,
        [
            S::Enabled,
            S::DeleteOrdered,
            S::Deleted,
            S::Requested,
            S::NotIssued,
            S::CodeSent
        ]
    );
    // Its orders stand, its question is open, and its request is repeated.
    let order = &effects[0];
    assert!(cmp.federation.still_wanted(order));
    cmp.now = 1000;
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(2) }), ["car 2: delete 2"]);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), ["car 1: tell"]);
    let asked = cmp.sequence();
    // Which of the two came first, the old format does not say.
    assert_eq!(cmp.on(status(asked, 1, &[(1, DISABLED)])), ["car 1: tell"]);
    let asked = cmp.sequence();
    assert_eq!(cmp.on(status(asked, 1, &[(1, DISABLED)])), NOTHING);
    assert_eq!(cmp.state(1), S::Disabled);
    assert_eq!(cmp.asks(4), ["MSP: request 4 for car 4, replace 1"]);
}

#[test]
fn keys_say_what_a_federation_is_found_by() {
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    cmp.requests = 2;
    cmp.asks(3);
    let keys: BTreeSet<Key> = cmp.federation.keys().collect();
    let mut expected = BTreeSet::from([
        Key::CmpUserId(user()),
        Key::MspToken(token(1)),
        Key::Session(sid(1)),
        Key::Iccid(iccid(1)),
        Key::Iccid(iccid(2)),
    ]);
    expected.extend([1, 2, 3].map(eid).map(Key::Eid));
    expected.extend([1, 2, 3].map(vin).map(Key::Vin));
    let (requests, others): (BTreeSet<Key>, BTreeSet<Key>) =
        keys.into_iter().partition(|key| matches!(key, Key::RequestId(_)));
    assert_eq!(others, expected);
    assert_eq!(requests.len(), 3);
    // the token is found when it is removed.
    let mut cmp = Cmp::federated();
    cmp.on(Event::Withdraw);
    assert_eq!(cmp.federation.msp_token(), None);
    assert!(cmp.federation.keys().any(|key| key == Key::MspToken(token(1))));
}

#[test]
fn effects_have_names_and_lanes() {
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::Withdraw);
    let named: Vec<_> = cmp.last.iter().map(|effect| (effect.name(), effect.lane())).collect();
    assert_eq!(
        named,
        [
            ("requestInvalidateFederatedID", Lane::Peer),
            ("RequestDeleteProfile", Lane::Vehicle(vin(1)))
        ]
    );
}

#[test]
fn new_choices_hold_from_the_next_event_on_and_are_saved() {
    let mut cmp = Cmp::federated();
    let mut options = Options::default();
    options.candidate = CandidateChoice::Oldest;
    options.silence = 7;
    cmp.federation.set_options(options.clone());
    cmp.on(Event::SyncVehicle { vin: vin(1) });
    assert_eq!(cmp.federation.options(), &options);
    assert_eq!(cmp.federation.wake_at(), Some(at(cmp.now + 7)));
}
