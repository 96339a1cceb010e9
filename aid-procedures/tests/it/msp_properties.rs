//! Whatever happens to a subscription, in whatever order, some things never do.

use std::num::NonZeroUsize;

use aid_procedures::{
    CallFailure,
    msp::{CmpCall, Effect, Event, Options, ProfileState, Subscription, TokenState},
};
use aid_types::*;
use proptest::prelude::*;

use crate::common::{DAY, at, code, eid, iccid, request, round_trip, token};

type Draft = (u8, usize, u128, u64);

fn draft() -> impl Strategy<Value = Draft> {
    (0..22_u8, 1..=8_usize, 1..=12_u128, 0..1000_u64)
}

fn event(&(kind, n, request_number, pick): &Draft) -> Event {
    let status = |status| Event::SendCsimStatus {
        body: SendCsimStatus::new(iccid(n), eid(n % 3), status),
        foreign: pick % 2 == 0,
    };
    let information = |status| {
        let entry = ProfileInformation::new(iccid(n), status);
        Event::ProfileInformation(SendProfileInformation::new(vec![entry]).unwrap())
    };
    let activation_code_request_id = request(request_number);
    match kind {
        0..=5 => {
            let mut body = RequestActivationCode::new(eid(n % 3), activation_code_request_id);
            body.replace_iccid = (pick % 3 > 0).then(|| iccid(pick as usize % 9 + 1));
            Event::RequestActivationCode(body)
        }
        6..=10 => Event::ProfilePrepared {
            activation_code_request_id,
            iccid: iccid(n),
            activation_code: code(n),
            profile_type: ProfileType::PERSONAL,
        },
        11 => Event::PreparationFailed {
            activation_code_request_id,
            error: ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER),
        },
        12 => Event::Accepted {
            activation_code_request_id,
        },
        13 => status(CsimStatus::Installed),
        14 => status(CsimStatus::Deleted),
        15 => status(CsimStatus::Enabled),
        16 => information(ProfileInformationStatus::Invalid),
        17 => information(ProfileInformationStatus::Suspended),
        18 if pick % 5 == 0 => Event::RequestInvalidateMspToken,
        19 | 20 => {
            let error = ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER);
            let body = SendActivationCode::failed(activation_code_request_id, error);
            let code = (pick % 2 == 0).then_some(ErrorCode::REQUEST_ID_EXPIRED);
            Event::CallReply {
                call: CmpCall::SendActivationCode(body),
                reply: Err(CallFailure::refused(422, code)),
            }
        }
        21 if pick % 5 == 0 => Event::EndService { reason: None },
        _ => Event::Tick,
    }
}

fn issued(effect: &Effect) -> Option<&IssuedActivationCode> {
    let body = match effect {
        Effect::Reply(answer) => answer.body(),
        Effect::CallCmp {
            call: CmpCall::SendActivationCode(body),
            ..
        } => body,
        _ => return None,
    };
    match body {
        SendActivationCode::Issued(issued) => Some(issued),
        SendActivationCode::Failed { .. } => None,
    }
}

/// What is looked up is what is seen by going through everything.
fn finds_what_it_holds(subscription: &Subscription) {
    let profiles = subscription.profiles();
    for n in 1..=9 {
        let iccid = iccid(n);
        let seen = profiles.iter().rfind(|profile| *profile.iccid() == iccid);
        assert_eq!(subscription.profile(&iccid), seen);
    }
    let in_pool = profiles.iter().filter(|profile| profile.state().takes_slot());
    assert!(in_pool.count() <= subscription.slots_taken());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariants_hold(pool in 1..4_usize, always_swap in any::<bool>(), drafts in prop::collection::vec(draft(), 1..150)) {
        let mut options = Options::new(NonZeroUsize::new(pool).unwrap());
        options.always_swap = always_swap;
        let mut subscription = Subscription::new(token(1), options);
        let mut now = 0;
        let mut notified = false;
        for draft in &drafts {
            now += if draft.3 == 0 { 30 * DAY } else { draft.3 % 7 };
            let event = event(draft);
            let before = subscription.clone();
            let result = subscription.handle(event.clone(), at(now));
            // One that is loaded finds the same as one that has lived on.
            let mut loaded = round_trip(before.clone());
            prop_assert_eq!(&loaded.handle(event, at(now)), &result);
            prop_assert_eq!(&loaded, &subscription);
            finds_what_it_holds(&subscription);
            let effects = match result {
                Ok(effects) => round_trip(effects),
                Err(_) => {
                    prop_assert_eq!(&subscription, &before);
                    continue;
                }
            };
            // never more than n.
            let live = subscription.profiles().iter().filter(|profile| profile.state().takes_slot());
            prop_assert!(live.count() <= pool);
            prop_assert!(subscription.slots_taken() <= pool);
            // no code for an invalidated token.
            let codes: Vec<_> = effects.iter().filter_map(issued).collect();
            if before.state() != TokenState::Active {
                prop_assert!(codes.is_empty());
            }
            for issued in codes {
                let profile = subscription.profile(&issued.iccid.unwrap()).unwrap();
                prop_assert!(profile.state().takes_slot());
                // what was swapped is out of service.
                if let Some(swapped) = issued.swapped_iccid {
                    prop_assert!(Some(swapped) != issued.iccid);
                }
            }
            // everything at once.
            if subscription.state() != TokenState::Active {
                prop_assert!(subscription.profiles().iter().all(|profile| !profile.state().takes_slot()));
            }
            // deleted is final.
            for (old, new) in before.profiles().iter().zip(subscription.profiles()) {
                if old.iccid() == new.iccid()
                    && old.activation_code_request_id() == new.activation_code_request_id()
                    && old.state() == ProfileState::Deleted
                {
                    prop_assert_eq!(new.state(), ProfileState::Deleted);
                }
            }
            // never both.
            for effect in &effects {
                match effect {
                    Effect::CallCmp { call: CmpCall::NotifyMspTokenInvalid(_), .. } => notified = true,
                    Effect::CallCmp { call: CmpCall::SendProfileInformation(_), .. } => prop_assert!(!notified),
                    _ => {}
                }
            }
        }
    }
}
