//! Onboarding, and what the MSP tells of the subscription.

use aid_procedures::cmp::{Event, Options, TokenState};
use aid_types::*;

use crate::common::{HOUR, at, phone, sid, subscription_info, token, user};

use super::backend::*;

#[test]
fn onboarding_is_idempotent_and_refuses_the_rest() {
    //
    let mut cmp = Cmp::new();
    assert_eq!(cmp.federation.state(), TokenState::Unfederated);
    for session in [1, 2] {
        let expires = at(HOUR);
        let sid = sid(session);
        assert_eq!(cmp.on(Event::SessionOpened { sid, expires }), NOTHING);
    }
    assert_eq!(cmp.federation.state(), TokenState::Pending);
    assert_eq!(cmp.on(token_sent(3, 1)), ["refused UnknownAccountId"]);
    let elsewhere = Event::SendMspToken {
        sid: sid(1),
        assigned_elsewhere: true,
        body: SendMspToken::Issued(IssuedMspToken::new(token(1), phone(1), SubscriptionType::Private)),
    };
    assert_eq!(cmp.on(elsewhere), ["refused MspTokenAssigned"]);
    assert_eq!(cmp.on(token_sent(1, 1)), ["log Federated"]);
    assert_eq!(cmp.federation.msp_token(), Some(&token(1)));
    assert_eq!(cmp.on(token_sent(1, 1)), NOTHING);
    assert_eq!(cmp.on(token_sent(1, 2)), ["refused UserHasMspToken"]);
    assert_eq!(cmp.on(token_sent(2, 2)), ["refused UserHasMspToken"]);
    assert_eq!(cmp.on(token_sent(2, 1)), NOTHING);
    assert_eq!(cmp.federation.state(), TokenState::Active);
}

#[test]
fn a_session_ends_by_time_by_the_user_and_by_an_error() {
    //
    let mut cmp = Cmp::new();
    for session in [1, 2, 3] {
        let (sid, expires) = (sid(session), at(HOUR));
        cmp.on(Event::SessionOpened { sid, expires });
    }
    cmp.on(Event::SessionAborted { sid: sid(1) });
    assert_eq!(cmp.on(token_sent(1, 1)), ["refused ExpiredAccountId"]);
    let error = Event::SendMspToken {
        sid: sid(2),
        assigned_elsewhere: false,
        body: SendMspToken::Failed(ErrorText::from_code(ErrorCode::ONBOARDING_ABORTED)),
    };
    assert_eq!(cmp.on(error.clone()), ["log OnboardingFailed"]);
    assert_eq!(cmp.on(error), NOTHING);
    assert_eq!(cmp.federation.state(), TokenState::Pending);
    assert_eq!(cmp.federation.wake_at(), Some(at(HOUR)));
    cmp.now = HOUR;
    assert_eq!(cmp.on(token_sent(3, 1)), ["refused ExpiredAccountId"]);
    cmp.on(Event::Tick);
    assert_eq!(cmp.federation.state(), TokenState::Unfederated);
}

#[test]
fn sessions_are_bounded() {
    let mut cmp = Cmp::new();
    for session in 0..100 {
        let (sid, expires) = (sid(session), at(HOUR));
        cmp.on(Event::SessionOpened { sid, expires });
    }
    assert_eq!(cmp.federation.sessions().len(), Options::default().max_sessions);
}

/// From a peer that leaves these members out.
fn as_received(update: &UpdateSubscriptionInfo, without: &[&str]) -> UpdateSubscriptionInfo {
    let mut json = serde_json::to_value(update).unwrap();
    for member in without {
        json.as_object_mut().unwrap().remove(*member).unwrap();
    }
    serde_json::from_value(json).unwrap()
}

#[test]
fn subscription_info_keeps_what_is_not_stated() {
    //
    let mut cmp = Cmp::new();
    assert_eq!(
        cmp.on(Event::UpdateSubscriptionInfo(subscription_info(2))),
        ["refused UnknownMspToken"]
    );
    let mut cmp = Cmp::federated();
    let mut update = as_received(&subscription_info(2), &["subscriptionType"]);
    update.customer_group = CustomerGroupChange::Set("gold".parse().unwrap());
    assert_eq!(cmp.on(Event::UpdateSubscriptionInfo(update)), NOTHING);
    let info = cmp.federation.subscription().unwrap();
    assert_eq!(info.phone_number(), Some(&phone(2)));
    assert_eq!(info.subscription_type(), Some(&SubscriptionType::Private));
    assert_eq!(info.customer_group, CustomerGroupChange::Set("gold".parse().unwrap()));
    let mut update = as_received(&subscription_info(1), &["phoneNumber", "iv"]);
    update.customer_group = CustomerGroupChange::Clear;
    cmp.on(Event::UpdateSubscriptionInfo(update));
    let info = cmp.federation.subscription().unwrap();
    assert_eq!(info.phone_number(), Some(&phone(2)));
    assert_eq!(info.customer_group, CustomerGroupChange::Keep);
}

#[test]
fn several_subscriptions_of_one_user_are_several_federations() {
    //
    for subscription in [1, 2] {
        let mut cmp = Cmp::new();
        let (sid, expires) = (sid(subscription), at(HOUR));
        cmp.on(Event::SessionOpened { sid, expires });
        assert_eq!(cmp.on(token_sent(subscription, subscription)), ["log Federated"]);
        assert_eq!(cmp.federation.cmp_user_id(), &user());
        // The same session brings no second one.
        assert_eq!(cmp.on(token_sent(subscription, 3)), ["refused UserHasMspToken"]);
    }
}
