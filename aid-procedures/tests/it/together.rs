//! The three machines with each other: one user, one MSP, and cars, over transports that lose, repeat and reorder.

mod delivery;
mod lpa;
mod world;

use aid_procedures::{cmp, msp, vehicle};
use aid_types::{ProfileInformation, ProfileInformationStatus, RequestProfileStatus, SendProfileInformation};
use proptest::prelude::*;

use self::world::{CARS, Mail, World};
use crate::common::{eid, vin};

#[test]
fn the_whole_story() {
    //
    let mut world = World::new(2);
    for car in [0, 1, 2] {
        world.login(car);
        world.drain(car as u64);
        assert_eq!(world.enabled(car), 1, "car {car}");
        world.car(car, vehicle::Event::Logout);
        world.drain(7);
        assert_eq!(world.enabled(car), 0);
    }
    // The pool has two: the profile of the first car gave way.
    let held: Vec<_> = world.cars.iter().map(|car| car.euicc.len()).collect();
    assert_eq!(held, [0, 1, 1]);
    world.cmp(cmp::Event::Withdraw).unwrap();
    world.drain(8);
    assert!(world.cars.iter().all(|car| car.euicc.is_empty()));
    assert_eq!(world.federation.state(), cmp::TokenState::Removed);
    assert_eq!(world.subscription.state(), msp::TokenState::Purgeable);
    world.login(0);
    world.drain(9);
    assert!(world.cars[0].euicc.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens on the way: after a withdrawal, and once the cars are reachable, no profile is left anywhere.
    #[test]
    fn nothing_is_left_in_the_end(
        pool in 1..4_usize,
        by_msp in any::<bool>(),
        steps in prop::collection::vec((0..24_u8, 0..CARS, any::<u64>()), 1..150),
    ) {
        let mut world = World::new(pool);
        world.rough = true;
        for (step, car, chance) in steps {
            match step {
                0 | 1 => world.login(car),
                2 => world.car(car, vehicle::Event::Logout),
                3 => {
                    let profiles: Vec<_> = world.federation.profiles().iter().filter_map(|p| p.iccid().copied()).collect();
                    if !profiles.is_empty() {
                        let iccid = profiles[chance as usize % profiles.len()];
                        world.cmp(cmp::Event::DeleteProfile { iccid }).unwrap();
                    }
                }
                4 => world.cmp(cmp::Event::VehicleConnected { vin: vin(car) }).unwrap(),
                5 => world.cmp(cmp::Event::SyncVehicle { vin: vin(car) }).unwrap(),
                6 if chance.is_multiple_of(8) => world.cmp(cmp::Event::DeleteAllProfiles { vin: vin(car) }).unwrap(),
                7 => {
                    let _ = world.cmp(cmp::Event::SyncProfiles { request: RequestProfileStatus::all() });
                }
                8 => {
                    let profiles: Vec<_> = world.subscription.profiles().iter().map(|p| *p.iccid()).collect();
                    if !profiles.is_empty() && chance.is_multiple_of(4) {
                        let iccid = profiles[chance as usize % profiles.len()];
                        let entry = ProfileInformation::new(iccid, ProfileInformationStatus::Invalid);
                        let body = SendProfileInformation::new(vec![entry]).unwrap();
                        let _ = world.msp(msp::Event::ProfileInformation(body));
                    }
                }
                9 => {
                    let user_stayed = chance.is_multiple_of(2);
                    // What the LPA was told is lost with the rest.
                    world.mail.retain(|mail| !matches!(mail, Mail::Lpa(of, ..) if *of == car));
                    world.car(car, vehicle::Event::Restarted { vin: vin(car), eid: eid(car), user_stayed });
                }
                10 if chance.is_multiple_of(16) => {
                    let _ = world.cmp(cmp::Event::Withdraw);
                }
                11 => {
                    world.car(car, vehicle::Event::Tick);
                    world.cmp(cmp::Event::Tick).unwrap();
                    world.msp(msp::Event::Tick).unwrap();
                }
                _ => world.deliver(chance),
            }
        }
        // The end, over transports that work.
        world.rough = false;
        if by_msp {
            world.msp(msp::Event::EndService { reason: None }).unwrap();
        } else {
            // Refused if it happened before.
            let _ = world.cmp(cmp::Event::Withdraw);
        }
        for round in 0..8 {
            world.drain(round);
            for car in 0..CARS {
                world.car(car, vehicle::Event::Logout);
                world.cmp(cmp::Event::VehicleConnected { vin: vin(car) }).unwrap();
            }
        }
        world.drain(99);
        for car in &world.cars {
            prop_assert!(car.euicc.is_empty(), "{:?}\n{:#?}\n{:#?}", car.euicc, car.vehicle, world.federation);
        }
        prop_assert_eq!(world.federation.state(), cmp::TokenState::Removed);
    }
}
