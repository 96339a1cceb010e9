//! Transports that lose, repeat and reorder, and who takes what they bring.

use aid_procedures::{
    CallFailure,
    cmp::{self, MspCall, ToVehicle},
    msp::{self, CmpCall},
    vehicle::{self, Response, ToCmp},
};
use aid_types::{ActivationCodeReply, OperationId, ProfileType, Refusal};

use super::world::{CARS, Mail, World};
use crate::common::{code, iccid, request, vin};

impl World {
    /// Delivers one piece of mail: which one, chance says; whether once, twice or not at all, too.
    pub(super) fn deliver(&mut self, chance: u64) {
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
                    Err(CallFailure::NoReply)
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
            ToCmp::SendCsimStatus(message) => cmp::Event::CsimStatus {
                message,
                begun_by_cmp: false,
                elsewhere: Vec::new(),
            },
            ToCmp::SendEnableProfileErrorReport(message) => cmp::Event::EnableProfileError(message),
            ToCmp::SendDisableProfileErrorReport(message) => cmp::Event::DisableProfileError(message),
            other => panic!("{other:?}"),
        };
        self.cmp(event).unwrap();
    }

    /// Delivers until nothing is on its way.
    pub(super) fn drain(&mut self, seed: u64) {
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
}

pub(super) fn failure(refusal: &Refusal) -> CallFailure {
    let reply = refusal.reply(Some(OperationId::RequestActivationCode));
    CallFailure::refused(reply.status, Some(reply.code))
}
