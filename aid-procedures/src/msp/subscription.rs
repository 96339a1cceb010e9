//! The aggregate.

use std::collections::BTreeMap;

use aid_types::{
    ActivationCodeRequestId, Condition, CorrelationId, CsimStatus, Eid, FreeText, Iccid, IssuedActivationCode,
    MspToken, NotifyMspTokenInvalid, ProfileInformation, ProfileStatus, ProfileStatuses, ReadyActivationCode, Refusal,
    RequestActivationCode, RequestProfileStatus, SendActivationCode, SendCsimStatus, SendProfileInformation,
};
use aid2_proto::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Answer, BoundProfile, CmpCall, Denial, Effect, Event, Log, Mode, Options, Profile, ProfileStep, ServiceChange,
    TokenState, TokenStep,
};
use crate::{ServiceState, format::Format, time::after};

/// One msp_token and its pool of n profiles, as the MSP knows them.
///
/// ```
/// use aid_procedures::{Timestamp, msp::{BoundProfile, Effect, Event, Options, Subscription}};
/// use aid_types::RequestActivationCode;
///
/// let mut subscription =
///     Subscription::new("25bca1e2-338f-11d6-ac61-9e71138fd521".parse()?, Options::default());
/// let now = Timestamp::from_secs(1_700_000_000);
/// let id = "14abc1e2-338f-11e6-ac61-9e71128cae77".parse()?;
/// let body = RequestActivationCode::new("89049032000001000000000831934057".parse()?, id);
///
/// let effects = subscription.handle(Event::RequestActivationCode { body, correlation_id: None }, now)?;
/// assert!(matches!(effects[..], [Effect::BindProfile { .. }]));
///
/// let bound = BoundProfile::new("8944500805172032953".parse()?, "1$SMDP.EXAMPLE.COM$ABC-123".parse()?);
/// let outcome = Event::ProfileBound { activation_code_request_id: id, outcome: Ok(bound) };
/// let effects = subscription.handle(outcome, now)?;
/// assert!(matches!(effects[..], [Effect::Answer { .. }]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    format: Format<1>,
    msp_token: MspToken,
    token: TokenState,
    /// When the token was invalidated.
    invalidated: Option<Timestamp>,
    options: Options,
    profiles: Vec<Profile>,
    requests: BTreeMap<ActivationCodeRequestId, Request>,
}

/// A request for an activation code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Request {
    eid: Eid,
    /// Field `replaceIccid`: advice (R-065).
    candidate: Option<Iccid>,
    correlation_id: Option<CorrelationId>,
    /// Whether the answer was 201, so that the code has to follow.
    follows: bool,
    since: Timestamp,
    outcome: Option<Outcome>,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Outcome {
    Issued(ReadyActivationCode),
    Denied(Denial),
}

impl Subscription {
    /// A subscription that was just federated, without profiles.
    // R-017, R-157
    #[must_use]
    pub fn new(msp_token: MspToken, options: Options) -> Self {
        Self {
            format: Format,
            msp_token,
            token: TokenState::Active,
            invalidated: None,
            options,
            profiles: Vec::new(),
            requests: BTreeMap::new(),
        }
    }

    /// Names the user at the CMP.
    #[must_use]
    pub const fn msp_token(&self) -> &MspToken {
        &self.msp_token
    }

    /// What the msp_token is good for.
    #[must_use]
    pub const fn token(&self) -> TokenState {
        self.token
    }

    /// The choices.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Every profile that is remembered, also those that are removed.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The profiles that hold a slot: never more than [`Options::slots`].
    pub fn live(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.iter().filter(|profile| profile.state.is_live())
    }

    /// The answer to "Request profile status". Only reads.
    ///
    /// # Errors
    ///
    /// [`Condition::InvalidatedMspToken`] after the federation has ended (A-161), [`Condition::UnknownProfile`] for a
    /// profile that is no part of the subscription.
    // R-117, R-118, R-310, R-311, R-314
    pub fn profile_status(&self, request: &RequestProfileStatus) -> Result<ProfileStatuses, Refusal> {
        self.active()?;
        let asked = |profile: &&Profile| request.iccid.is_none_or(|iccid| profile.iccid == iccid);
        let profiles: Vec<_> = self
            .live()
            .filter(asked)
            .filter_map(|profile| Some(ProfileStatus::new(profile.iccid, profile.state.reported()?)))
            .collect();
        match request.iccid {
            Some(iccid) if profiles.is_empty() => Err(Refusal::unknown_profile(&iccid)),
            _ => Ok(ProfileStatuses::new(profiles)),
        }
    }

    /// Takes in what happened.
    ///
    /// # Errors
    ///
    /// The refusal of a call, or of a wish of the MSP's own systems that the document does not allow. Nothing has
    /// changed then.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Result<Vec<Effect>, Refusal> {
        let mut effects = match event {
            Event::RequestActivationCode { body, correlation_id } => self.requested(body, correlation_id, now)?,
            Event::ProfileBound {
                activation_code_request_id,
                outcome,
            } => self.bound(activation_code_request_id, outcome, now),
            Event::SendCsimStatus {
                body,
                belongs_elsewhere,
            } => self.reported(&body, belongs_elsewhere, now)?,
            Event::RequestInvalidateMspToken => self.invalidate(now),
            Event::Withdraw { reason } => self.withdraw(reason, now),
            Event::Installed { iccid } => self.seen(&iccid, ProfileStep::Install, now),
            Event::Attached { iccid, attached: true } => self.seen(&iccid, ProfileStep::Attach, now),
            Event::Attached { iccid, attached: false } => self.seen(&iccid, ProfileStep::Detach, now),
            Event::ServiceChanged(changes) => self.service_changed(&changes)?,
            Event::SubscriptionChanged(body) => {
                // R-123, R-260
                self.active()?;
                vec![self.call(None, CmpCall::UpdateSubscriptionInfo(body))]
            }
            Event::Tick => Vec::new(),
        };
        self.settle(now, &mut effects);
        self.forget(now);
        Ok(effects)
    }

    // ---- activation codes -------------------------------------------------------------------------------------------

    /// "Request activation code".
    // R-091, R-105, R-306: none for an invalidated token
    fn requested(
        &mut self,
        body: RequestActivationCode,
        correlation_id: Option<CorrelationId>,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        self.active()?;
        let id = body.activation_code_request_id;
        if let Some(request) = self.requests.get_mut(&id) {
            return Ok(request.again(id, self.msp_token));
        }
        let follows = self.options.mode == Mode::Asynchronous;
        let possible = self.has_room() || body.replace_iccid.is_some() || self.options.always_swap;
        let mut effects = Vec::new();
        let outcome = (!possible).then_some(Outcome::Denied(Denial::NoProfile));
        if follows {
            // R-294, R-298: also what fails is accepted first
            effects.push(Effect::Answer {
                activation_code_request_id: id,
                answer: Answer::Accepted,
            });
        }
        if possible {
            effects.push(Effect::BindProfile {
                activation_code_request_id: id,
                eid: body.eid,
                profile_type: body.profile_type,
                device_type: body.device_type,
            });
        }
        let request = Request {
            eid: body.eid,
            candidate: body.replace_iccid,
            correlation_id,
            follows,
            since: now,
            outcome,
        };
        effects.extend(request.tell(id, self.msp_token));
        self.requests.insert(id, request);
        Ok(effects)
    }

    /// The SM-DP+ has answered.
    fn bound(
        &mut self,
        id: ActivationCodeRequestId,
        outcome: Result<BoundProfile, Denial>,
        now: Timestamp,
    ) -> Vec<Effect> {
        let Some(request) = self.requests.get(&id).filter(|request| request.outcome.is_none()) else {
            // Late or twice; a profile that nobody asked for must not stay bound.
            return self.unwanted(outcome);
        };
        let (eid, candidate) = (request.eid, request.candidate);
        let mut effects = Vec::new();
        let settled = match outcome {
            Err(denial) => Outcome::Denied(denial),
            Ok(profile) if self.token != TokenState::Active => {
                effects.push(Effect::Deactivate { iccid: profile.iccid });
                Outcome::Denied(Denial::NoProfile)
            }
            Ok(profile) => match self.make_room(candidate.as_ref()) {
                None => {
                    effects.push(Effect::Deactivate { iccid: profile.iccid });
                    Outcome::Denied(Denial::NoProfile)
                }
                Some(swapped) => {
                    let mut ready = ReadyActivationCode::new(profile.iccid, profile.activation_code.clone());
                    ready.profile_type = profile.profile_type;
                    ready.swapped_iccid = swapped;
                    if let Some(removed) = swapped {
                        effects.push(Effect::Deactivate { iccid: removed });
                        effects.push(Effect::Log(Log::Swapped {
                            removed,
                            issued: profile.iccid,
                        }));
                    }
                    self.profiles.retain(|known| known.iccid != profile.iccid);
                    self.profiles.push(Profile::new(
                        profile.iccid,
                        eid,
                        profile.profile_type,
                        profile.activation_code,
                        now,
                    ));
                    Outcome::Issued(ready)
                }
            },
        };
        let msp_token = self.msp_token;
        if let Some(request) = self.requests.get_mut(&id) {
            request.outcome = Some(settled);
            effects.extend(request.tell(id, msp_token));
        }
        effects
    }

    fn unwanted(&self, outcome: Result<BoundProfile, Denial>) -> Vec<Effect> {
        match outcome {
            Ok(profile) if !self.profiles.iter().any(|known| known.iccid == profile.iccid) => {
                vec![Effect::Deactivate { iccid: profile.iccid }]
            }
            _ => Vec::new(),
        }
    }

    fn has_room(&self) -> bool {
        let under_way = self
            .requests
            .values()
            .filter(|request| request.outcome.is_none())
            .count();
        self.live().count() + under_way < self.options.slots()
    }

    /// Frees a slot if need be: `None` if it cannot, else the profile that was swapped, if one was.
    // R-053, R-060, R-061, R-063..R-066, R-069, R-070, R-080; A-101, A-102
    fn make_room(&mut self, candidate: Option<&Iccid>) -> Option<Option<Iccid>> {
        if self.live().count() < self.options.slots() {
            return Some(None);
        }
        if candidate.is_none() && !self.options.always_swap {
            return None;
        }
        let advised = self.live().find(|profile| Some(&profile.iccid) == candidate);
        let victim = advised
            .or_else(|| self.live().min_by_key(|profile| profile.last_used))?
            .iccid;
        self.remove(&victim);
        Some(Some(victim))
    }

    // ---- profiles ---------------------------------------------------------------------------------------------------

    /// "Send CSIM status": also of an invalidated token (A-105).
    // R-092, R-106, R-301, R-367
    fn reported(
        &mut self,
        body: &SendCsimStatus,
        belongs_elsewhere: bool,
        now: Timestamp,
    ) -> Result<Vec<Effect>, Refusal> {
        let msp_token = self.msp_token;
        let Some(profile) = self.profiles.iter_mut().find(|profile| profile.iccid == body.iccid) else {
            return Err(match belongs_elsewhere {
                true => Refusal::foreign_profile(&body.iccid, &msp_token),
                false => Refusal::unknown_profile(&body.iccid),
            });
        };
        if profile.eid != body.eid {
            return Ok(vec![Effect::Log(Log::Misplaced {
                iccid: body.iccid,
                eid: body.eid,
            })]);
        }
        if profile.deletion_reported {
            return Ok(Vec::new());
        }
        match body.status {
            CsimStatus::Deleted => {
                profile.deletion_reported = true;
                let was_live = profile.step(ProfileStep::Remove);
                Ok(deactivation(was_live, body.iccid))
            }
            CsimStatus::InstallationFailed => Ok(vec![Effect::Log(Log::InstallationFailed { iccid: body.iccid })]),
            // Whether it is enabled is for the network to say, not for the CMP (R-314).
            CsimStatus::Installed | CsimStatus::Enabled | CsimStatus::Disabled => {
                profile.last_used = profile.last_used.max(now);
                profile.step(ProfileStep::Install);
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn seen(&mut self, iccid: &Iccid, step: ProfileStep, now: Timestamp) -> Vec<Effect> {
        if let Some(profile) = self.profiles.iter_mut().find(|profile| profile.iccid == *iccid)
            && profile.step(step)
        {
            profile.last_used = profile.last_used.max(now);
        }
        Vec::new()
    }

    /// Takes a profile out of the subscription; whether it was in it.
    fn remove(&mut self, iccid: &Iccid) -> bool {
        let profile = self.profiles.iter_mut().find(|profile| profile.iccid == *iccid);
        profile.is_some_and(|profile| profile.step(ProfileStep::Remove))
    }

    /// "Send profile information": all or nothing.
    // R-120, R-245..R-247, R-249, R-251..R-253, R-256, R-257
    fn service_changed(&mut self, changes: &[ServiceChange]) -> Result<Vec<Effect>, Refusal> {
        self.active()?;
        let mut told = Vec::new();
        let mut after: Vec<(Iccid, ServiceState)> = Vec::new();
        for change in changes {
            let live = self.live().find(|profile| profile.iccid == change.iccid);
            let known = self.profiles.iter().any(|profile| profile.iccid == change.iccid);
            let profile = match (live, known) {
                (Some(profile), _) => profile,
                // Swapped, deleted or invalid: the CMP knows, and nothing brings it back.
                (None, true) => return Err(Refusal::profile_stays_invalid(&change.iccid)),
                (None, false) => return Err(Refusal::unknown_profile(&change.iccid)),
            };
            let before = after
                .iter()
                .rev()
                .find(|(iccid, _)| *iccid == change.iccid)
                .map_or(profile.service, |(_, state)| *state);
            let state = before
                .on(change.step)
                .ok_or_else(|| Refusal::profile_stays_invalid(&change.iccid))?;
            if state == before {
                continue;
            }
            after.push((change.iccid, state));
            told.retain(|told: &ProfileInformation| told.iccid != change.iccid);
            let mut information = ProfileInformation::new(change.iccid, change.step.status());
            information.reason = change.reason.clone();
            told.push(information);
        }
        let Ok(body) = SendProfileInformation::new(told) else {
            // Nothing has changed, so there is nothing to tell.
            return Ok(Vec::new());
        };
        let mut effects = Vec::new();
        for (iccid, state) in after {
            if let Some(profile) = self.profiles.iter_mut().find(|profile| profile.iccid == iccid) {
                profile.service = state;
            }
            if state == ServiceState::Invalid {
                // A-115: an invalid profile frees its slot at once.
                effects.extend(deactivation(self.remove(&iccid), iccid));
            }
        }
        effects.push(self.call(None, CmpCall::SendProfileInformation(body)));
        Ok(effects)
    }

    // ---- the end of the federation ----------------------------------------------------------------------------------

    /// Nothing but the statuses of deletions is accepted after this (A-161).
    fn active(&self) -> Result<(), Refusal> {
        match self.token {
            TokenState::Active => Ok(()),
            TokenState::Invalidated | TokenState::Purgeable => Err(Condition::InvalidatedMspToken.into()),
        }
    }

    /// "Request invalidate MSP token", as often as it comes (A-55).
    // R-306, R-307, R-363; A-106
    fn invalidate(&mut self, now: Timestamp) -> Vec<Effect> {
        let Some(token) = self.token.on(TokenStep::Invalidate) else {
            return Vec::new();
        };
        self.token = token;
        self.invalidated = Some(now);
        let mut effects = vec![Effect::Log(Log::Invalidated)];
        for profile in &mut self.profiles {
            let was_live = profile.step(ProfileStep::Remove);
            effects.extend(deactivation(was_live, profile.iccid));
        }
        effects
    }

    /// The MSP ends the federation itself.
    // R-103, R-236; R-247: no "Send profile information" beside it
    fn withdraw(&mut self, reason: Option<FreeText>, now: Timestamp) -> Vec<Effect> {
        let mut effects = self.invalidate(now);
        if !effects.is_empty() {
            let body = NotifyMspTokenInvalid::new(reason);
            effects.push(self.call(None, CmpCall::NotifyMspTokenInvalid(body)));
        }
        effects
    }

    /// An invalidated token may be erased when the last deletion is reported, or was waited for long enough.
    // R-092, R-101, R-106, R-109
    fn settle(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let over = self
            .invalidated
            .is_some_and(|since| now >= after(since, self.options.retention));
        let all_reported = self.profiles.iter().all(|profile| profile.deletion_reported);
        if (over || all_reported)
            && let Some(token) = self.token.on(TokenStep::Settle)
        {
            self.token = token;
            effects.push(Effect::Log(Log::Purgeable));
        }
    }

    /// Bounds what is remembered.
    fn forget(&mut self, now: Timestamp) {
        let memory = self.options.memory;
        self.requests
            .retain(|_, request| request.outcome.is_none() || now < after(request.since, memory));
        self.profiles.retain(|profile| {
            profile.state.is_live() || !profile.deletion_reported || now < after(profile.last_used, memory)
        });
    }

    fn call(&self, correlation_id: Option<CorrelationId>, call: CmpCall) -> Effect {
        Effect::CallCmp {
            msp_token: self.msp_token,
            correlation_id,
            call,
        }
    }
}

fn deactivation(was_live: bool, iccid: Iccid) -> Vec<Effect> {
    match was_live {
        true => vec![Effect::Deactivate { iccid }],
        false => Vec::new(),
    }
}

impl Request {
    /// Tells the CMP how the request ended, if it has: by the answer, or by "Send activation code" after a 201.
    // R-288, R-289, R-294..R-299
    fn tell(&self, id: ActivationCodeRequestId, msp_token: MspToken) -> Option<Effect> {
        let outcome = self.outcome.as_ref()?;
        if !self.follows {
            return Some(Effect::Answer {
                activation_code_request_id: id,
                answer: match outcome {
                    Outcome::Issued(ready) => Answer::Ready(ready.clone()),
                    Outcome::Denied(denial) => Answer::Denied(*denial),
                },
            });
        }
        let body = match outcome {
            Outcome::Issued(ready) => SendActivationCode::Issued(IssuedActivationCode::from_ready(id, ready.clone())),
            Outcome::Denied(denial) => SendActivationCode::failed(id, denial.error_text()),
        };
        Some(Effect::CallCmp {
            msp_token,
            correlation_id: self.correlation_id,
            call: CmpCall::SendActivationCode(body),
        })
    }

    /// The same request once more (A-99): the same answer; while there is none, a 201.
    fn again(&mut self, id: ActivationCodeRequestId, msp_token: MspToken) -> Vec<Effect> {
        if self.outcome.is_none() {
            self.follows = true;
        }
        let accepted = self.follows.then_some(Effect::Answer {
            activation_code_request_id: id,
            answer: Answer::Accepted,
        });
        accepted.into_iter().chain(self.tell(id, msp_token)).collect()
    }
}
