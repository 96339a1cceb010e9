//! The aggregate and its front door.

use aid_types::{CmpUserId, Eid, Iccid, Imei, Vin};
use aid2_proto::{RequestId, RequestIdGenerator};
use serde::{Deserialize, Serialize};

use super::{
    Effect, Event, Log, LpaCommand, Options, Profile, ProfileState, ProfileStep, ToCmp, command::Lpa, deletion::Orders,
};
use crate::{Timestamp, format::Format, time};

/// One vehicle: its eUICC, the profiles of its users, and what is under way.
///
/// Load it, have it [`handle`](Self::handle) an event, save it together with the messages to the CMP backend, and then
/// execute the effects.
///
/// ```
/// use aid_procedures::{Timestamp, vehicle::{Effect, Event, Options, ToCmp, Vehicle}};
///
/// let now = Timestamp::from_secs(1_700_000_000);
/// let (vin, eid) = ("WBAUX11030A334483".parse()?, "89034011560010000000000000000121".parse()?);
/// let mut vehicle = Vehicle::new(vin, eid, Options::default());
///
/// // A user logs in who has no profile here.
/// let effects = vehicle.handle(Event::Login { cmp_user_id: "customer-4711".parse()? }, now);
/// assert!(matches!(effects[..], [Effect::SendToCmp(ToCmp::RequestActivationCode(_))]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vehicle {
    format: Format<1>,
    pub(super) options: Options,
    pub(super) vin: Vin,
    pub(super) eid: Eid,
    pub(super) imei: Option<Imei>,
    pub(super) csim_network: String,
    pub(super) psim_network: String,
    request_ids: RequestIdGenerator,
    pub(super) logged_in: Option<CmpUserId>,
    pub(super) profiles: Vec<Profile>,
    pub(super) orders: Orders,
    /// The questions for the CSIM status that wait for the eUICC.
    pub(super) csim_infos: Vec<RequestId>,
    /// Whether the profiles have to be read from the eUICC.
    pub(super) must_list: bool,
    pub(super) lpa: Lpa,
}

impl Vehicle {
    /// A vehicle without profiles, nobody logged in.
    #[must_use]
    pub fn new(vin: Vin, eid: Eid, options: Options) -> Self {
        Self {
            format: Format,
            options,
            vin,
            eid,
            imei: None,
            csim_network: String::new(),
            psim_network: String::new(),
            request_ids: RequestIdGenerator::new(vin),
            logged_in: None,
            profiles: Vec::new(),
            orders: Orders::default(),
            csim_infos: Vec::new(),
            must_list: false,
            lpa: Lpa::default(),
        }
    }

    /// The same vehicle, telling the IMEI of its modem.
    // R-332: without it, the field stays empty.
    #[must_use]
    pub fn with_imei(self, imei: Imei) -> Self {
        Self {
            imei: Some(imei),
            ..self
        }
    }

    /// The vehicle identification number: the `vehicle_id` of every request id.
    #[must_use]
    pub const fn vin(&self) -> &Vin {
        &self.vin
    }

    /// The eUICC.
    #[must_use]
    pub const fn eid(&self) -> &Eid {
        &self.eid
    }

    /// The modem, if it is told.
    #[must_use]
    pub const fn imei(&self) -> Option<&Imei> {
        self.imei.as_ref()
    }

    /// Who is logged in.
    #[must_use]
    pub const fn logged_in(&self) -> Option<&CmpUserId> {
        self.logged_in.as_ref()
    }

    /// The profiles of all users, those under way included.
    #[must_use]
    pub fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// When a [`Tick`](Event::Tick) is due, if no other event comes before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let disable = |profile: &Profile| profile.disable_at.filter(|_| !self.is_at_the_wheel(profile));
        self.profiles
            .iter()
            .filter_map(|profile| profile.times_out(&self.options).or_else(|| disable(profile)))
            .min()
    }

    /// What follows from `event`, in this order.
    ///
    /// No event is refused: what the CMP backend asks for is answered with a nested response, and what does not belong
    /// here changes nothing and is logged.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Vec<Effect> {
        let now = time::in_seconds(now);
        let mut effects = Vec::new();
        let out = &mut effects;
        self.time_out(now, out);
        match event {
            Event::Login { cmp_user_id } => self.login(cmp_user_id, now, out),
            Event::Logout => self.logout(),
            Event::SendActivationCode(message) => self.activation_code_sent(message, out),
            Event::ActivationCodeRefused { request_id, response } => {
                self.activation_code_refused(request_id, response, out);
            }
            Event::RequestDeleteProfile(message) => self.delete_profile(&message, out),
            Event::RequestDeleteAllProfiles(message) => self.delete_all_profiles(&message, out),
            Event::RequestCsimInfo(message) => self.csim_info_requested(&message, out),
            Event::Downloaded { command, result } => self.downloaded(command, result, out),
            Event::Completed { command, result } => self.completed(command, result, now, out),
            Event::Listed { command, result } => self.listed(command, result, now, out),
            Event::NetworksChanged {
                csim_network,
                psim_network,
            } => {
                self.csim_network = csim_network;
                self.psim_network = psim_network;
            }
            Event::Restarted { logged_in } => self.restarted(logged_in, now, out),
            Event::Tick => {}
        }
        self.settle(out);
        effects
    }

    /// Lets lapse what is due.
    fn time_out(&mut self, now: Timestamp, out: &mut Vec<Effect>) {
        let options = self.options;
        for profile in &mut self.profiles {
            // A-124
            if profile.times_out(&options).is_some_and(|at| now >= at) && profile.step(ProfileStep::GiveUp) {
                out.push(Effect::Log(Log::NoAnswer));
            }
            profile.disable_at.take_if(|at| now >= *at);
        }
    }

    fn restarted(&mut self, logged_in: Option<CmpUserId>, now: Timestamp, out: &mut Vec<Effect>) {
        out.extend(self.lpa.out().map(|(id, command)| Effect::Command { id, command }));
        self.must_list = true;
        match logged_in {
            Some(cmp_user_id) => self.login(cmp_user_id, now, out),
            None => self.logout(),
        }
    }

    /// Does what can be done now: orders that are fulfilled are answered, and the LPA gets its next commands.
    fn settle(&mut self, out: &mut Vec<Effect>) {
        self.finish_orders(out);
        if self.lpa.can_download() {
            let next = self.profiles.iter_mut().find_map(|profile| {
                let activation_code = profile.activation_code.clone()?;
                profile.step(ProfileStep::Download).then_some(activation_code)
            });
            if let Some(activation_code) = next {
                self.command(LpaCommand::Download { activation_code }, out);
            }
        }
        if self.lpa.is_free()
            && let Some(command) = self.next_command()
        {
            self.command(command, out);
        }
    }

    /// What the LPA should do next, beside downloads.
    fn next_command(&self) -> Option<LpaCommand> {
        let doomed = |profile: &Profile| self.orders.concern(profile.iccid);
        let first = |wanted: &dyn Fn(&Profile) -> bool| {
            // The latest first, should a user have two.
            self.profiles.iter().rev().find(|profile| wanted(profile))?.iccid
        };
        // R-040, R-042, R-113, R-125
        let to_disable = first(&|profile| {
            let unwanted = !self.is_at_the_wheel(profile) && profile.disable_at.is_none();
            profile.state == ProfileState::Enabled && (unwanted || doomed(profile))
        });
        if let Some(iccid) = to_disable {
            return Some(LpaCommand::Disable { iccid });
        }
        if self.must_list || !self.csim_infos.is_empty() {
            return Some(LpaCommand::List);
        }
        // R-096, R-129
        if let Some(iccid) = first(&|profile| profile.state == ProfileState::Disabled && doomed(profile)) {
            return Some(LpaCommand::Delete { iccid });
        }
        // One at a time.
        if first(&|profile| profile.state == ProfileState::Enabled).is_some() {
            return None;
        }
        // R-038, R-124
        let to_enable = first(&|profile| {
            profile.state == ProfileState::Disabled
                && self.is_at_the_wheel(profile)
                && !profile.rests
                && !doomed(profile)
        });
        to_enable.map(|iccid| LpaCommand::Enable { iccid })
    }

    /// Whether the profile's user is logged in.
    pub(super) fn is_at_the_wheel(&self, profile: &Profile) -> bool {
        self.logged_in.as_ref() == Some(&profile.cmp_user_id)
    }

    fn command(&mut self, command: LpaCommand, out: &mut Vec<Effect>) {
        let id = self.lpa.begin(command.clone());
        out.push(Effect::Command { id, command });
    }

    /// The profile on the eUICC with this ICCID.
    pub(super) fn installed(&mut self, iccid: Iccid) -> Option<&mut Profile> {
        self.profiles.iter_mut().find(|profile| profile.is_installed_as(iccid))
    }

    /// The id of a sequence that the vehicle begins now.
    // R-167, A-126
    pub(super) fn start(&mut self, now: Timestamp) -> RequestId {
        // Only beyond the year 5138 does the generator refuse.
        self.request_ids
            .next(now.as_secs())
            .unwrap_or_else(|_| RequestId::new(self.vin, now))
    }

    /// Whether a message is for another vehicle: then it is not followed.
    pub(super) fn is_for_other(&self, request_id: RequestId, out: &mut Vec<Effect>) -> bool {
        let other = request_id.vehicle_id != self.vin;
        if other {
            out.push(Effect::Log(Log::OtherVehicle));
        }
        other
    }
}

/// Appends a message to the CMP backend.
pub(super) fn send(message: ToCmp, out: &mut Vec<Effect>) {
    out.push(Effect::SendToCmp(message));
}
