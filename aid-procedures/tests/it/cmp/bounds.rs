//! Nothing that an aggregate remembers grows without end.

use aid_procedures::{
    CallFailure,
    cmp::{Event, Options, ProfileState},
};
use aid_types::*;
use aid2_proto::{RequestId, SendCsimStatus};

use super::backend::*;
use crate::common::{DAY, HOUR, at, eid, iccid, request, sid, user, vin};

/// Lives through 10,000 cycles without saving in between, and says how many bytes are saved in the end.
fn saved_after(cycle: impl Fn(&mut Cmp, u64)) -> usize {
    let mut cmp = Cmp::federated();
    for n in 1..=10_000 {
        cycle(&mut cmp, n);
    }
    serde_json::to_vec(&cmp.federation).unwrap().len()
}

fn handle(cmp: &mut Cmp, event: Event) {
    cmp.now += 1;
    let _ = cmp.federation.handle(event, at(cmp.now));
}

fn asks(cmp: &mut Cmp, n: u64, car: usize) {
    let request_id = RequestId::new(vin(car), at(cmp.now));
    let message = aid2_proto::RequestActivationCode::new(request_id, user(), eid(car));
    let fresh_id = request(u128::from(n));
    handle(cmp, Event::RequestActivationCode { message, fresh_id });
}

#[test]
fn ten_thousand_refused_requests() {
    let refused = |cmp: &mut Cmp, n| {
        asks(cmp, n, 1);
        handle(cmp, replied(n.into(), Err(CallFailure::refused(422, None))));
    };
    assert!(saved_after(refused) < 60_000);
}

#[test]
fn ten_thousand_profiles_that_came_and_went() {
    let deleted = |cmp: &mut Cmp, n: u64| {
        asks(cmp, n, 1);
        handle(cmp, code_sent(n.into(), n as usize, None));
        handle(cmp, installed(1, n as usize));
        let id = RequestId::new(vin(1), at(cmp.now));
        handle(cmp, status(id, 1, &[(n as usize, DELETED)]));
    };
    assert!(saved_after(deleted) < 80_000);
}

#[test]
fn ten_thousand_failed_downloads() {
    let failed = |cmp: &mut Cmp, n: u64| {
        asks(cmp, n, 1);
        handle(cmp, code_sent(n.into(), n as usize, None));
        handle(cmp, failed(1, n as usize));
        // The car answers its orders.
        let ordered: Vec<Iccid> = cmp
            .federation
            .profiles()
            .iter()
            .filter(|profile| profile.state() == ProfileState::DeleteOrdered)
            .filter_map(|profile| profile.iccid().copied())
            .collect();
        let gone = |iccid: &Iccid| aid2_proto::Profile::new(*iccid, user(), DELETED);
        let id = RequestId::new(vin(1), at(cmp.now));
        let message = SendCsimStatus::new(id, eid(1), ordered.iter().map(gone).collect());
        handle(cmp, csim_status(message));
    };
    assert!(saved_after(failed) < 160_000);
}

#[test]
fn ten_thousand_vehicles_without_a_profile() {
    let asked = |cmp: &mut Cmp, n: u64| handle(cmp, Event::SyncVehicle { vin: vin(n as usize) });
    assert!(saved_after(asked) < 30_000);
    let cleared = |cmp: &mut Cmp, n: u64| handle(cmp, Event::DeleteAllProfiles { vin: vin(n as usize) });
    assert!(saved_after(cleared) < 30_000);
}

#[test]
fn ten_thousand_onboardings_with_the_same_token() {
    let onboarded = |cmp: &mut Cmp, n: u64| {
        let session = u128::from(n) + 1;
        let expires = at(cmp.now + HOUR);
        handle(
            cmp,
            Event::SessionOpened {
                sid: sid(session),
                expires,
            },
        );
        handle(cmp, token_sent(session, 1));
    };
    assert!(saved_after(onboarded) < 5_000);
}

#[test]
fn ten_thousand_swaps_of_nobody_and_statuses_of_strangers() {
    let swapped = |cmp: &mut Cmp, n: u64| {
        asks(cmp, n, 1);
        let mut issued = issued(n.into(), n as usize, Some(n as usize + 20_000));
        issued.iccid = None;
        let body = SendActivationCode::Issued(issued);
        handle(
            cmp,
            Event::SendActivationCode {
                body,
                correlation_id: None,
            },
        );
        let id = RequestId::new(vin(1), at(cmp.now));
        handle(cmp, status(id, 1, &[(n as usize + 40_000, ENABLED)]));
    };
    assert!(saved_after(swapped) < 20_000);
}

#[test]
fn a_session_that_brought_the_token_outlives_those_that_did_not() {
    // the MSP may not have got the answer.
    let mut cmp = Cmp::federated();
    for session in 2..100 {
        let (sid, expires) = (sid(session), at(HOUR));
        cmp.on(Event::SessionOpened { sid, expires });
    }
    assert_eq!(cmp.federation.sessions().len(), Options::default().max_sessions);
    assert_eq!(cmp.on(token_sent(1, 1)), NOTHING);
}

#[test]
fn a_vehicle_is_forgotten_with_its_last_profile() {
    let mut cmp = Cmp::federated().with_profile(1);
    let vehicles = |cmp: &Cmp| {
        serde_json::to_value(&cmp.federation).unwrap()["vehicles"]
            .as_object()
            .unwrap()
            .len()
    };
    assert_eq!(vehicles(&cmp), 1);
    cmp.tells(1, &[(1, DELETED)]);
    cmp.now += Options::default().memory;
    cmp.on(Event::Tick);
    assert_eq!(cmp.federation.profiles(), []);
    assert_eq!(vehicles(&cmp), 0);
}

#[test]
fn a_vehicle_with_an_open_question_is_not_forgotten() {
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.tells(1, &[(1, DELETED)]);
    cmp.now += Options::default().memory - DAY;
    assert_eq!(cmp.on(Event::SyncVehicle { vin: vin(1) }), ["car 1: tell"]);
    let request_id = cmp.sequence();
    cmp.now += 2 * DAY;
    assert_eq!(cmp.on(Event::Tick), NOTHING);
    assert_eq!(cmp.federation.profile(&iccid(1)), None);
    let response = aid2_proto::RequestCsimInfoResponse::new(aid2_proto::RequestCsimInfoResult::CSIM_INFO_GENERAL_ERROR);
    assert_eq!(
        cmp.on(Event::CsimInfoResponse { request_id, response }),
        ["alarm CsimInfoFailed"]
    );
}

#[test]
fn the_last_eight_requests_of_a_vehicle_are_remembered() {
    // each may come again.
    let mut cmp = Cmp::federated();
    let mut asked = Vec::new();
    for n in 1..=9 {
        let request_id = RequestId::new(vin(1), at(cmp.now));
        let message = aid2_proto::RequestActivationCode::new(request_id, user(), eid(1));
        let event = Event::RequestActivationCode {
            message,
            fresh_id: request(n),
        };
        asked.push(event.clone());
        cmp.on(event);
    }
    for event in asked.into_iter().skip(1) {
        assert_eq!(cmp.on(event), ["log Ignored"]);
    }
}

#[test]
fn an_abandoned_call_is_not_forgotten_silently() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(replied(1, Err(CallFailure::NoReply)));
    cmp.on(Event::DeleteAllProfiles { vin: vin(1) });
    cmp.now += Options::default().memory;
    assert_eq!(cmp.on(Event::Tick), ["alarm VehicleSilent", "alarm CallAbandoned"]);
    assert_eq!(cmp.federation.profiles(), []);
}

#[test]
fn the_latest_64_that_are_over_are_remembered_and_nothing_else_goes() {
    let mut cmp = Cmp::federated().with_profile(1);
    for n in 2..=70 {
        cmp.asks(2);
        cmp.on(replied(n, Err(CallFailure::refused(422, None))));
    }
    let over = |cmp: &Cmp| {
        let profiles = cmp.federation.profiles().iter();
        let over = profiles.filter(|profile| profile.state() == ProfileState::NotIssued);
        over.map(aid_procedures::cmp::Profile::activation_code_request_id)
            .collect::<Vec<_>>()
    };
    assert_eq!(over(&cmp), (7..=70).map(request).collect::<Vec<_>>());
    assert_eq!(cmp.state(1), ProfileState::Installed);
}

#[test]
fn of_those_that_failed_the_oldest_above_64_is_deleted() {
    let mut cmp = Cmp::federated();
    let mut ordered = Vec::new();
    for n in 1..=66 {
        cmp.asks(n);
        cmp.on(code_sent(n as u128, n, None));
        ordered.extend(cmp.on(failed(n, n)).into_iter().filter(|done| done.contains("delete")));
    }
    assert_eq!(ordered, ["car 1: delete 1", "car 2: delete 2"]);
}

#[test]
fn a_question_without_an_answer_wakes_the_federation() {
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.federation.wake_at(), None);
    cmp.on(Event::SyncVehicle { vin: vin(1) });
    assert_eq!(cmp.federation.wake_at(), Some(at(cmp.now + Options::default().silence)));
}
