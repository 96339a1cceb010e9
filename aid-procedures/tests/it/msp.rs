//! The MSP's side, procedure by procedure, with what can go wrong.

use std::num::NonZeroUsize;

use aid_procedures::{
    CallFailure, ServiceState,
    msp::{CmpCall, Effect, Event, Options, ProfileState, Subscription, TokenState},
};
use aid_types::{ProfileState as Reported, *};

use crate::common::{
    DAY, at, code, eid, iccid, msp_effect, phone, refusal, request, round_trip, subscription_info, token,
};

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

    fn with(options: Options) -> Self {
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

// ---- car provisioning and profile swap ------------------------------------------------------------------------------

#[test]
fn a_code_goes_to_the_caller_who_waits() {
    //
    let mut msp = Msp::pool(2);
    assert_eq!(msp.on(asked(1, 1, None)), ["prepare 1"]);
    assert_eq!(msp.on(prepared(1, 1)), ["reply 1 is 1, swapped none"]);
    let Effect::Reply(answer) = msp.last[0].clone() else {
        panic!()
    };
    let Ok(ActivationCodeReply::Ready(ready)) = answer.into_reply() else {
        panic!()
    };
    assert_eq!((ready.iccid, ready.swapped_iccid), (Some(iccid(1)), None));
    assert_eq!(ready.activation_code, code(1));
    // the same request, the same code.
    assert_eq!(msp.on(asked(1, 1, None)), ["reply 1 is 1, swapped none"]);
    assert_eq!(msp.on(asked(1, 2, None)), ["refused 422/39"]);
    assert_eq!(msp.subscription.slots_taken(), 1);
    assert_eq!(msp.on(asked(2, 1, None)), ["prepare 2"]);
}

#[test]
fn a_code_follows_the_201_and_never_comes_before() {
    //
    let mut msp = Msp::pool(3);
    msp.on(asked(1, 1, None));
    assert_eq!(msp.on(accepted(1)), NOTHING);
    assert_eq!(msp.on(asked(1, 1, None)), ["reply 201"]);
    assert_eq!(msp.on(prepared(1, 1)), ["CMP: 1 is 1, swapped none"]);
    // Ready while the 201 was on its way: nobody waits for the reply any more.
    msp.on(asked(2, 2, None));
    assert_eq!(msp.on(prepared(2, 2)), ["reply 2 is 2, swapped none"]);
    assert_eq!(msp.on(accepted(2)), ["CMP: 2 is 2, swapped none"]);
    // A failure takes the same way.
    msp.on(asked(3, 3, None));
    msp.on(accepted(3));
    let failed = Event::PreparationFailed {
        activation_code_request_id: request(3),
        error: ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER),
    };
    assert_eq!(msp.on(failed.clone()), ["CMP: failed 49"]);
    assert_eq!(msp.on(failed), ["log Ignored"]);
    assert_eq!(msp.on(accepted(9)), ["log Ignored"]);
    assert_eq!(msp.subscription.slots_taken(), 2);
}

#[test]
fn a_failure_becomes_a_refusal_for_the_caller_who_waits() {
    //
    for (code, expected) in [
        (ErrorCode::ACTIVATION_CODE_OTHER, (422, 49)),
        (ErrorCode::MSP_TOKEN_INVALIDATED, (404, 21)),
        (ErrorCode::new(250), (422, 250)),
    ] {
        let mut msp = Msp::pool(1);
        msp.on(asked(1, 1, None));
        msp.on(Event::PreparationFailed {
            activation_code_request_id: request(1),
            error: ErrorText::new(code, "Customer not eligible").unwrap(),
        });
        let Effect::Reply(answer) = msp.last[0].clone() else {
            panic!()
        };
        let reply = answer
            .into_reply()
            .unwrap_err()
            .reply(Some(OperationId::RequestActivationCode));
        assert_eq!((reply.status, reply.code.number()), expected);
        assert_eq!(reply.error, "Customer not eligible");
    }
}

#[test]
fn who_gives_way() {
    //
    struct Case {
        pool: usize,
        always_swap: bool,
        replace: Option<usize>,
        expected: &'static str,
    }
    let case = |pool, always_swap, replace, expected| Case {
        pool,
        always_swap,
        replace,
        expected,
    };
    let cases = [
        case(4, false, None, "none"),
        // Not necessary: whatever is offered is passed over.
        case(4, false, Some(1), "none"),
        case(4, false, Some(99), "none"),
        // Necessary: the candidate.
        case(3, false, Some(2), "2"),
        // A candidate that is none of ours: the one that was quiet for longest.
        case(3, false, Some(99), "1"),
        case(3, true, None, "1"),
        case(3, false, None, "reply failed 49"),
    ];
    for case in cases {
        let mut options = Options::new(NonZeroUsize::new(case.pool).unwrap());
        options.always_swap = case.always_swap;
        let mut msp = Msp::with(options).with_profiles(3);
        msp.on(status(1, 1, CsimStatus::InstallationFailed));
        let effects = msp.on(asked(4, 4, case.replace));
        if case.expected.starts_with("reply failed") {
            assert_eq!(effects, [case.expected]);
            continue;
        }
        assert_eq!(effects, ["prepare 4"]);
        let effects = msp.on(prepared(4, 4));
        let answer = format!("reply 4 is 4, swapped {}", case.expected);
        match case.expected {
            "none" => assert_eq!(effects, [answer]),
            victim => assert_eq!(effects, [format!("deactivate {victim}"), answer]),
        }
        assert_eq!(msp.subscription.slots_taken(), case.pool.min(4));
    }
}

#[test]
fn nobody_gives_way_twice_and_nobody_for_nothing() {
    let mut msp = Msp::pool(2).with_profiles(2);
    assert_eq!(msp.on(asked(3, 3, Some(1))), ["prepare 3"]);
    assert_eq!(msp.on(asked(4, 4, Some(1))), ["prepare 4"]);
    assert_eq!(msp.on(asked(5, 5, Some(1))), ["reply failed 49"]);
    // While nothing is ready, nothing is taken away.
    assert_eq!(msp.state(1), ProfileState::Prepared);
    msp.on(Event::PreparationFailed {
        activation_code_request_id: request(3),
        error: ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER),
    });
    assert_eq!(msp.state(1), ProfileState::Prepared);
    assert_eq!(msp.on(prepared(4, 4)), ["deactivate 2", "reply 4 is 4, swapped 2"]);
    // If it was deleted meanwhile, its slot is free.
    msp.on(asked(6, 6, Some(1)));
    msp.on(status(1, 1, CsimStatus::Deleted));
    assert_eq!(msp.on(prepared(6, 6)), ["reply 6 is 6, swapped none"]);
    assert_eq!(msp.subscription.slots_taken(), 2);
    // what got no code gets none when it comes again late, though there would be one now.
    msp.on(status(4, 4, CsimStatus::Deleted));
    for request in [3, 5] {
        assert_eq!(msp.on(asked(request, 9, None)), ["reply failed 49"]);
    }
}

#[test]
fn a_profile_that_nobody_asked_for_or_that_is_in_use_is_not_issued() {
    let mut msp = Msp::pool(3).with_profiles(1);
    assert_eq!(msp.on(prepared(9, 9)), ["deactivate 9", "log Ignored"]);
    assert_eq!(msp.on(prepared(1, 1)), ["log Ignored"]);
    msp.on(asked(2, 2, None));
    assert_eq!(msp.on(prepared(2, 1)), ["alarm ProfileInUse", "reply failed 49"]);
}

#[test]
fn a_slot_is_released_by_deletion_by_invalidity_and_by_a_swap() {
    //
    let mut msp = Msp::pool(1).with_profiles(1);
    assert_eq!(
        msp.on(status(1, 1, CsimStatus::Deleted)),
        ["deactivate 1", "log Deleted"]
    );
    assert_eq!(msp.on(asked(2, 2, None)), ["prepare 2"]);
    msp.on(prepared(2, 2));
    let invalid = information(&[(2, ProfileInformationStatus::Invalid)]);
    assert_eq!(
        msp.on(Event::ProfileInformation(invalid)),
        ["deactivate 2", "CMP: 2 invalid"]
    );
    assert_eq!(msp.on(asked(3, 3, None)), ["prepare 3"]);
    msp.on(prepared(3, 3));
    assert_eq!(msp.on(asked(4, 4, Some(3))), ["prepare 4"]);
    assert_eq!(msp.on(prepared(4, 4)), ["deactivate 3", "reply 4 is 4, swapped 3"]);
    // A code that is worth nothing any more is not given again.
    assert_eq!(msp.on(asked(3, 3, None)), ["reply failed 31"]);
}

// ---- statuses -------------------------------------------------------------------------------------------------------

#[test]
fn statuses_in_whatever_order() {
    //
    let mut msp = Msp::pool(2).with_profiles(1);
    assert_eq!(msp.on(status(9, 1, CsimStatus::Installed)), ["refused UnknownProfile"]);
    let foreign = Event::SendCsimStatus {
        body: SendCsimStatus::new(iccid(9), eid(1), CsimStatus::Installed),
        foreign: true,
    };
    assert_eq!(msp.on(foreign), ["refused ForeignProfile"]);
    assert_eq!(msp.on(status(1, 1, "paused".parse().unwrap())), ["refused Syntax"]);
    assert_eq!(
        msp.on(status(1, 1, CsimStatus::InstallationFailed)),
        ["log InstallationFailed"]
    );
    assert_eq!(msp.on(status(1, 1, CsimStatus::Enabled)), NOTHING);
    assert_eq!(msp.state(1), ProfileState::Installed);
    assert_eq!(
        msp.on(status(1, 2, CsimStatus::Deleted)),
        ["alarm OtherEuicc", "deactivate 1", "log Deleted"]
    );
    for late in [CsimStatus::Installed, CsimStatus::Enabled, CsimStatus::Deleted] {
        assert_eq!(msp.on(status(1, 1, late)), NOTHING);
        assert_eq!(msp.state(1), ProfileState::Deleted);
    }
}

#[test]
fn profile_statuses_come_from_own_knowledge_only() {
    //
    let mut msp = Msp::pool(3);
    assert_eq!(msp.statuses(None), Ok(vec![]));
    msp = msp.with_profiles(2);
    let all = |one, two| Ok(vec![(iccid(1).to_string(), one), (iccid(2).to_string(), two)]);
    assert_eq!(msp.statuses(None), all(Reported::Prepared, Reported::Prepared));
    msp.on(status(1, 1, CsimStatus::Enabled));
    assert_eq!(msp.statuses(None), all(Reported::Installed, Reported::Prepared));
    for (in_use, expected) in [
        (Some(true), Reported::Enabled),
        (Some(false), Reported::Disabled),
        (None, Reported::Installed),
    ] {
        let iccid = iccid(1);
        msp.on(Event::InUse { iccid, in_use });
        assert_eq!(msp.statuses(None), all(expected, Reported::Prepared));
    }
    assert_eq!(
        msp.statuses(Some(2)),
        Ok(vec![(iccid(2).to_string(), Reported::Prepared)])
    );
    assert_eq!(msp.statuses(Some(9)), Err("refused UnknownProfile".to_owned()));
    msp.on(status(2, 2, CsimStatus::Deleted));
    assert_eq!(msp.statuses(Some(2)), Err("refused UnknownProfile".to_owned()));
    msp.on(Event::RequestInvalidateMspToken);
    assert_eq!(msp.statuses(None), Err("refused InvalidatedMspToken".to_owned()));
}

// ---- the end --------------------------------------------------------------------------------------------------------

#[test]
fn withdrawal_at_the_cmp() {
    //
    let mut msp = Msp::pool(3).with_profiles(2);
    msp.on(asked(3, 3, None));
    assert_eq!(
        msp.on(Event::RequestInvalidateMspToken),
        ["deactivate 1", "deactivate 2", "log WithdrawnByCmp"]
    );
    assert_eq!(msp.on(Event::RequestInvalidateMspToken), NOTHING);
    assert_eq!(msp.on(asked(4, 4, None)), ["refused InvalidatedMspToken"]);
    assert_eq!(msp.on(asked(1, 1, None)), ["refused InvalidatedMspToken"]);
    // The SM-DP+ was at work still.
    assert_eq!(msp.on(prepared(3, 3)), ["deactivate 3", "reply failed 21"]);
    assert_eq!(msp.on(status(1, 1, CsimStatus::Deleted)), ["log Deleted"]);
    assert_eq!(msp.subscription.state(), TokenState::Invalidated);
    assert_eq!(
        msp.on(status(2, 2, CsimStatus::Deleted)),
        ["log Deleted", "log Purgeable"]
    );
    assert_eq!(msp.subscription.state(), TokenState::Purgeable);
    assert_eq!(msp.on(status(2, 2, CsimStatus::Deleted)), NOTHING);
    assert_eq!(msp.on(Event::RequestInvalidateMspToken), NOTHING);
}

#[test]
fn withdrawal_at_the_msp() {
    //
    let mut msp = Msp::pool(2).with_profiles(1);
    let end = || Event::EndService {
        reason: Some("contract ended".parse().unwrap()),
    };
    assert_eq!(msp.on(end()), ["deactivate 1", "CMP: invalid"]);
    assert_eq!(msp.on(end()), NOTHING);
    let invalid = information(&[(1, ProfileInformationStatus::Invalid)]);
    assert_eq!(
        msp.on(Event::ProfileInformation(invalid)),
        ["refused InvalidatedMspToken"]
    );
    assert_eq!(
        msp.on(Event::UpdateSubscriptionInfo(subscription_info(1))),
        ["refused InvalidatedMspToken"]
    );
}

#[test]
fn vehicles_that_never_return_do_not_keep_a_token_for_ever() {
    //
    let mut msp = Msp::pool(2).with_profiles(1);
    assert_eq!(msp.subscription.wake_at(), None);
    msp.on(Event::RequestInvalidateMspToken);
    assert_eq!(msp.subscription.wake_at(), Some(at(msp.now + 180 * DAY)));
    msp.now += 180 * DAY - 2;
    assert_eq!(msp.on(Event::Tick), NOTHING);
    assert_eq!(msp.on(Event::Tick), ["log Purgeable"]);
}

#[test]
fn profiles_that_are_over_are_forgotten_in_the_end() {
    let mut msp = Msp::pool(2).with_profiles(2);
    msp.on(status(1, 1, CsimStatus::Deleted));
    msp.now += 200 * DAY;
    msp.on(Event::Tick);
    assert_eq!(msp.subscription.profiles().len(), 1);
    assert_eq!(msp.on(status(1, 1, CsimStatus::Deleted)), ["refused UnknownProfile"]);
}

// ---- what the MSP tells ---------------------------------------------------------------------------------------------

#[test]
fn profile_information_is_news_only() {
    //
    use ProfileInformationStatus::{Invalid, Suspended, Valid};
    let mut msp = Msp::pool(3).with_profiles(3);
    let mut tell = |entries: &[_]| msp.on(Event::ProfileInformation(information(entries)));
    assert_eq!(tell(&[(1, Valid)]), NOTHING);
    assert_eq!(tell(&[(1, Suspended), (2, Valid)]), ["suspend 1", "CMP: 1 suspended"]);
    assert_eq!(
        tell(&[(1, Valid), (2, Invalid)]),
        ["restore 1", "deactivate 2", "CMP: 1 valid, 2 invalid"]
    );
    assert_eq!(tell(&[(1, Suspended), (2, Valid)]), ["refused ProfileStaysInvalid"]);
    assert_eq!(tell(&[(1, Suspended), (9, Valid)]), ["refused UnknownProfile"]);
    assert_eq!(
        msp.subscription.profile(&iccid(1)).unwrap().service(),
        ServiceState::Valid
    );
    // A swapped profile is not told again.
    msp.on(asked(4, 4, None));
    msp.on(prepared(4, 4));
    msp.on(asked(5, 5, Some(1)));
    assert_eq!(msp.on(prepared(5, 5)), ["deactivate 1", "reply 5 is 5, swapped 1"]);
    let swapped = information(&[(1, Invalid)]);
    assert_eq!(
        msp.on(Event::ProfileInformation(swapped)),
        ["refused ProfileStaysInvalid"]
    );
}

#[test]
fn information_that_was_refused_as_a_whole_is_told_one_by_one() {
    //
    use ProfileInformationStatus::Suspended;
    let mut msp = Msp::pool(2).with_profiles(2);
    let refused = |entries: &[_], status| Event::ProfileInformationRefused {
        body: information(entries),
        failure: CallFailure::refused(status, None),
    };
    assert_eq!(
        msp.on(refused(&[(1, Suspended), (2, Suspended)], 404)),
        ["CMP: 1 suspended", "CMP: 2 suspended"]
    );
    assert_eq!(msp.on(refused(&[(1, Suspended)], 404)), ["alarm UnknownToCmp"]);
    assert_eq!(msp.on(refused(&[(1, Suspended), (2, Suspended)], 422)), ["log Ignored"]);
}

#[test]
fn onboarding() {
    //
    let body = || IssuedMspToken::new(token(1), phone(1), SubscriptionType::Private);
    let account_id: AccountId = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".parse().unwrap();
    let onboard = || Event::Onboard {
        account_id: account_id.clone(),
        body: body(),
    };
    let mut msp = Msp::pool(1);
    assert_eq!(msp.on(onboard()), ["CMP: token"]);
    //
    assert!(
        matches!(&msp.last[..], [Effect::CallCmp { call: CmpCall::SendMspToken { account_id: to, .. }, .. }]
        if *to == account_id)
    );
    assert_eq!(
        msp.on(Event::UpdateSubscriptionInfo(subscription_info(2))),
        ["CMP: subscription"]
    );
    let refused = |code| Event::OnboardingRefused(CallFailure::refused(422, Some(code)));
    assert_eq!(msp.on(Event::OnboardingRefused(CallFailure::NoAnswer)), NOTHING);
    assert_eq!(
        msp.on(refused(ErrorCode::MSP_TOKEN_ASSIGNED)),
        ["log OnboardingPresumed"]
    );
    assert_eq!(msp.subscription.state(), TokenState::Active);
    assert_eq!(
        msp.on(refused(ErrorCode::ACCOUNT_ID_EXPIRED)),
        ["alarm OnboardingRefused", "log Purgeable"]
    );
    assert_eq!(msp.on(onboard()), ["refused InvalidatedMspToken"]);
}

/// A code that the CMP refused, by the call that followed its 201.
fn refused(n: u128, code: ErrorCode) -> Event {
    Event::ActivationCodeRefused {
        activation_code_request_id: request(n),
        failure: CallFailure::refused(422, Some(code)),
    }
}

#[test]
fn a_code_that_the_cmp_refuses_leaves_no_orphan() {
    // the first profile gave way for a code that nobody took.
    let mut msp = Msp::pool(1).with_profiles(1);
    msp.on(status(1, 1, CsimStatus::Installed));
    msp.on(asked(2, 2, Some(1)));
    msp.on(accepted(2));
    assert_eq!(msp.on(prepared(2, 2)), ["deactivate 1", "CMP: 2 is 2, swapped 1"]);
    assert_eq!(
        msp.on(refused(2, ErrorCode::REQUEST_ID_EXPIRED)),
        ["log ActivationCodeRefused", "deactivate 2", "CMP: 1 invalid"]
    );
    assert_eq!(msp.subscription.slots_taken(), 0);
    // Nor does it if the profile gave way itself meanwhile.
    msp.on(asked(5, 5, None));
    msp.on(prepared(5, 5));
    msp.on(asked(6, 6, Some(5)));
    msp.on(accepted(6));
    msp.on(prepared(6, 6));
    msp.on(asked(7, 7, Some(6)));
    msp.on(prepared(7, 7));
    assert_eq!(
        msp.on(refused(6, ErrorCode::REQUEST_ID_EXPIRED)),
        ["log ActivationCodeRefused", "CMP: 5 invalid"]
    );
    // The same request again finds no code any more.
    assert_eq!(msp.on(asked(2, 2, None)), ["reply failed 31", "CMP: 1 invalid"]);
}

#[test]
fn a_code_that_the_cmp_has_stays() {
    let mut msp = Msp::pool(2).with_profiles(2);
    // there is one code for each request.
    assert_eq!(
        msp.on(refused(1, ErrorCode::ACTIVATION_CODE_ASSIGNED)),
        ["log ActivationCodePresumed"]
    );
    // Not an answer at all, or not yet.
    let no_answer = Event::ActivationCodeRefused {
        activation_code_request_id: request(1),
        failure: CallFailure::NoAnswer,
    };
    assert_eq!(msp.on(no_answer), ["log Ignored"]);
    assert_eq!(msp.state(1), ProfileState::Prepared);
    // What a vehicle reported is there.
    msp.on(status(2, 2, CsimStatus::Installed));
    assert_eq!(msp.on(refused(2, ErrorCode::REQUEST_ID_EXPIRED)), ["log Ignored"]);
    assert_eq!(msp.state(2), ProfileState::Installed);
}

#[test]
fn what_the_cmp_could_not_be_told_it_is_told_with_the_first_status() {
    // the activation code, or the name of its profile, was still on its way.
    let mut msp = Msp::pool(2).with_profiles(2);
    for (n, service) in [
        (1, ProfileInformationStatus::Suspended),
        (2, ProfileInformationStatus::Invalid),
    ] {
        let body = information(&[(n, service.clone())]);
        msp.on(Event::ProfileInformation(body.clone()));
        let failure = CallFailure::refused(404, Some(ErrorCode::PROFILE_NOT_FOUND));
        assert_eq!(
            msp.on(Event::ProfileInformationRefused { body, failure }),
            ["alarm UnknownToCmp"]
        );
        assert_eq!(
            msp.on(status(n, n, CsimStatus::Installed)),
            [format!("CMP: {n} {service}")]
        );
        assert_eq!(msp.on(status(n, n, CsimStatus::Installed)), NOTHING);
    }
    // The status overtook the refusal.
    msp.on(asked(3, 3, None));
    msp.on(prepared(3, 3));
    let body = information(&[(3, ProfileInformationStatus::Invalid)]);
    msp.on(Event::ProfileInformation(body.clone()));
    msp.on(status(3, 3, CsimStatus::Installed));
    let failure = CallFailure::refused(404, Some(ErrorCode::PROFILE_NOT_FOUND));
    let refused = Event::ProfileInformationRefused { body, failure };
    assert_eq!(msp.on(refused.clone()), ["alarm UnknownToCmp", "CMP: 3 invalid"]);
    assert_eq!(msp.on(refused), ["alarm UnknownToCmp"]);
}
