//! The CMP's side, procedure by procedure, with what can go wrong.

use aid_procedures::{
    CallFailure, ServiceState,
    cmp::{CandidateChoice, Effect, Event, Federation, MspCall, Options, ProfileState, TokenState},
};
use aid_types::*;
use aid2_proto::{
    CsimErrorCode, DownloadInstallResult, ProfileStatus, RequestCsimInfoResponse, RequestCsimInfoResult,
    RequestDeleteAllProfilesResponse, RequestDeleteAllProfilesResult, RequestDeleteProfileResponse,
    RequestDeleteProfileResult, RequestId, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo,
};

use crate::common::{
    DAY, HOUR, at, cmp_effect, code, eid, iccid, phone, refusal, request, round_trip, sid, subscription_info, token,
    user, vin,
};

const NOTHING: [&str; 0] = [];

/// A federation that is saved and loaded after every event, and its effects with it.
pub(crate) struct Cmp {
    pub(crate) federation: Federation,
    pub(crate) now: u64,
    requests: u128,
    last: Vec<Effect>,
}

impl Cmp {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    fn with(options: Options) -> Self {
        Self {
            federation: Federation::new(user(), options),
            now: 0,
            requests: 0,
            last: Vec::new(),
        }
    }

    pub(crate) fn federated() -> Self {
        Self::federated_with(Options::default())
    }

    fn federated_with(options: Options) -> Self {
        let mut cmp = Self::with(options);
        cmp.on(Event::SessionOpened {
            sid: sid(1),
            expires: at(HOUR),
        });
        assert_eq!(cmp.on(token_sent(1, 1)), ["log Federated"]);
        cmp
    }

    /// A profile of this number is installed in the car of the same number, by the request of the same number.
    fn with_profile(mut self, n: usize) -> Self {
        self.requests = n as u128 - 1;
        self.asks(n);
        self.on(code_sent(n as u128, n, None));
        self.on(installed(n, n));
        self
    }

    /// What is done now, in lines.
    pub(crate) fn on(&mut self, event: Event) -> Vec<String> {
        let before = self.federation.clone();
        self.now += 1;
        match self.federation.handle(event, at(self.now)) {
            Ok(effects) => {
                self.federation = round_trip(self.federation.clone());
                self.last = round_trip(effects);
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
    fn tells(&mut self, car: usize, profiles: &[(usize, ProfileStatus)]) -> Vec<String> {
        let request_id = RequestId::new(vin(car), at(self.now));
        self.on(status(request_id, car, profiles))
    }

    /// The id of the latest message to the car.
    fn sequence(&self) -> RequestId {
        let mut ids = self.last.iter().rev().filter_map(|effect| match effect {
            Effect::SendToVehicle(message) => Some(message.request_id()),
            _ => None,
        });
        ids.next().unwrap()
    }

    fn state(&self, n: usize) -> ProfileState {
        self.federation.profile(&iccid(n)).unwrap().state()
    }

    fn answers_deletion(&mut self, result: RequestDeleteProfileResult) -> Vec<String> {
        let request_id = self.sequence();
        let response = RequestDeleteProfileResponse::new(result);
        self.on(Event::DeleteProfileResponse { request_id, response })
    }
}

fn token_sent(session: u128, n: u128) -> Event {
    Event::SendMspToken {
        sid: sid(session),
        assigned_elsewhere: false,
        body: SendMspToken::Issued(IssuedMspToken::new(token(n), phone(1), SubscriptionType::Private)),
    }
}

fn issued(request_number: u128, n: usize, swapped: Option<usize>) -> IssuedActivationCode {
    let mut issued = IssuedActivationCode::new(request(request_number), code(n), ProfileType::PERSONAL, iccid(n));
    issued.swapped_iccid = swapped.map(iccid);
    issued
}

fn code_sent(request_number: u128, n: usize, swapped: Option<usize>) -> Event {
    Event::SendActivationCode {
        body: SendActivationCode::Issued(issued(request_number, n, swapped)),
        correlation_id: None,
    }
}

fn code_failed(request_number: Option<u128>, error: ErrorCode, correlation: Option<u128>) -> Event {
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

fn replied(request_number: u128, reply: Result<ActivationCodeReply, CallFailure>) -> Event {
    Event::ActivationCodeReply {
        activation_code_request_id: request(request_number),
        reply,
    }
}

fn ready(request_number: u128, n: usize, swapped: Option<usize>) -> Event {
    let ready = ReadyActivationCode::from(issued(request_number, n, swapped));
    replied(request_number, Ok(ActivationCodeReply::Ready(ready)))
}

fn installed(car: usize, n: usize) -> Event {
    let request_id = RequestId::new(vin(car), at(0));
    let info = SendProfileDownloadInstallInfo::installed(request_id, user(), iccid(n), eid(car), code(n));
    Event::DownloadInstallInfo(info)
}

fn failed(car: usize, n: usize) -> Event {
    let request_id = RequestId::new(vin(car), at(0));
    let result = DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_NO_NETWORK_CONNECTION;
    // the vehicle knows no ICCID.
    let info = SendProfileDownloadInstallInfo::new(request_id, user(), eid(car), code(n), result);
    Event::DownloadInstallInfo(info)
}

fn status(request_id: RequestId, car: usize, profiles: &[(usize, ProfileStatus)]) -> Event {
    let profile = |(n, status): &(usize, ProfileStatus)| aid2_proto::Profile::new(iccid(*n), user(), *status);
    let profiles = profiles.iter().map(profile).collect();
    Event::CsimStatus(aid2_proto::SendCsimStatus::new(request_id, eid(car), profiles))
}

fn information(entries: &[(usize, ProfileInformationStatus)]) -> Event {
    let entry = |(n, status): &(usize, ProfileInformationStatus)| ProfileInformation::new(iccid(*n), status.clone());
    Event::SendProfileInformation(SendProfileInformation::new(entries.iter().map(entry).collect()).unwrap())
}

const ENABLED: ProfileStatus = ProfileStatus::ENABLED;
const DISABLED: ProfileStatus = ProfileStatus::DISABLED;
const DELETED: ProfileStatus = ProfileStatus::DELETED;

// ---- onboarding -----------------------------------------------------------------------------------------------------

#[test]
fn onboarding_is_idempotent_and_refuses_the_rest() {
    //
    let mut cmp = Cmp::new();
    assert_eq!(cmp.federation.state(), TokenState::Unfederated);
    for session in [1, 2] {
        let expires = at(HOUR);
        let sid = sid(session);
        assert_eq!(cmp.on(Event::SessionOpened { sid, expires }), NOTHING);
    }
    assert_eq!(cmp.federation.state(), TokenState::Pending);
    assert_eq!(cmp.on(token_sent(3, 1)), ["refused UnknownAccountId"]);
    let elsewhere = Event::SendMspToken {
        sid: sid(1),
        assigned_elsewhere: true,
        body: SendMspToken::Issued(IssuedMspToken::new(token(1), phone(1), SubscriptionType::Private)),
    };
    assert_eq!(cmp.on(elsewhere), ["refused MspTokenAssigned"]);
    assert_eq!(cmp.on(token_sent(1, 1)), ["log Federated"]);
    assert_eq!(cmp.federation.msp_token(), Some(&token(1)));
    assert_eq!(cmp.on(token_sent(1, 1)), NOTHING);
    assert_eq!(cmp.on(token_sent(1, 2)), ["refused UserHasMspToken"]);
    assert_eq!(cmp.on(token_sent(2, 2)), ["refused UserHasMspToken"]);
    assert_eq!(cmp.on(token_sent(2, 1)), NOTHING);
    assert_eq!(cmp.federation.state(), TokenState::Active);
}

#[test]
fn a_session_ends_by_time_by_the_user_and_by_an_error() {
    //
    let mut cmp = Cmp::new();
    for session in [1, 2, 3] {
        let (sid, expires) = (sid(session), at(HOUR));
        cmp.on(Event::SessionOpened { sid, expires });
    }
    cmp.on(Event::SessionAborted { sid: sid(1) });
    assert_eq!(cmp.on(token_sent(1, 1)), ["refused ExpiredAccountId"]);
    let error = Event::SendMspToken {
        sid: sid(2),
        assigned_elsewhere: false,
        body: SendMspToken::Failed(ErrorText::from_code(ErrorCode::ONBOARDING_ABORTED)),
    };
    assert_eq!(cmp.on(error.clone()), ["log OnboardingFailed"]);
    assert_eq!(cmp.on(error), NOTHING);
    assert_eq!(cmp.federation.state(), TokenState::Pending);
    assert_eq!(cmp.federation.wake_at(), Some(at(HOUR)));
    cmp.now = HOUR;
    assert_eq!(cmp.on(token_sent(3, 1)), ["refused ExpiredAccountId"]);
    cmp.on(Event::Tick);
    assert_eq!(cmp.federation.state(), TokenState::Unfederated);
}

#[test]
fn sessions_are_bounded() {
    let mut cmp = Cmp::new();
    for session in 0..100 {
        let (sid, expires) = (sid(session), at(HOUR));
        cmp.on(Event::SessionOpened { sid, expires });
    }
    assert_eq!(cmp.federation.sessions().len(), Options::default().max_sessions);
}

#[test]
fn subscription_info_keeps_what_is_not_stated() {
    //
    let mut cmp = Cmp::new();
    assert_eq!(
        cmp.on(Event::UpdateSubscriptionInfo(subscription_info(2))),
        ["refused UnknownMspToken"]
    );
    let mut cmp = Cmp::federated();
    let mut update = subscription_info(2);
    update.subscription_type = None;
    update.customer_group = CustomerGroupChange::Set("gold".parse().unwrap());
    assert_eq!(cmp.on(Event::UpdateSubscriptionInfo(update)), NOTHING);
    let info = cmp.federation.subscription().unwrap();
    assert_eq!(info.phone_number, Some(phone(2)));
    assert_eq!(info.subscription_type, Some(SubscriptionType::Private));
    assert_eq!(info.customer_group, CustomerGroupChange::Set("gold".parse().unwrap()));
    let mut update = subscription_info(1);
    update.phone_number = None;
    update.customer_group = CustomerGroupChange::Clear;
    cmp.on(Event::UpdateSubscriptionInfo(update));
    let info = cmp.federation.subscription().unwrap();
    assert_eq!(info.phone_number, Some(phone(2)));
    assert_eq!(info.customer_group, CustomerGroupChange::Keep);
}

// ---- car provisioning -----------------------------------------------------------------------------------------------

#[test]
fn provisioning_in_both_modes() {
    //
    for synchronous in [true, false] {
        let mut cmp = Cmp::federated();
        assert_eq!(cmp.asks(1), ["MSP: request 1 for car 1, replace none"]);
        if synchronous {
            assert_eq!(cmp.on(ready(1, 1, None)), ["car 1: code 1"]);
        } else {
            assert_eq!(cmp.on(replied(1, Ok(ActivationCodeReply::Accepted))), NOTHING);
            assert_eq!(cmp.on(code_sent(1, 1, None)), ["car 1: code 1"]);
        }
        assert_eq!(cmp.state(1), ProfileState::CodeSent);
        assert_eq!(cmp.on(installed(1, 1)), ["MSP: 1 is installed"]);
        assert_eq!(cmp.on(installed(1, 1)), NOTHING);
        assert_eq!(cmp.tells(1, &[(1, ENABLED)]), NOTHING);
        assert_eq!(cmp.state(1), ProfileState::Enabled);
        assert_eq!(cmp.tells(1, &[(1, DISABLED)]), NOTHING);
        assert_eq!(cmp.state(1), ProfileState::Disabled);
        assert!(cmp.federation.profile(&iccid(1)).unwrap().last_used().is_some());
    }
}

#[test]
fn an_early_code_is_taken_and_repetitions_change_nothing() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["car 1: code 1"]);
    assert_eq!(cmp.on(replied(1, Ok(ActivationCodeReply::Accepted))), NOTHING);
    assert_eq!(cmp.on(code_sent(1, 1, None)), NOTHING);
    assert_eq!(cmp.on(ready(1, 1, None)), NOTHING);
    assert_eq!(cmp.on(code_sent(1, 2, None)), ["refused ActivationCodeAssigned"]);
    assert_eq!(cmp.on(ready(1, 2, None)), ["alarm ContradictoryActivationCode"]);
    assert_eq!(cmp.on(code_sent(9, 1, None)), ["refused UnknownRequestId"]);
    assert_eq!(
        cmp.on(code_failed(Some(1), ErrorCode::ACTIVATION_CODE_OTHER, None)),
        ["refused ActivationCodeAssigned"]
    );
}

#[test]
fn requests_of_one_car_share_one_request_to_the_msp() {
    //
    let mut cmp = Cmp::federated();
    assert_eq!(cmp.asks(1).len(), 1);
    assert_eq!(cmp.asks(1), NOTHING);
    assert_eq!(cmp.asks(2), ["MSP: request 3 for car 2, replace none"]);
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["car 1: code 1"]);
    // The car did not get it, and asks again at the next login.
    assert_eq!(cmp.asks(1), ["car 1: code 1"]);
}

#[test]
fn the_same_message_of_a_car_is_followed_once() {
    //
    let mut cmp = Cmp::federated();
    let message = aid2_proto::RequestActivationCode::new(RequestId::new(vin(1), at(0)), user(), eid(1));
    let event = |n| Event::RequestActivationCode {
        message: message.clone(),
        fresh_id: request(n),
    };
    assert_eq!(cmp.on(event(1)).len(), 1);
    assert_eq!(cmp.on(event(2)), ["log Ignored"]);
    cmp.on(code_sent(1, 1, None));
    assert_eq!(cmp.on(event(3)), ["car 1: code 1"]);
    cmp.on(installed(1, 1));
    assert_eq!(cmp.on(event(4)), ["log Ignored"]);
}

#[test]
fn refusals_of_the_msp_reach_the_car() {
    //
    let terms = ErrorCode::new(250);
    let cases = [
        (
            CallFailure::refused(404, Some(ErrorCode::MSP_TOKEN_NOT_FOUND)),
            "NO_SUBSCRIPTION_FOUND",
        ),
        (
            CallFailure::refused(404, Some(ErrorCode::MSP_TOKEN_INVALIDATED)),
            "NO_SUBSCRIPTION_FOUND",
        ),
        (CallFailure::refused(404, None), "NO_SUBSCRIPTION_FOUND"),
        (
            CallFailure::refused(422, Some(ErrorCode::ACTIVATION_CODE_OTHER)),
            "NO_ACTIVATION_CODE_AVAILABLE",
        ),
        (CallFailure::refused(423, None), "UNKNOWN_EID"),
        (CallFailure::refused(422, Some(terms)), "TERMS_NOT_ACCEPTED"),
        (
            CallFailure::refused(500, Some(ErrorCode::INTERNAL)),
            "NO_ACTIVATION_CODE_AVAILABLE",
        ),
        (CallFailure::NoAnswer, "NO_ACTIVATION_CODE_AVAILABLE"),
        (CallFailure::Undecodable, "NO_ACTIVATION_CODE_AVAILABLE"),
    ];
    for (failure, result) in cases {
        let mut options = Options::default();
        options.terms_codes = vec![terms.into()];
        let mut cmp = Cmp::federated_with(options);
        cmp.asks(1);
        let effects = cmp.on(replied(1, Err(failure)));
        assert_eq!(
            effects[..2],
            ["log NoActivationCode".to_owned(), format!("car 1: {result}")],
            "{failure:?}"
        );
        assert_eq!(
            effects.contains(&"alarm TokenRefused".to_owned()),
            result == "NO_SUBSCRIPTION_FOUND"
        );
        // Where the outcome is unknown, the same request is repeated; otherwise a new one is made.
        let again = if failure.is_final() { 2 } else { 1 };
        assert_eq!(
            cmp.asks(1),
            [format!("MSP: request {again} for car 1, replace none")],
            "{failure:?}"
        );
    }
}

#[test]
fn a_code_after_a_lost_answer_cancels_the_error() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    assert_eq!(
        cmp.on(replied(1, Err(CallFailure::NoAnswer)))[1],
        "car 1: NO_ACTIVATION_CODE_AVAILABLE"
    );
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["car 1: code 1"]);
}

#[test]
fn an_error_without_an_id_is_understood_if_it_can_be() {
    //
    let error = ErrorCode::ACTIVATION_CODE_OTHER;
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.asks(2);
    assert_eq!(cmp.on(code_failed(None, error, None)), ["refused UnknownRequestId"]);
    assert_eq!(
        cmp.on(code_failed(None, error, Some(2))),
        [
            "log Tolerated",
            "log NoActivationCode",
            "car 2: NO_ACTIVATION_CODE_AVAILABLE"
        ]
    );
    assert_eq!(
        cmp.on(code_failed(None, error, None))[2],
        "car 1: NO_ACTIVATION_CODE_AVAILABLE"
    );
    assert_eq!(cmp.on(code_failed(Some(1), error, None)), NOTHING);
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["refused ExpiredRequestId"]);
}

#[test]
fn a_request_lapses_after_a_day() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    let due = cmp.federation.wake_at().unwrap();
    assert_eq!(due, at(cmp.now + DAY));
    cmp.now += DAY - 1;
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["refused ExpiredRequestId"]);
    assert_eq!(cmp.on(Event::Tick), ["car 1: NO_ACTIVATION_CODE_AVAILABLE"]);
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["refused ExpiredRequestId"]);
    assert_eq!(cmp.asks(1), ["MSP: request 2 for car 1, replace none"]);
    // In the end it is forgotten.
    cmp.on(code_sent(2, 2, None));
    cmp.now += Options::default().memory;
    cmp.on(Event::Tick);
    assert_eq!(cmp.on(code_sent(1, 1, None)), ["refused UnknownRequestId"]);
}

#[test]
fn who_may_not_ask_is_told_so() {
    //
    let mut cmp = Cmp::new();
    assert_eq!(cmp.asks(1), ["car 1: NO_SUBSCRIPTION_FOUND"]);
    let mut cmp = Cmp::federated();
    let other: CmpUserId = "customer-1".parse().unwrap();
    let message = aid2_proto::RequestActivationCode::new(RequestId::new(vin(1), at(0)), other, eid(1));
    let fresh_id = request(1);
    assert_eq!(
        cmp.on(Event::RequestActivationCode { message, fresh_id }),
        ["car 1: UNKNOWN_USER"]
    );
}

#[test]
fn a_failed_installation_is_told_and_named_by_its_code() {
    //
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    assert_eq!(
        cmp.on(failed(1, 1)),
        ["MSP: 1 is installation_failed", "log InstallationFailed"]
    );
    assert_eq!(cmp.state(1), ProfileState::Failed);
    // it is a candidate now, even for the same car.
    assert_eq!(cmp.asks(1), ["MSP: request 2 for car 1, replace 1"]);
    // The vehicle managed it after all.
    assert_eq!(cmp.on(installed(1, 1)), ["MSP: 1 is installed"]);
    assert_eq!(cmp.on(failed(1, 1)), ["log Ignored"]);
}

#[test]
fn a_profile_without_a_name_gets_it_from_the_car() {
    //
    for by_status in [true, false] {
        let mut cmp = Cmp::federated();
        cmp.asks(1);
        let mut issued = issued(1, 1, None);
        issued.iccid = None;
        let event = Event::SendActivationCode {
            body: SendActivationCode::Issued(issued),
            correlation_id: None,
        };
        assert_eq!(cmp.on(event), ["log Tolerated", "car 1: code 1"]);
        let effects = if by_status {
            cmp.tells(1, &[(1, DISABLED)])
        } else {
            cmp.on(installed(1, 1))
        };
        assert_eq!(effects, ["MSP: 1 is installed"]);
        assert!(cmp.federation.profile(&iccid(1)).is_some());
    }
}

// ---- profile swap ---------------------------------------------------------------------------------------------------

#[test]
fn the_candidate_is_the_least_recently_used_profile_of_another_car() {
    //
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2).with_profile(3);
    cmp.requests = 10;
    let candidate = |cmp: &mut Cmp, car| {
        let text = cmp.asks(car).remove(0);
        let candidate = text.rsplit(' ').next().unwrap().to_owned();
        let n = cmp.requests;
        cmp.on(code_failed(Some(n), ErrorCode::ACTIVATION_CODE_OTHER, None));
        candidate
    };
    assert_eq!(candidate(&mut cmp, 4), "1");
    cmp.tells(1, &[(1, ENABLED)]);
    assert_eq!(candidate(&mut cmp, 4), "2");
    cmp.tells(2, &[(2, ENABLED)]);
    assert_eq!(candidate(&mut cmp, 4), "3");
    // not one that is deleted, or about to be.
    cmp.on(Event::DeleteProfile { iccid: iccid(3) });
    assert_eq!(candidate(&mut cmp, 4), "1");
    cmp.tells(1, &[(1, DELETED)]);
    assert_eq!(candidate(&mut cmp, 4), "2");
    cmp.tells(2, &[(2, DELETED)]);
    assert_eq!(candidate(&mut cmp, 4), "none");
}

#[test]
fn the_candidate_can_be_the_oldest() {
    let mut options = Options::default();
    options.candidate = CandidateChoice::Oldest;
    let mut cmp = Cmp::federated_with(options).with_profile(1).with_profile(2);
    cmp.tells(1, &[(1, ENABLED)]);
    assert_eq!(cmp.asks(3), ["MSP: request 3 for car 3, replace 1"]);
}

#[test]
fn a_swapped_profile_is_deleted_from_its_car() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.asks(2), ["MSP: request 2 for car 2, replace 1"]);
    assert_eq!(cmp.on(ready(2, 2, Some(1))), ["car 2: code 2", "car 1: delete 1"]);
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
    assert_eq!(
        cmp.federation.profile(&iccid(1)).unwrap().service(),
        ServiceState::Invalid
    );
    let sequence = cmp.sequence();
    assert_eq!(cmp.on(status(sequence, 1, &[(1, DELETED)])), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.state(1), ProfileState::Deleted);
}

#[test]
fn a_swap_of_an_unknown_profile_deletes_nothing() {
    //
    for swapped in [7, 2] {
        let mut cmp = Cmp::federated().with_profile(1);
        cmp.asks(2);
        assert_eq!(
            cmp.on(code_sent(2, 2, Some(swapped))),
            ["car 2: code 2", "alarm SwapOfUnknownProfile"]
        );
    }
}

// ---- deletion -------------------------------------------------------------------------------------------------------

#[test]
fn deleting_one_profile() {
    //
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    assert_eq!(
        cmp.on(Event::DeleteProfile { iccid: iccid(9) }),
        ["refused UnknownProfile"]
    );
    assert_eq!(cmp.on(Event::DeleteProfile { iccid: iccid(1) }), ["car 1: delete 1"]);
    let sequence = cmp.sequence();
    assert_eq!(cmp.on(Event::DeleteProfile { iccid: iccid(1) }), NOTHING);
    let success = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
    let response = Event::DeleteProfileResponse {
        request_id: sequence,
        response: success,
    };
    // The status decides.
    assert_eq!(cmp.on(response), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
    assert_eq!(cmp.on(status(sequence, 1, &[(1, DELETED)])), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.on(status(sequence, 1, &[(1, DELETED)])), NOTHING);
    assert_eq!(cmp.state(2), ProfileState::Installed);
    assert_eq!(cmp.on(Event::DeleteProfile { iccid: iccid(1) }), NOTHING);
    // the user can have another one in the same car.
    cmp.requests = 2;
    assert_eq!(cmp.asks(1), ["MSP: request 3 for car 1, replace 2"]);
}

#[test]
fn an_order_to_delete_stands_until_the_profile_is_gone() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    let order = ["car 1: delete 1"];
    assert_eq!(cmp.on(Event::DeleteProfile { iccid: iccid(1) }), order);
    let sequence = cmp.sequence();
    assert_eq!(
        cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_FAILED),
        ["alarm DeletionFailed"]
    );
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(2) }), NOTHING);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), order);
    assert_eq!(cmp.sequence(), sequence);
    assert_eq!(
        cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_USER_NOT_FOUND),
        order
    );
    assert_eq!(
        cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_USER_NOT_FOUND),
        ["alarm DeletionForUnknownUser"]
    );
    cmp.now += 400 * DAY;
    assert_eq!(cmp.on(Event::Tick), NOTHING);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), order);
    assert_eq!(
        cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND),
        ["MSP: 1 is deleted"]
    );
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), NOTHING);
}

#[test]
fn a_profile_that_comes_after_its_deletion_is_deleted_again() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    cmp.on(Event::Withdraw);
    let effects = cmp.on(Event::VehicleConnected { vin: vin(1) });
    assert_eq!(effects, ["car 1: delete 1"]);
    // The code was still on its way, and the car said that there is no such profile.
    assert_eq!(
        cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND),
        ["MSP: 1 is deleted", "log TokenRemoved"]
    );
    assert_eq!(
        cmp.on(installed(1, 1)),
        ["alarm DeletedProfileReturned", "car 1: delete 1"]
    );
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
    let sequence = cmp.sequence();
    assert_eq!(cmp.on(status(sequence, 1, &[(1, DELETED)])), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Deleted);
}

#[test]
fn an_order_that_overtakes_the_code_ends_with_the_failure() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    assert_eq!(cmp.on(failed(1, 1)), ["MSP: 1 is deleted", "log InstallationFailed"]);
}

#[test]
fn deleting_everything_in_a_car() {
    //
    for result in [
        RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_SUCCESS,
        RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_NO_PROFILES_FOUND,
        RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_FAILED,
    ] {
        let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
        let effects = cmp.on(Event::DeleteAllProfiles { vin: vin(1) });
        assert_eq!(effects, ["car 1: delete all", "car 1: delete 1"]);
        let request_id = match &cmp.last[0] {
            Effect::SendToVehicle(message) => message.request_id(),
            other => panic!("{other:?}"),
        };
        let response = RequestDeleteAllProfilesResponse::new(result);
        let alarms = cmp.on(Event::DeleteAllProfilesResponse { request_id, response });
        let failed = result == RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_FAILED;
        assert_eq!(alarms == ["alarm DeletionOfAllFailed"], failed);
        assert_eq!(
            cmp.on(Event::DeleteAllProfilesResponse { request_id, response }),
            ["log Ignored"]
        );
        assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
        assert_eq!(cmp.state(2), ProfileState::Installed);
        // What is sent again hits this user's profiles only, never those that others have installed meanwhile.
        assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), ["car 1: delete 1"]);
        assert_eq!(
            cmp.answers_deletion(RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND),
            ["MSP: 1 is deleted"]
        );
    }
}

#[test]
fn an_answer_from_before_the_installation_does_not_end_an_order() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    cmp.on(Event::DeleteProfile { iccid: iccid(1) });
    let request_id = cmp.sequence();
    assert_eq!(cmp.on(installed(1, 1)), ["car 1: delete 1"]);
    assert_ne!(cmp.sequence(), request_id);
    let response = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_NOT_FOUND);
    assert_eq!(
        cmp.on(Event::DeleteProfileResponse { request_id, response }),
        ["log Ignored"]
    );
    assert_eq!(cmp.state(1), ProfileState::DeleteOrdered);
}

#[test]
fn a_deleted_profile_that_is_reported_again_is_asked_about() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    cmp.tells(1, &[(1, DELETED)]);
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), ["car 1: tell"]);
    assert_eq!(cmp.state(1), ProfileState::Deleted);
    let sequence = cmp.sequence();
    let effects = cmp.on(status(sequence, 1, &[(1, ENABLED)]));
    assert_eq!(effects, ["alarm DeletedProfileReturned", "car 1: delete 1"]);
}

// ---- withdrawal -----------------------------------------------------------------------------------------------------

#[test]
fn withdrawal_at_the_cmp() {
    //
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    cmp.asks(3);
    assert_eq!(
        cmp.on(Event::Withdraw),
        [
            "MSP: invalidate",
            "car 1: delete 1",
            "car 2: delete 2",
            "car 3: NO_SUBSCRIPTION_FOUND"
        ]
    );
    assert_eq!(cmp.on(Event::Withdraw), NOTHING);
    assert_eq!(cmp.asks(4), ["car 4: NO_SUBSCRIPTION_FOUND"]);
    assert_eq!(cmp.on(code_sent(3, 3, None)), ["refused InvalidatedMspToken"]);
    // A synchronous answer that was on its way.
    assert_eq!(cmp.on(ready(3, 3, None)), ["log Ignored"]);
    assert_eq!(
        cmp.on(Event::UpdateSubscriptionInfo(subscription_info(2))),
        ["refused InvalidatedMspToken"]
    );
    let (sid, expires) = (sid(2), at(HOUR));
    assert_eq!(
        cmp.on(Event::SessionOpened { sid, expires }),
        ["refused InvalidatedMspToken"]
    );
    assert_eq!(cmp.tells(1, &[(1, DELETED)]), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.federation.state(), TokenState::Invalidated);
    assert_eq!(cmp.federation.msp_token(), Some(&token(1)));
    assert_eq!(cmp.tells(2, &[(2, DELETED)]), ["MSP: 2 is deleted", "log TokenRemoved"]);
    assert_eq!(cmp.federation.state(), TokenState::Removed);
    assert_eq!(cmp.federation.msp_token(), None);
    assert!(!cmp.federation.is_over());
    cmp.now += Options::default().memory;
    cmp.on(Event::Tick);
    assert!(cmp.federation.is_over());
}

#[test]
fn withdrawal_at_the_msp() {
    //
    let invalid = || Event::NotifyMspTokenInvalid(NotifyMspTokenInvalid::new(Some("contract ended".parse().unwrap())));
    assert_eq!(Cmp::new().on(invalid()), ["refused UnknownMspToken"]);
    assert_eq!(
        Cmp::federated().on(invalid()),
        ["log WithdrawnByMsp", "log TokenRemoved"]
    );
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.on(invalid()), ["log WithdrawnByMsp", "car 1: delete 1"]);
    assert_eq!(cmp.on(invalid()), NOTHING);
    assert_eq!(cmp.on(information(&[(1, ProfileInformationStatus::Invalid)])), NOTHING);
    assert_eq!(cmp.tells(1, &[(1, DELETED)]), ["MSP: 1 is deleted", "log TokenRemoved"]);
}

// ---- send profile information ---------------------------------------------------------------------------------------

#[test]
fn profile_information_is_followed_as_a_whole_or_not_at_all() {
    //
    use ProfileInformationStatus::{Invalid, Suspended, Valid};
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2);
    assert_eq!(cmp.on(information(&[(9, Invalid)])), ["refused UnknownProfile"]);
    assert_eq!(
        cmp.on(information(&[(1, Invalid), (9, Invalid)])),
        ["refused UnknownProfiles"]
    );
    assert_eq!(cmp.state(1), ProfileState::Installed);
    let logged = ["log ProfileInformation"];
    assert_eq!(cmp.on(information(&[(1, Valid)])), logged);
    assert_eq!(cmp.on(information(&[(1, Suspended)])), logged);
    assert_eq!(
        cmp.federation.profile(&iccid(1)).unwrap().service(),
        ServiceState::Suspended
    );
    assert_eq!(cmp.state(1), ProfileState::Installed);
    assert_eq!(cmp.on(information(&[(1, Valid)])), logged);
    assert_eq!(
        cmp.on(information(&[(1, Invalid)])),
        ["log ProfileInformation", "car 1: delete 1"]
    );
    assert_eq!(cmp.on(information(&[(1, Invalid)])), logged);
    assert_eq!(
        cmp.on(information(&[(2, Invalid), (1, Valid)])),
        ["refused ProfileStaysInvalid"]
    );
    assert_eq!(cmp.state(2), ProfileState::Installed);
    let unlisted: ProfileInformationStatus = "paused".parse().unwrap();
    assert_eq!(cmp.on(information(&[(2, unlisted)])), ["refused Syntax"]);
}

// ---- reports of vehicles --------------------------------------------------------------------------------------------

#[test]
fn statuses_are_forwarded_as_agreed_and_once_for_each_change() {
    //
    let mut options = Options::default();
    options.forward = vec![CsimStatus::Enabled, CsimStatus::Disabled];
    let mut cmp = Cmp::federated_with(options).with_profile(1);
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), ["MSP: 1 is enabled"]);
    assert_eq!(cmp.tells(1, &[(1, ENABLED)]), NOTHING);
    assert_eq!(cmp.tells(1, &[(1, DISABLED)]), ["MSP: 1 is disabled"]);
    assert_eq!(cmp.tells(1, &[(1, DELETED)]), NOTHING);
    let correlations = cmp.federation.profile(&iccid(1)).unwrap().activation_code_request_id();
    assert_eq!(correlations, request(1));
}

#[test]
fn a_report_that_is_older_than_the_last_is_passed_over() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    let early = RequestId::new(vin(1), at(100));
    let late = RequestId::new(vin(1), at(200));
    assert_eq!(cmp.on(status(late, 1, &[(1, DISABLED)])), NOTHING);
    assert_eq!(cmp.on(status(early, 1, &[(1, ENABLED)])), ["log StaleReport"]);
    assert_eq!(cmp.state(1), ProfileState::Disabled);
    // A deletion is final, whenever it is told.
    assert_eq!(cmp.on(status(early, 1, &[(1, DELETED)])), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.on(status(late, 1, &[(1, ENABLED)])), ["car 1: tell"]);
    assert_eq!(cmp.state(1), ProfileState::Deleted);
}

#[test]
fn what_a_status_leaves_out_is_gone_only_if_we_asked() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.tells(1, &[]), NOTHING);
    assert_eq!(cmp.state(1), ProfileState::Installed);
    assert_eq!(cmp.tells(1, &[(8, DELETED)]), NOTHING);
    assert_eq!(cmp.tells(1, &[(8, ENABLED)]), ["alarm UnknownProfile"]);
    assert_eq!(cmp.tells(1, &[(1, ProfileStatus::from_number(7))]), ["log Ignored"]);
    assert_eq!(cmp.tells(2, &[(1, DELETED)]), ["alarm Misplaced"]);
    let ask = Event::SyncVehicle { vin: vin(1) };
    assert_eq!(cmp.on(ask.clone()), ["car 1: tell"]);
    let sequence = cmp.sequence();
    assert_eq!(cmp.on(ask), NOTHING);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), ["car 1: tell"]);
    assert_eq!(cmp.on(status(sequence, 1, &[])), ["MSP: 1 is deleted"]);
    assert_eq!(cmp.on(Event::VehicleConnected { vin: vin(1) }), NOTHING);
}

#[test]
fn an_answer_that_was_overtaken_proves_nothing() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(cmp.on(Event::SyncVehicle { vin: vin(1) }), ["car 1: tell"]);
    let asked = cmp.sequence();
    cmp.asks(1);
    cmp.on(code_sent(2, 2, None));
    cmp.on(installed(1, 2));
    // Told before the second was installed: it is not gone, and the car is asked again.
    assert_eq!(cmp.on(status(asked, 1, &[])), ["MSP: 1 is deleted", "car 1: tell"]);
    assert_eq!(cmp.state(2), ProfileState::Installed);
    let asked = cmp.sequence();
    cmp.now += 1;
    assert_eq!(cmp.tells(1, &[(2, ENABLED)]), NOTHING);
    // Told before it was enabled.
    assert_eq!(cmp.on(status(asked, 1, &[(2, DISABLED)])), ["car 1: tell"]);
    assert_eq!(cmp.state(2), ProfileState::Enabled);
    let asked = cmp.sequence();
    assert_eq!(cmp.on(status(asked, 1, &[])), ["MSP: 2 is deleted"]);
}

#[test]
fn errors_of_the_euicc_are_looked_into() {
    //
    let mut cmp = Cmp::federated().with_profile(1);
    let profile = aid2_proto::Profile::new(iccid(1), user(), DISABLED);
    let request_id = RequestId::new(vin(1), at(50));
    let code = CsimErrorCode::from_status_word(0x6A84);
    let report = SendEnableProfileErrorReport::new(request_id, profile.clone(), code);
    assert_eq!(
        cmp.on(Event::EnableProfileError(report)),
        ["log EnableFailed", "car 1: tell"]
    );
    let sequence = cmp.sequence();
    let report = SendDisableProfileErrorReport::new(request_id, profile, code);
    assert_eq!(cmp.on(Event::DisableProfileError(report)), ["log DisableFailed"]);
    for expected in [vec!["alarm CsimInfoFailed"], vec![]] {
        let response = RequestCsimInfoResponse::new(RequestCsimInfoResult::CSIM_INFO_GENERAL_ERROR);
        let request_id = sequence;
        assert_eq!(cmp.on(Event::CsimInfoResponse { request_id, response }), expected);
    }
}

#[test]
fn a_car_that_lost_its_profile_is_asked_and_served() {
    let mut cmp = Cmp::federated().with_profile(1);
    assert_eq!(
        cmp.asks(1),
        [
            "log ProfileMissing",
            "car 1: tell",
            "MSP: request 2 for car 1, replace none"
        ]
    );
    let asked = cmp.last.iter().find_map(|effect| match effect {
        Effect::SendToVehicle(message) => Some(message.request_id()),
        _ => None,
    });
    assert_eq!(cmp.on(status(asked.unwrap(), 1, &[])), ["MSP: 1 is deleted"]);
}

// ---- profile status synchronization ---------------------------------------------------------------------------------

fn synced(entries: &[(usize, ProfileState_)], one: Option<usize>) -> Event {
    let entry = |(n, state): &(usize, ProfileState_)| aid_types::ProfileStatus::new(iccid(*n), state.clone());
    Event::ProfileStatusReply {
        request: one.map_or_else(RequestProfileStatus::all, |n| RequestProfileStatus::one(iccid(n))),
        reply: Ok(ProfileStatuses::new(entries.iter().map(entry).collect())),
    }
}

use aid_types::ProfileState as ProfileState_;

#[test]
fn a_synchronisation_repairs_both_sides() {
    //
    let mut cmp = Cmp::federated().with_profile(1).with_profile(2).with_profile(3);
    let request = RequestProfileStatus::all();
    assert_eq!(cmp.on(Event::SyncProfiles { request }), ["MSP: status of none"]);
    cmp.tells(3, &[(3, DELETED)]);
    cmp.requests = 3;
    cmp.asks(4);
    cmp.on(code_sent(4, 4, None));
    let all = [
        (1, ProfileState_::Installed),
        (2, ProfileState_::Prepared),
        (3, ProfileState_::Installed),
        (4, ProfileState_::Enabled),
        (9, ProfileState_::Installed),
    ];
    assert_eq!(
        cmp.on(synced(&all, None)),
        [
            "MSP: 2 is installed",
            "log Repaired",
            "MSP: 3 is deleted",
            "log Repaired",
            "log Repaired",
            "alarm UnknownProfileAtMsp"
        ]
    );
    assert_eq!(cmp.state(4), ProfileState::Enabled);
    assert_eq!(cmp.state(3), ProfileState::Deleted);
    assert_eq!(cmp.on(synced(&[], Some(1))), ["alarm NotListedByMsp"]);
    let failure = |code| Event::ProfileStatusReply {
        request: RequestProfileStatus::one(iccid(1)),
        reply: Err(CallFailure::refused(404, code)),
    };
    assert_eq!(
        cmp.on(failure(Some(ErrorCode::MSP_TOKEN_NOT_FOUND))),
        ["alarm TokenRefused"]
    );
    assert_eq!(
        cmp.on(failure(Some(ErrorCode::PROFILE_NOT_FOUND))),
        ["alarm NotListedByMsp"]
    );
}

#[test]
fn an_unlisted_profile_is_deleted_where_that_is_agreed() {
    let mut options = Options::default();
    options.delete_unlisted = true;
    let mut cmp = Cmp::federated_with(options).with_profile(1);
    assert_eq!(cmp.on(synced(&[], None)), ["alarm NotListedByMsp", "car 1: delete 1"]);
}

// ---- saving ---------------------------------------------------------------------------------------------------------

#[test]
fn another_format_is_refused_on_loading() {
    let mut json = serde_json::to_value(&Cmp::federated().federation).unwrap();
    json["format"] = 2.into();
    let error = serde_json::from_value::<Federation>(json).unwrap_err();
    assert_eq!(error.to_string(), "saved in format 2, this version reads format 1");
}

#[test]
fn debug_shows_no_secret() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    let text = format!("{:?} {:?}", cmp.federation, cmp.last);
    for secret in [
        token(1).to_string(),
        code(1).to_string(),
        user().to_string(),
        "+xSpEv0z".to_owned(),
    ] {
        assert!(!text.contains(&secret), "{secret}");
    }
}

#[test]
fn calls_of_one_provisioning_share_a_correlation_id() {
    //
    let mut cmp = Cmp::federated();
    let mut seen = Vec::new();
    cmp.asks(1);
    seen.extend(cmp.last.clone());
    cmp.on(code_sent(1, 1, None));
    cmp.on(installed(1, 1));
    seen.extend(cmp.last.clone());
    let ids: Vec<_> = seen
        .iter()
        .filter_map(|effect| match effect {
            Effect::CallMsp {
                correlation_id, call, ..
            } => {
                assert!(matches!(
                    call,
                    MspCall::RequestActivationCode(_) | MspCall::SendCsimStatus(_)
                ));
                *correlation_id
            }
            _ => None,
        })
        .collect();
    assert_eq!(ids, [CorrelationId::from_uuid(*request(1).as_uuid()); 2]);
}
