//! Onboarding: the msp_token goes to the CMP.

use aid_procedures::{
    CallFailure,
    msp::{CmpCall, Effect, Event, TokenState},
};
use aid_types::{AccountId, ErrorCode, IssuedMspToken, SubscriptionType};

use super::{Msp, NOTHING};
use crate::common::{phone, subscription_info, token};

#[test]
fn onboarding() {
    //
    let body = || IssuedMspToken::new(token(1), phone(1), SubscriptionType::Private);
    let account_id: AccountId = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".parse().unwrap();
    let onboard = || Event::Onboard {
        account_id: account_id.clone(),
        body: body(),
    };
    let mut msp = Msp::pool(1);
    assert_eq!(msp.on(onboard()), ["CMP: token"]);
    //
    assert!(
        matches!(&msp.last[..], [Effect::CallCmp { call: CmpCall::SendMspToken { account_id: to, .. }, .. }]
        if *to == account_id)
    );
    assert_eq!(
        msp.on(Event::UpdateSubscriptionInfo(subscription_info(2))),
        ["CMP: subscription"]
    );
    let refused = |code| Event::OnboardingRefused(CallFailure::refused(422, Some(code)));
    assert_eq!(msp.on(Event::OnboardingRefused(CallFailure::NoReply)), NOTHING);
    assert_eq!(
        msp.on(refused(ErrorCode::MSP_TOKEN_ASSIGNED)),
        ["log OnboardingPresumed"]
    );
    assert_eq!(msp.subscription.state(), TokenState::Active);
    assert_eq!(
        msp.on(refused(ErrorCode::ACCOUNT_ID_EXPIRED)),
        ["alarm OnboardingRefused", "log Purgeable"]
    );
    assert_eq!(msp.on(onboard()), ["refused InvalidatedMspToken"]);
}
