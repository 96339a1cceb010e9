//! "Withdraw Onboarding", from either side.

use aid_procedures::cmp::{Event, Options, SessionState, TokenState};
use aid_types::*;

use crate::common::{HOUR, at, sid, subscription_info, token};

use super::backend::*;

#[test]
fn withdrawal_at_the_cmp() {
    //
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    cmp.asks(3);
    assert_eq!(
        cmp.on(Event::Withdraw),
        [
            "MSP: invalidate",
            "car 1: delete 1",
            "car 2: delete 2",
            "car 3: NO_SUBSCRIPTION_FOUND"
        ]
    );
    assert_eq!(cmp.on(Event::Withdraw), NOTHING);
    assert_eq!(cmp.asks(4), ["car 4: NO_SUBSCRIPTION_FOUND"]);
    assert_eq!(cmp.on(code_sent(3, 3, None)), ["refused InvalidatedMspToken"]);
    // A synchronous answer that was on its way: nobody will install that profile.
    assert_eq!(
        cmp.on(ready(3, 3, None)),
        ["MSP: 3 is deleted", "log ActivationCodeDiscarded"]
    );
    assert_eq!(
        cmp.on(Event::UpdateSubscriptionInfo(subscription_info(2))),
        ["refused InvalidatedMspToken"]
    );
    let (sid, expires) = (sid(2), at(HOUR));
    assert_eq!(
        cmp.on(Event::SessionOpened { sid, expires }),
        ["refused InvalidatedMspToken"]
    );
    // The order is done without an answer of its own.
    let done = ["car 1: never mind delete", "MSP: 1 is deleted"];
    assert_eq!(cmp.tells(1, &[(1, DELETED)]), done);
    assert_eq!(cmp.federation.state(), TokenState::Invalidated);
    assert_eq!(cmp.federation.msp_token(), Some(&token(1)));
    assert_eq!(
        cmp.tells(2, &[(2, DELETED)]),
        ["car 2: never mind delete", "MSP: 2 is deleted", "log TokenRemoved"]
    );
    assert_eq!(cmp.federation.state(), TokenState::Removed);
    assert_eq!(cmp.federation.msp_token(), None);
    assert!(!cmp.federation.is_over());
    cmp.now += Options::default().memory;
    cmp.on(Event::Tick);
    assert!(cmp.federation.is_over());
}

#[test]
fn withdrawal_at_the_msp() {
    //
    let invalid = || Event::NotifyMspTokenInvalid(NotifyMspTokenInvalid::new(Some("contract ended".parse().unwrap())));
    assert_eq!(Cmp::new().on(invalid()), ["refused UnknownMspToken"]);
    assert_eq!(
        Cmp::federated().on(invalid()),
        ["log WithdrawnByMsp", "log TokenRemoved"]
    );
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.on(invalid()), ["log WithdrawnByMsp", "car 1: delete 1"]);
    assert_eq!(cmp.on(invalid()), NOTHING);
    assert_eq!(cmp.on(information(&[(1, ProfileInformationStatus::Invalid)])), NOTHING);
    assert_eq!(
        cmp.tells(1, &[(1, DELETED)]),
        ["car 1: never mind delete", "MSP: 1 is deleted", "log TokenRemoved"]
    );
    // the same again, for as long as the token is remembered.
    assert_eq!(cmp.on(invalid()), NOTHING);
}

#[test]
fn a_withdrawal_ends_the_onboardings_that_are_under_way() {
    let mut cmp = Cmp::federated();
    let (sid, expires) = (sid(2), at(HOUR));
    cmp.on(Event::SessionOpened { sid, expires });
    // A deletion that stands keeps the federation from being over.
    let mut cmp = cmp.with_profile(1);
    cmp.on(Event::Withdraw);
    let state = |cmp: &Cmp| {
        let mut sessions = cmp.federation.sessions().iter();
        sessions
            .find(|session| session.sid() == sid)
            .map(aid_procedures::cmp::Session::state)
    };
    assert_eq!(state(&cmp), Some(SessionState::Aborted));
}
