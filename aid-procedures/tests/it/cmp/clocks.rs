//! Clocks that are set, the CMP's and the vehicles'.

use aid_procedures::cmp::{Event, ProfileState};
use aid2_proto::{RequestDeleteProfileResult, RequestId};

use super::backend::*;
use crate::common::{DAY, HOUR, at, iccid, vin};

#[test]
fn a_clock_that_goes_back_does_not_ask_for_ever() {
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.now = 2 * DAY;
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), NOTHING);
    cmp.now -= HOUR;
    assert_eq!(cmp.on(Event::SyncVehicle { vin: vin(1) }), ["car 1: tell"]);
    let asked = cmp.sequence();
    assert_eq!(cmp.on(status(asked, 1, &[(1, DISABLED)])), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Disabled);
}

#[test]
fn a_retry_that_lies_ahead_is_due() {
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.now = 2 * DAY;
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_FAILED);
    cmp.now -= DAY;
    assert_eq!(cmp.on(Event::Tick), ["car 1: delete 1"]);
    assert_eq!(cmp.on(Event::Tick), NOTHING);
}

#[test]
fn what_was_begun_years_ahead_lapses_and_a_second_back_lapses_nothing() {
    let mut cmp = Cmp::federated();
    cmp.now = 1000 * DAY;
    cmp.asks(1);
    cmp.now -= HOUR;
    assert_eq!(cmp.on(Event::Tick), NOTHING);
    // It begins anew, once it is noticed.
    cmp.now = DAY;
    assert_eq!(cmp.on(Event::Tick), NOTHING);
    cmp.now += DAY;
    assert_eq!(
        cmp.on(Event::Tick),
        ["alarm NoActivationCodeInTime", "car 1: NO_ACTIVATION_CODE_AVAILABLE"]
    );
}

#[test]
fn a_car_whose_clock_is_ahead_makes_nothing_stale() {
    let mut cmp = Cmp::federated().with_profile(1);
    let ahead = RequestId::new(vin(1), at(cmp.now + 400 * DAY));
    assert_eq!(cmp.on(status(ahead, 1, &[(1, ENABLED)])), ["log Tolerated"]);
    assert_eq!(cmp.state(1), ProfileState::Enabled);
    // Its clock was set right.
    assert_eq!(cmp.tells(1, &[(1, DISABLED)]), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Disabled);
}

#[test]
fn a_time_that_was_believed_is_not_once_it_is_far_ahead() {
    // Our own clock was a month ahead, too.
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.now = 40 * DAY;
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), NOTHING);
    cmp.now = 10 * DAY;
    assert_eq!(cmp.tells(1, &[(1, DISABLED)]), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Disabled);
}

#[test]
fn a_status_in_our_own_sequence_says_nothing_of_the_cars_clock() {
    // the car's clock is an hour behind ours.
    let behind = |cmp: &Cmp| RequestId::new(vin(1), at(cmp.now - HOUR));
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    cmp.now = DAY;
    // An order to delete that could not be done, and tells how it is.
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    let ours = cmp.sequence();
    cmp.requests = 2;
    cmp.asks(1);
    cmp.on(code_sent(3, 3, None));
    cmp.on(installed(1, 3));
    assert_eq!(cmp.on(status(ours, 1, &[(1, DISABLED), (3, ENABLED)])), NOTHING);
    assert_eq!(cmp.state(3), ProfileState::Enabled);
    let later = behind(&cmp);
    assert_eq!(cmp.on(status(later, 1, &[(1, DISABLED), (3, DISABLED)])), NOTHING);
    assert_eq!(cmp.state(3), ProfileState::Disabled);
}

#[test]
fn a_status_in_anothers_sequence_does_not_poison() {
    // The CMP began it for another user, by its own clock.
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.now = DAY;
    let anothers = RequestId::new(vin(1), at(cmp.now + HOUR));
    let Event::CsimStatus { message, .. } = status(anothers, 1, &[(1, ENABLED)]) else {
        panic!("a status")
    };
    let event = Event::CsimStatus {
        message,
        begun_by_cmp: true,
        elsewhere: Vec::new(),
    };
    assert_eq!(cmp.on(event), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Enabled);
    assert_eq!(cmp.tells(1, &[(1, DISABLED)]), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Disabled);
}

#[test]
fn the_least_recently_used_is_so_by_events() {
    // The clock went back between the two uses.
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    cmp.now = 10 * DAY;
    cmp.tells(1, &[(1, ENABLED)]);
    cmp.now = DAY;
    cmp.tells(2, &[(2, ENABLED)]);
    cmp.requests = 2;
    assert_eq!(cmp.asks(3), ["MSP: request 3 for car 3, replace 1"]);
}
