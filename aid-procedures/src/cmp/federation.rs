//! The aggregate and its front door.

use aid_types::{CmpUserId, Iccid, MspToken, Refusal, UpdateSubscriptionInfo};
use serde::{Deserialize, Serialize};

use super::{
    Effect, Event, Log, Options, Profile, Session, TokenState, TokenStep, desk::Desk, profiles::Profiles,
    vehicles::Vehicles,
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
    format: Format<1>,
    pub(super) options: Options,
    pub(super) cmp_user_id: CmpUserId,
    pub(super) state: TokenState,
    pub(super) msp_token: Option<MspToken>,
    pub(super) subscription: Option<UpdateSubscriptionInfo>,
    pub(super) sessions: Vec<Session>,
    pub(super) profiles: Profiles,
    pub(super) vehicles: Vehicles,
    /// The latest profiles that the MSP swapped and nobody knew: their vehicle may not have told their names yet (A-12).
    pub(super) swapped: Vec<Iccid>,
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
            subscription: None,
            sessions: Vec::new(),
            profiles: Profiles::default(),
            vehicles: Vehicles::default(),
            swapped: Vec::new(),
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

    /// Changes the choices; they hold from the next event on.
    pub fn set_options(&mut self, options: Options) {
        self.options = options;
    }

    /// Whether the federation is over and nothing late can concern it any more, so that it may be deleted.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state == TokenState::Removed && self.profiles.is_empty()
    }

    /// When [`Event::Tick`] is due: something will have expired then. `None` if nothing can.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let sessions = self.sessions.iter().filter_map(Session::wake_at);
        sessions.chain(self.profiles.wake_at(&self.options)).min()
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
            Event::DeleteAllProfiles { vin } => self.delete_all_profiles(vin, now, out),
            Event::SyncProfiles { request } => self.sync_profiles(request, out)?,
            Event::SyncVehicle { vin } => self.desk(now, out).1.request_csim_info(vin),
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
                self.activation_code_requested(&message, fresh_id, now, out);
            }
            Event::DownloadInstallInfo(message) => self.download_install_info(&message, now, out),
            Event::CsimStatus(message) => self.csim_status(&message, now, out),
            Event::EnableProfileError(message) => self.enable_error(&message, now, out),
            Event::DisableProfileError(message) => self.disable_error(&message, now, out),
            Event::DeleteProfileResponse { request_id, response } => {
                self.delete_profile_response(request_id, response, now, out);
            }
            Event::DeleteAllProfilesResponse { request_id, response } => {
                self.delete_all_response(request_id, response, now, out);
            }
            Event::CsimInfoResponse { request_id, response } => {
                self.desk(now, out).1.csim_info_response(request_id, response);
            }
            Event::VehicleConnected { vin } => self.vehicle_connected(vin, now, out),
            Event::Tick => self.tick(now, out),
        }
        self.settle(out);
        Ok(effects)
    }

    /// The profiles, and what a change of them needs.
    pub(super) fn desk<'a>(&'a mut self, now: Timestamp, out: &'a mut Vec<Effect>) -> (&'a mut Profiles, Desk<'a>) {
        let desk = Desk {
            msp_token: self.msp_token,
            cmp_user_id: &self.cmp_user_id,
            options: &self.options,
            vehicles: &mut self.vehicles,
            swapped: &mut self.swapped,
            now,
            out,
        };
        (&mut self.profiles, desk)
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
            self.msp_token = None;
            self.subscription = None;
            self.sessions.clear();
            out.push(Effect::Log(Log::TokenRemoved));
        }
    }

    /// Lets lapse what is due, and forgets what is over for long.
    fn tick(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        self.expire_sessions(now);
        let (profiles, mut desk) = self.desk(now, out);
        profiles.expire(&mut desk);
        for vin in profiles.forget(desk.options, now) {
            if !profiles.any_of(vin) {
                desk.vehicles.forget(vin);
            }
        }
    }
}
