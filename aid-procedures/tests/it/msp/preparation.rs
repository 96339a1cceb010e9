//! An SM-DP+ that never tells what became of a profile.

use std::num::NonZeroUsize;

use aid_procedures::msp::{Event, Options};

use super::{Msp, NOTHING, accepted, asked, prepared};
use crate::common::{DAY, at, request};

#[test]
fn a_lost_preparation_is_told_and_frees_its_slot() {
    let mut msp = Msp::pool(1);
    msp.on(asked(1, 1, None));
    msp.on(accepted(1));
    assert_eq!(msp.on(asked(2, 2, None)), ["reply failed 49"]);
    assert_eq!(msp.subscription.wake_at(), Some(at(1 + DAY)));
    msp.now = DAY - 1;
    assert_eq!(msp.on(Event::Tick), NOTHING);
    assert_eq!(msp.on(Event::Tick), ["alarm PreparationLost", "CMP: failed 49"]);
    assert_eq!(msp.subscription.slots_taken(), 0);
    assert_eq!(msp.subscription.wake_at(), None);
    // Late: nobody waits for it.
    assert_eq!(msp.on(prepared(1, 1)), ["deactivate 1", "log Ignored"]);
    assert_eq!(msp.on(asked(3, 3, None)), ["prepare 3"]);
}

#[test]
fn a_clock_that_is_set_loses_no_preparation() {
    // an hour, or ten years, back and forth.
    let mut msp = Msp::pool(1);
    for (n, set) in [
        (1, 3600_i64),
        (2, -3600),
        (3, 3650 * DAY as i64),
        (4, -3650 * DAY as i64),
    ] {
        msp.on(asked(n, 1, None));
        msp.now = msp.now.checked_add_signed(set).unwrap();
        assert_eq!(msp.on(Event::Tick), NOTHING, "set by {set} s");
        assert!(msp.subscription.wake_at().unwrap() > at(msp.now));
        // From then on it takes no longer than ever.
        msp.now += DAY;
        assert_eq!(msp.on(Event::Tick)[0], "alarm PreparationLost", "set by {set} s");
    }
}

#[test]
fn open_requests_are_listed() {
    let mut msp = Msp::with(Options::new(NonZeroUsize::MIN)).with_profiles(1);
    msp.on(asked(2, 2, Some(1)));
    let open = || msp.subscription.open_requests();
    assert_eq!(open()[0].request().activation_code_request_id, request(2));
    assert_eq!(open()[0].swap(), Some(&crate::common::iccid(1)));
    assert!(!open()[0].is_accepted());
    msp.on(accepted(2));
    assert!(msp.subscription.open_requests()[0].is_accepted());
    msp.on(prepared(2, 2));
    assert!(msp.subscription.open_requests().is_empty());
}
