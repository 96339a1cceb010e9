//! "Profile Swap": who is offered, and what becomes of whom the MSP chose.

use aid_procedures::{
    ServiceState,
    cmp::{CandidateChoice, Event, Options, ProfileState},
};
use aid_types::*;

use crate::common::iccid;

use super::backend::*;

#[test]
fn the_candidate_is_the_least_recently_used_profile_of_another_car() {
    //
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2).with_profile(3);
    cmp.requests = 10;
    let candidate = |cmp: &mut Cmp, car| {
        let text = cmp.asks(car).remove(0);
        let candidate = text.rsplit(' ').next().unwrap().to_owned();
        let n = cmp.requests;
        cmp.on(code_failed(Some(n), ErrorCode::ACTIVATION_CODE_OTHER, None));
        candidate
    };
    assert_eq!(candidate(&mut cmp, 4), "1");
    cmp.tells(1, &[(1, ENABLED)]);
    assert_eq!(candidate(&mut cmp, 4), "2");
    cmp.tells(2, &[(2, ENABLED)]);
    assert_eq!(candidate(&mut cmp, 4), "3");
    // not one that is deleted, or about to be.
    cmp.on(Event::DeleteProfile { iccid: iccid(3) });
    assert_eq!(candidate(&mut cmp, 4), "1");
    cmp.tells(1, &[(1, DELETED)]);
    assert_eq!(candidate(&mut cmp, 4), "2");
    cmp.tells(2, &[(2, DELETED)]);
    assert_eq!(candidate(&mut cmp, 4), "none");
}

#[test]
fn the_candidate_can_be_the_oldest() {
    let mut options = Options::default();
    options.candidate = CandidateChoice::Oldest;
    let mut cmp = Cmp::federated_with(options).with_profile(1).with_profile(2);
    cmp.tells(1, &[(1, ENABLED)]);
    assert_eq!(cmp.asks(3), ["MSP: request 3 for car 3, replace 1"]);
}

#[test]
fn a_swapped_profile_is_deleted_from_its_car() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.asks(2), ["MSP: request 2 for car 2, replace 1"]);
    assert_eq!(cmp.on(ready(2, 2, Some(1))), ["car 2: code 2", "car 1: delete 1"]);
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
    assert_eq!(
        cmp.federation.profile(&iccid(1)).unwrap().service(),
        ServiceState::Invalid
    );
    let sequence = cmp.sequence();
    assert_eq!(cmp.on(status(sequence, 1, &[(1, DELETED)])), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.state(1), ProfileState::Deleted);
}

#[test]
fn a_swap_of_an_unknown_profile_deletes_nothing() {
    //
    for swapped in [7, 2] {
        let mut cmp = Cmp::federated().with_profile(1);
        cmp.asks(2);
        assert_eq!(
            cmp.on(code_sent(2, 2, Some(swapped))),
            ["car 2: code 2", "alarm SwapOfUnknownProfile"]
        );
    }
}

#[test]
fn what_could_not_be_installed_is_offered_first_also_to_its_own_car() {
    for candidate in [CandidateChoice::LeastRecentlyUsed, CandidateChoice::Oldest] {
        let mut options = Options::default();
        options.candidate = candidate;
        // The failed one is of the car that asks again; the other is of another car, and older.
        let mut cmp = Cmp::federated_with(options).with_profile(1);
        assert_eq!(cmp.asks(2), ["MSP: request 2 for car 2, replace 1"]);
        cmp.on(code_sent(2, 2, None));
        cmp.on(failed(2, 2));
        let first = if candidate == CandidateChoice::Oldest { 1 } else { 2 };
        assert_eq!(cmp.asks(2), [format!("MSP: request 3 for car 2, replace {first}")]);
    }
}

#[test]
fn a_car_that_asks_again_is_offered_the_profile_of_another_before_its_own() {
    // its own is older, and was used longer ago.
    for candidate in [CandidateChoice::LeastRecentlyUsed, CandidateChoice::Oldest] {
        let mut options = Options::default();
        options.candidate = candidate;
        let mut cmp = Cmp::federated_with(options).with_profile(1).with_profile(2);
        cmp.requests = 10;
        let asked = cmp.asks(1);
        assert_eq!(asked.last().unwrap(), "MSP: request 11 for car 1, replace 2");
    }
}
