//! What an event costs in a large aggregate, beside a small one; in a large fleet, beside a small one; and how much is
//! saved. One core: divide a second by a time, and you have the events a second.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench may fail, and prints"
)]

#[path = "../tests/it/common.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod common;

use std::{mem::size_of, num::NonZeroUsize};

use aid_procedures::{Timestamp, cmp, msp, vehicle};
use aid_types::*;
use aid2_proto::{ProfileStatus, RequestId, SendProfileDownloadInstallInfo};
use bench_table::{Goal, Side, Table, side, side_with};
use common::{HOUR, at, code, eid, iccid, phone, request, sid, token, user, vin};
use serde::Serialize;

const MANY: usize = 100;
const FEW: usize = 10;
const FLEETS: [usize; 2] = [100, 100_000];
/// The size of the fleet must not be felt.
const FLAT: Goal = Goal::TimesTheTime(1.5);
/// Each profile is looked at.
const LINEAR: Goal = Goal::TimesTheTime((MANY / FEW) as f64);
const LIMITED_BY: &str = "looking at each: a user has few profiles";

/// An event in an aggregate with so many profiles.
type WithProfiles = fn(usize) -> Side<'static>;

fn main() {
    sizes();
    let mut table = Table::named("events with 100 profiles");
    let cases: [(&str, WithProfiles); 7] = [
        ("cmp: CSIM status", cmp_status),
        ("cmp: when to wake", cmp_wake),
        ("cmp: request activation code", cmp_request),
        ("cmp: vehicle connected", cmp_connected),
        ("cmp: delete profile", cmp_delete),
        ("msp: send CSIM status", msp_status),
        ("msp: request activation code", msp_swap),
    ];
    for (name, with) in cases {
        table.row(name, LINEAR, with(MANY), with(FEW), LIMITED_BY);
    }
    table.row(
        "vehicle: login and logout",
        Goal::TimesTheTime(3.0),
        vehicle_login(8),
        vehicle_login(1),
        "looking at each: a car has few users",
    );

    let [small, large] = FLEETS;
    let names = ["of 100", "of 100,000"];
    let mut table = Table::named("events in 100,000 federations");
    table.row(
        "cmp: load, CSIM status, save",
        FLAT,
        saved_fleet(names[1], large),
        saved_fleet(names[0], small),
        "serde_json",
    );
    table.row(
        "cmp: CSIM status, all in memory",
        Goal::Open,
        fleet(names[1], large),
        fleet(names[0], small),
        "memory: each comes to a federation that no cache holds",
    );
}

const fn named(profiles: usize) -> &'static str {
    match profiles {
        1 => "1 profile",
        8 => "8 profiles",
        FEW => "10 profiles",
        _ => "100 profiles",
    }
}

// ---- the CMP --------------------------------------------------------------------------------------------------------

fn issued(n: usize) -> IssuedActivationCode {
    IssuedActivationCode::new(request(n as u128), code(n), ProfileType::PERSONAL, iccid(n))
}

/// The nth car asks for an activation code.
fn asks(n: usize, seconds: u64) -> cmp::Event {
    let request_id = RequestId::new(vin(n), at(seconds));
    cmp::Event::RequestActivationCode {
        message: aid2_proto::RequestActivationCode::new(request_id, user(), eid(n)),
        fresh_id: request(n as u128),
    }
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
        handle(asks(n, 0));
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
    let status = match seconds.is_multiple_of(2) {
        true => ProfileStatus::ENABLED,
        false => ProfileStatus::DISABLED,
    };
    let entry = aid2_proto::Profile::new(iccid(n), user(), status);
    let request_id = RequestId::new(vin(n), at(seconds));
    {
        let message = aid2_proto::SendCsimStatus::new(request_id, eid(n), vec![entry]);
        cmp::Event::CsimStatus {
            message,
            begun_by_cmp: false,
            elsewhere: Vec::new(),
        }
    }
}

fn cmp_status(profiles: usize) -> Side<'static> {
    let mut machine = federation(profiles);
    let mut seconds = 0;
    let event = move || {
        seconds += 1;
        // A step that is prime to the size comes by every car.
        (told(seconds as usize * 617 % profiles + 1, seconds), at(seconds))
    };
    side_with(named(profiles), event, move |(event, now)| {
        machine.handle(event, now).unwrap()
    })
}

/// One more car asks; the MSP gives it no code, so that the size stays.
fn cmp_request(profiles: usize) -> Side<'static> {
    let mut machine = federation(profiles);
    let mut seconds = 0;
    let events = move || {
        // Each a memory after the one before, which is forgotten then.
        seconds += 1;
        let refused = cmp::Event::SendActivationCode {
            body: SendActivationCode::failed(
                request(profiles as u128 + 1),
                ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER),
            ),
            correlation_id: None,
        };
        (asks(profiles + 1, seconds), refused, at(seconds))
    };
    side_with(named(profiles), events, move |(asks, refused, now)| {
        (
            machine.handle(asks, now).unwrap(),
            machine.handle(refused, now).unwrap(),
        )
    })
}

fn cmp_connected(profiles: usize) -> Side<'static> {
    let mut machine = federation(profiles);
    let vin = vin(profiles);
    side(named(profiles), move || {
        machine.handle(cmp::Event::VehicleConnected { vin }, at(1)).unwrap()
    })
}

/// A profile that is ordered to be deleted already.
fn cmp_delete(profiles: usize) -> Side<'static> {
    let mut machine = federation(profiles);
    let iccid = iccid(profiles);
    side(named(profiles), move || {
        machine.handle(cmp::Event::DeleteProfile { iccid }, at(1)).unwrap()
    })
}

fn cmp_wake(profiles: usize) -> Side<'static> {
    let mut machine = federation(profiles);
    machine.handle(asks(profiles + 1, 1), at(1)).unwrap();
    side(named(profiles), move || machine.wake_at())
}

/// Any user of a fleet, one after the other, as far apart in memory as they come.
fn any_user(size: usize) -> impl FnMut() -> (usize, cmp::Event, Timestamp) {
    let (mut next, mut seconds) = (0, 0);
    move || {
        seconds += 1;
        next = (next + 61_803) % size;
        (next, told(1, seconds), at(seconds))
    }
}

fn fleet(name: &'static str, size: usize) -> Side<'static> {
    let mut fleet = vec![federation(2); size];
    side_with(name, any_user(size), move |(user, event, now)| {
        fleet[user].handle(event, now).unwrap()
    })
}

/// As a backend lives: what it knows is in a database, and comes from there for each event.
fn saved_fleet(name: &'static str, size: usize) -> Side<'static> {
    let mut fleet = vec![serde_json::to_string(&federation(2)).unwrap(); size];
    side_with(name, any_user(size), move |(user, event, now)| {
        let mut federation: cmp::Federation = serde_json::from_str(&fleet[user]).unwrap();
        let effects = federation.handle(event, now).unwrap();
        fleet[user] = serde_json::to_string(&federation).unwrap();
        effects
    })
}

// ---- the MSP --------------------------------------------------------------------------------------------------------

fn prepared(n: usize) -> msp::Event {
    msp::Event::ProfilePrepared {
        activation_code_request_id: request(n as u128),
        iccid: iccid(n),
        activation_code: code(n),
        profile_type: ProfileType::PERSONAL,
    }
}

/// A subscription with a pool of so many profiles, all taken.
fn subscription(profiles: usize) -> msp::Subscription {
    let mut subscription = msp::Subscription::new(token(1), msp::Options::new(NonZeroUsize::new(profiles).unwrap()));
    for n in 1..=profiles {
        let body = RequestActivationCode::new(eid(n), request(n as u128));
        subscription
            .handle(msp::Event::RequestActivationCode(body), at(0))
            .unwrap();
        subscription.handle(prepared(n), at(0)).unwrap();
    }
    subscription
}

fn msp_status(profiles: usize) -> Side<'static> {
    let mut machine = subscription(profiles);
    let mut seconds = 0;
    let event = move || {
        seconds += 1;
        let n = seconds as usize * 617 % profiles + 1;
        let body = SendCsimStatus::new(iccid(n), eid(n), CsimStatus::Installed);
        (msp::Event::SendCsimStatus { body, foreign: false }, at(seconds))
    };
    side_with(named(profiles), event, move |(event, now)| {
        machine.handle(event, now).unwrap()
    })
}

/// A request for which somebody has to give way; there is no profile for it, so that the size stays.
fn msp_swap(profiles: usize) -> Side<'static> {
    let mut machine = subscription(profiles);
    let events = move || {
        let id = request(profiles as u128 + 1);
        let mut body = RequestActivationCode::new(eid(profiles + 1), id);
        body.replace_iccid = Some(iccid(profiles + 1));
        let failed = msp::Event::PreparationFailed {
            activation_code_request_id: id,
            error: ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER),
        };
        (msp::Event::RequestActivationCode(body), failed)
    };
    side_with(named(profiles), events, move |(asked, failed)| {
        (
            machine.handle(asked, at(1)).unwrap(),
            machine.handle(failed, at(1)).unwrap(),
        )
    })
}

// ---- the vehicle ----------------------------------------------------------------------------------------------------

fn vehicle_login(users: usize) -> Side<'static> {
    let mut machine = vehicle::Vehicle::new(vin(1), eid(1), vehicle::Options::default());
    let now = vehicle::Now::new(std::time::Duration::ZERO, Some(at(1)));
    let user = |n: usize| format!("customer-{n}").parse::<CmpUserId>().unwrap();
    for n in 1..=users {
        machine.handle(vehicle::Event::Login { cmp_user_id: user(n) }, now);
    }
    side_with(
        named(users),
        move || user(users),
        move |cmp_user_id| {
            let login = machine.handle(vehicle::Event::Login { cmp_user_id }, now);
            (login, machine.handle(vehicle::Event::Logout, now))
        },
    )
}

// ---- sizes ----------------------------------------------------------------------------------------------------------

/// How much is saved, in bytes of JSON, and what an aggregate takes in memory.
fn sizes() {
    fn saved(aggregate: &impl Serialize) -> usize {
        serde_json::to_vec(aggregate).unwrap().len()
    }
    println!("in memory, without what is on the heap:");
    println!(
        "  Federation {} bytes, and {} a profile",
        size_of::<cmp::Federation>(),
        size_of::<cmp::Profile>()
    );
    println!(
        "  Subscription {} bytes, and {} a profile",
        size_of::<msp::Subscription>(),
        size_of::<msp::Profile>()
    );
    println!(
        "  Vehicle {} bytes, and {} a profile",
        size_of::<vehicle::Vehicle>(),
        size_of::<vehicle::Profile>()
    );
    for profiles in [1, 10, 100] {
        let (federation, subscription) = (saved(&federation(profiles)), saved(&subscription(profiles)));
        println!("saved with {profiles} profiles: Federation {federation} bytes, Subscription {subscription} bytes");
    }
}
