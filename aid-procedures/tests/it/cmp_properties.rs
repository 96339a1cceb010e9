//! Whatever happens to a federation, in whatever order, some things never do.

use aid_procedures::{
    CallFailure,
    cmp::{Effect, Event, Federation, MspCall, Options, ProfileState, ToVehicle, TokenState},
};
use aid_types::*;
use aid2_proto::{
    DownloadInstallResult, ProfileStatus, RequestDeleteAllProfilesResponse, RequestDeleteAllProfilesResult,
    RequestDeleteProfileResponse, RequestDeleteProfileResult, RequestId, SendProfileDownloadInstallInfo, Timestamp,
};
use proptest::prelude::*;

use crate::common::{DAY, HOUR, at, code, eid, iccid, phone, request, round_trip, sid, token, user, vin};

/// Few of everything, so that events meet.
const FEW: usize = 4;

/// An event in numbers: what kind, and which car, profile, request.
type Draft = (u8, usize, usize, u128, u64);

fn draft() -> impl Strategy<Value = Draft> {
    (0..28_u8, 1..=FEW, 1..=FEW, 1..=8_u128, 0..2 * HOUR)
}

fn event(draft: &Draft, now: u64, sequences: &[RequestId]) -> Event {
    let &(kind, car, n, request_number, pick) = draft;
    let own = RequestId::new(
        vin(car),
        Timestamp::from_secs(at(now).as_secs().saturating_sub(pick % 3)),
    );
    let sequence = match sequences.len() {
        0 => own,
        len => sequences[pick as usize % len],
    };
    let swapped = (pick % 3 == 0).then(|| iccid(pick as usize % FEW + 1));
    let issued = || {
        let mut issued = IssuedActivationCode::new(request(request_number), code(n), ProfileType::PERSONAL, iccid(n));
        issued.swapped_iccid = swapped;
        issued
    };
    let status = |request_id, status| {
        let profile = aid2_proto::Profile::new(iccid(n), user(), status);
        Event::CsimStatus(aid2_proto::SendCsimStatus::new(request_id, eid(car), vec![profile]))
    };
    let info = |result| {
        let mut info = SendProfileDownloadInstallInfo::new(own, user(), eid(car), code(n), result);
        info.iccid = Some(iccid(n));
        Event::DownloadInstallInfo(info)
    };
    let information = |status| {
        let entry = ProfileInformation::new(iccid(n), status);
        Event::SendProfileInformation(SendProfileInformation::new(vec![entry]).unwrap())
    };
    match kind {
        0..=4 => Event::RequestActivationCode {
            message: aid2_proto::RequestActivationCode::new(own, user(), eid(car)),
            fresh_id: request(request_number),
        },
        5..=7 => Event::SendActivationCode {
            body: SendActivationCode::Issued(issued()),
            correlation_id: None,
        },
        8 => Event::ActivationCodeReply {
            activation_code_request_id: request(request_number),
            reply: Ok(ActivationCodeReply::Ready(issued().into())),
        },
        9 => Event::ActivationCodeReply {
            activation_code_request_id: request(request_number),
            reply: Err(if pick % 2 == 0 {
                CallFailure::NoReply
            } else {
                CallFailure::refused(422, None)
            }),
        },
        10 | 11 => info(DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS),
        12 => info(DownloadInstallResult::PROFILE_INSTALLATION_FAILED),
        13 | 14 => status(own, ProfileStatus::ENABLED),
        15 => status(own, ProfileStatus::DISABLED),
        16 => status(sequence, ProfileStatus::DELETED),
        17 => status(sequence, ProfileStatus::DISABLED),
        18 => Event::DeleteProfile { iccid: iccid(n) },
        19 => Event::DeleteProfileResponse {
            request_id: sequence,
            response: RequestDeleteProfileResponse::new(RequestDeleteProfileResult::from_number(pick as i32 % 5)),
        },
        20 => Event::DeleteAllProfilesResponse {
            request_id: sequence,
            response: RequestDeleteAllProfilesResponse::new(RequestDeleteAllProfilesResult::from_number(
                pick as i32 % 3,
            )),
        },
        21 => Event::DeleteAllProfiles { vin: vin(car) },
        22 => information(ProfileInformationStatus::Invalid),
        23 => information(ProfileInformationStatus::Suspended),
        24 => Event::SyncVehicle { vin: vin(car) },
        25 => Event::Tick,
        26 => Event::VehicleConnected { vin: vin(car) },
        // Rare, because everything ends with it.
        _ if pick % 4 == 0 => Event::Withdraw,
        _ => Event::Tick,
    }
}

fn federated() -> Federation {
    let mut federation = Federation::new(user(), Options::default());
    let expires = at(HOUR);
    federation
        .handle(Event::SessionOpened { sid: sid(1), expires }, at(0))
        .unwrap();
    let body = SendMspToken::Issued(IssuedMspToken::new(token(1), phone(1), SubscriptionType::Private));
    let event = Event::SendMspToken {
        sid: sid(1),
        assigned_elsewhere: false,
        body,
    };
    federation.handle(event, at(0)).unwrap();
    federation
}

/// Whether the event may be the news that an ordered deletion is done.
fn may_end_deletion(event: &Event) -> bool {
    match event {
        Event::CsimStatus(_) | Event::DeleteProfileResponse { .. } => true,
        Event::DownloadInstallInfo(info) => info.result != DownloadInstallResult::PROFILE_INSTALLATION_SUCCESS,
        _ => false,
    }
}

fn check(before: &Federation, event: &Event, after: &Federation, effects: &[Effect]) {
    // nothing is requested and no code passed on without an active token.
    if before.state() != TokenState::Active {
        for effect in effects {
            assert!(!matches!(
                effect,
                Effect::CallMsp {
                    call: MspCall::RequestActivationCode(_),
                    ..
                } | Effect::SendToVehicle(ToVehicle::SendActivationCode(_))
            ));
        }
    }
    // the token is there as long as it is needed.
    if before.state() != TokenState::Removed && after.state() == TokenState::Removed {
        assert!(after.profiles().iter().all(|profile| !profile.state().is_live()));
    }
    assert_eq!(
        after.msp_token().is_some(),
        matches!(after.state(), TokenState::Active | TokenState::Invalidated)
    );
    for effect in effects {
        // a candidate is neither deleted nor about to be.
        if let Effect::CallMsp {
            call: MspCall::RequestActivationCode(body),
            ..
        } = effect
            && let Some(candidate) = body.replace_iccid
            && !before
                .profiles()
                .iter()
                .any(|profile| profile.activation_code_request_id() == body.activation_code_request_id)
        {
            let good = |profile: &aid_procedures::cmp::Profile| {
                profile.iccid() == Some(&candidate)
                    && profile.state().is_live()
                    && profile.state() != ProfileState::DeleteOrdered
            };
            assert!(before.profiles().iter().any(good));
        }
    }
    for (old, new) in before.profiles().iter().zip(after.profiles()) {
        if old.activation_code_request_id() != new.activation_code_request_id() {
            // Something was forgotten; what moved up is seen next time.
            continue;
        }
        // An order to delete is never forgotten.
        if old.state() == ProfileState::DeleteOrdered {
            match new.state() {
                ProfileState::DeleteOrdered => assert!(new.deletion().is_some()),
                ProfileState::Deleted => assert!(may_end_deletion(event), "{event:?}"),
                other => panic!("{other:?} after an order to delete, by {event:?}"),
            }
        }
        // one status for each deletion.
        let deleted = old.state() != ProfileState::Deleted && new.state() == ProfileState::Deleted;
        if let (true, Some(iccid), Some(_)) = (deleted, new.iccid(), before.msp_token()) {
            let told = effects.iter().filter(|effect| {
                matches!(effect, Effect::CallMsp { call: MspCall::SendCsimStatus(body), .. }
                    if body.status == CsimStatus::Deleted && body.iccid == *iccid && body.eid == *new.eid())
            });
            assert!(told.count() >= 1);
        }
    }
    // what is ordered goes out when the vehicle is there.
    if let Event::VehicleConnected { vin } = event {
        let here = after.profiles().iter().filter(|profile| profile.vin() == vin);
        for profile in here.filter(|profile| profile.state() == ProfileState::DeleteOrdered) {
            let sent = |effect: &Effect| {
                matches!(effect, Effect::SendToVehicle(ToVehicle::RequestDeleteProfile(message))
                    if Some(&message.iccid) == profile.iccid())
            };
            assert!(effects.iter().any(sent));
        }
    }
    if matches!(event, Event::Withdraw) {
        assert_ne!(after.state(), TokenState::Active);
        for profile in after.profiles().iter().filter(|profile| profile.state().is_live()) {
            assert_eq!(profile.state(), ProfileState::DeleteOrdered);
        }
    }
}

/// What is looked up is what is seen by going through everything.
fn finds_what_it_holds(federation: &Federation) {
    let profiles = federation.profiles();
    for n in 1..=FEW {
        let iccid = iccid(n);
        let seen = profiles.iter().rfind(|profile| profile.iccid() == Some(&iccid));
        assert_eq!(federation.profile(&iccid), seen);
    }
    let waits = |profile: &aid_procedures::cmp::Profile| {
        matches!(
            profile.state(),
            ProfileState::Requested | ProfileState::NotIssued | ProfileState::Deleted
        )
    };
    assert_eq!(federation.wake_at().is_some(), profiles.iter().any(waits));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariants_hold(drafts in prop::collection::vec(draft(), 1..120)) {
        let mut federation = federated();
        let mut now = 0;
        let mut sequences = Vec::new();
        for draft in &drafts {
            now += if draft.4 % 50 == 0 { DAY } else { draft.4 % 7 };
            let event = event(draft, now, &sequences);
            let before = federation.clone();
            let result = federation.handle(event.clone(), at(now));
            // One that is loaded finds the same as one that has lived on.
            let mut loaded = round_trip(before.clone());
            prop_assert_eq!(&loaded.handle(event.clone(), at(now)), &result);
            prop_assert_eq!(&loaded, &federation);
            finds_what_it_holds(&federation);
            match result {
                Ok(effects) => {
                    let effects = round_trip(effects);
                    check(&before, &event, &federation, &effects);
                    let sent = effects.iter().filter_map(|effect| match effect {
                        Effect::SendToVehicle(message) => Some(message.request_id()),
                        _ => None,
                    });
                    sequences.extend(sent);
                    //
                    let ids: Vec<_> = effects.iter().filter_map(|effect| match effect {
                        Effect::SendToVehicle(ToVehicle::RequestDeleteProfile(message)) => Some(message.request_id),
                        _ => None,
                    }).collect();
                    let mut unique = ids.clone();
                    unique.sort();
                    unique.dedup();
                    prop_assert_eq!(unique.len(), ids.len());
                }
                Err(_) => prop_assert_eq!(&federation, &before),
            }
        }
    }
}
