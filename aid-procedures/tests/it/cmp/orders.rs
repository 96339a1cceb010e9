//! Orders to vehicles: how they end, and what is tried again.

use aid_procedures::cmp::{Effect, Event, OrderEnd, ProfileState};
use aid2_proto::{RequestDeleteProfileResponse, RequestDeleteProfileResult as R, RequestId};

use super::backend::*;
use crate::common::{DAY, HOUR, at, iccid, vin};

const MINUTE: u64 = 60;

fn deletion_fails(cmp: &mut Cmp, order: RequestId) -> Vec<String> {
    let response = RequestDeleteProfileResponse::new(R::DELETE_PROFILE_FAILED);
    cmp.on(Event::DeleteProfileResponse {
        request_id: order,
        response,
    })
}

#[test]
fn a_deletion_that_failed_is_tried_again_by_itself() {
    // after 10 minutes, doubling to a day. Nobody needs to connect for it.
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    let (mut order, mut waits) = (cmp.sequence(), Vec::new());
    for _ in 0..10 {
        assert_eq!(deletion_fails(&mut cmp, order), ["alarm DeletionFailed"]);
        let failed_at = cmp.now;
        let due = cmp.federation.wake_at().unwrap().as_secs() - at(failed_at).as_secs();
        waits.push(due / MINUTE);
        cmp.now += due - 2;
        assert_eq!(cmp.on(Event::Tick), NOTHING);
        assert_eq!(cmp.on(Event::Tick), ["car 1: delete 1"]);
        // A copy of the order that is answered would get the same answer, and no second try.
        assert_ne!(std::mem::replace(&mut order, cmp.sequence()), cmp.sequence());
        assert_eq!(cmp.on(Event::Tick), NOTHING);
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
}

#[test]
fn any_report_is_a_sign_of_life_but_not_more_than_once_an_hour() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    let mut order = cmp.sequence();
    for _ in 0..6 {
        deletion_fails(&mut cmp, order);
        cmp.now += 12 * HOUR;
        cmp.on(Event::Tick);
        order = cmp.sequence();
    }
    deletion_fails(&mut cmp, order);
    cmp.now += HOUR - 2;
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), NOTHING);
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), ["car 1: delete 1"]);
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), NOTHING);
    // Connecting is no more than that, once it failed.
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), NOTHING);
    cmp.now += HOUR;
    assert_eq!(
        cmp.asks(1),
        ["MSP: request 2 for car 1, replace none", "car 1: delete 1"]
    );
}

#[test]
fn an_order_that_was_never_answered_goes_out_with_a_sign_of_life_too() {
    // the message got lost, and nobody tells when vehicles connect.
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), NOTHING);
    cmp.now += HOUR;
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), ["car 1: delete 1"]);
}

#[test]
fn a_report_under_another_id_ends_the_order_to_install() {
    //
    for report in [installed(1, 1), failed(1, 1)] {
        let mut cmp = Cmp::federated();
        cmp.asks(1);
        cmp.on(code_sent(1, 1, None));
        let order = cmp.sequence();
        let lines = cmp.on_as_it_is(report.clone());
        assert_eq!(lines[0], "car 1: never mind code");
        let Effect::CancelOrder { request_id, end, .. } = &cmp.last[0] else {
            panic!("{:?}", cmp.last)
        };
        assert_eq!((*request_id, *end), (order, OrderEnd::Superseded));
        assert!(!lines[1].contains("never mind"));
        // Its own id is its answer.
        let mut cmp = Cmp::federated();
        cmp.asks(1);
        cmp.on(code_sent(1, 1, None));
        assert_ne!(cmp.on(report)[0], "car 1: never mind code");
    }
}

#[test]
fn a_code_that_nobody_reports_on_expires_and_is_told() {
    // an LPA that never answers.
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    assert_eq!(cmp.federation.wake_at(), Some(at(cmp.now + DAY)));
    cmp.now += DAY - 1;
    assert_eq!(
        cmp.on(Event::Tick),
        ["car 1: never mind code", "alarm NoInstallationReport", "car 1: tell"]
    );
    assert_eq!(cmp.on(Event::Tick), NOTHING);
    // It is welcome all the same, and so is the vehicle's next request.
    assert_eq!(cmp.state(1), ProfileState::CodeSent);
    assert_eq!(cmp.asks(1), ["car 1: code 1"]);
    assert_eq!(cmp.on(installed(1, 1)), ["MSP: 1 is installed"]);
}

#[test]
fn what_waits_when_the_token_dies_is_judged_again() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.asks(2);
    let mut waiting = cmp.last.clone();
    cmp.on(code_sent(2, 2, None));
    waiting.extend(cmp.last.clone());
    cmp.asks(3);
    waiting.extend(cmp.last.clone());
    cmp.tells(1, &[(1, DELETED)]);
    waiting.extend(cmp.last.clone());
    let request = aid_types::RequestProfileStatus::all();
    cmp.on(Event::SyncProfiles { request });
    waiting.extend(cmp.last.clone());
    let wanted = |cmp: &Cmp| -> Vec<bool> {
        waiting
            .iter()
            .map(|effect| cmp.federation.still_wanted(effect))
            .collect()
    };
    // The request that is answered, the code, the request that is not, the status, the question.
    assert_eq!(wanted(&cmp), [false, true, true, true, true]);
    assert_eq!(
        cmp.on(Event::Withdraw),
        [
            "MSP: invalidate",
            "car 2: never mind code",
            "car 2: delete 2",
            "car 3: NO_SUBSCRIPTION_FOUND"
        ]
    );
    assert_eq!(wanted(&cmp), [false, false, false, true, false]);
    assert!(cmp.last.iter().all(|effect| cmp.federation.still_wanted(effect)));
    // An order that is done need not go out any more.
    let order = cmp.last[2].clone();
    cmp.tells(2, &[(2, DELETED)]);
    assert!(!cmp.federation.still_wanted(&order));
}

#[test]
fn a_vehicle_that_is_silent_for_long_is_told_once() {
    // the order stands.
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    cmp.on(Event::SyncVehicle { vin: vin(1) });
    cmp.now += 30 * DAY;
    assert_eq!(cmp.on(Event::Tick), ["alarm VehicleSilent", "car 1: never mind tell"]);
    cmp.now += 300 * DAY;
    assert_eq!(cmp.on(Event::Tick), NOTHING);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), ["car 1: delete 1"]);
}

#[test]
fn an_answer_under_an_id_of_its_own_closes_the_question() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.on(Event::SyncVehicle { vin: vin(1) }), ["car 1: tell"]);
    let asked = cmp.sequence();
    assert_eq!(cmp.on(Event::SyncVehicle { vin: vin(1) }), NOTHING);
    // It proves nothing of what it leaves out: it may be older than the question.
    assert_eq!(cmp.tells(1, &[]), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Installed);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), NOTHING);
    // The true answer may still come.
    assert_eq!(cmp.on(status(asked, 1, &[])), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.on(Event::SyncVehicle { vin: vin(1) }), ["car 1: tell"]);
    cmp.tells(1, &[]);
    assert_eq!(cmp.on(Event::SyncVehicle { vin: vin(1) }), ["car 1: tell"]);
}
