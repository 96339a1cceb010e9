//! The aggregate and its front door.

use aid_types::{CmpUserId, Iccid, MspToken, Refusal, UpdateSubscriptionInfo};
use serde::{Deserialize, Serialize};

use super::{
    Effect, Event, Log, Options, Profile, Session, TokenState, TokenStep, context::Context, csim_status::Told,
    deletion_order::Again, profiles::Profiles, stranger::Found, vehicles::Vehicles,
};
use crate::{Timestamp, format::Format, time};

/// One user's federation with one MSP, as the CMP knows it.
///
/// Load it, have it [`handle`](Self::handle) an event, save it together with the effects, and then execute them.
///
/// ```
/// use aid_procedures::{Timestamp, cmp};
/// use aid_types::{Condition, RequestProfileStatus};
///
/// let now = Timestamp::from_secs(1_700_000_000);
/// let mut federation = cmp::Federation::new("customer-4711".parse()?, cmp::Options::default());
///
/// // Nothing is federated yet, so there is nobody to ask.
/// let sync = cmp::Event::SyncProfiles { request: RequestProfileStatus::all() };
/// let refusal = federation.handle(sync, now).unwrap_err();
/// assert_eq!(refusal.condition(), Some(Condition::UnknownMspToken));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Federation {
    format: Format<2, 1>,
    pub(super) options: Options,
    pub(super) cmp_user_id: CmpUserId,
    pub(super) state: TokenState,
    pub(super) msp_token: Option<MspToken>,
    /// The msp_token that was removed: it is never taken again (A-116).
    #[serde(default)]
    pub(super) former_msp_token: Option<MspToken>,
    pub(super) subscription: Option<UpdateSubscriptionInfo>,
    pub(super) sessions: Vec<Session>,
    pub(super) profiles: Profiles,
    pub(super) vehicles: Vehicles,
    /// The latest profiles that the MSP swapped and nobody knew: their vehicle may not have told their names yet (A-12).
    pub(super) swapped: Vec<Iccid>,
    /// How many events it has handled: what came after what, whatever the clock says (A-176).
    #[serde(default)]
    events: u64,
}

impl Federation {
    /// A user who has not been onboarded.
    #[must_use]
    pub fn new(cmp_user_id: CmpUserId, options: Options) -> Self {
        Self {
            format: Format,
            options,
            cmp_user_id,
            state: TokenState::Unfederated,
            msp_token: None,
            former_msp_token: None,
            subscription: None,
            sessions: Vec::new(),
            profiles: Profiles::default(),
            vehicles: Vehicles::default(),
            swapped: Vec::new(),
            events: 0,
        }
    }

    /// Whose federation it is.
    #[must_use]
    pub const fn cmp_user_id(&self) -> &CmpUserId {
        &self.cmp_user_id
    }

    /// How far the federation is.
    #[must_use]
    pub const fn state(&self) -> TokenState {
        self.state
    }

    /// The msp_token, from `Active` until `Removed`.
    #[must_use]
    pub const fn msp_token(&self) -> Option<&MspToken> {
        self.msp_token.as_ref()
    }

    /// What the MSP last said of the subscription, while there is an msp_token.
    #[must_use]
    pub const fn subscription(&self) -> Option<&UpdateSubscriptionInfo> {
        self.subscription.as_ref()
    }

    /// The onboarding sessions.
    #[must_use]
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// The profiles that were requested, those that are deleted by now included while they are remembered.
    // R-111: what a touchpoint lets the user choose from.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The profile with this ICCID.
    #[must_use]
    pub fn profile(&self, iccid: &Iccid) -> Option<&Profile> {
        self.profiles.named(*iccid)
    }

    /// The choices in force.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Changes the choices; they hold from the next event on, and are saved. An aggregate that is loaded has those that it was
    /// saved with: call this after loading where today's shall hold for all.
    pub fn set_options(&mut self, options: Options) {
        self.options = options;
    }

    /// Whether the federation is over and nothing late can concern it any more, so that it may be deleted. Keep its msp_token
    /// (see [`keys`](Self::keys)): none is taken twice (A-116).
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == TokenState::Removed && self.profiles.is_empty()
    }

    /// When [`Event::Tick`] is due: something will have expired then, or is to be tried again. `None` if nothing can.
    ///
    /// It is a time of the clock that `handle` is given. After that was set, tick every federation once: what lies ahead
    /// without reason is noticed then (A-176).
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let sessions = self.sessions.iter().filter_map(Session::wake_at);
        let profiles = self.profiles.wake_at(self.msp_token.is_some(), &self.options);
        sessions
            .chain(profiles)
            .chain(self.vehicles.wake_at(&self.options))
            .min()
    }

    /// Handles what happened at `now`, and says what is to be done, in order.
    ///
    /// # Errors
    ///
    /// What the MSP is answered, or the touchpoint, if the event is a call or a wish that must be refused. The federation
    /// is unchanged then. Replies and messages of vehicles are never refused.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Result<Vec<Effect>, Refusal> {
        let now = time::in_seconds(now);
        let mut effects = Vec::new();
        let out = &mut effects;
        match event {
            Event::SessionOpened { sid, expires } => self.open_session(sid, expires)?,
            Event::SessionAborted { sid } => self.abort_session(sid)?,
            Event::Withdraw => self.withdraw(now, out)?,
            Event::DeleteProfile { iccid } => self.delete_profile(&iccid, now, out)?,
            Event::ProfileNamed {
                activation_code_request_id,
                iccid,
            } => self.profile_named(activation_code_request_id, iccid, now, out)?,
            Event::DeleteUnknownProfile {
                iccid,
                eid,
                vin,
                fresh_id,
            } => self.delete_unknown_profile(&Found { iccid, eid, vin }, fresh_id, now, out),
            Event::MakeRoom { eid } => self.make_room(eid, now, out)?,
            Event::VehicleGone { vin } => self.vehicle_gone(vin, now, out),
            Event::EuiccGone { eid } => self.euicc_gone(eid, now, out),
            Event::DeleteAllProfiles { vin } => self.delete_all_profiles(vin, now, out),
            Event::SyncProfiles { request } => self.sync_profiles(request, out)?,
            Event::SyncVehicle { vin } => self.parts(now, out).1.request_csim_info(vin),
            Event::SendMspToken {
                sid,
                assigned_elsewhere,
                body,
            } => self.msp_token_sent(sid, assigned_elsewhere, body, now, out)?,
            Event::NotifyMspTokenInvalid(body) => self.msp_token_invalid(body, now, out)?,
            Event::SendProfileInformation(body) => self.profile_information(&body, now, out)?,
            Event::UpdateSubscriptionInfo(body) => self.update_subscription(body)?,
            Event::SendActivationCode { body, correlation_id } => {
                self.activation_code_sent(body, correlation_id, now, out)?;
            }
            Event::ActivationCodeReply {
                activation_code_request_id,
                reply,
            } => self.activation_code_replied(activation_code_request_id, reply, now, out),
            Event::ProfileStatusReply { request, reply } => self.profile_status_replied(request, reply, now, out),
            Event::RequestActivationCode { message, fresh_id } => {
                let vin = message.request_id.vehicle_id;
                self.located(vin, message.eid, now, out);
                self.activation_code_requested(&message, fresh_id, now, out);
                self.alive(vin, Again::SignOfLife, now, out);
            }
            Event::DownloadInstallInfo(message) => {
                let vin = message.request_id.vehicle_id;
                self.located(vin, message.eid, now, out);
                self.download_install_info(&message, now, out);
                self.alive(vin, Again::SignOfLife, now, out);
            }
            Event::CsimStatus {
                message,
                begun_by_cmp,
                elsewhere,
            } => {
                let vin = message.request_id.vehicle_id;
                self.located(vin, message.eid, now, out);
                let told = Told {
                    message: &message,
                    begun_by_cmp,
                    elsewhere: &elsewhere,
                };
                self.csim_status(&told, now, out);
                self.alive(vin, Again::SignOfLife, now, out);
            }
            Event::EnableProfileError(message) => {
                self.enable_error(&message, now, out);
                self.alive(message.request_id.vehicle_id, Again::SignOfLife, now, out);
            }
            Event::DisableProfileError(message) => {
                self.disable_error(&message, now, out);
                self.alive(message.request_id.vehicle_id, Again::SignOfLife, now, out);
            }
            Event::DeleteProfileResponse { request_id, response } => {
                self.delete_profile_response(request_id, response, now, out);
                self.alive(request_id.vehicle_id, Again::SignOfLife, now, out);
            }
            Event::DeleteAllProfilesResponse { request_id, response } => {
                self.delete_all_response(request_id, response, now, out);
                self.alive(request_id.vehicle_id, Again::SignOfLife, now, out);
            }
            Event::CsimInfoResponse { request_id, response } => {
                self.parts(now, out).1.csim_info_response(request_id, response);
                self.alive(request_id.vehicle_id, Again::SignOfLife, now, out);
            }
            Event::VehicleConnected { vin } => self.alive(vin, Again::Connected, now, out),
            Event::Tick => self.tick(now, out),
        }
        self.tidy(now, out);
        self.events += 1;
        self.settle(out);
        Ok(effects)
    }

    /// The profiles, and what a change of them needs.
    pub(super) fn parts<'a>(&'a mut self, now: Timestamp, out: &'a mut Vec<Effect>) -> (&'a mut Profiles, Context<'a>) {
        let cx = Context {
            msp_token: self.msp_token,
            active: self.state == TokenState::Active,
            cmp_user_id: &self.cmp_user_id,
            options: &self.options,
            vehicles: &mut self.vehicles,
            swapped: &mut self.swapped,
            now,
            event: self.events + 1,
            out,
        };
        (&mut self.profiles, cx)
    }

    /// Takes a step of the token's life, if it belongs here.
    pub(super) fn step(&mut self, step: TokenStep) -> bool {
        let next = self.state.on(step);
        self.state = next.unwrap_or(self.state);
        next.is_some()
    }

    /// Removes the msp_token once no profile needs it for a status any more.
    // R-092, R-100, R-106, R-108, R-364
    fn settle(&mut self, out: &mut Vec<Effect>) {
        if self.state == TokenState::Invalidated && !self.profiles.any_live() && self.step(TokenStep::LastProfileGone) {
            self.former_msp_token = self.msp_token.take();
            self.subscription = None;
            self.sessions.clear();
            out.push(Effect::Log(Log::TokenRemoved));
        }
    }

    /// Keeps what is remembered within bounds.
    fn tidy(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let (profiles, mut cx) = self.parts(now, out);
        profiles.keep_bounded(&mut cx);
        let (holds, matters) = (|vin| profiles.any_of(vin), |eid| profiles.any_on(eid));
        for unanswered in cx.vehicles.forget(holds, matters) {
            cx.gave_up(&unanswered);
        }
    }

    /// Lets lapse what is due, and forgets what is over for long.
    fn tick(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        self.expire_sessions(now);
        let (profiles, mut cx) = self.parts(now, out);
        profiles.tick(&mut cx);
        for unanswered in cx.vehicles.give_up(cx.options, now) {
            cx.gave_up(&unanswered);
        }
        profiles.forget(&mut cx);
    }
}
