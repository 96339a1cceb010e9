//! Profiles that the MSP issues without their ICCID.

use aid_procedures::cmp::{Event, ProfileState};
use aid_types::*;
use aid2_proto::{DownloadInstallResult, RequestId, SendProfileDownloadInstallInfo};

use super::backend::*;
use crate::common::{at, code, eid, iccid, request, user, vin};

fn unnamed(request_number: u128, n: usize) -> Event {
    let mut issued = issued(request_number, n, None);
    issued.iccid = None;
    Event::SendActivationCode {
        body: SendActivationCode::Issued(issued),
        correlation_id: None,
    }
}

fn listed(request: RequestProfileStatus, profiles: &[usize]) -> Event {
    let entry = |n: &usize| ProfileStatus::new(iccid(*n), aid_types::ProfileState::Prepared);
    Event::ProfileStatusReply {
        request,
        reply: Ok(ProfileStatuses::new(profiles.iter().map(entry).collect())),
    }
}

/// A download of a profile without a name has failed in car 1.
fn failed_without_a_name() -> Cmp {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(unnamed(1, 1));
    assert_eq!(cmp.on(failed(1, 1)), ["log InstallationFailed", "MSP: status of none"]);
    cmp
}

#[test]
fn after_a_failed_download_the_msp_names_the_candidate() {
    let mut cmp = failed_without_a_name();
    assert_eq!(cmp.on(listed(RequestProfileStatus::all(), &[1])), NOTHING);
    assert_eq!(cmp.asks(1), ["MSP: request 2 for car 1, replace 1"]);
}

#[test]
fn a_refusal_that_may_be_for_want_of_a_candidate_asks_the_msp() {
    // The first synchronisation went wrong; the pool is one.
    for synchronous in [true, false] {
        let mut cmp = failed_without_a_name();
        assert_eq!(cmp.asks(1), ["MSP: request 2 for car 1, replace none"]);
        let error = ErrorCode::ACTIVATION_CODE_OTHER;
        let refused = match synchronous {
            true => replied(2, Err(aid_procedures::CallFailure::refused(422, Some(error)))),
            false => code_failed(Some(2), error, None),
        };
        assert_eq!(
            cmp.on(refused),
            [
                "log NoActivationCode",
                "car 1: NO_ACTIVATION_CODE_AVAILABLE",
                "MSP: status of none"
            ]
        );
        cmp.on(listed(RequestProfileStatus::all(), &[1]));
        assert_eq!(cmp.asks(1), ["MSP: request 3 for car 1, replace 1"]);
    }
}

#[test]
fn a_report_names_it_even_if_it_failed() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(unnamed(1, 1));
    let result = DownloadInstallResult::PROFILE_INSTALLATION_FAILED;
    let id = RequestId::new(vin(1), at(0));
    let mut info = SendProfileDownloadInstallInfo::new(id, user(), eid(1), code(1), result);
    info.iccid = Some(iccid(1));
    assert_eq!(
        cmp.on(Event::DownloadInstallInfo(info)),
        ["MSP: 1 is installation_failed", "log InstallationFailed"]
    );
    assert_eq!(cmp.asks(1), ["MSP: request 2 for car 1, replace 1"]);
}

#[test]
fn what_an_euicc_tells_is_named_when_the_msp_says_that_it_is_its_own() {
    let mut cmp = Cmp::federated();
    for car in [1, 2] {
        cmp.asks(car);
        cmp.on(unnamed(car as u128, car));
    }
    // Of two without a name, the eUICC tells which.
    assert_eq!(cmp.tells(2, &[(2, ENABLED)]), ["MSP: status of 2"]);
    let one = || RequestProfileStatus::one(iccid(2));
    assert_eq!(cmp.on(listed(one(), &[2])), ["car 2: tell"]);
    assert_eq!(*cmp.federation.profile(&iccid(2)).unwrap().eid(), eid(2));
    // Nobody can tell whose name this is.
    cmp.asks(3);
    cmp.on(unnamed(3, 3));
    assert_eq!(
        cmp.on(listed(RequestProfileStatus::all(), &[2, 8])),
        ["alarm UnknownProfileAtMsp"]
    );
}

#[test]
fn a_profile_of_another_federation_is_not_taken_for_it() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(unnamed(1, 1));
    assert_eq!(cmp.tells(1, &[(9, ENABLED)]), ["MSP: status of 9"]);
    let request = RequestProfileStatus::one(iccid(9));
    let reply = Err(aid_procedures::CallFailure::refused(
        404,
        Some(ErrorCode::PROFILE_NOT_FOUND),
    ));
    assert_eq!(
        cmp.on(Event::ProfileStatusReply { request, reply }),
        ["alarm UnknownProfile", "log ProfileStatusUnknown"]
    );
    assert_eq!(cmp.federation.profile(&iccid(9)), None);
}

#[test]
fn the_name_of_one_that_is_gone_is_not_anothers() {
    // The MSP could not be told that it is gone, and lists it.
    let mut cmp = Cmp::federated();
    for car in [1, 2] {
        cmp.asks(car);
        cmp.on(unnamed(car as u128, car));
    }
    cmp.on(Event::VehicleGone { vin: vin(2) });
    cmp.now += 90 * crate::common::DAY;
    cmp.on(Event::Tick);
    assert_eq!(
        cmp.on(listed(RequestProfileStatus::all(), &[2])),
        ["alarm UnknownProfileAtMsp"]
    );
    // Once the other has its name, there is only one left, and the MSP learns.
    cmp.on(installed(1, 1));
    assert_eq!(
        cmp.on(listed(RequestProfileStatus::all(), &[1, 2])),
        [
            "MSP: 1 is installed",
            "log Repaired",
            "MSP: 2 is deleted",
            "log Repaired"
        ]
    );
}

#[test]
fn support_can_name_it_without_clearing_the_car() {
    let mut cmp = failed_without_a_name();
    let named = |id, n| Event::ProfileNamed {
        activation_code_request_id: request(id),
        iccid: iccid(n),
    };
    assert_eq!(cmp.on(named(9, 1)), ["refused UnknownRequestId"]);
    assert_eq!(cmp.on(named(1, 1)), NOTHING);
    assert_eq!(cmp.on(named(1, 1)), NOTHING);
    assert_eq!(cmp.on(named(1, 2)), ["refused ActivationCodeAssigned"]);
    // It is a candidate now, and can be deleted by its name, which frees the slot.
    assert_eq!(cmp.on(Event::DeleteProfile { iccid: iccid(1) }), ["car 1: delete 1"]);
    let gone = aid2_proto::RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND;
    assert_eq!(cmp.answers_deletion(gone), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.state(1), ProfileState::Deleted);
}

#[test]
fn what_an_euicc_tells_and_the_msp_denies_is_an_alarm() {
    let denied = || {
        let refused = aid_procedures::CallFailure::refused(404, Some(ErrorCode::PROFILE_NOT_FOUND));
        let (request, reply) = (RequestProfileStatus::one(iccid(9)), Err(refused));
        Event::ProfileStatusReply { request, reply }
    };
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(unnamed(1, 1));
    assert_eq!(cmp.tells(1, &[(9, ENABLED)]), ["MSP: status of 9"]);
    assert_eq!(cmp.on(denied()), ["alarm UnknownProfile", "log ProfileStatusUnknown"]);
    // Of one that nobody told, there is nothing to say.
    assert_eq!(Cmp::federated().on(denied()), ["log ProfileStatusUnknown"]);
    // Where the MSP serves the user no more, it is not asked.
    cmp.on(Event::Withdraw);
    assert_eq!(cmp.tells(1, &[(8, ENABLED)]), ["alarm UnknownProfile"]);
}
