//! The end: withdrawal on either side, and what is forgotten after it.

use aid_procedures::{
    CallFailure,
    msp::{Event, TokenState},
};
use aid_types::{CsimStatus, ErrorCode, ProfileInformationStatus};

use super::{Msp, NOTHING, accepted, asked, code_refused, information, prepared, status};
use crate::common::{DAY, at, subscription_info};

#[test]
fn withdrawal_at_the_cmp() {
    //
    let mut msp = Msp::pool(3).with_profiles(2);
    msp.on(asked(3, 3, None));
    assert_eq!(
        msp.on(Event::RequestInvalidateMspToken),
        ["deactivate 1", "deactivate 2", "log WithdrawnByCmp"]
    );
    assert_eq!(msp.on(Event::RequestInvalidateMspToken), NOTHING);
    assert_eq!(msp.on(asked(4, 4, None)), ["refused InvalidatedMspToken"]);
    assert_eq!(msp.on(asked(1, 1, None)), ["refused InvalidatedMspToken"]);
    // The SM-DP+ was at work still.
    assert_eq!(msp.on(prepared(3, 3)), ["deactivate 3", "reply failed 21"]);
    assert_eq!(msp.on(status(1, 1, CsimStatus::Deleted)), ["log Deleted"]);
    assert_eq!(msp.subscription.state(), TokenState::Invalidated);
    assert_eq!(
        msp.on(status(2, 2, CsimStatus::Deleted)),
        ["log Deleted", "log Purgeable"]
    );
    assert_eq!(msp.subscription.state(), TokenState::Purgeable);
    assert_eq!(msp.on(status(2, 2, CsimStatus::Deleted)), NOTHING);
    assert_eq!(msp.on(Event::RequestInvalidateMspToken), NOTHING);
}

#[test]
fn withdrawal_at_the_msp() {
    //
    let mut msp = Msp::pool(2).with_profiles(1);
    let end = || Event::EndService {
        reason: Some("contract ended".parse().unwrap()),
    };
    assert_eq!(msp.on(end()), ["deactivate 1", "CMP: invalid"]);
    assert_eq!(msp.on(end()), NOTHING);
    let invalid = information(&[(1, ProfileInformationStatus::Invalid)]);
    assert_eq!(
        msp.on(Event::ProfileInformation(invalid)),
        ["refused InvalidatedMspToken"]
    );
    assert_eq!(
        msp.on(Event::UpdateSubscriptionInfo(subscription_info(1))),
        ["refused InvalidatedMspToken"]
    );
}

#[test]
fn vehicles_that_never_return_do_not_keep_a_token_for_ever() {
    //
    let mut msp = Msp::pool(2).with_profiles(1);
    assert_eq!(msp.subscription.wake_at(), None);
    msp.on(Event::RequestInvalidateMspToken);
    assert_eq!(msp.subscription.wake_at(), Some(at(msp.now + 180 * DAY)));
    msp.now += 180 * DAY - 2;
    assert_eq!(msp.on(Event::Tick), NOTHING);
    assert_eq!(msp.on(Event::Tick), ["log DeletionUnreported", "log Purgeable"]);
}

#[test]
fn profiles_that_are_over_are_forgotten_in_the_end() {
    let mut msp = Msp::pool(2).with_profiles(2);
    msp.on(status(1, 1, CsimStatus::Deleted));
    msp.now += 200 * DAY;
    msp.on(Event::Tick);
    assert_eq!(msp.subscription.profiles().len(), 1);
    assert_eq!(msp.on(status(1, 1, CsimStatus::Deleted)), ["refused UnknownProfile"]);
}

#[test]
fn a_cmp_that_is_done_with_the_token_leaves_no_zombie() {
    // The withdrawal at the CMP crosses the code of another vehicle.
    let mut msp = Msp::pool(2).with_profiles(1);
    msp.on(status(1, 1, CsimStatus::Installed));
    msp.on(asked(2, 2, None));
    msp.on(accepted(2));
    msp.on(prepared(2, 2));
    assert_eq!(
        msp.on(code_refused(2, 404, ErrorCode::MSP_TOKEN_INVALIDATED)),
        [
            "log ActivationCodeRefused",
            "deactivate 2",
            "deactivate 1",
            "log WithdrawnByCmp"
        ]
    );
    // Only the profile that a vehicle has is waited for.
    assert_eq!(
        msp.on(status(1, 1, CsimStatus::Deleted)),
        ["log Deleted", "log Purgeable"]
    );
    // The same after the customer left.
    let mut msp = Msp::pool(2);
    msp.on(asked(2, 2, None));
    msp.on(accepted(2));
    msp.on(prepared(2, 2));
    msp.on(Event::EndService { reason: None });
    assert_eq!(
        msp.on(code_refused(2, 404, ErrorCode::MSP_TOKEN_INVALIDATED)),
        ["log ActivationCodeRefused", "log Purgeable"]
    );
}

#[test]
fn a_token_is_not_purgeable_while_a_profile_is_being_prepared() {
    let mut msp = Msp::pool(2);
    msp.on(asked(1, 1, None));
    assert_eq!(msp.on(Event::RequestInvalidateMspToken), ["log WithdrawnByCmp"]);
    assert_eq!(msp.subscription.state(), TokenState::Invalidated);
    assert_eq!(
        msp.on(prepared(1, 1)),
        ["deactivate 1", "reply failed 21", "log Purgeable"]
    );
    // Late, or twice: out of service all the same.
    assert_eq!(msp.on(prepared(1, 1)), ["deactivate 1", "log Ignored"]);
    assert_eq!(msp.subscription.wake_at(), None);
}

#[test]
fn an_invalidation_that_the_cmp_does_not_take_is_told() {
    let mut msp = Msp::pool(1);
    msp.on(Event::EndService { reason: None });
    let call = msp.last.clone();
    for (status, code, told) in [
        (404, Some(ErrorCode::MSP_TOKEN_NOT_FOUND), "log Ignored"),
        (404, Some(ErrorCode::MSP_TOKEN_INVALIDATED), "log Ignored"),
        (404, None, "alarm InvalidationRefused"),
        (422, Some(ErrorCode::SYNTAX), "alarm InvalidationRefused"),
    ] {
        msp.last.clone_from(&call);
        assert_eq!(msp.reply(Err(CallFailure::refused(status, code))), [told]);
    }
}

#[test]
fn what_is_being_prepared_is_waited_for_before_the_end() {
    let mut msp = Msp::pool(1);
    msp.on(asked(1, 1, None));
    msp.on(Event::EndService { reason: None });
    let options = msp.subscription.options().clone();
    // It lapses first, and only then the time begins after which all is over.
    let asked_at = msp.now - 1;
    assert_eq!(
        msp.subscription.wake_at(),
        Some(at(asked_at + options.preparation_timeout))
    );
}
