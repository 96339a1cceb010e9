//! Whatever happens to a federation, in whatever order, some things never do.

use std::collections::{HashMap, HashSet};

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
    (0..34_u8, 1..=FEW, 1..=FEW, 1..=8_u128, 0..2 * HOUR)
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
        let message = aid2_proto::SendCsimStatus::new(request_id, eid(car), vec![profile]);
        Event::CsimStatus {
            message,
            begun_by_cmp: false,
            elsewhere: Vec::new(),
        }
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
        27 if pick % 8 == 0 => Event::VehicleGone { vin: vin(car) },
        28 if pick % 8 == 0 => Event::EuiccGone { eid: eid(car) },
        29 => Event::MakeRoom { eid: eid(car) },
        30 => Event::ProfileNamed {
            activation_code_request_id: request(request_number),
            iccid: iccid(n),
        },
        // The telematics unit of one car in another.
        31 if pick % 4 == 0 => {
            let profile = aid2_proto::Profile::new(iccid(n), user(), ProfileStatus::DISABLED);
            let message = aid2_proto::SendCsimStatus::new(own, eid(car % FEW + 1), vec![profile]);
            Event::CsimStatus {
                message,
                begun_by_cmp: false,
                elsewhere: Vec::new(),
            }
        }
        // Rare, because everything ends with it.
        32 if pick % 4 == 0 => Event::Withdraw,
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
        Event::CsimStatus { .. } | Event::DeleteProfileResponse { .. } => true,
        Event::VehicleGone { .. } | Event::EuiccGone { .. } => true,
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
    if after.profiles().len() < before.profiles().len() {
        // Something was forgotten; what moved up is seen next time.
        return;
    }
    for (old, new) in before.profiles().iter().zip(after.profiles()) {
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
    assert!(federation.wake_at().is_some() || !profiles.iter().any(waits));
}

/// What is ordered goes out when the vehicle is there; what failed, not more than once an hour; and nothing to a vehicle
/// that has told of another eUICC.
#[derive(Default)]
struct Orders {
    euicc: HashMap<Vin, Eid>,
    /// When a vehicle last failed, or was sent an order.
    tried: HashMap<Vin, u64>,
    failed: HashSet<Vin>,
}

impl Orders {
    fn check(&mut self, event: &Event, after: &Federation, effects: &[Effect], now: u64) {
        let told = match event {
            Event::RequestActivationCode { message, .. } => Some((message.request_id, message.eid)),
            Event::DownloadInstallInfo(message) => Some((message.request_id, message.eid)),
            Event::CsimStatus { message, .. } => Some((message.request_id, message.eid)),
            _ => None,
        };
        if let Some((request_id, eid)) = told {
            self.euicc.insert(request_id.vehicle_id, eid);
        }
        if let Event::VehicleConnected { vin } = event {
            let here = after.profiles().iter().filter(|profile| profile.vin() == vin);
            for profile in here.filter(|profile| profile.state() == ProfileState::DeleteOrdered) {
                let tried = self.tried.get(vin).is_some_and(|at| (*at..*at + HOUR).contains(&now));
                let spared = self.failed.contains(vin) && tried;
                let elsewhere = self.euicc.get(vin).is_some_and(|eid| eid != profile.eid());
                let sent = |effect: &Effect| {
                    matches!(effect, Effect::SendToVehicle(ToVehicle::RequestDeleteProfile(message))
                    if Some(&message.iccid) == profile.iccid())
                };
                assert!(effects.iter().any(sent) || spared || elsewhere);
            }
        }
        for effect in effects {
            if let Effect::SendToVehicle(ToVehicle::RequestDeleteProfile(message)) = effect {
                self.tried.insert(message.request_id.vehicle_id, now);
            }
        }
        if let Event::DeleteProfileResponse { request_id, .. } = event {
            self.failed.insert(request_id.vehicle_id);
            self.tried.insert(request_id.vehicle_id, now);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariants_hold(drafts in prop::collection::vec(draft(), 1..120), clock_is_set in any::<bool>()) {
        let mut federation = federated();
        let (mut now, mut sequences, mut orders) = (400 * DAY, Vec::new(), Orders::default());
        for draft in &drafts {
            // a clock that is set goes back as well.
            now = match draft.4 % 50 {
                0 => now + DAY,
                1 if clock_is_set => now - HOUR,
                2 if clock_is_set => now - draft.4 % (3 * DAY),
                3 if clock_is_set => now + 30 * DAY,
                _ => now + draft.4 % 7,
            };
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
                    orders.check(&event, &federation, &effects, now);
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
                    // What was ordered in this event is wanted, unless the same event called it back.
                    let cancelled = |id: RequestId| effects.iter().any(
                        |effect| matches!(effect, Effect::CancelOrder { request_id, .. } if *request_id == id)
                    );
                    for effect in &effects {
                        let called_back = matches!(effect, Effect::SendToVehicle(message) if cancelled(message.request_id()));
                        prop_assert!(federation.still_wanted(effect) || called_back, "{:?}", effect);
                    }
                }
                Err(_) => prop_assert_eq!(&federation, &before),
            }
        }
    }

    /// Whatever the clock does, a vehicle that answers every question is not asked for ever.
    #[test]
    fn questions_come_to_an_end(steps in prop::collection::vec((-2 * (HOUR as i64)..3 * HOUR as i64, 0..4_u8), 1..40)) {
        let mut federation = federated();
        let mut now = 400 * DAY;
        for n in [1, 2] {
            let draft = (0, n, n, n as u128, 0);
            federation.handle(event(&draft, now, &[]), at(now)).unwrap();
            federation.handle(event(&(5, n, n, n as u128, 1), now, &[]), at(now)).unwrap();
            federation.handle(event(&(10, n, n, n as u128, 1), now, &[]), at(now)).unwrap();
        }
        for (jump, what) in steps {
            now = now.saturating_add_signed(jump);
            let first = match what {
                0 => Event::SyncVehicle { vin: vin(1) },
                1 => event(&(13, 1, 1, 1, 0), now, &[]),
                2 => event(&(15, 1, 1, 1, 0), now, &[]),
                _ => Event::VehicleConnected { vin: vin(1) },
            };
            let mut effects = federation.handle(first, at(now)).unwrap();
            let mut questions = 0;
            while let Some(asked) = effects.iter().find_map(|effect| match effect {
                Effect::SendToVehicle(ToVehicle::RequestCsimInfo(message)) => Some(message.request_id),
                _ => None,
            }) {
                questions += 1;
                prop_assert!(questions <= 3, "it asks for ever");
                let profile = aid2_proto::Profile::new(iccid(1), user(), ProfileStatus::DISABLED);
                let message = aid2_proto::SendCsimStatus::new(asked, eid(1), vec![profile]);
                let answer = Event::CsimStatus { message, begun_by_cmp: true, elsewhere: Vec::new() };
                effects = federation.handle(answer, at(now)).unwrap();
            }
        }
    }
}
