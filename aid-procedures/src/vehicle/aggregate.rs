//! The aggregate and its front door.

use aid_types::{CmpUserId, Eid, Iccid, Imei, Vin};
use aid2_proto::{RequestId, RequestIdGenerator, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    CommandId, Effect, Event, Log, Now, Options, Profile, ToCmp, deletion::Orders, download::Doubt, lpa::Lpa,
    now::Since,
};
use crate::{Key, format::Format};

/// One vehicle: its eUICC, the profiles of its users, and what is under way.
///
/// Load it, have it [`handle`](Self::handle) an event, save it together with the messages to the CMP backend, and then
/// execute the effects.
///
/// ```
/// use std::time::Duration;
///
/// use aid_procedures::{Timestamp, vehicle::{Effect, Event, LpaCommand, Now, Options, ToCmp, Vehicle}};
///
/// let now = Now::new(Duration::from_secs(17), Some(Timestamp::from_secs(1_700_000_000)));
/// let (vin, eid) = ("WBAUX11030A334483".parse()?, "89034011560010000000000000000121".parse()?);
/// let mut vehicle = Vehicle::new(vin, eid, Options::default());
///
/// // What the eUICC holds is read first.
/// let effects = vehicle.handle(Event::Restarted { vin, eid, user_stayed: false }, now);
/// assert!(matches!(effects[..], [Effect::Command { command: LpaCommand::List, .. }]));
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
    pub(super) request_ids: RequestIdGenerator,
    pub(super) logged_in: Option<CmpUserId>,
    pub(super) profiles: Vec<Profile>,
    pub(super) orders: Orders,
    /// The questions for the CSIM status that wait for the eUICC.
    pub(super) csim_infos: Vec<RequestId>,
    /// Whether the profiles have to be read from the eUICC.
    pub(super) must_list: bool,
    /// Since when the eUICC has not been asked again, after it did not tell them.
    #[serde(default)]
    pub(super) list_failed: Option<Since>,
    /// Whether the CMP backend has to be told what the eUICC tells, news or not.
    #[serde(default)]
    pub(super) must_tell: bool,
    /// Whether the eUICC holds a profile that nobody knows, and that a download may have brought.
    #[serde(default)]
    pub(super) unadopted: bool,
    #[serde(default)]
    pub(super) doubt: Option<Doubt>,
    pub(super) lpa: Lpa,
}

impl Vehicle {
    /// A vehicle of which nothing is remembered: nobody is logged in, and what the eUICC holds is still to be read.
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
            must_list: true,
            list_failed: None,
            must_tell: true,
            unadopted: false,
            doubt: None,
            lpa: Lpa::default(),
        }
    }

    /// The same vehicle, telling this IMEI of its modem, or none.
    // R-332: without it, the field stays empty.
    #[must_use]
    pub fn with_imei(self, imei: Option<Imei>) -> Self {
        Self { imei, ..self }
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

    /// The choices in force.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// Changes the choices; they hold from the next event on. They are saved with the vehicle: set them after loading, if
    /// new ones are to hold.
    pub const fn set_options(&mut self, options: Options) {
        self.options = options;
    }

    /// What to find the vehicle by.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        [Key::Vin(self.vin), Key::Eid(self.eid)].into_iter()
    }

    /// Whether a command is out: it was given, its outcome is not known, and it was not given up.
    #[must_use]
    pub fn is_out(&self, command: CommandId) -> bool {
        self.lpa.out().any(|(out, _)| out == command)
    }

    /// Whether an effect that waits is still to be executed: a command no longer, once it was given up. Messages and answers
    /// always are.
    #[must_use]
    pub fn still_wanted(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Command { id, .. } => self.is_out(*id),
            Effect::SendToCmp(_) | Effect::Respond { .. } | Effect::Log(_) => true,
        }
    }

    /// The id of a sequence of your own, beside those of the vehicle: no two are the same. Save the vehicle before you use
    /// it.
    // R-167, A-126
    pub fn next_request_id(&mut self, now: Now) -> RequestId {
        self.start(now)
    }

    /// What follows from `event`, in this order.
    ///
    /// No event is refused: what the CMP backend asks for is answered with a nested response, and what does not belong
    /// here changes nothing and is logged.
    pub fn handle(&mut self, event: Event, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        let out = &mut effects;
        match event {
            Event::Restarted { vin, eid, user_stayed } => self.restarted(vin, eid, user_stayed, now, out),
            _ => self.time_out(now, out),
        }
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
            Event::Restarted { .. } | Event::Tick => {}
        }
        self.settle(now, out);
        effects
    }

    /// Whether the profile's user is logged in.
    pub(super) fn is_at_the_wheel(&self, profile: &Profile) -> bool {
        self.logged_in.is_some() && self.logged_in == profile.cmp_user_id
    }

    /// The profile on the eUICC with this ICCID.
    pub(super) fn installed(&mut self, iccid: Iccid) -> Option<&mut Profile> {
        self.profiles.iter_mut().find(|profile| profile.is_installed_as(iccid))
    }

    /// Where it stands.
    pub(super) fn position(&self, iccid: Iccid) -> Option<usize> {
        self.profiles.iter().position(|profile| profile.is_installed_as(iccid))
    }

    /// The id of a sequence that the vehicle begins now. Without a date it is the second after the latest.
    // R-167, A-126, A-182
    pub(super) fn start(&mut self, now: Now) -> RequestId {
        let date = now.date.map_or(1, Timestamp::as_secs);
        let id = self.request_ids.next(date).or_else(|_| self.request_ids.next(1));
        // Only after the year 5138 is there none left.
        id.unwrap_or_else(|_| RequestId::new(self.vin, Timestamp::from_secs(Timestamp::MAX_SECS)))
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
