//! The three machines with each other: one user, one MSP, and cars, over transports that lose, repeat and reorder.

use std::{collections::HashMap, num::NonZeroUsize};

use aid_procedures::{
    CallFailure,
    cmp::{self, Federation, MspCall, ToVehicle},
    msp::{self, CmpCall, Subscription},
    vehicle::{
        self, CommandId, DownloadFailure, InstalledProfile, ListedProfile, LpaCommand, Response, ToCmp, Vehicle,
    },
};
use aid_types::*;
use aid2_proto::{DownloadInstallResult, RequestId};
use proptest::prelude::*;

use crate::common::{HOUR, at, code, eid, iccid, phone, request, round_trip, sid, token, user, vin};

const CARS: usize = 3;

/// Something that is on its way.
#[derive(Debug, Clone)]
enum Mail {
    ToMsp(MspCall),
    ToCmp(CmpCall),
    Reply(ActivationCodeRequestId, Result<ActivationCodeReply, CallFailure>),
    Prepare(RequestActivationCode),
    ToVehicle(ToVehicle),
    FromVehicle(usize, ToCmp),
    Response(RequestId, Response),
    Lpa(usize, CommandId, LpaCommand),
}

/// A car and what is truly on its eUICC: which profile, and whether it is enabled.
struct Car {
    vehicle: Vehicle,
    euicc: Vec<(Iccid, bool)>,
}

struct World {
    federation: Federation,
    subscription: Subscription,
    cars: Vec<Car>,
    mail: Vec<Mail>,
    /// What the SM-DP+ has for each activation code, and whether it was fetched: it is given once.
    smdp: HashMap<ActivationCode, (Iccid, bool)>,
    now: u64,
    /// Whether transports lose, and downloads fail.
    rough: bool,
}

impl World {
    /// The accounts are federated, and the pool has this size.
    fn new(pool: usize) -> Self {
        let options = msp::Options::new(NonZeroUsize::new(pool).unwrap());
        let car = |n| Car {
            vehicle: Vehicle::new(vin(n), eid(n), vehicle::Options::default()),
            euicc: Vec::new(),
        };
        let mut world = Self {
            federation: Federation::new(user(), cmp::Options::default()),
            subscription: Subscription::new(token(1), options),
            cars: (0..CARS).map(car).collect(),
            mail: Vec::new(),
            smdp: HashMap::new(),
            now: 0,
            rough: false,
        };
        let expires = at(HOUR);
        world.cmp(cmp::Event::SessionOpened { sid: sid(1), expires }).unwrap();
        let body = SendMspToken::Issued(IssuedMspToken::new(token(1), phone(1), SubscriptionType::Private));
        let event = cmp::Event::SendMspToken {
            sid: sid(1),
            assigned_elsewhere: false,
            body,
        };
        world.cmp(event).unwrap();
        world
    }

    fn cmp(&mut self, event: cmp::Event) -> Result<(), Refusal> {
        self.now += 1;
        let effects = self.federation.handle(event, at(self.now))?;
        self.federation = round_trip(self.federation.clone());
        for effect in effects {
            match effect {
                cmp::Effect::CallMsp { call, .. } => self.mail.push(Mail::ToMsp(call)),
                cmp::Effect::SendToVehicle(message) => self.mail.push(Mail::ToVehicle(message)),
                _ => {}
            }
        }
        Ok(())
    }

    fn msp(&mut self, event: msp::Event) -> Result<(), Refusal> {
        self.now += 1;
        let effects = self.subscription.handle(event, at(self.now))?;
        self.subscription = round_trip(self.subscription.clone());
        assert!(self.subscription.slots_taken() <= self.subscription.options().pool_size.get());
        for effect in effects {
            match effect {
                msp::Effect::PrepareProfile(request) => self.mail.push(Mail::Prepare(request)),
                msp::Effect::Reply(answer) => {
                    let id = answer.body().activation_code_request_id().unwrap();
                    self.mail.push(Mail::Reply(
                        id,
                        answer.into_reply().map_err(|refusal| failure(&refusal)),
                    ));
                }
                msp::Effect::ReplyAccepted {
                    activation_code_request_id,
                    ..
                } => self.mail.push(Mail::Reply(
                    activation_code_request_id,
                    Ok(ActivationCodeReply::Accepted),
                )),
                msp::Effect::CallCmp { call, .. } => self.mail.push(Mail::ToCmp(call)),
                _ => {}
            }
        }
        Ok(())
    }

    fn car(&mut self, car: usize, event: vehicle::Event) {
        self.now += 1;
        let vehicle = &mut self.cars[car].vehicle;
        let effects = vehicle.handle(event, at(self.now));
        *vehicle = round_trip(vehicle.clone());
        for effect in round_trip(effects) {
            match effect {
                vehicle::Effect::Command { id, command, .. } => self.mail.push(Mail::Lpa(car, id, command)),
                vehicle::Effect::SendToCmp(message) => self.mail.push(Mail::FromVehicle(car, message)),
                vehicle::Effect::Respond {
                    request_id, response, ..
                } => {
                    self.mail.push(Mail::Response(request_id, response));
                }
                _ => {}
            }
        }
    }

    /// Delivers one piece of mail: which one, chance says; whether once, twice or not at all, too.
    fn deliver(&mut self, chance: u64) {
        if self.mail.is_empty() {
            return;
        }
        let mut position = chance as usize % self.mail.len();
        // A car's outbox keeps its order.
        if let Mail::FromVehicle(car, _) = self.mail[position] {
            position = self
                .mail
                .iter()
                .position(|mail| matches!(mail, Mail::FromVehicle(other, _) if *other == car))
                .unwrap();
        }
        let mail = self.mail.remove(position);
        let fate = chance / 64 % 8;
        let lossy = matches!(mail, Mail::ToVehicle(_) | Mail::Response(..));
        if self.rough && lossy && fate == 0 {
            return;
        }
        let once = matches!(mail, Mail::Lpa(..));
        if self.rough && fate == 1 && !once {
            self.mail.push(mail.clone());
        }
        self.take(mail, chance / 512);
    }

    fn take(&mut self, mail: Mail, chance: u64) {
        match mail {
            Mail::ToMsp(call) => self.at_msp(call, chance),
            Mail::ToCmp(call) => self.at_cmp(call),
            Mail::Reply(activation_code_request_id, reply) => {
                let reply = if self.rough && chance.is_multiple_of(8) {
                    Err(CallFailure::NoAnswer)
                } else {
                    reply
                };
                let event = cmp::Event::ActivationCodeReply {
                    activation_code_request_id,
                    reply,
                };
                self.cmp(event).unwrap();
            }
            Mail::Prepare(body) => {
                let n = self.smdp.len() + 1;
                self.smdp.insert(code(n), (iccid(n), false));
                let event = msp::Event::ProfilePrepared {
                    activation_code_request_id: body.activation_code_request_id,
                    iccid: iccid(n),
                    activation_code: code(n),
                    profile_type: ProfileType::PERSONAL,
                };
                self.msp(event).unwrap();
            }
            Mail::ToVehicle(message) => self.at_vehicle(message),
            Mail::FromVehicle(_, message) => self.at_backend(message),
            Mail::Response(request_id, response) => {
                let event = match response {
                    Response::DeleteProfile(response) => cmp::Event::DeleteProfileResponse { request_id, response },
                    Response::DeleteAllProfiles(response) => {
                        cmp::Event::DeleteAllProfilesResponse { request_id, response }
                    }
                    Response::CsimInfo(response) => cmp::Event::CsimInfoResponse { request_id, response },
                    other => panic!("{other:?}"),
                };
                self.cmp(event).unwrap();
            }
            Mail::Lpa(car, id, command) => self.lpa(car, id, command, chance),
        }
    }

    fn at_msp(&mut self, call: MspCall, chance: u64) {
        match call {
            MspCall::RequestActivationCode(body) => {
                let id = body.activation_code_request_id;
                if let Err(refusal) = self.msp(msp::Event::RequestActivationCode(body)) {
                    self.mail.push(Mail::Reply(id, Err(failure(&refusal))));
                } else if chance.is_multiple_of(2) {
                    // The three seconds are over.
                    self.mail.push(Mail::Reply(id, Ok(ActivationCodeReply::Accepted)));
                    let event = msp::Event::Accepted {
                        activation_code_request_id: id,
                    };
                    self.msp(event).unwrap();
                }
            }
            MspCall::SendCsimStatus(body) => {
                // A refusal is final, and nobody's concern.
                let _ = self.msp(msp::Event::SendCsimStatus { body, foreign: false });
            }
            MspCall::RequestInvalidateMspToken(_) => self.msp(msp::Event::RequestInvalidateMspToken).unwrap(),
            MspCall::RequestProfileStatus(request) => {
                let reply = self.subscription.profile_statuses(&request);
                let reply = reply.map_err(|refusal| failure(&refusal));
                self.cmp(cmp::Event::ProfileStatusReply { request, reply }).unwrap();
            }
            other => panic!("{other:?}"),
        }
    }

    fn at_cmp(&mut self, call: CmpCall) {
        let _ = match call {
            CmpCall::SendActivationCode(body) => self.cmp(cmp::Event::SendActivationCode {
                body,
                correlation_id: None,
            }),
            CmpCall::NotifyMspTokenInvalid(body) => self.cmp(cmp::Event::NotifyMspTokenInvalid(body)),
            CmpCall::SendProfileInformation(body) => self.cmp(cmp::Event::SendProfileInformation(body)),
            other => panic!("{other:?}"),
        };
    }

    fn at_vehicle(&mut self, message: ToVehicle) {
        let car = (0..CARS)
            .find(|car| vin(*car) == message.request_id().vehicle_id)
            .unwrap();
        let event = match message {
            ToVehicle::SendActivationCode(message) => vehicle::Event::SendActivationCode(message),
            ToVehicle::RefuseActivationCode {
                request_id, response, ..
            } => vehicle::Event::ActivationCodeRefused { request_id, response },
            ToVehicle::RequestDeleteProfile(message) => vehicle::Event::RequestDeleteProfile(message),
            ToVehicle::RequestDeleteAllProfiles(message) => vehicle::Event::RequestDeleteAllProfiles(message),
            ToVehicle::RequestCsimInfo(message) => vehicle::Event::RequestCsimInfo(message),
            other => panic!("{other:?}"),
        };
        self.car(car, event);
    }

    fn at_backend(&mut self, message: ToCmp) {
        let event = match message {
            ToCmp::RequestActivationCode(message) => cmp::Event::RequestActivationCode {
                message,
                fresh_id: request(u128::from(self.now)),
            },
            ToCmp::SendProfileDownloadInstallInfo(message) => cmp::Event::DownloadInstallInfo(message),
            ToCmp::SendCsimStatus(message) => cmp::Event::CsimStatus(message),
            ToCmp::SendEnableProfileErrorReport(message) => cmp::Event::EnableProfileError(message),
            ToCmp::SendDisableProfileErrorReport(message) => cmp::Event::DisableProfileError(message),
            other => panic!("{other:?}"),
        };
        self.cmp(event).unwrap();
    }

    /// The LPA does as it is told. A command that comes twice, and is done, is done.
    fn lpa(&mut self, car: usize, command: CommandId, what: LpaCommand, chance: u64) {
        let euicc = &mut self.cars[car].euicc;
        let event = match what {
            LpaCommand::Download { activation_code } => {
                let (profile, fetched) = self.smdp.get_mut(&activation_code).unwrap();
                let result = if euicc.iter().any(|(iccid, _)| iccid == profile) {
                    Ok(InstalledProfile::new(*profile))
                } else if *fetched || self.rough && chance.is_multiple_of(4) {
                    Err(DownloadFailure::new(
                        DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR,
                    ))
                } else {
                    *fetched = true;
                    euicc.push((*profile, false));
                    Ok(InstalledProfile::new(*profile))
                };
                vehicle::Event::Downloaded { command, result }
            }
            LpaCommand::List => {
                let listed = euicc
                    .iter()
                    .map(|(iccid, enabled)| ListedProfile::new(*iccid, *enabled));
                let result = Ok(listed.collect());
                vehicle::Event::Listed { command, result }
            }
            LpaCommand::Enable { iccid } => {
                euicc
                    .iter_mut()
                    .for_each(|(other, enabled)| *enabled |= *other == iccid);
                // never two at a time.
                assert!(euicc.iter().filter(|(_, enabled)| *enabled).count() <= 1);
                let result = Ok(());
                vehicle::Event::Completed { command, result }
            }
            LpaCommand::Disable { iccid } => {
                euicc
                    .iter_mut()
                    .for_each(|(other, enabled)| *enabled &= *other != iccid);
                let result = Ok(());
                vehicle::Event::Completed { command, result }
            }
            LpaCommand::Delete { iccid } => {
                //
                assert!(euicc.iter().all(|(other, enabled)| *other != iccid || !enabled));
                euicc.retain(|(other, _)| *other != iccid);
                let result = Ok(());
                vehicle::Event::Completed { command, result }
            }
            other => panic!("{other:?}"),
        };
        self.car(car, event);
    }

    fn drain(&mut self, seed: u64) {
        let mut chance = seed;
        for _ in 0..10_000 {
            if self.mail.is_empty() {
                return;
            }
            chance = chance
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            self.deliver(chance >> 20);
        }
        panic!("they never come to an end: {:?}", self.mail);
    }

    fn login(&mut self, car: usize) {
        self.car(car, vehicle::Event::Login { cmp_user_id: user() });
    }

    fn enabled(&self, car: usize) -> usize {
        self.cars[car].euicc.iter().filter(|(_, enabled)| *enabled).count()
    }
}

fn failure(refusal: &Refusal) -> CallFailure {
    let reply = refusal.reply(Some(OperationId::RequestActivationCode));
    CallFailure::refused(reply.status, Some(reply.code))
}

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
                    let logged_in = (chance.is_multiple_of(2)).then(user);
                    // What the LPA was told is lost with the rest.
                    world.mail.retain(|mail| !matches!(mail, Mail::Lpa(of, ..) if *of == car));
                    world.car(car, vehicle::Event::Restarted { logged_in });
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
