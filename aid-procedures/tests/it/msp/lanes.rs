//! Which effects wait for which, which are still wanted, and what a subscription is found by.

use aid_procedures::{Key, Lane, msp::Event};
use aid_types::{CsimStatus, OperationId, ProfileInformationStatus};

use super::{Msp, accepted, asked, information, prepared, status};
use crate::common::{iccid, subscription_info, token};

/// What happens, and what of its effects is still wanted after the withdrawal.
fn outlives(events: Vec<Event>, end: Event) -> Vec<(&'static str, String, bool)> {
    let mut msp = Msp::pool(3).with_profiles(1);
    let mut effects = Vec::new();
    for event in events {
        msp.on(event);
        effects.append(&mut msp.last);
    }
    let unwanted = effects.iter().filter(|effect| !msp.subscription.still_wanted(effect));
    assert_eq!(unwanted.count(), 1, "but for the preparation that is done");
    msp.on(end);
    effects.append(&mut msp.last);
    let line = |effect| {
        let wanted = msp.subscription.still_wanted(effect);
        (effect.name(), effect.lane().to_string(), wanted)
    };
    effects.iter().map(line).collect()
}

//
#[test]
fn nothing_is_called_for_a_dead_token() {
    let events = vec![
        asked(2, 2, None),
        asked(3, 3, None),
        accepted(3),
        prepared(3, 3),
        Event::UpdateSubscriptionInfo(subscription_info(2)),
        Event::ProfileInformation(information(&[(1, ProfileInformationStatus::Suspended)])),
    ];
    let end = Event::EndService { reason: None };
    let call = |operation: OperationId| operation.declaration().operation_id;
    let expected = [
        ("prepareProfile", "sm-dp", false),
        ("prepareProfile", "sm-dp", false),
        (call(OperationId::SendActivationCode), "peer", false),
        (call(OperationId::UpdateSubscriptionInfo), "peer", false),
        ("suspendProfile", "network", false),
        (call(OperationId::SendProfileInformation), "peer", false),
        ("deactivateProfile", "network", true),
        ("deactivateProfile", "network", true),
        (call(OperationId::NotifyMspTokenInvalid), "peer", true),
    ];
    let expected = expected.map(|(name, lane, wanted)| (name, lane.to_owned(), wanted));
    assert_eq!(outlives(events, end), expected);
}

#[test]
fn who_was_accepted_is_answered() {
    let mut msp = Msp::pool(1);
    msp.on(asked(1, 1, None));
    msp.on(accepted(1));
    msp.on(Event::RequestInvalidateMspToken);
    assert_eq!(
        msp.on(prepared(1, 1)),
        ["deactivate 1", "CMP: failed 21", "log Purgeable"]
    );
    assert!(msp.last.iter().all(|effect| msp.subscription.still_wanted(effect)));
    // A code is not given any more.
    let mut msp = Msp::pool(1);
    msp.on(asked(1, 1, None));
    msp.on(prepared(1, 1));
    let reply = msp.last.clone();
    assert_eq!(reply[0].lane(), Lane::Caller);
    msp.on(Event::RequestInvalidateMspToken);
    assert!(!msp.subscription.still_wanted(&reply[0]));
}

#[test]
fn a_block_that_was_lifted_is_not_made() {
    let mut msp = Msp::pool(1).with_profiles(1);
    msp.on(Event::ProfileInformation(information(&[(
        1,
        ProfileInformationStatus::Suspended,
    )])));
    let suspend = msp.last.clone();
    msp.on(Event::ProfileInformation(information(&[(
        1,
        ProfileInformationStatus::Valid,
    )])));
    assert!(!msp.subscription.still_wanted(&suspend[0]));
    assert!(msp.subscription.still_wanted(&msp.last[0]));
}

#[test]
fn a_subscription_is_found_by_its_token_and_its_profiles() {
    let mut msp = Msp::pool(2).with_profiles(2);
    msp.on(status(1, 1, CsimStatus::Deleted));
    let keys: Vec<Key> = msp.subscription.keys().collect();
    assert_eq!(
        keys,
        [Key::MspToken(token(1)), Key::Iccid(iccid(1)), Key::Iccid(iccid(2))]
    );
    assert_eq!(keys[1].kind(), "iccid");
    assert_eq!(keys[1].value(), iccid(1).to_string());
}
