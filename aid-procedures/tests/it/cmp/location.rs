//! eUICCs that move, vehicles and eUICCs that never come back.

use aid_procedures::cmp::{Effect, Event, ProfileState, TokenState};
use aid2_proto::{ProfileStatus, RequestDeleteProfileResponse, RequestDeleteProfileResult, RequestId, SendCsimStatus};

use super::backend::*;
use crate::common::{HOUR, at, eid, iccid, user, vin};

/// The vehicle tells what the eUICC with this number holds.
fn told(cmp: &mut Cmp, vehicle: usize, euicc: usize, profiles: &[(usize, ProfileStatus)]) -> Vec<String> {
    let request_id = RequestId::new(vin(vehicle), at(cmp.now));
    let profile = |(n, status): &(usize, ProfileStatus)| aid2_proto::Profile::new(iccid(*n), user(), *status);
    let profiles = profiles.iter().map(profile).collect();
    cmp.on(csim_status(SendCsimStatus::new(request_id, eid(euicc), profiles)))
}

fn not_found(request_id: RequestId) -> Event {
    let response = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND);
    Event::DeleteProfileResponse { request_id, response }
}

#[test]
fn orders_go_to_the_vehicle_that_reported_the_euicc_last() {
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    let old = cmp.sequence();
    assert_eq!(
        told(&mut cmp, 2, 1, &[(1, DISABLED)]),
        ["car 1: never mind delete", "car 2: delete 1"]
    );
    assert_eq!(cmp.federation.profile(&iccid(1)).unwrap().vin(), &vin(2));
    // What the old vehicle says of the eUICC says nothing.
    assert_eq!(cmp.on(not_found(old)), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), NOTHING);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(2) }), ["car 2: delete 1"]);
    let order = cmp.sequence();
    assert_eq!(cmp.on(not_found(order)), ["MSP: 1 is deleted"]);
}

#[test]
fn a_vehicle_with_another_euicc_is_not_asked_to_delete_what_the_old_one_holds() {
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    let order = cmp.sequence();
    assert_eq!(
        told(&mut cmp, 1, 7, &[]),
        ["car 1: never mind delete", "alarm EuiccExchanged"]
    );
    assert_eq!(told(&mut cmp, 1, 7, &[]), NOTHING);
    // It does not have that profile: no wonder.
    assert_eq!(cmp.on(not_found(order)), ["log Ignored"]);
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), NOTHING);
    // The old unit turns up in another car.
    cmp.now += HOUR;
    assert_eq!(told(&mut cmp, 3, 1, &[(1, DISABLED)]), ["car 3: delete 1"]);
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
}

#[test]
fn a_question_is_judged_for_the_euicc_that_answers() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::SyncVehicle { vin: vin(1) });
    let asked = cmp.sequence();
    let answer = csim_status(SendCsimStatus::new(asked, eid(7), Vec::new()));
    assert_eq!(cmp.on(answer), ["alarm EuiccExchanged"]);
    assert_eq!(cmp.state(1), ProfileState::Installed);
}

#[test]
fn an_euicc_that_is_gone_lets_the_token_reach_its_end() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::Withdraw);
    assert_eq!(
        cmp.on(Event::EuiccGone { eid: eid(1) }),
        [
            "car 1: never mind delete",
            "log GivenUp",
            "MSP: 1 is deleted",
            "log TokenRemoved"
        ]
    );
    assert_eq!(cmp.on(Event::EuiccGone { eid: eid(1) }), NOTHING);
    assert_eq!(cmp.federation.state(), TokenState::Removed);
}

#[test]
fn a_vehicle_that_is_gone_lets_the_token_reach_its_end() {
    //
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    cmp.on(Event::SyncVehicle { vin: vin(1) });
    cmp.on(Event::DeleteAllProfiles { vin: vin(1) });
    assert_eq!(
        cmp.on(Event::VehicleGone { vin: vin(1) }),
        [
            "car 1: never mind delete",
            "log GivenUp",
            "MSP: 1 is deleted",
            "car 1: never mind tell",
            "car 1: never mind delete all"
        ]
    );
    assert!(cmp.last.iter().all(|effect| cmp.federation.still_wanted(effect)));
    assert_eq!(cmp.state(2), ProfileState::Installed);
    // It comes back after all.
    assert_eq!(cmp.tells(1, &[(1, DISABLED)]), ["car 1: tell"]);
    let asked = cmp.sequence();
    assert_eq!(
        cmp.on(status(asked, 1, &[(1, DISABLED)])),
        ["alarm DeletedProfileReturned", "car 1: delete 1"]
    );
}

#[test]
fn a_request_of_a_vehicle_that_is_gone_is_given_up() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    assert_eq!(cmp.on(Event::VehicleGone { vin: vin(1) }), NOTHING);
    assert_eq!(
        cmp.on(ready(1, 1, None)),
        ["MSP: 1 is deleted", "log ActivationCodeDiscarded"]
    );
    // A code that is on its way to it is called back.
    cmp.asks(2);
    cmp.on(code_sent(2, 2, None));
    assert_eq!(
        cmp.on(Event::VehicleGone { vin: vin(2) }),
        ["car 2: never mind code", "log GivenUp", "MSP: 2 is deleted"]
    );
    assert!(matches!(cmp.last[0], Effect::CancelOrder { .. }));
}

#[test]
fn an_order_that_failed_goes_out_as_soon_as_its_euicc_is_back() {
    // once an hour holds for what was sent.
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    let request_id = cmp.sequence();
    let response = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_FAILED);
    cmp.on(Event::DeleteProfileResponse { request_id, response });
    cmp.now += HOUR;
    assert_eq!(told(&mut cmp, 1, 7, &[]), ["alarm EuiccExchanged"]);
    assert_eq!(told(&mut cmp, 1, 1, &[(1, DISABLED)]), ["car 1: delete 1"]);
}

#[test]
fn a_profile_goes_where_its_vehicle_says_that_its_euicc_is() {
    // What car 1 had before went to car 2. It is remembered, because it has not answered.
    let mut cmp = Cmp::federated().with_profile(2);
    told(&mut cmp, 1, 2, &[(2, DISABLED)]);
    cmp.on(Event::SyncVehicle { vin: vin(1) });
    told(&mut cmp, 2, 2, &[(2, DISABLED)]);
    cmp.asks(1);
    cmp.on(code_sent(3, 1, None));
    assert_eq!(
        cmp.on(Event::DeleteProfile { iccid: iccid(1) }),
        ["car 1: never mind code", "car 1: delete 1"]
    );
}

#[test]
fn an_old_message_of_the_former_vehicle_does_not_keep_the_profile_there() {
    // The unit went from car 1 to car 3, and on to car 2; what car 1 had told before comes last.
    let mut cmp = Cmp::federated().with_profile(1);
    told(&mut cmp, 3, 1, &[(1, DISABLED)]);
    told(&mut cmp, 2, 1, &[(1, DISABLED)]);
    told(&mut cmp, 1, 1, &[(1, DISABLED)]);
    assert_eq!(told(&mut cmp, 1, 7, &[]), NOTHING);
    assert_eq!(cmp.federation.profile(&iccid(1)).unwrap().vin(), &vin(2));
    assert_eq!(cmp.on(Event::DeleteProfile { iccid: iccid(1) }), ["car 2: delete 1"]);
}
