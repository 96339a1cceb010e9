//! Onboarding: the msp_token goes to the CMP.

use std::num::NonZeroUsize;

use aid_procedures::{
    CallFailure,
    msp::{CmpCall, Effect, Event, Options, TokenState},
};
use aid_types::ErrorCode;

use super::{Msp, NOTHING, asked, onboard};
use crate::common::{DAY, at, subscription_info};

fn pending() -> Msp {
    let mut msp = Msp::pending(Options::new(NonZeroUsize::MIN));
    assert_eq!(msp.on(onboard()), ["CMP: token"]);
    assert_eq!(msp.subscription.state(), TokenState::Pending);
    msp
}

fn refused(code: ErrorCode) -> Result<(), CallFailure> {
    Err(CallFailure::refused(422, Some(code)))
}

#[test]
fn onboarding() {
    //
    let mut msp = pending();
    let Event::Onboard { account_id, .. } = onboard() else {
        panic!()
    };
    assert!(
        matches!(&msp.last[..], [Effect::CallCmp { call: CmpCall::SendMspToken { account_id: to, .. }, .. }]
        if *to == account_id)
    );
    assert_eq!(msp.reply(Ok(())), ["log Onboarded"]);
    assert_eq!(msp.subscription.state(), TokenState::Active);
    assert_eq!(msp.on(onboard()), ["refused MspTokenAssigned"]);
    assert_eq!(
        msp.on(Event::UpdateSubscriptionInfo(subscription_info(2))),
        ["CMP: subscription"]
    );
    assert_eq!(msp.reply(Ok(())), NOTHING);
}

#[test]
fn what_the_cmp_has_it_took() {
    // its answer was lost.
    let mut msp = pending();
    assert_eq!(
        msp.reply(refused(ErrorCode::MSP_TOKEN_ASSIGNED)),
        ["log OnboardingPresumed"]
    );
    assert_eq!(msp.subscription.state(), TokenState::Active);
    // Whoever asks with the msp_token has it.
    let mut msp = pending();
    assert_eq!(msp.on(asked(1, 1, None)), ["prepare 1", "log Onboarded"]);
    assert_eq!(msp.on(asked(1, 1, None)), ["reply 201"]);
    msp.on(onboard());
    assert_eq!(msp.subscription.state(), TokenState::Active);
}

#[test]
fn a_refused_onboarding_is_void() {
    let mut msp = pending();
    assert_eq!(
        msp.reply(refused(ErrorCode::ACCOUNT_ID_EXPIRED)),
        ["alarm OnboardingRefused", "log Purgeable"]
    );
    assert_eq!(msp.on(onboard()), ["refused InvalidatedMspToken"]);
}

#[test]
fn a_late_refusal_ends_no_federation() {
    let mut msp = pending();
    let call = msp.last.clone();
    msp.reply(Ok(()));
    msp.last = call;
    assert_eq!(msp.reply(refused(ErrorCode::ACCOUNT_ID_EXPIRED)), ["log Ignored"]);
    assert_eq!(msp.subscription.state(), TokenState::Active);
}

#[test]
fn an_onboarding_without_an_answer_is_told_and_may_be_repeated() {
    let mut msp = pending();
    assert_eq!(msp.subscription.wake_at(), Some(at(msp.now + DAY)));
    msp.now += DAY - 2;
    assert_eq!(msp.on(Event::Tick), NOTHING);
    assert_eq!(msp.on(Event::Tick), ["alarm OnboardingUnanswered"]);
    assert_eq!(msp.subscription.wake_at(), None);
    assert_eq!(msp.on(onboard()), ["CMP: token"]);
    // Given up.
    assert_eq!(msp.reply(Err(CallFailure::NoReply)), ["alarm OnboardingUnanswered"]);
    assert_eq!(msp.subscription.state(), TokenState::Pending);
    assert_eq!(msp.on(onboard()), ["CMP: token"]);
    assert_eq!(msp.reply(Ok(())), ["log Onboarded"]);
}

#[test]
fn who_leaves_before_the_answer_has_left() {
    let mut msp = pending();
    let token = msp.last.clone();
    assert_eq!(
        msp.on(Event::EndService { reason: None }),
        ["CMP: invalid", "log Purgeable"]
    );
    // Both calls wait in one lane: the first is not made any more, the second is.
    assert!(!msp.subscription.still_wanted(&token[0]));
    assert!(msp.subscription.still_wanted(&msp.last[0]));
    msp.last = token;
    assert_eq!(msp.reply(Ok(())), ["log Ignored"]);
}
