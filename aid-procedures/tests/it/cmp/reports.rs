//! What vehicles report of their profiles.

use aid_procedures::cmp::{Effect, Event, Options, ProfileState};
use aid_types::*;
use aid2_proto::{
    CsimErrorCode, ProfileStatus, RequestCsimInfoResponse, RequestCsimInfoResult, RequestId,
    SendDisableProfileErrorReport, SendEnableProfileErrorReport, SendProfileDownloadInstallInfo,
};

use crate::common::{at, eid, iccid, request, user, vin};

use super::backend::*;

#[test]
fn statuses_are_forwarded_as_agreed_and_once_for_each_change() {
    //
    let mut options = Options::default();
    options.forward = vec![CsimStatus::Enabled, CsimStatus::Disabled];
    let mut cmp = Cmp::federated_with(options).with_profile(1);
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), ["MSP: 1 is enabled"]);
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), NOTHING);
    assert_eq!(cmp.tells(1, &[(1, DISABLED)]), ["MSP: 1 is disabled"]);
    assert_eq!(cmp.tells(1, &[(1, DELETED)]), NOTHING);
    let correlations = cmp.federation.profile(&iccid(1)).unwrap().activation_code_request_id();
    assert_eq!(correlations, request(1));
}

#[test]
fn a_report_that_is_older_than_the_last_is_passed_over() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    let early = RequestId::new(vin(1), at(100));
    let late = RequestId::new(vin(1), at(200));
    assert_eq!(cmp.on(status(late, 1, &[(1, DISABLED)])), NOTHING);
    // The car's clock may have been set back: it is asked how it is.
    assert_eq!(
        cmp.on(status(early, 1, &[(1, ENABLED)])),
        ["log StaleReport", "car 1: tell"]
    );
    assert_eq!(cmp.on(status(early, 1, &[(1, DISABLED)])), ["log StaleReport"]);
    assert_eq!(cmp.state(1), ProfileState::Disabled);
    // A deletion is final, whenever it is told.
    assert_eq!(cmp.on(status(early, 1, &[(1, DELETED)])), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.on(status(late, 1, &[(1, ENABLED)])), ["car 1: tell"]);
    assert_eq!(cmp.state(1), ProfileState::Deleted);
}

#[test]
fn what_a_status_leaves_out_is_gone_only_if_we_asked() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.tells(1, &[]), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Installed);
    assert_eq!(cmp.tells(1, &[(8, DELETED)]), NOTHING);
    assert_eq!(cmp.tells(1, &[(8, ENABLED)]), ["alarm UnknownProfile"]);
    assert_eq!(cmp.tells(1, &[(1, ProfileStatus::from_number(7))]), ["log Ignored"]);
    assert_eq!(cmp.tells(2, &[(1, DELETED)]), ["alarm Misplaced"]);
    let id = RequestId::new(vin(1), at(cmp.now));
    let theirs = aid2_proto::Profile::new(iccid(1), "another".parse().unwrap(), DELETED);
    let message = aid2_proto::SendCsimStatus::new(id, eid(1), vec![theirs]);
    assert_eq!(cmp.on(csim_status(message)), ["alarm Misplaced"]);
    let ask = Event::SyncVehicle { vin: vin(1) };
    assert_eq!(cmp.on(ask.clone()), ["car 1: tell"]);
    let sequence = cmp.sequence();
    assert_eq!(cmp.on(ask), NOTHING);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), ["car 1: tell"]);
    assert_eq!(cmp.on(status(sequence, 1, &[])), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), NOTHING);
}

#[test]
fn an_answer_that_was_overtaken_proves_nothing() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.on(Event::SyncVehicle { vin: vin(1) }), ["car 1: tell"]);
    let asked = cmp.sequence();
    cmp.asks(1);
    cmp.on(code_sent(2, 2, None));
    cmp.on(installed(1, 2));
    // Told before the second was installed: it is not gone, and the car is asked again.
    assert_eq!(cmp.on(status(asked, 1, &[])), ["MSP: 1 is deleted", "car 1: tell"]);
    assert_eq!(cmp.state(2), ProfileState::Installed);
    let asked = cmp.sequence();
    cmp.now += 1;
    assert_eq!(cmp.tells(1, &[(2, ENABLED)]), NOTHING);
    // Told before it was enabled.
    assert_eq!(cmp.on(status(asked, 1, &[(2, DISABLED)])), ["car 1: tell"]);
    assert_eq!(cmp.state(2), ProfileState::Enabled);
    let asked = cmp.sequence();
    assert_eq!(cmp.on(status(asked, 1, &[])), ["MSP: 2 is deleted"]);
}

/// The event of a status whose bytes hold more than what can be read of it.
fn status_with(request_id: RequestId, profiles: &[aid2_proto::Profile], element: &[u8]) -> Event {
    use aid2_proto::Payload as _;
    let mut bytes = aid2_proto::SendCsimStatus::new(request_id, eid(1), profiles.to_vec()).encode();
    bytes.extend([6 << 3 | 2, u8::try_from(element.len()).unwrap()]);
    bytes.extend(element);
    let decoded = aid2_proto::SendCsimStatus::decode(&bytes, aid_types::Leniency::Field);
    csim_status(decoded.unwrap().value)
}

#[test]
fn what_could_not_be_read_may_be_what_is_missing() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.on(Event::SyncVehicle { vin: vin(1) }), ["car 1: tell"]);
    let asked = cmp.sequence();
    assert_eq!(cmp.on(status_with(asked, &[], b"\x0a\x03N/A")), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Installed);
    // The good ones beside it count.
    let deleted = aid2_proto::Profile::new(iccid(1), user(), aid2_proto::ProfileStatus::DELETED);
    let told = status_with(RequestId::new(vin(1), at(50)), &[deleted], b"\x0a\x03N/A");
    assert_eq!(cmp.on(told), ["MSP: 1 is deleted"]);
}

#[test]
fn what_a_newer_status_has_told_is_not_missing_in_an_answer() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.on(Event::SyncVehicle { vin: vin(1) }), ["car 1: tell"]);
    let asked = cmp.sequence();
    let answer = status(asked, 1, &[(1, aid2_proto::session::OVERTAKEN)]);
    assert_eq!(cmp.on(answer), ["log Ignored"]);
    assert_eq!(cmp.state(1), ProfileState::Installed);
}

#[test]
fn a_profile_without_owner_counts_by_its_iccid() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    let status = |request_id, profile| aid2_proto::SendCsimStatus::new(request_id, eid(1), vec![profile]);
    let enabled = aid2_proto::Profile::of_unknown_owner(iccid(1), ENABLED);
    let request_id = RequestId::new(vin(1), at(50));
    let report = SendEnableProfileErrorReport::new(request_id, enabled.clone(), CsimErrorCode::NONE);
    assert_eq!(cmp.on(csim_status(status(request_id, enabled))), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Enabled);
    assert_eq!(
        cmp.on(Event::EnableProfileError(report)),
        ["log EnableFailed", "car 1: tell"]
    );
    // One that nobody here knows is for somebody else's federation.
    let foreign = aid2_proto::Profile::of_unknown_owner(iccid(7), ENABLED);
    let report = SendEnableProfileErrorReport::new(request_id, foreign.clone(), CsimErrorCode::NONE);
    assert_eq!(cmp.on(Event::EnableProfileError(report)), NOTHING);
    let request_id = RequestId::new(vin(1), at(60));
    assert_eq!(cmp.on(csim_status(status(request_id, foreign))), NOTHING);
}

#[test]
fn errors_of_the_euicc_are_looked_into() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    let profile = aid2_proto::Profile::new(iccid(1), user(), DISABLED);
    let request_id = RequestId::new(vin(1), at(50));
    let code = CsimErrorCode::from_status_word(0x6A84);
    let report = SendEnableProfileErrorReport::new(request_id, profile.clone(), code);
    assert_eq!(
        cmp.on(Event::EnableProfileError(report)),
        ["log EnableFailed", "car 1: tell"]
    );
    let sequence = cmp.sequence();
    let report = SendDisableProfileErrorReport::new(request_id, profile, code);
    assert_eq!(cmp.on(Event::DisableProfileError(report)), ["log DisableFailed"]);
    for expected in [vec!["alarm CsimInfoFailed"], vec![]] {
        let response = RequestCsimInfoResponse::new(RequestCsimInfoResult::CSIM_INFO_GENERAL_ERROR);
        let request_id = sequence;
        assert_eq!(cmp.on(Event::CsimInfoResponse { request_id, response }), expected);
    }
}

#[test]
fn a_car_that_lost_its_profile_is_asked_and_served() {
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(
        cmp.asks(1),
        [
            "log ProfileMissing",
            "car 1: tell",
            "MSP: request 2 for car 1, replace 1"
        ]
    );
    let asked = cmp.last.iter().find_map(|effect| match effect {
        Effect::SendToVehicle(message) => Some(message.request_id()),
        _ => None,
    });
    assert_eq!(cmp.on(status(asked.unwrap(), 1, &[])), ["MSP: 1 is deleted"]);
}

#[test]
fn a_car_that_does_not_know_its_profile_any_more_gets_another_for_it() {
    // with one profile a user, there would be none for ever.
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.asks(1);
    assert_eq!(cmp.on(ready(2, 2, Some(1))), ["car 1: code 2", "car 1: delete 1"]);
    // That of another car is offered first.
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    assert_eq!(cmp.asks(1).pop().unwrap(), "MSP: request 3 for car 1, replace 2");
}

#[test]
fn a_profile_of_the_users_other_federation_is_no_stranger() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    let request_id = RequestId::new(vin(1), at(cmp.now));
    let Event::CsimStatus { message, .. } = status(request_id, 1, &[(1, ENABLED), (7, DISABLED), (8, DISABLED)]) else {
        panic!("a status")
    };
    let event = Event::CsimStatus {
        message,
        begun_by_cmp: false,
        elsewhere: vec![iccid(7)],
    };
    assert_eq!(cmp.on(event), ["alarm UnknownProfile"]);
    assert_eq!(cmp.state(1), ProfileState::Enabled);
}

#[test]
fn a_failed_installation_is_logged_once_and_not_in_any_state() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    assert_eq!(
        cmp.on(failed(1, 1)),
        ["MSP: 1 is installation_failed", "log InstallationFailed"]
    );
    assert_eq!(cmp.on(failed(1, 1)), ["log Ignored"]);
    cmp.on(Event::VehicleGone { vin: vin(1) });
    assert_eq!(cmp.on(failed(1, 1)), ["log Ignored"]);
    assert_eq!(cmp.state(1), ProfileState::Deleted);
}

#[test]
fn a_stranger_can_be_deleted_by_its_name() {
    //
    let mut cmp = Cmp::federated();
    cmp.requests = 5;
    cmp.asks(1);
    cmp.on(code_sent(6, 1, None));
    cmp.on(installed(1, 1));
    assert_eq!(cmp.tells(1, &[(1, ENABLED), (8, DISABLED)]), ["alarm UnknownProfile"]);
    let event = || Event::DeleteUnknownProfile {
        iccid: iccid(8),
        eid: crate::common::eid(1),
        vin: vin(1),
        fresh_id: request(7),
    };
    assert_eq!(cmp.on(event()), ["car 1: delete 8"]);
    let order = cmp.sequence();
    assert_eq!(cmp.on(event()), NOTHING);
    assert_eq!(
        cmp.on(status(order, 1, &[(1, ENABLED), (8, DELETED)])),
        ["MSP: 8 is deleted"]
    );
    assert_eq!(cmp.state(1), ProfileState::Enabled);
}

/// A report of which something cannot be read.
fn damaged(change: impl FnOnce(&mut SendProfileDownloadInstallInfo)) -> Event {
    let Event::DownloadInstallInfo(mut info) = installed(1, 1) else {
        unreachable!("it is a report");
    };
    change(&mut info);
    Event::DownloadInstallInfo(info)
}

#[test]
fn a_report_counts_without_its_activation_code_and_without_its_user() {
    //
    let with_code = || {
        let mut cmp = Cmp::federated();
        cmp.asks(1);
        let asked = RequestId::new(vin(1), at(cmp.now - 1));
        cmp.on(code_sent(1, 1, None));
        (cmp, asked)
    };
    let whole = with_code().0.on(installed(1, 1));
    let (mut cmp, asked) = with_code();
    let by_iccid = damaged(|info| (info.activation_code, info.request_id) = (None, asked));
    assert_eq!(cmp.on(by_iccid), whole, "by its ICCID");
    let (mut cmp, asked) = with_code();
    let by_request = damaged(|info| {
        (info.activation_code, info.cmp_user_id, info.iccid) = (None, None, None);
        info.request_id = asked;
    });
    assert_eq!(cmp.on(by_request), whole, "by its request id");
    let (mut cmp, _) = with_code();
    assert_eq!(
        cmp.on(damaged(|info| info.cmp_user_id = None)),
        whole,
        "by its activation code"
    );
    assert_eq!(cmp.state(1), ProfileState::Installed);

    // One that nobody here knows may be another federation's, unless it names this user.
    let strange = |owner: Option<CmpUserId>| {
        damaged(|info| {
            (info.activation_code, info.cmp_user_id) = (None, owner);
            info.iccid = Some(iccid(8));
            info.request_id = RequestId::new(vin(1), at(7));
        })
    };
    assert_eq!(cmp.on(strange(None)), ["log Ignored"]);
    assert_eq!(cmp.on(strange(Some(user()))), ["alarm UnknownProfile"]);
}

#[test]
fn a_code_that_is_under_way_is_not_missing_in_an_answer() {
    // only what should be there can be missing.
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    cmp.on(Event::SyncVehicle { vin: vin(1) });
    let sequence = cmp.sequence();
    assert_eq!(cmp.on(status(sequence, 1, &[])), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::CodeSent);
}
