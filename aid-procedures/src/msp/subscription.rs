//! The aggregate and its front door.

use std::collections::VecDeque;

use aid_types::{ActivationCodeRequestId, Condition, CorrelationId, Iccid, MspToken, Refusal, SendActivationCode};
use serde::{Deserialize, Serialize};

use super::{
    Alarm, CmpCall, Effect, Event, Log, OpenRequest, Options, Profile, ProfileState, TokenState, TokenStep,
    profiles::Profiles,
};
use crate::{Key, ServiceState, Timestamp, format::Format, time};

/// One customer's subscription with AiD, as the MSP knows it: an msp_token and a pool of profiles.
///
/// Load it, have it [`handle`](Self::handle) an event, save it together with the effects, and then execute them.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use aid_procedures::{Timestamp, msp::{Effect, Event, Log, Options, Subscription}};
/// use aid_types::RequestActivationCode;
///
/// let now = Timestamp::from_secs(1_700_000_000);
/// let token = "25bca1e2-338f-11d6-ac61-9e71138fd521".parse()?;
/// let mut subscription = Subscription::new(token, Options::new(NonZeroUsize::MIN));
///
/// let id = "14abc1e2-338f-11e6-ac61-9e71128cae77".parse()?;
/// let request = RequestActivationCode::new("89049032000001000000000831934057".parse()?, id);
/// let effects = subscription.handle(Event::RequestActivationCode(request.clone()), now)?;
/// // Whoever asks with the msp_token has it.
/// assert_eq!(effects, [Effect::PrepareProfile(request), Effect::Log(Log::Onboarded)]);
///
/// // The SM-DP+ is quick, and the CMP still waits.
/// let prepared = Event::ProfilePrepared {
///     activation_code_request_id: id,
///     iccid: "8944500805172032953".parse()?,
///     activation_code: "1$SMDP.EXAMPLE$0A-1B".parse()?,
///     profile_type: aid_types::ProfileType::PERSONAL,
/// };
/// let effects = subscription.handle(prepared, now)?;
/// assert!(matches!(&effects[..], [Effect::Reply(_)]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    format: Format<1>,
    pub(super) options: Options,
    pub(super) msp_token: MspToken,
    pub(super) state: TokenState,
    pub(super) invalidated_at: Option<Timestamp>,
    /// Since when the CMP has not answered the onboarding, until that is told.
    #[serde(default)]
    pub(super) onboarding_since: Option<Timestamp>,
    pub(super) preparing: Vec<OpenRequest>,
    pub(super) profiles: Profiles,
    /// The latest requests that got no code: one that comes again late gets none either (A-99).
    pub(super) failed: VecDeque<ActivationCodeRequestId>,
}

impl Subscription {
    /// A subscription without profiles, [pending](TokenState::Pending). The msp_token is a fresh one: never one that was in
    /// use (A-116).
    // R-017, R-157
    #[must_use]
    pub fn new(msp_token: MspToken, options: Options) -> Self {
        Self {
            format: Format,
            options,
            msp_token,
            state: TokenState::Pending,
            invalidated_at: None,
            onboarding_since: None,
            preparing: Vec::new(),
            profiles: Profiles::default(),
            failed: VecDeque::new(),
        }
    }

    /// Which customer.
    #[must_use]
    pub const fn msp_token(&self) -> &MspToken {
        &self.msp_token
    }

    /// How far the subscription is. It may be deleted when it is [`TokenState::Purgeable`].
    #[must_use]
    pub const fn state(&self) -> TokenState {
        self.state
    }

    /// The profiles of the pool, and those that were in it while they are remembered.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The profile with this ICCID.
    #[must_use]
    pub fn profile(&self, iccid: &Iccid) -> Option<&Profile> {
        self.profiles.named(*iccid)
    }

    /// The requests that have no answer yet: their profiles are being prepared.
    #[must_use]
    pub fn open_requests(&self) -> &[OpenRequest] {
        &self.preparing
    }

    /// What to find the subscription by: its msp_token, and the ICCIDs of its profiles. With them a database tells whether
    /// a profile is [another subscription's](Event::SendCsimStatus).
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let iccids = self.profiles.iter().map(|profile| Key::Iccid(profile.iccid));
        std::iter::once(Key::MspToken(self.msp_token)).chain(iccids)
    }

    /// Whether an effect that waits is still to be executed. Ask with the subscription as it is saved now, just before: the
    /// msp_token may be dead by now, and is not used any more then (R-091). Where nothing else is said, what is no longer
    /// wanted is dropped; not so a "Send MSP token" that was tried and has no answer: the CMP may take it yet, and would never
    /// hear of its end.
    // R-091, R-105, R-247
    #[must_use]
    pub fn still_wanted(&self, effect: &Effect) -> bool {
        let profile = |iccid: &Iccid| self.profiles.named(*iccid).filter(|profile| profile.state.takes_slot());
        match effect {
            Effect::PrepareProfile(request) => {
                let id = request.activation_code_request_id;
                self.state.is_live() && self.preparing.iter().any(|open| open.is(id))
            }
            Effect::Reply(answer) => self.state.is_live() || matches!(answer.body(), SendActivationCode::Failed { .. }),
            Effect::CallCmp { call, .. } => match call {
                // What was accepted is answered.
                CmpCall::NotifyMspTokenInvalid(_) | CmpCall::SendActivationCode(SendActivationCode::Failed { .. }) => {
                    true
                }
                _ => self.state.is_live(),
            },
            Effect::SuspendProfile { iccid } => {
                profile(iccid).is_some_and(|profile| profile.service == ServiceState::Suspended)
            }
            Effect::RestoreProfile { iccid } => {
                profile(iccid).is_some_and(|profile| profile.service == ServiceState::Valid)
            }
            Effect::ReplyAccepted { .. } | Effect::DeactivateProfile { .. } | Effect::Alarm(_) | Effect::Log(_) => true,
        }
    }

    /// How many slots of the pool are taken, those of profiles in preparation included.
    #[must_use]
    pub fn slots_taken(&self) -> usize {
        // Who swaps takes the slot of its victim, or, if that has gone by itself, the one that it left.
        let victim_stays = |swap: Iccid| {
            self.profiles
                .named(swap)
                .is_some_and(|profile| profile.state.takes_slot())
        };
        let preparing = self
            .preparing
            .iter()
            .filter(|preparing| !preparing.swap.is_some_and(victim_stays));
        self.profiles.in_pool() + preparing.count()
    }

    /// The choices in force.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Changes the choices; they hold from the next event on. A pool that becomes smaller takes no profile away.
    ///
    /// They are saved with the subscription: set them after loading, if new ones are to hold for old subscriptions.
    pub fn set_options(&mut self, options: Options) {
        self.options = options;
    }

    /// When [`Event::Tick`] is due: something lapses or is forgotten then. `None` if nothing will.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let options = &self.options;
        let lapse = |since: Option<Timestamp>, seconds| since.map(|since| time::after(since, seconds));
        let preparing = self.preparing.iter().map(|request| request.since).min();
        let preparing = lapse(preparing, options.preparation_timeout);
        let state = match self.state {
            TokenState::Pending => lapse(self.onboarding_since, options.onboarding_timeout),
            TokenState::Active => lapse(self.profiles.first_over(), options.memory),
            TokenState::Invalidated if self.preparing.is_empty() => lapse(self.invalidated_at, options.retention),
            TokenState::Invalidated | TokenState::Purgeable => None,
        };
        preparing.into_iter().chain(state).min()
    }

    /// Handles what happened at `now`, and says what is to be done, in order.
    ///
    /// # Errors
    ///
    /// What the CMP is answered, or whoever decides at the MSP, if the event must be refused. The subscription is
    /// unchanged then.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Result<Vec<Effect>, Refusal> {
        let now = time::in_seconds(now);
        let mut effects = Vec::new();
        let out = &mut effects;
        match event {
            Event::RequestActivationCode(request) => {
                self.activation_code_requested(request, now, out)?;
                self.heard(out);
            }
            Event::Accepted {
                activation_code_request_id,
            } => self.accepted(activation_code_request_id, out),
            Event::ProfilePrepared {
                activation_code_request_id,
                iccid,
                activation_code,
                profile_type,
            } => {
                let issued = aid_types::IssuedActivationCode::new(
                    activation_code_request_id,
                    activation_code,
                    profile_type,
                    iccid,
                );
                self.profile_prepared(issued, iccid, now, out);
            }
            Event::PreparationFailed {
                activation_code_request_id,
                error,
            } => self.preparation_failed(activation_code_request_id, error, out),
            Event::CallReply { call, reply } => self.call_replied(&call, reply, now, out),
            Event::SendCsimStatus { body, foreign } => {
                self.csim_status(&body, foreign, now, out)?;
                self.heard(out);
            }
            Event::RequestInvalidateMspToken => self.withdrawn_by_cmp(now, out),
            Event::EndService { reason } => self.end_service(reason, now, out),
            Event::Onboard { account_id, body } => self.onboard(account_id, body, now, out)?,
            Event::ProfileInformation(body) => self.profile_information(&body, now, out)?,
            Event::UpdateSubscriptionInfo(body) => {
                self.active()?;
                call_cmp(None, CmpCall::UpdateSubscriptionInfo(body), out);
            }
            Event::InUse { iccid, in_use } => {
                let profile = self.profiles.named_mut(iccid);
                profile.ok_or_else(|| Refusal::unknown_profile(&iccid))?.in_use = in_use;
            }
            Event::Tick => self.tick(now, out),
        }
        self.settle(now, out);
        Ok(effects)
    }

    /// Refused once the msp_token is invalidated.
    // A-161
    pub(super) fn active(&self) -> Result<(), Refusal> {
        match self.state.is_live() {
            true => Ok(()),
            false => Err(Condition::InvalidatedMspToken.into()),
        }
    }

    pub(super) fn step(&mut self, step: TokenStep) -> bool {
        let next = self.state.on(step);
        self.state = next.unwrap_or(self.state);
        next.is_some()
    }

    /// Finishes the subscription when every profile is deleted, or the time for it is over. Not while the SM-DP+ may still
    /// prepare a profile, which would stay. Otherwise forgets what is over for long.
    // R-101, R-106, R-109, A-105
    fn settle(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let retention = self.options.retention;
        match self.state {
            TokenState::Pending | TokenState::Active => {
                let Options {
                    memory, max_remembered, ..
                } = self.options;
                for iccid in self.profiles.forget(memory, max_remembered, now) {
                    log(Log::DeletionUnreported { iccid }, out);
                }
            }
            TokenState::Invalidated if self.preparing.is_empty() => {
                let over = |since: &mut Timestamp| time::is_over(since, retention, now);
                let over = self.invalidated_at.as_mut().is_some_and(over);
                if (self.profiles.all_deleted() || over) && self.step(TokenStep::Finish) {
                    let left = |profile: &&Profile| profile.state == ProfileState::Deactivated;
                    for profile in self.profiles.iter().filter(left) {
                        log(Log::DeletionUnreported { iccid: profile.iccid }, out);
                    }
                    log(Log::Purgeable, out);
                }
            }
            TokenState::Invalidated | TokenState::Purgeable => {}
        }
    }

    fn tick(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        self.onboarding_times_out(now, out);
        self.preparations_time_out(now, out);
    }
}

pub(super) fn call_cmp(correlation_id: Option<CorrelationId>, call: CmpCall, out: &mut Vec<Effect>) {
    out.push(Effect::CallCmp { correlation_id, call });
}

pub(super) fn alarm(alarm: Alarm, out: &mut Vec<Effect>) {
    out.push(Effect::Alarm(alarm));
}

pub(super) fn log(log: Log, out: &mut Vec<Effect>) {
    out.push(Effect::Log(log));
}
