//! What an event costs, in a small aggregate and in a large one, alone and in a large fleet; and how much is saved.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench may fail, prints, and criterion writes no docs"
)]

#[path = "../tests/it/common.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod common;

use std::{hint::black_box, mem::size_of, num::NonZeroUsize};

use aid_procedures::{cmp, msp, vehicle};
use aid_types::*;
use aid2_proto::{ProfileStatus, RequestId, SendProfileDownloadInstallInfo};
use common::{HOUR, at, code, eid, iccid, phone, request, sid, token, user, vin};
use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use serde::Serialize;

const SIZES: [usize; 4] = [1, 10, 100, 1000];
const FLEET: usize = 100_000;

fn issued(n: usize) -> IssuedActivationCode {
    IssuedActivationCode::new(request(n as u128), code(n), ProfileType::PERSONAL, iccid(n))
}

/// A user with so many profiles, the nth in the nth car.
fn federation(profiles: usize) -> cmp::Federation {
    use cmp::Event as E;
    let mut federation = cmp::Federation::new(user(), cmp::Options::default());
    let mut handle = |event| federation.handle(event, at(0)).unwrap();
    handle(E::SessionOpened {
        sid: sid(1),
        expires: at(HOUR),
    });
    let body = SendMspToken::Issued(IssuedMspToken::new(token(1), phone(1), SubscriptionType::Private));
    handle(E::SendMspToken {
        sid: sid(1),
        assigned_elsewhere: false,
        body,
    });
    for n in 1..=profiles {
        let request_id = RequestId::new(vin(n), at(0));
        let message = aid2_proto::RequestActivationCode::new(request_id, user(), eid(n));
        handle(E::RequestActivationCode {
            message,
            fresh_id: request(n as u128),
        });
        handle(E::SendActivationCode {
            body: SendActivationCode::Issued(issued(n)),
            correlation_id: None,
        });
        let info = SendProfileDownloadInstallInfo::installed(request_id, user(), iccid(n), eid(n), code(n));
        handle(E::DownloadInstallInfo(info));
    }
    federation
}

/// The nth car tells that its profile is in use, or is not.
fn told(n: usize, seconds: u64) -> cmp::Event {
    let status = if seconds.is_multiple_of(2) {
        ProfileStatus::ENABLED
    } else {
        ProfileStatus::DISABLED
    };
    let entry = aid2_proto::Profile::new(iccid(n), user(), status);
    let request_id = RequestId::new(vin(n), at(seconds));
    cmp::Event::CsimStatus(aid2_proto::SendCsimStatus::new(request_id, eid(n), vec![entry]))
}

/// A subscription with a pool of so many profiles, all taken.
fn subscription(profiles: usize) -> msp::Subscription {
    use msp::Event as E;
    let mut subscription = msp::Subscription::new(token(1), msp::Options::new(NonZeroUsize::new(profiles).unwrap()));
    for n in 1..=profiles {
        let id = request(n as u128);
        subscription
            .handle(E::RequestActivationCode(RequestActivationCode::new(eid(n), id)), at(0))
            .unwrap();
        let prepared = E::ProfilePrepared {
            activation_code_request_id: id,
            iccid: iccid(n),
            activation_code: code(n),
            profile_type: ProfileType::PERSONAL,
        };
        subscription.handle(prepared, at(0)).unwrap();
    }
    subscription
}

fn a_federation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("federation");
    for profiles in SIZES {
        let mut machine = federation(profiles);
        let mut seconds = 0;
        group.bench_function(BenchmarkId::new("CSIM status", profiles), |bencher| {
            bencher.iter_batched(
                || {
                    seconds += 1;
                    (told(profiles, seconds), at(seconds))
                },
                |(event, now)| machine.handle(event, now).unwrap(),
                BatchSize::SmallInput,
            );
        });
        let machine = federation(profiles);
        let request_id = RequestId::new(vin(profiles + 1), at(1));
        let message = aid2_proto::RequestActivationCode::new(request_id, user(), eid(profiles + 1));
        let event = cmp::Event::RequestActivationCode {
            message,
            fresh_id: request(profiles as u128 + 1),
        };
        group.bench_function(BenchmarkId::new("request activation code", profiles), |bencher| {
            bencher.iter_batched_ref(
                || (machine.clone(), event.clone()),
                |(machine, event)| machine.handle(event.clone(), at(1)).unwrap(),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

fn a_subscription(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("subscription");
    for profiles in SIZES {
        let mut machine = subscription(profiles);
        group.bench_function(BenchmarkId::new("CSIM status", profiles), |bencher| {
            bencher.iter(|| {
                let body = SendCsimStatus::new(iccid(profiles), eid(profiles), CsimStatus::Installed);
                let event = msp::Event::SendCsimStatus { body, foreign: false };
                machine.handle(black_box(event), at(1)).unwrap()
            });
        });
    }
    group.finish();
}

fn a_vehicle(criterion: &mut Criterion) {
    let mut machine = vehicle::Vehicle::new(vin(1), eid(1), vehicle::Options::default());
    criterion.bench_function("vehicle/login and logout", |bencher| {
        bencher.iter(|| {
            machine.handle(vehicle::Event::Login { cmp_user_id: user() }, at(1));
            machine.handle(vehicle::Event::Logout, at(1))
        });
    });
}

/// Any user of a large fleet, one after the other, as far apart in memory as they come.
fn a_fleet(criterion: &mut Criterion) {
    let mut fleet = vec![federation(2); FLEET];
    let (mut at_user, mut seconds) = (0, 0);
    criterion.bench_function(&format!("fleet/CSIM status, {FLEET} users"), |bencher| {
        bencher.iter_batched(
            || {
                seconds += 1;
                // A step that is prime to the size comes by everybody.
                at_user = (at_user + 61_803) % FLEET;
                (at_user, told(1, seconds), at(seconds))
            },
            |(at_user, event, now)| fleet[at_user].handle(event, now).unwrap(),
            BatchSize::SmallInput,
        );
    });
}

/// How much is saved, in bytes of JSON.
fn sizes(_: &mut Criterion) {
    fn saved(aggregate: &impl Serialize) -> usize {
        serde_json::to_vec(aggregate).unwrap().len()
    }
    println!(
        "in memory, without what is on the heap: Federation {} bytes, Profile {} bytes; Subscription {} bytes, Profile {} bytes; Vehicle {} bytes",
        size_of::<cmp::Federation>(),
        size_of::<cmp::Profile>(),
        size_of::<msp::Subscription>(),
        size_of::<msp::Profile>(),
        size_of::<vehicle::Vehicle>()
    );
    for profiles in SIZES {
        let (federation, subscription) = (saved(&federation(profiles)), saved(&subscription(profiles)));
        println!("saved with {profiles} profiles: Federation {federation} bytes, Subscription {subscription} bytes");
    }
}

criterion_group!(benches, sizes, a_federation, a_subscription, a_vehicle, a_fleet);
criterion_main!(benches);
