//! A subscription that lives for long does not grow.

use aid_procedures::msp::{Effect, Event, Log};
use aid_types::{CsimStatus, ErrorCode, ErrorText, ProfileInformationStatus};

use super::{Msp, NOTHING, asked, information, prepared, status};
use crate::common::{DAY, at, request};

#[test]
fn ten_thousand_cycles() {
    let mut subscription = Msp::pool(1).subscription;
    let mut forgotten = 0;
    for n in 1..=10_000 {
        let id = n as u128;
        let mut on = |event| {
            let effects = subscription.handle(event, at(id as u64)).unwrap();
            let unreported = |effect: &&Effect| matches!(effect, Effect::Log(Log::DeletionUnreported { .. }));
            forgotten += effects.iter().filter(unreported).count();
        };
        on(asked(id, n, None));
        if n % 3 == 0 {
            on(Event::PreparationFailed {
                activation_code_request_id: request(id),
                error: ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER),
            });
            continue;
        }
        on(prepared(id, n));
        on(match n % 2 {
            0 => status(n, n, CsimStatus::Deleted),
            _ => Event::ProfileInformation(information(&[(n, ProfileInformationStatus::Invalid)])),
        });
        // Something will be forgotten, some day, without another event.
        assert!(subscription.wake_at().is_some());
        assert!(subscription.profiles().len() <= 129);
    }
    let saved = serde_json::to_string(&subscription).unwrap();
    assert!(saved.len() < 100_000, "{} bytes", saved.len());
    assert!(forgotten > 2000, "told: {forgotten}");
}

#[test]
fn what_is_over_is_forgotten_when_its_time_comes() {
    let mut msp = Msp::pool(2).with_profiles(2);
    assert_eq!(msp.subscription.wake_at(), None);
    msp.on(status(1, 1, CsimStatus::Deleted));
    msp.on(Event::ProfileInformation(information(&[(
        2,
        ProfileInformationStatus::Invalid,
    )])));
    assert_eq!(msp.subscription.wake_at(), Some(at(msp.now - 1 + 180 * DAY)));
    msp.now += 180 * DAY - 2;
    assert_eq!(msp.on(Event::Tick), NOTHING);
    assert_eq!(msp.subscription.profiles().len(), 1);
    assert_eq!(msp.on(Event::Tick), ["log DeletionUnreported"]);
    assert_eq!(msp.subscription.profiles().len(), 0);
    assert_eq!(msp.subscription.wake_at(), None);
}
