//! "Car Provisioning": from the request to the activation code.

use aid_procedures::{
    CallFailure,
    cmp::{Event, Options, ProfileState},
};
use aid_types::*;
use aid2_proto::RequestId;

use crate::common::{DAY, HOUR, at, eid, iccid, request, user, vin};

use super::backend::*;

#[test]
fn provisioning_in_both_modes() {
    //
    for synchronous in [true, false] {
        let mut cmp = Cmp::federated();
        assert_eq!(cmp.asks(1), ["MSP: request 1 for car 1, replace none"]);
        if synchronous {
            assert_eq!(cmp.on(ready(1, 1, None)), ["car 1: code 1"]);
        } else {
            assert_eq!(cmp.on(replied(1, Ok(ActivationCodeReply::Accepted))), NOTHING);
            assert_eq!(cmp.on(code_sent(1, 1, None)), ["car 1: code 1"]);
        }
        assert_eq!(cmp.state(1), ProfileState::CodeSent);
        assert_eq!(cmp.on(installed(1, 1)), ["MSP: 1 is installed"]);
        assert_eq!(cmp.on(installed(1, 1)), NOTHING);
        assert_eq!(cmp.tells(1, &[(1, ENABLED)]), NOTHING);
        assert_eq!(cmp.state(1), ProfileState::Enabled);
        assert_eq!(cmp.tells(1, &[(1, DISABLED)]), NOTHING);
        assert_eq!(cmp.state(1), ProfileState::Disabled);
        assert!(cmp.federation.profile(&iccid(1)).unwrap().last_used().is_some());
    }
}

#[test]
fn an_early_code_is_taken_and_repetitions_change_nothing() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["car 1: code 1"]);
    assert_eq!(cmp.on(replied(1, Ok(ActivationCodeReply::Accepted))), NOTHING);
    assert_eq!(cmp.on(code_sent(1, 1, None)), NOTHING);
    assert_eq!(cmp.on(ready(1, 1, None)), NOTHING);
    assert_eq!(cmp.on(code_sent(1, 2, None)), ["refused ActivationCodeAssigned"]);
    assert_eq!(
        cmp.on(ready(1, 2, None)),
        [
            "alarm ContradictoryActivationCode",
            "MSP: 2 is deleted",
            "log ActivationCodeDiscarded"
        ]
    );
    assert_eq!(cmp.on(code_sent(9, 1, None)), ["refused UnknownRequestId"]);
    assert_eq!(
        cmp.on(code_failed(Some(1), ErrorCode::ACTIVATION_CODE_OTHER, None)),
        ["refused ActivationCodeAssigned"]
    );
}

#[test]
fn requests_of_one_car_share_one_request_to_the_msp() {
    //
    let mut cmp = Cmp::federated();
    assert_eq!(cmp.asks(1).len(), 1);
    assert_eq!(cmp.asks(1), NOTHING);
    assert_eq!(cmp.asks(2), ["MSP: request 3 for car 2, replace none"]);
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["car 1: code 1"]);
    // The car did not get it, and asks again at the next login.
    assert_eq!(cmp.asks(1), ["car 1: never mind code", "car 1: code 1"]);
}

#[test]
fn the_same_message_of_a_car_is_followed_once() {
    //
    let mut cmp = Cmp::federated();
    let message = aid2_proto::RequestActivationCode::new(RequestId::new(vin(1), at(0)), user(), eid(1));
    let event = |n| Event::RequestActivationCode {
        message: message.clone(),
        fresh_id: request(n),
    };
    assert_eq!(cmp.on(event(1)).len(), 1);
    assert_eq!(cmp.on(event(2)), ["log Ignored"]);
    cmp.on(code_sent(1, 1, None));
    assert_eq!(cmp.on(event(3)), ["car 1: code 1"]);
    cmp.on(installed(1, 1));
    assert_eq!(cmp.on(event(4)), ["log Ignored"]);
}

#[test]
fn refusals_of_the_msp_reach_the_car() {
    //
    let terms = ErrorCode::new(250);
    let cases = [
        (
            CallFailure::refused(404, Some(ErrorCode::MSP_TOKEN_NOT_FOUND)),
            "NO_SUBSCRIPTION_FOUND",
        ),
        (
            CallFailure::refused(404, Some(ErrorCode::MSP_TOKEN_INVALIDATED)),
            "NO_SUBSCRIPTION_FOUND",
        ),
        // whoever answered so need not be the MSP.
        (CallFailure::refused(404, None), "NO_ACTIVATION_CODE_AVAILABLE"),
        (
            CallFailure::refused(422, Some(ErrorCode::ACTIVATION_CODE_OTHER)),
            "NO_ACTIVATION_CODE_AVAILABLE",
        ),
        (CallFailure::refused(423, None), "UNKNOWN_EID"),
        (CallFailure::refused(422, Some(terms)), "TERMS_NOT_ACCEPTED"),
        (
            CallFailure::refused(500, Some(ErrorCode::INTERNAL)),
            "NO_ACTIVATION_CODE_AVAILABLE",
        ),
        (CallFailure::NoReply, "NO_ACTIVATION_CODE_AVAILABLE"),
        (CallFailure::Unreadable, "NO_ACTIVATION_CODE_AVAILABLE"),
    ];
    for (failure, result) in cases {
        let mut options = Options::default();
        options.terms_codes = vec![terms.into()];
        let mut cmp = Cmp::federated_with(options);
        cmp.asks(1);
        let effects = cmp.on(replied(1, Err(failure)));
        assert_eq!(
            effects[..2],
            ["log NoActivationCode".to_owned(), format!("car 1: {result}")],
            "{failure:?}"
        );
        assert_eq!(
            effects.contains(&"alarm TokenRefused".to_owned()),
            result == "NO_SUBSCRIPTION_FOUND"
        );
        // Where the outcome is unknown, the same request is repeated; otherwise a new one is made.
        let again = if failure.is_final() { 2 } else { 1 };
        assert_eq!(
            cmp.asks(1),
            [format!("MSP: request {again} for car 1, replace none")],
            "{failure:?}"
        );
    }
}

#[test]
fn a_code_after_a_lost_answer_cancels_the_error() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    assert_eq!(
        cmp.on(replied(1, Err(CallFailure::NoReply)))[1],
        "car 1: NO_ACTIVATION_CODE_AVAILABLE"
    );
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["car 1: code 1"]);
}

#[test]
fn an_error_without_an_id_is_understood_if_it_can_be() {
    //
    let error = ErrorCode::ACTIVATION_CODE_OTHER;
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.asks(2);
    assert_eq!(cmp.on(code_failed(None, error, None)), ["refused UnknownRequestId"]);
    assert_eq!(
        cmp.on(code_failed(None, error, Some(2))),
        [
            "log Tolerated",
            "log NoActivationCode",
            "car 2: NO_ACTIVATION_CODE_AVAILABLE"
        ]
    );
    assert_eq!(
        cmp.on(code_failed(None, error, None))[2],
        "car 1: NO_ACTIVATION_CODE_AVAILABLE"
    );
    assert_eq!(cmp.on(code_failed(Some(1), error, None)), NOTHING);
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["refused ExpiredRequestId"]);
}

#[test]
fn a_request_lapses_after_a_day() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    let due = cmp.federation.wake_at().unwrap();
    assert_eq!(due, at(cmp.now + DAY));
    cmp.now += DAY - 1;
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["refused ExpiredRequestId"]);
    assert_eq!(
        cmp.on(Event::Tick),
        ["alarm NoActivationCodeInTime", "car 1: NO_ACTIVATION_CODE_AVAILABLE"]
    );
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["refused ExpiredRequestId"]);
    assert_eq!(cmp.asks(1), ["MSP: request 2 for car 1, replace none"]);
    // In the end it is forgotten.
    cmp.on(code_sent(2, 2, None));
    cmp.now += Options::default().memory;
    cmp.on(Event::Tick);
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["refused UnknownRequestId"]);
}

#[test]
fn who_may_not_ask_is_told_so() {
    //
    let mut cmp = Cmp::new();
    assert_eq!(cmp.asks(1), ["car 1: NO_SUBSCRIPTION_FOUND"]);
    let mut cmp = Cmp::federated();
    let other: CmpUserId = "customer-1".parse().unwrap();
    let message = aid2_proto::RequestActivationCode::new(RequestId::new(vin(1), at(0)), other, eid(1));
    let fresh_id = request(1);
    assert_eq!(
        cmp.on(Event::RequestActivationCode { message, fresh_id }),
        ["car 1: UNKNOWN_USER"]
    );
}

#[test]
fn a_failed_installation_is_told_and_named_by_its_code() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    assert_eq!(
        cmp.on(failed(1, 1)),
        ["MSP: 1 is installation_failed", "log InstallationFailed"]
    );
    assert_eq!(cmp.state(1), ProfileState::Failed);
    // it is a candidate now, even for the same car.
    assert_eq!(cmp.asks(1), ["MSP: request 2 for car 1, replace 1"]);
    // The vehicle managed it after all.
    assert_eq!(cmp.on(installed(1, 1)), ["MSP: 1 is installed"]);
    assert_eq!(cmp.on(failed(1, 1)), ["log Ignored"]);
}

#[test]
fn a_profile_without_a_name_gets_it_with_its_installation() {
    //
    let unnamed = |request_number, n| {
        let mut issued = issued(request_number, n, None);
        issued.iccid = None;
        Event::SendActivationCode {
            body: SendActivationCode::Issued(issued),
            correlation_id: None,
        }
    };
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    assert_eq!(cmp.on(unnamed(1, 1)), ["log Tolerated", "car 1: code 1"]);
    // That could be anything: another federation of the same user may have issued it. The MSP is asked, once.
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), ["MSP: status of 1"]);
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), NOTHING);
    assert_eq!(cmp.federation.profile(&iccid(1)), None);
    // The activation code tells; and then how it is now.
    assert_eq!(cmp.on(installed(1, 1)), ["car 1: tell", "MSP: 1 is installed"]);
    // An answer from the second of the installation could be older.
    let asked = cmp.sequence();
    assert_eq!(cmp.on(status(asked, 1, &[(1, ENABLED)])), ["car 1: tell"]);
    let asked = cmp.sequence();
    assert_eq!(cmp.on(status(asked, 1, &[(1, ENABLED)])), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Enabled);

    // What the MSP swapped before its name was known is deleted once it is.
    cmp.asks(2);
    cmp.on(unnamed(2, 2));
    cmp.asks(3);
    assert_eq!(
        cmp.on(code_sent(3, 3, Some(2))),
        ["car 3: code 3", "alarm SwapOfUnknownProfile"]
    );
    assert_eq!(cmp.on(installed(2, 2)), ["car 2: delete 2"]);
    assert_eq!(cmp.state(2), ProfileState::DeleteOrdered);
}

#[test]
fn a_profile_that_never_had_a_name_is_gone_when_its_car_does_not_have_it() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    let mut issued = issued(1, 1, None);
    issued.iccid = None;
    cmp.on(Event::SendActivationCode {
        body: SendActivationCode::Issued(issued),
        correlation_id: None,
    });
    assert_eq!(cmp.on(Event::Withdraw), ["MSP: invalidate", "car 1: never mind code"]);
    let vin = vin(1);
    assert_eq!(cmp.on(Event::VehicleConnected { vin }), ["car 1: tell"]);
    cmp.now += 1;
    let asked = cmp.sequence();
    assert_eq!(cmp.on(status(asked, 1, &[])), ["log TokenRemoved"]);
    // It was still on its way: the code tells whose it is.
    assert_eq!(
        cmp.on(installed(1, 1)),
        ["alarm DeletedProfileReturned", "car 1: delete 1"]
    );
}

#[test]
fn a_call_that_nobody_answered_does_not_lapse() {
    // the MSP may have issued a profile, and nobody would know.
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    assert_eq!(
        cmp.on(replied(1, Err(CallFailure::NoReply))),
        ["log NoActivationCode", "car 1: NO_ACTIVATION_CODE_AVAILABLE"]
    );
    for day in 1..4 {
        cmp.now = day * (DAY + HOUR);
        assert!(cmp.federation.wake_at().is_some_and(|due| due <= at(cmp.now)));
        assert_eq!(
            cmp.on(Event::Tick),
            ["alarm NoActivationCodeInTime", "MSP: request 1 for car 1, replace none"]
        );
        assert_eq!(cmp.on(Event::Tick), NOTHING);
        cmp.on(replied(1, Err(CallFailure::refused(503, None))));
    }
    // it comes late, and is welcome.
    assert_eq!(cmp.on(ready(1, 1, None)), ["car 1: code 1"]);
}

#[test]
fn a_code_in_a_reply_that_comes_too_late_leaves_nothing_behind() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.asks(2);
    let vin = vin(2);
    assert_eq!(
        cmp.on(Event::DeleteAllProfiles { vin }),
        ["car 2: delete all", "car 2: NO_ACTIVATION_CODE_AVAILABLE"]
    );
    // It cannot be refused: the slot is freed by the status, and the profile that was swapped is deleted all the same.
    assert_eq!(
        cmp.on(ready(2, 2, Some(1))),
        ["MSP: 2 is deleted", "log ActivationCodeDiscarded", "car 1: delete 1"]
    );
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
    // The same in a call is refused, so that the MSP sees to it.
    cmp.asks(3);
    cmp.now += DAY;
    assert_eq!(cmp.on(code_sent(3, 3, None)), ["refused ExpiredRequestId"]);
}
