//! Car provisioning: who gets which activation code, and when.

use aid_procedures::{
    CallFailure,
    msp::{Effect, Event, ProfileState},
};
use aid_types::{ActivationCodeReply, CsimStatus, ErrorCode, ErrorText, OperationId};

use super::{Msp, NOTHING, accepted, asked, code_call, code_refused, prepared, status};
use crate::common::{code, iccid, request};

#[test]
fn a_code_goes_to_the_caller_who_waits() {
    //
    let mut msp = Msp::pool(2);
    assert_eq!(msp.on(asked(1, 1, None)), ["prepare 1"]);
    assert_eq!(msp.on(prepared(1, 1)), ["reply 1 is 1, swapped none"]);
    let Effect::Reply(answer) = msp.last[0].clone() else {
        panic!()
    };
    let Ok(ActivationCodeReply::Ready(ready)) = answer.into_reply() else {
        panic!()
    };
    assert_eq!((ready.iccid, ready.swapped_iccid), (Some(iccid(1)), None));
    assert_eq!(ready.activation_code, code(1));
    // the same request, the same code.
    assert_eq!(msp.on(asked(1, 1, None)), ["reply 1 is 1, swapped none"]);
    assert_eq!(msp.on(asked(1, 2, None)), ["refused 422/39"]);
    assert_eq!(msp.subscription.slots_taken(), 1);
    assert_eq!(msp.on(asked(2, 1, None)), ["prepare 2"]);
}

#[test]
fn a_code_follows_the_201_and_never_comes_before() {
    //
    let mut msp = Msp::pool(3);
    msp.on(asked(1, 1, None));
    assert_eq!(msp.on(accepted(1)), NOTHING);
    assert_eq!(msp.on(asked(1, 1, None)), ["reply 201"]);
    assert_eq!(msp.on(prepared(1, 1)), ["CMP: 1 is 1, swapped none"]);
    // Ready while the 201 was on its way: nobody waits for the reply any more.
    msp.on(asked(2, 2, None));
    assert_eq!(msp.on(prepared(2, 2)), ["reply 2 is 2, swapped none"]);
    assert_eq!(msp.on(accepted(2)), ["CMP: 2 is 2, swapped none"]);
    // A failure takes the same way.
    msp.on(asked(3, 3, None));
    msp.on(accepted(3));
    let failed = Event::PreparationFailed {
        activation_code_request_id: request(3),
        error: ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER),
    };
    assert_eq!(msp.on(failed.clone()), ["CMP: failed 49"]);
    assert_eq!(msp.on(failed), ["log Ignored"]);
    assert_eq!(msp.on(accepted(9)), ["log Ignored"]);
    assert_eq!(msp.subscription.slots_taken(), 2);
}

#[test]
fn a_failure_becomes_a_refusal_for_the_caller_who_waits() {
    //
    for (code, expected) in [
        (ErrorCode::ACTIVATION_CODE_OTHER, (422, 49)),
        (ErrorCode::MSP_TOKEN_INVALIDATED, (404, 21)),
        (ErrorCode::new(250), (422, 250)),
    ] {
        let mut msp = Msp::pool(1);
        msp.on(asked(1, 1, None));
        msp.on(Event::PreparationFailed {
            activation_code_request_id: request(1),
            error: ErrorText::new(code, "Customer not eligible").unwrap(),
        });
        let Effect::Reply(answer) = msp.last[0].clone() else {
            panic!()
        };
        let reply = answer
            .into_reply()
            .unwrap_err()
            .reply(Some(OperationId::RequestActivationCode));
        assert_eq!((reply.status, reply.code.number()), expected);
        assert_eq!(reply.error, "Customer not eligible");
    }
}

#[test]
fn a_profile_that_nobody_asked_for_or_that_is_in_use_is_not_issued() {
    let mut msp = Msp::pool(3).with_profiles(1);
    assert_eq!(msp.on(prepared(9, 9)), ["deactivate 9", "log Ignored"]);
    assert_eq!(msp.on(prepared(1, 1)), ["log Ignored"]);
    msp.on(asked(2, 2, None));
    assert_eq!(msp.on(prepared(2, 1)), ["alarm ProfileInUse", "reply failed 49"]);
}

/// A code that the CMP refused, by the call that followed its 201.
fn refused(n: u128, code: ErrorCode) -> Event {
    code_refused(n, 422, code)
}

#[test]
fn a_code_that_the_cmp_refuses_leaves_no_orphan() {
    // the first profile gave way for a code that nobody took.
    let mut msp = Msp::pool(1).with_profiles(1);
    msp.on(status(1, 1, CsimStatus::Installed));
    msp.on(asked(2, 2, Some(1)));
    msp.on(accepted(2));
    assert_eq!(msp.on(prepared(2, 2)), ["deactivate 1", "CMP: 2 is 2, swapped 1"]);
    assert_eq!(
        msp.on(refused(2, ErrorCode::REQUEST_ID_EXPIRED)),
        ["log ActivationCodeRefused", "deactivate 2", "CMP: 1 invalid"]
    );
    assert_eq!(msp.subscription.slots_taken(), 0);
    // Nor does it if the profile gave way itself meanwhile.
    msp.on(asked(5, 5, None));
    msp.on(prepared(5, 5));
    msp.on(asked(6, 6, Some(5)));
    msp.on(accepted(6));
    msp.on(prepared(6, 6));
    msp.on(asked(7, 7, Some(6)));
    msp.on(prepared(7, 7));
    assert_eq!(
        msp.on(refused(6, ErrorCode::REQUEST_ID_EXPIRED)),
        ["log ActivationCodeRefused", "CMP: 5 invalid"]
    );
    // The same request again finds no code any more.
    assert_eq!(msp.on(asked(2, 2, None)), ["reply failed 31", "CMP: 1 invalid"]);
}

#[test]
fn a_code_that_the_cmp_has_stays() {
    let mut msp = Msp::pool(2).with_profiles(2);
    // there is one code for each request.
    assert_eq!(
        msp.on(refused(1, ErrorCode::ACTIVATION_CODE_ASSIGNED)),
        ["log ActivationCodePresumed"]
    );
    // Not an answer at all, or not yet.
    let no_answer = Event::CallReply {
        call: code_call(1, 1),
        reply: Err(CallFailure::NoReply),
    };
    assert_eq!(msp.on(no_answer), ["log ActivationCodeUnanswered"]);
    assert_eq!(msp.state(1), ProfileState::Prepared);
    // What a vehicle reported is there.
    msp.on(status(2, 2, CsimStatus::Installed));
    assert_eq!(msp.on(refused(2, ErrorCode::REQUEST_ID_EXPIRED)), ["log Ignored"]);
    assert_eq!(msp.state(2), ProfileState::Installed);
}
