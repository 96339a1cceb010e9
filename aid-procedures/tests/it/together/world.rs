//! Everybody, and what is on its way between them.

use std::{collections::HashMap, num::NonZeroUsize, time::Duration};

use aid_procedures::{
    CallFailure,
    cmp::{self, Federation, MspCall, ToVehicle},
    msp::{self, CmpCall, Subscription},
    vehicle::{self, CommandId, LpaCommand, Response, ToCmp, Vehicle},
};
use aid_types::{
    ActivationCode, ActivationCodeReply, ActivationCodeRequestId, Iccid, IssuedMspToken, Refusal,
    RequestActivationCode, SendMspToken, SubscriptionType,
};
use aid2_proto::RequestId;

use super::delivery::failure;
use crate::common::{HOUR, at, eid, phone, round_trip, sid, token, user, vin};

pub(super) const CARS: usize = 3;

/// Something that is on its way.
#[derive(Debug, Clone)]
pub(super) enum Mail {
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
pub(super) struct Car {
    pub(super) vehicle: Vehicle,
    pub(super) euicc: Vec<(Iccid, bool)>,
}

pub(super) struct World {
    pub(super) federation: Federation,
    pub(super) subscription: Subscription,
    pub(super) cars: Vec<Car>,
    pub(super) mail: Vec<Mail>,
    /// What the SM-DP+ has for each activation code, and whether it was fetched: it is given once.
    pub(super) smdp: HashMap<ActivationCode, (Iccid, bool)>,
    pub(super) now: u64,
    /// Whether transports lose, and downloads fail.
    pub(super) rough: bool,
}

impl World {
    /// The accounts are federated, and the pool has this size.
    pub(super) fn new(pool: usize) -> Self {
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

    pub(super) fn cmp(&mut self, event: cmp::Event) -> Result<(), Refusal> {
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

    pub(super) fn msp(&mut self, event: msp::Event) -> Result<(), Refusal> {
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

    pub(super) fn car(&mut self, car: usize, event: vehicle::Event) {
        self.now += 1;
        let vehicle = &mut self.cars[car].vehicle;
        let now = vehicle::Now::new(Duration::from_secs(self.now), Some(at(self.now)));
        let effects = vehicle.handle(event, now);
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

    pub(super) fn login(&mut self, car: usize) {
        self.car(car, vehicle::Event::Login { cmp_user_id: user() });
    }

    pub(super) fn enabled(&self, car: usize) -> usize {
        self.cars[car].euicc.iter().filter(|(_, enabled)| *enabled).count()
    }
}
