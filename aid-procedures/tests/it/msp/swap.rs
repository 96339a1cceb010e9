//! Profile swap: which profile gives way, and what releases its slot.

use std::num::NonZeroUsize;

use aid_procedures::msp::{Event, Options, ProfileState};
use aid_types::{CsimStatus, ErrorCode, ErrorText, ProfileInformationStatus};

use super::{Msp, asked, information, prepared, status};
use crate::common::request;

#[test]
fn who_gives_way() {
    //
    struct Case {
        pool: usize,
        always_swap: bool,
        replace: Option<usize>,
        expected: &'static str,
    }
    let case = |pool, always_swap, replace, expected| Case {
        pool,
        always_swap,
        replace,
        expected,
    };
    let cases = [
        case(4, false, None, "none"),
        // Not necessary: whatever is offered is passed over.
        case(4, false, Some(1), "none"),
        case(4, false, Some(99), "none"),
        // Necessary: the candidate.
        case(3, false, Some(2), "2"),
        // A candidate that is none of ours: the one that was quiet for longest.
        case(3, false, Some(99), "1"),
        case(3, true, None, "1"),
        case(3, false, None, "reply failed 49"),
    ];
    for case in cases {
        let mut options = Options::new(NonZeroUsize::new(case.pool).unwrap());
        options.always_swap = case.always_swap;
        let mut msp = Msp::with(options).with_profiles(3);
        msp.on(status(1, 1, CsimStatus::InstallationFailed));
        let effects = msp.on(asked(4, 4, case.replace));
        if case.expected.starts_with("reply failed") {
            assert_eq!(effects, [case.expected]);
            continue;
        }
        assert_eq!(effects, ["prepare 4"]);
        let effects = msp.on(prepared(4, 4));
        let answer = format!("reply 4 is 4, swapped {}", case.expected);
        match case.expected {
            "none" => assert_eq!(effects, [answer]),
            victim => assert_eq!(effects, [format!("deactivate {victim}"), answer]),
        }
        assert_eq!(msp.subscription.slots_taken(), case.pool.min(4));
    }
}

#[test]
fn nobody_gives_way_twice_and_nobody_for_nothing() {
    let mut msp = Msp::pool(2).with_profiles(2);
    assert_eq!(msp.on(asked(3, 3, Some(1))), ["prepare 3"]);
    assert_eq!(msp.on(asked(4, 4, Some(1))), ["prepare 4"]);
    assert_eq!(msp.on(asked(5, 5, Some(1))), ["reply failed 49"]);
    // While nothing is ready, nothing is taken away.
    assert_eq!(msp.state(1), ProfileState::Prepared);
    msp.on(Event::PreparationFailed {
        activation_code_request_id: request(3),
        error: ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER),
    });
    assert_eq!(msp.state(1), ProfileState::Prepared);
    assert_eq!(msp.on(prepared(4, 4)), ["deactivate 2", "reply 4 is 4, swapped 2"]);
    // If it was deleted meanwhile, its slot is free.
    msp.on(asked(6, 6, Some(1)));
    msp.on(status(1, 1, CsimStatus::Deleted));
    assert_eq!(msp.on(prepared(6, 6)), ["reply 6 is 6, swapped none"]);
    assert_eq!(msp.subscription.slots_taken(), 2);
    // what got no code gets none when it comes again late, though there would be one now.
    msp.on(status(4, 4, CsimStatus::Deleted));
    for request in [3, 5] {
        assert_eq!(msp.on(asked(request, 9, None)), ["reply failed 49"]);
    }
}

#[test]
fn a_slot_is_released_by_deletion_by_invalidity_and_by_a_swap() {
    //
    let mut msp = Msp::pool(1).with_profiles(1);
    assert_eq!(
        msp.on(status(1, 1, CsimStatus::Deleted)),
        ["deactivate 1", "log Deleted"]
    );
    assert_eq!(msp.on(asked(2, 2, None)), ["prepare 2"]);
    msp.on(prepared(2, 2));
    let invalid = information(&[(2, ProfileInformationStatus::Invalid)]);
    assert_eq!(
        msp.on(Event::ProfileInformation(invalid)),
        ["deactivate 2", "CMP: 2 invalid"]
    );
    assert_eq!(msp.on(asked(3, 3, None)), ["prepare 3"]);
    msp.on(prepared(3, 3));
    assert_eq!(msp.on(asked(4, 4, Some(3))), ["prepare 4"]);
    assert_eq!(msp.on(prepared(4, 4)), ["deactivate 3", "reply 4 is 4, swapped 3"]);
    // A code that is worth nothing any more is not given again.
    assert_eq!(msp.on(asked(3, 3, None)), ["reply failed 31"]);
}
