//! A CMP backend around one federation, and what happens to it.

use std::collections::HashMap;

use aid_procedures::{
    CallFailure,
    cmp::{Effect, Event, Federation, Options, ProfileState, ToVehicle},
};
use aid_types::*;
use aid2_proto::{
    DownloadInstallResult, ProfileStatus, RequestDeleteProfileResponse, RequestDeleteProfileResult, RequestId,
    SendProfileDownloadInstallInfo,
};

use crate::common::{
    HOUR, at, cmp_effect, code, eid, iccid, phone, refusal, request, round_trip, sid, token, user, vin,
};

pub(crate) const NOTHING: [&str; 0] = [];

/// A federation that is saved and loaded after every event, and its effects with it.
pub(crate) struct Cmp {
    pub(crate) federation: Federation,
    pub(crate) now: u64,
    pub(crate) requests: u128,
    pub(crate) last: Vec<Effect>,
    /// The sequence in which each code went out: reports about it repeat the id.
    codes: HashMap<ActivationCode, RequestId>,
}

impl Cmp {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(crate) fn with(options: Options) -> Self {
        Self {
            federation: Federation::new(user(), options),
            now: 0,
            requests: 0,
            last: Vec::new(),
            codes: HashMap::new(),
        }
    }

    pub(crate) fn federated() -> Self {
        Self::federated_with(Options::default())
    }

    pub(crate) fn federated_with(options: Options) -> Self {
        let mut cmp = Self::with(options);
        cmp.on(Event::SessionOpened {
            sid: sid(1),
            expires: at(HOUR),
        });
        assert_eq!(cmp.on(token_sent(1, 1)), ["log Federated"]);
        cmp
    }

    /// A profile of this number is installed in the car of the same number, by the request of the same number.
    pub(crate) fn with_profile(mut self, n: usize) -> Self {
        self.requests = n as u128 - 1;
        self.asks(n);
        self.on(code_sent(n as u128, n, None));
        self.on(installed(n, n));
        self
    }

    /// What is done now, in lines.
    pub(crate) fn on(&mut self, mut event: Event) -> Vec<String> {
        if let Event::DownloadInstallInfo(info) = &mut event
            && let Some(code) = &info.activation_code
            && let Some(request_id) = self.codes.get(code)
        {
            info.request_id = *request_id;
        }
        self.on_as_it_is(round_trip(event))
    }

    pub(crate) fn on_as_it_is(&mut self, event: Event) -> Vec<String> {
        let before = self.federation.clone();
        self.now += 1;
        match self.federation.handle(event, at(self.now)) {
            Ok(effects) => {
                self.federation = round_trip(self.federation.clone());
                self.last = round_trip(effects);
                for effect in &self.last {
                    if let Effect::SendToVehicle(ToVehicle::SendActivationCode(message)) = effect {
                        self.codes.insert(message.activation_code.clone(), message.request_id);
                    }
                }
                self.last.iter().map(cmp_effect).collect()
            }
            Err(error) => {
                assert_eq!(self.federation, before, "a refusal changes nothing");
                vec![refusal(&error)]
            }
        }
    }

    pub(crate) fn asks(&mut self, car: usize) -> Vec<String> {
        self.requests += 1;
        let request_id = RequestId::new(vin(car), at(self.now));
        let message = aid2_proto::RequestActivationCode::new(request_id, user(), eid(car));
        let fresh_id = request(self.requests);
        self.on(Event::RequestActivationCode { message, fresh_id })
    }

    /// The car tells the state of its profiles, in a sequence of its own.
    pub(crate) fn tells(&mut self, car: usize, profiles: &[(usize, ProfileStatus)]) -> Vec<String> {
        let request_id = RequestId::new(vin(car), at(self.now));
        self.on(status(request_id, car, profiles))
    }

    /// The id of the latest message to the car.
    pub(crate) fn sequence(&self) -> RequestId {
        let mut ids = self.last.iter().rev().filter_map(|effect| match effect {
            Effect::SendToVehicle(message) => Some(message.request_id()),
            _ => None,
        });
        ids.next().unwrap()
    }

    pub(crate) fn state(&self, n: usize) -> ProfileState {
        self.federation.profile(&iccid(n)).unwrap().state()
    }

    pub(crate) fn answers_deletion(&mut self, result: RequestDeleteProfileResult) -> Vec<String> {
        let request_id = self.sequence();
        let response = RequestDeleteProfileResponse::new(result);
        self.on(Event::DeleteProfileResponse { request_id, response })
    }
}

pub(crate) fn token_sent(session: u128, n: u128) -> Event {
    Event::SendMspToken {
        sid: sid(session),
        assigned_elsewhere: false,
        body: SendMspToken::Issued(IssuedMspToken::new(token(n), phone(1), SubscriptionType::Private)),
    }
}

pub(crate) fn issued(request_number: u128, n: usize, swapped: Option<usize>) -> IssuedActivationCode {
    let mut issued = IssuedActivationCode::new(request(request_number), code(n), ProfileType::PERSONAL, iccid(n));
    issued.swapped_iccid = swapped.map(iccid);
    issued
}

pub(crate) fn code_sent(request_number: u128, n: usize, swapped: Option<usize>) -> Event {
    Event::SendActivationCode {
        body: SendActivationCode::Issued(issued(request_number, n, swapped)),
        correlation_id: None,
    }
}

pub(crate) fn code_failed(request_number: Option<u128>, error: ErrorCode, correlation: Option<u128>) -> Event {
    let mut body = SendActivationCode::failed(request(request_number.unwrap_or(0)), ErrorText::from_code(error));
    if let SendActivationCode::Failed {
        activation_code_request_id,
        ..
    } = &mut body
        && request_number.is_none()
    {
        *activation_code_request_id = None;
    }
    let correlation_id = correlation.map(|n| CorrelationId::from_uuid(*request(n).as_uuid()));
    Event::SendActivationCode { body, correlation_id }
}

pub(crate) fn replied(request_number: u128, reply: Result<ActivationCodeReply, CallFailure>) -> Event {
    Event::ActivationCodeReply {
        activation_code_request_id: request(request_number),
        reply,
    }
}

pub(crate) fn ready(request_number: u128, n: usize, swapped: Option<usize>) -> Event {
    let ready = ReadyActivationCode::from(issued(request_number, n, swapped));
    replied(request_number, Ok(ActivationCodeReply::Ready(ready)))
}

pub(crate) fn installed(car: usize, n: usize) -> Event {
    let request_id = RequestId::new(vin(car), at(0));
    let info = SendProfileDownloadInstallInfo::installed(request_id, user(), iccid(n), eid(car), code(n));
    Event::DownloadInstallInfo(info)
}

pub(crate) fn failed(car: usize, n: usize) -> Event {
    let request_id = RequestId::new(vin(car), at(0));
    let result = DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_NO_NETWORK_CONNECTION;
    // the vehicle knows no ICCID.
    let info = SendProfileDownloadInstallInfo::new(request_id, user(), eid(car), code(n), result);
    Event::DownloadInstallInfo(info)
}

pub(crate) fn status(request_id: RequestId, car: usize, profiles: &[(usize, ProfileStatus)]) -> Event {
    let profile = |(n, status): &(usize, ProfileStatus)| aid2_proto::Profile::new(iccid(*n), user(), *status);
    let profiles = profiles.iter().map(profile).collect();
    csim_status(aid2_proto::SendCsimStatus::new(request_id, eid(car), profiles))
}

/// A status in no sequence of another federation, and of no profile of one.
pub(crate) const fn csim_status(message: aid2_proto::SendCsimStatus) -> Event {
    Event::CsimStatus {
        message,
        begun_by_cmp: false,
        elsewhere: Vec::new(),
    }
}

pub(crate) fn information(entries: &[(usize, ProfileInformationStatus)]) -> Event {
    let entry = |(n, status): &(usize, ProfileInformationStatus)| ProfileInformation::new(iccid(*n), status.clone());
    Event::SendProfileInformation(SendProfileInformation::new(entries.iter().map(entry).collect()).unwrap())
}

pub(crate) const ENABLED: ProfileStatus = ProfileStatus::ENABLED;
pub(crate) const DISABLED: ProfileStatus = ProfileStatus::DISABLED;
pub(crate) const DELETED: ProfileStatus = ProfileStatus::DELETED;
