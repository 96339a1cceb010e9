//! What an earlier version saved.

use std::num::NonZeroUsize;

use aid_procedures::msp::{Event, Options, Subscription, TokenState};
use aid_types::CsimStatus;

use super::{Msp, NOTHING, asked, prepared, status};
use crate::common::DAY;

/// As saved before requests and onboardings had time-outs.
const SAVED: &str = include_str!("../../saved/subscription.json");

#[test]
fn a_subscription_of_an_earlier_version_lives_on() {
    let subscription: Subscription = serde_json::from_str(SAVED).unwrap();
    assert_eq!(subscription.state(), TokenState::Active);
    assert_eq!(subscription.open_requests().len(), 2);
    let mut msp = Msp::pool(3);
    msp.subscription = subscription;
    msp.now = 100;
    // Since when the requests have been open is not known: they get their time from now on.
    assert_eq!(msp.on(Event::Tick), NOTHING);
    assert_eq!(msp.on(prepared(4, 4)), ["CMP: 4 is 4, swapped none"]);
    msp.now += DAY;
    assert_eq!(msp.on(Event::Tick), ["alarm PreparationLost", "reply failed 49"]);
    msp.on(Event::RequestInvalidateMspToken);
    assert_eq!(msp.on(status(1, 1, CsimStatus::Deleted)), ["log Deleted"]);
    assert_eq!(msp.subscription.state(), TokenState::Invalidated);
}

#[test]
fn new_choices_hold_from_the_next_event_on_and_take_nothing_away() {
    let mut msp = Msp::pool(2).with_profiles(2);
    msp.subscription.set_options(Options::new(NonZeroUsize::MIN));
    assert_eq!(msp.subscription.options().pool_size, NonZeroUsize::MIN);
    assert_eq!(msp.subscription.slots_taken(), 2);
    // For one more there is no room, unless it says which to swap.
    assert_eq!(msp.on(asked(3, 3, None)), ["reply failed 49"]);
}
