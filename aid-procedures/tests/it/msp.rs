//! The MSP's side, procedure by procedure, with what can go wrong.

mod bounds;
mod information;
mod lanes;
mod onboarding;
mod preparation;
mod provisioning;
mod saving;
mod statuses;
mod swap;
mod withdrawal;

use std::num::NonZeroUsize;

use aid_procedures::{
    CallFailure,
    msp::{CmpCall, Effect, Event, Options, ProfileState, Subscription},
};
use aid_types::{
    CsimStatus, ErrorCode, IssuedActivationCode, IssuedMspToken, ProfileInformation, ProfileInformationStatus,
    ProfileState as Reported, ProfileType, RequestActivationCode, RequestProfileStatus, SendActivationCode,
    SendCsimStatus, SendProfileInformation, SubscriptionType,
};

use crate::common::{at, code, eid, iccid, msp_effect, phone, refusal, request, round_trip, token};

const NOTHING: [&str; 0] = [];

/// A subscription that is saved and loaded after every event, and its effects with it.
pub(crate) struct Msp {
    pub(crate) subscription: Subscription,
    now: u64,
    last: Vec<Effect>,
}

impl Msp {
    pub(crate) fn pool(size: usize) -> Self {
        Self::with(Options::new(NonZeroUsize::new(size).unwrap()))
    }

    /// Onboarded.
    fn with(options: Options) -> Self {
        let mut msp = Self::pending(options);
        assert_eq!(msp.on(onboard()), ["CMP: token"]);
        assert_eq!(msp.reply(Ok(())), ["log Onboarded"]);
        msp.now = 0;
        msp
    }

    fn pending(options: Options) -> Self {
        Self {
            subscription: Subscription::new(token(1), options),
            now: 0,
            last: Vec::new(),
        }
    }

    /// Profiles 1 to n were issued, by requests 1 to n, for cars 1 to n.
    fn with_profiles(mut self, n: usize) -> Self {
        for n in 1..=n {
            self.on(asked(n as u128, n, None));
            self.on(prepared(n as u128, n));
        }
        self
    }

    /// What is done now, in lines.
    fn on(&mut self, event: Event) -> Vec<String> {
        let before = self.subscription.clone();
        let event = round_trip(event);
        self.now += 1;
        match self.subscription.handle(event, at(self.now)) {
            Ok(effects) => {
                self.subscription = round_trip(self.subscription.clone());
                self.last = round_trip(effects);
                self.last.iter().map(msp_effect).collect()
            }
            Err(error) => {
                assert_eq!(self.subscription, before, "a refusal changes nothing");
                vec![refusal(&error)]
            }
        }
    }

    /// The CMP replies to the last call.
    fn reply(&mut self, reply: Result<(), CallFailure>) -> Vec<String> {
        let call = self.last.iter().rev().find_map(|effect| match effect {
            Effect::CallCmp { call, .. } => Some(call.clone()),
            _ => None,
        });
        let call = call.unwrap();
        self.on(Event::CallReply { call, reply })
    }

    fn state(&self, n: usize) -> ProfileState {
        self.subscription.profile(&iccid(n)).unwrap().state()
    }

    fn statuses(&self, one: Option<usize>) -> Result<Vec<(String, Reported)>, String> {
        let request = one.map_or_else(RequestProfileStatus::all, |n| RequestProfileStatus::one(iccid(n)));
        match self.subscription.profile_statuses(&request) {
            Ok(statuses) => Ok(statuses
                .profiles
                .into_iter()
                .map(|status| (status.iccid.to_string(), status.status))
                .collect()),
            Err(error) => Err(refusal(&error)),
        }
    }
}

fn asked(n: u128, car: usize, replace: Option<usize>) -> Event {
    let mut body = RequestActivationCode::new(eid(car), request(n));
    body.replace_iccid = replace.map(iccid);
    Event::RequestActivationCode(body)
}

fn prepared(n: u128, profile: usize) -> Event {
    Event::ProfilePrepared {
        activation_code_request_id: request(n),
        iccid: iccid(profile),
        activation_code: code(profile),
        profile_type: ProfileType::PERSONAL,
    }
}

fn accepted(n: u128) -> Event {
    Event::Accepted {
        activation_code_request_id: request(n),
    }
}

fn status(n: usize, car: usize, status: CsimStatus) -> Event {
    Event::SendCsimStatus {
        body: SendCsimStatus::new(iccid(n), eid(car), status),
        foreign: false,
    }
}

fn information(entries: &[(usize, ProfileInformationStatus)]) -> SendProfileInformation {
    let entry = |(n, status): &(usize, ProfileInformationStatus)| ProfileInformation::new(iccid(*n), status.clone());
    SendProfileInformation::new(entries.iter().map(entry).collect()).unwrap()
}

fn onboard() -> Event {
    Event::Onboard {
        account_id: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".parse().unwrap(),
        body: IssuedMspToken::new(token(1), phone(1), SubscriptionType::Private),
    }
}

fn code_call(n: u128, profile: usize) -> CmpCall {
    let issued = IssuedActivationCode::new(request(n), code(profile), ProfileType::PERSONAL, iccid(profile));
    CmpCall::SendActivationCode(SendActivationCode::Issued(issued))
}

/// The CMP refused the code for a request, in the call that followed its 201.
fn code_refused(n: u128, status: u16, code: ErrorCode) -> Event {
    Event::CallReply {
        call: code_call(n, n as usize),
        reply: Err(CallFailure::refused(status, Some(code))),
    }
}

fn information_refused(body: SendProfileInformation, status: u16, code: Option<ErrorCode>) -> Event {
    Event::CallReply {
        call: CmpCall::SendProfileInformation(body),
        reply: Err(CallFailure::refused(status, code)),
    }
}
