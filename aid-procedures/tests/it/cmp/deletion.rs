//! "Delete Operational Profile" and "Delete all profiles".

use aid_procedures::cmp::{Effect, Event, Options, ProfileState};
use aid2_proto::{
    RequestDeleteAllProfilesResponse, RequestDeleteAllProfilesResult, RequestDeleteProfileResponse,
    RequestDeleteProfileResult,
};

use crate::common::{DAY, HOUR, at, iccid, vin};

use super::backend::*;

#[test]
fn deleting_one_profile() {
    //
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    assert_eq!(
        cmp.on(Event::DeleteProfile { iccid: iccid(9) }),
        ["refused UnknownProfile"]
    );
    assert_eq!(cmp.on(Event::DeleteProfile { iccid: iccid(1) }), ["car 1: delete 1"]);
    let sequence = cmp.sequence();
    assert_eq!(cmp.on(Event::DeleteProfile { iccid: iccid(1) }), NOTHING);
    let success = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
    let response = Event::DeleteProfileResponse {
        request_id: sequence,
        response: success,
    };
    // The status decides.
    assert_eq!(cmp.on(response), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
    assert_eq!(cmp.on(status(sequence, 1, &[(1, DELETED)])), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.on(status(sequence, 1, &[(1, DELETED)])), NOTHING);
    assert_eq!(cmp.state(2), ProfileState::Installed);
    assert_eq!(cmp.on(Event::DeleteProfile { iccid: iccid(1) }), NOTHING);
    // the user can have another one in the same car.
    cmp.requests = 2;
    assert_eq!(cmp.asks(1), ["MSP: request 3 for car 1, replace 2"]);
}

#[test]
fn an_order_to_delete_stands_until_the_profile_is_gone() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    let order = ["car 1: delete 1"];
    assert_eq!(cmp.on(Event::DeleteProfile { iccid: iccid(1) }), order);
    let sequence = cmp.sequence();
    assert_eq!(
        cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_FAILED),
        ["alarm DeletionFailed"]
    );
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(2) }), NOTHING);
    cmp.now += HOUR;
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), order);
    assert_ne!(cmp.sequence(), sequence, "a copy would get the same answer again");
    assert_eq!(
        cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_USER_NOT_FOUND),
        order
    );
    assert_eq!(
        cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_USER_NOT_FOUND),
        ["alarm DeletionForUnknownUser"]
    );
    cmp.now += 300 * DAY;
    assert_eq!(cmp.on(Event::Tick), ["car 1: delete 1", "alarm VehicleSilent"]);
    cmp.now += HOUR;
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), order);
    assert_eq!(
        cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND),
        ["MSP: 1 is deleted"]
    );
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), NOTHING);
}

#[test]
fn a_profile_that_comes_after_its_deletion_is_deleted_again() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    cmp.on(Event::Withdraw);
    let effects = cmp.on(Event::VehicleConnected { vin: vin(1) });
    assert_eq!(effects, ["car 1: delete 1"]);
    // The code was still on its way, and the car said that there is no such profile.
    assert_eq!(
        cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND),
        ["MSP: 1 is deleted", "log TokenRemoved"]
    );
    assert_eq!(
        cmp.on(installed(1, 1)),
        ["alarm DeletedProfileReturned", "car 1: delete 1"]
    );
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
    let sequence = cmp.sequence();
    assert_eq!(cmp.on(status(sequence, 1, &[(1, DELETED)])), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Deleted);
}

#[test]
fn an_order_that_overtakes_the_code_ends_with_the_failure() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    assert_eq!(
        cmp.on(failed(1, 1)),
        [
            "car 1: never mind delete",
            "MSP: 1 is deleted",
            "log InstallationFailed"
        ]
    );
}

#[test]
fn deleting_everything_in_a_car() {
    //
    for result in [
        RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_SUCCESS,
        RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_NO_PROFILES_FOUND,
        RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_FAILED,
    ] {
        let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
        let effects = cmp.on(Event::DeleteAllProfiles { vin: vin(1) });
        assert_eq!(effects, ["car 1: delete all", "car 1: delete 1"]);
        let request_id = match &cmp.last[0] {
            Effect::SendToVehicle(message) => message.request_id(),
            other => panic!("{other:?}"),
        };
        let response = RequestDeleteAllProfilesResponse::new(result);
        let alarms = cmp.on(Event::DeleteAllProfilesResponse { request_id, response });
        let failed = result == RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_FAILED;
        assert_eq!(alarms == ["alarm DeletionOfAllFailed"], failed);
        assert_eq!(
            cmp.on(Event::DeleteAllProfilesResponse { request_id, response }),
            ["log Ignored"]
        );
        assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
        assert_eq!(cmp.state(2), ProfileState::Installed);
        // What is sent again hits this user's profiles only, never those that others have installed meanwhile.
        assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), ["car 1: delete 1"]);
        assert_eq!(
            cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND),
            ["MSP: 1 is deleted"]
        );
    }
}

#[test]
fn an_answer_from_before_the_installation_does_not_end_an_order() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    let request_id = cmp.sequence();
    assert_eq!(cmp.on(installed(1, 1)), ["car 1: never mind delete", "car 1: delete 1"]);
    assert_ne!(cmp.sequence(), request_id);
    let response = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND);
    assert_eq!(
        cmp.on(Event::DeleteProfileResponse { request_id, response }),
        ["log Ignored"]
    );
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
}

#[test]
fn a_deleted_profile_that_is_reported_again_is_asked_about() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.tells(1, &[(1, DELETED)]);
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), ["car 1: tell"]);
    assert_eq!(cmp.state(1), ProfileState::Deleted);
    let sequence = cmp.sequence();
    let effects = cmp.on(status(sequence, 1, &[(1, ENABLED)]));
    assert_eq!(effects, ["alarm DeletedProfileReturned", "car 1: delete 1"]);
}

#[test]
fn an_order_that_has_not_failed_wakes_the_federation_when_its_vehicle_has_been_silent_for_long() {
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    let ordered = cmp.now;
    assert_eq!(cmp.federation.wake_at(), Some(at(ordered + Options::default().silence)));
    cmp.now += Options::default().silence;
    assert_eq!(cmp.on(Event::Tick), ["alarm VehicleSilent"]);
    assert_eq!(cmp.federation.wake_at(), None);
}
