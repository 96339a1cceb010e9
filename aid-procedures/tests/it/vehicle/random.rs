//! Any sequence of logins, messages, outcomes and restarts keeps the promises of a vehicle.

use std::collections::{BTreeMap, BTreeSet};

use aid_procedures::vehicle::{
    CommandId, DownloadFailure, Effect, Event, InstalledProfile, ListedProfile, Log, LpaCommand, ProfileState,
    Response, ToCmp, Vehicle,
};
use aid_types::{ActivationCode, CmpUserId, Iccid};
use aid2_proto::{
    CsimErrorCode, DownloadInstallResult, RequestActivationCodeError, RequestActivationCodeResult, RequestCsimInfo,
    RequestDeleteAllProfiles, RequestDeleteProfile, RequestId,
};
use proptest::prelude::*;

use super::car::{Car, activation_code, iccid, line, request_id, started, user};

#[derive(Debug, Clone, Copy)]
enum Action {
    Login(char),
    Logout,
    /// The code with this number for the user: in answer to the latest request, or with an id from nowhere.
    Code(char, u32, bool),
    Refuse(char),
    Delete(u64, char, u32),
    DeleteAll(u64),
    CsimInfo(u64),
    /// The LPA ends one of its commands, well or not.
    End(bool, bool),
    /// The LPA tells an outcome again.
    EndAgain,
    /// The LPA ends a command that was given up.
    EndLate(bool),
    /// The process dies and comes back; the LPA has done what it had in hand, or has not, and may not know its own download.
    Restart {
        stayed: bool,
        done: bool,
        naive: bool,
    },
    /// What was saved is lost, and the eUICC is not.
    Forget,
    Wait(u64),
    /// The date is set, or unknown.
    SetDate(Option<u64>),
}

fn letter() -> impl Strategy<Value = char> {
    prop::sample::select(vec!['A', 'B', 'C'])
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => letter().prop_map(Action::Login),
        3 => Just(Action::Logout),
        6 => (letter(), 1..5_u32, prop::bool::weighted(0.8)).prop_map(|(user, code, known)| Action::Code(user, code, known)),
        1 => letter().prop_map(Action::Refuse),
        3 => (0..4_u64, letter(), 1..5_u32).prop_map(|(at, user, number)| Action::Delete(at, user, number)),
        1 => (0..4_u64).prop_map(Action::DeleteAll),
        1 => (0..4_u64).prop_map(Action::CsimInfo),
        16 => (any::<bool>(), prop::bool::weighted(0.8)).prop_map(|(download, well)| Action::End(download, well)),
        1 => Just(Action::EndAgain),
        1 => any::<bool>().prop_map(Action::EndLate),
        2 => any::<(bool, bool, bool)>().prop_map(|(stayed, done, naive)| Action::Restart { stayed, done, naive }),
        1 => Just(Action::Forget),
        3 => (0..4000_u64).prop_map(Action::Wait),
        1 => prop::option::of(0..5_000_000_u64).prop_map(Action::SetDate),
    ]
}

/// A vehicle, an LPA with an eUICC, and what the vehicle owes.
struct World {
    car: Car,
    /// The profiles on the eUICC, and whether they are enabled.
    euicc: BTreeMap<String, bool>,
    /// Whose they are.
    owners: BTreeMap<String, CmpUserId>,
    /// The latest request of each user.
    asked: BTreeMap<CmpUserId, RequestId>,
    /// Requests of the backend without an answer.
    owed: BTreeSet<(char, RequestId)>,
    /// Activation codes of which nothing was reported.
    codes: BTreeSet<(RequestId, String)>,
    own_ids: BTreeSet<RequestId>,
    ended: Option<CommandId>,
    seen: BTreeSet<CommandId>,
    /// The commands that the LPA did without living to tell.
    done: BTreeSet<CommandId>,
    /// The downloads among them that the LPA does not know for its own.
    failing: BTreeSet<CommandId>,
    /// Whether a command was ever given up: then the LPA may be asked for what is not possible.
    interfered: bool,
    /// Whether the vehicle has read the eUICC since it forgot everything.
    read: bool,
    /// Whether it ever forgot.
    forgot: bool,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            car: Car::fresh(),
            euicc: BTreeMap::new(),
            owners: BTreeMap::new(),
            asked: BTreeMap::new(),
            owed: BTreeSet::new(),
            codes: BTreeSet::new(),
            own_ids: BTreeSet::new(),
            ended: None,
            seen: BTreeSet::new(),
            done: BTreeSet::new(),
            failing: BTreeSet::new(),
            interfered: false,
            read: false,
            forgot: false,
        };
        world.handle(started(false));
        world
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Login(letter) => self.handle(Event::Login {
                cmp_user_id: user(letter),
            }),
            Action::Logout => self.handle(Event::Logout),
            Action::Code(letter, number, known) => {
                let mut message = activation_code(9_000_000, letter, number);
                if let Some(asked) = self.asked.get(&user(letter)).filter(|_| known) {
                    message.request_id = *asked;
                }
                self.codes
                    .insert((message.request_id, message.activation_code.to_string()));
                self.handle(Event::SendActivationCode(message));
            }
            Action::Refuse(letter) => {
                if let Some(&request_id) = self.asked.get(&user(letter)) {
                    let response = RequestActivationCodeError::new(RequestActivationCodeResult::UNKNOWN_USER);
                    self.handle(Event::ActivationCodeRefused { request_id, response });
                }
            }
            Action::Delete(at, letter, number) => {
                let id = request_id(8_000_000 + 1000 * at + 10 * u64::from(letter) + u64::from(number));
                self.owed.insert(('1', id));
                let message = RequestDeleteProfile::new(id, user(letter), iccid(number));
                self.handle(Event::RequestDeleteProfile(message));
            }
            Action::DeleteAll(at) => {
                let id = request_id(8_000_000 + at);
                self.owed.insert(('*', id));
                self.handle(Event::RequestDeleteAllProfiles(RequestDeleteAllProfiles::new(id)));
            }
            Action::CsimInfo(at) => {
                let id = request_id(8_000_000 + at);
                self.owed.insert(('?', id));
                self.handle(Event::RequestCsimInfo(RequestCsimInfo::new(id)));
            }
            Action::End(download, well) => self.end(download, well),
            Action::EndAgain => {
                if let Some(command) = self.ended {
                    let before = self.car.vehicle.clone();
                    let result = Ok(());
                    assert_eq!(self.car.handle(Event::Completed { command, result }), ["log Ignored"]);
                    assert_eq!(self.car.vehicle, before);
                }
            }
            Action::EndLate(well) => {
                if !self.car.late.is_empty() {
                    let (command, what) = self.car.late.remove(0);
                    let well = well && self.is_possible(&what);
                    if well {
                        self.interfered = true;
                        self.perform(&what);
                    }
                    self.tell(command, &what, well);
                }
            }
            Action::Restart { stayed, done, naive } => {
                for (command, what) in std::mem::take(&mut self.car.commands) {
                    if done && self.done.insert(command) {
                        self.perform(&what);
                        if naive && matches!(what, LpaCommand::Download { .. }) {
                            self.interfered = true;
                            self.failing.insert(command);
                        }
                    }
                }
                // What the LPA was stuck with died with it.
                self.car.late.clear();
                self.handle(started(stayed));
            }
            Action::Forget => {
                self.car.vehicle = Car::fresh().vehicle;
                self.car.commands.clear();
                self.asked.clear();
                self.owed.clear();
                self.codes.clear();
                self.own_ids.clear();
                self.ended = None;
                self.seen.clear();
                self.done.clear();
                self.failing.clear();
                self.car.late.clear();
                (self.read, self.forgot) = (false, true);
                self.handle(started(false));
            }
            Action::SetDate(date) => self.car.date = Some(date),
            Action::Wait(seconds) => {
                self.car.now += seconds;
                self.handle(Event::Tick);
                assert!(self.car.wake_at().is_none_or(|at| at > self.car.now));
            }
        }
    }

    /// The LPA ends a command, and the vehicle learns it.
    fn end(&mut self, download: bool, well: bool) {
        let is = |command: &LpaCommand| matches!(command, LpaCommand::Download { .. }) == download;
        let Some(at) = self.car.commands.iter().position(|(_, command)| is(command)) else {
            return;
        };
        let (command, what) = self.car.commands.remove(at);
        self.ended = Some(command);
        let well = (well || self.done.contains(&command)) && !self.failing.contains(&command);
        let well = well && (self.done.contains(&command) || !self.interfered || self.is_possible(&what));
        if well && !self.done.contains(&command) {
            self.perform(&what);
        }
        self.tell(command, &what, well);
    }

    /// The vehicle learns how a command ended.
    fn tell(&mut self, command: CommandId, what: &LpaCommand, well: bool) {
        let failure = CsimErrorCode::from_status_word(0x6985);
        let result = if well { Ok(()) } else { Err(failure) };
        self.handle(match what {
            LpaCommand::Download { activation_code, .. } => {
                let network = DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_NO_NETWORK_CONNECTION;
                let result = match well {
                    true => Ok(InstalledProfile::new(profile_of(activation_code))),
                    false => Err(DownloadFailure::new(network)),
                };
                Event::Downloaded { command, result }
            }
            LpaCommand::List => {
                let list = self.euicc.iter();
                let list = list.map(|(iccid, enabled)| ListedProfile::new(iccid.parse().unwrap(), *enabled));
                let result = result.map(|()| list.collect());
                Event::Listed { command, result }
            }
            _ => Event::Completed { command, result },
        });
    }

    /// Whether the eUICC does it, although it comes late.
    fn is_possible(&self, command: &LpaCommand) -> bool {
        match command {
            LpaCommand::Download { activation_code, .. } => {
                !self.euicc.contains_key(&profile_of(activation_code).to_string())
            }
            LpaCommand::Enable { iccid } => {
                self.euicc.contains_key(&iccid.to_string()) && self.euicc.values().all(|enabled| !enabled)
            }
            LpaCommand::Disable { iccid } => self.euicc.contains_key(&iccid.to_string()),
            LpaCommand::Delete { iccid } => self.euicc.get(&iccid.to_string()) == Some(&false),
            _ => true,
        }
    }

    /// What a command does to the eUICC.
    fn perform(&mut self, command: &LpaCommand) {
        match command {
            LpaCommand::Download { activation_code, .. } => {
                let profiles = self.car.vehicle.profiles();
                let owner = profiles
                    .iter()
                    .find(|profile| profile.state() == ProfileState::Downloading);
                let key = profile_of(activation_code).to_string();
                if let Some(owner) = owner.and_then(|owner| owner.cmp_user_id()) {
                    self.owners.insert(key.clone(), owner.clone());
                }
                let there = self.euicc.contains_key(&key);
                assert!(!there || self.forgot || self.interfered, "downloaded twice");
                self.euicc.entry(key).or_insert(false);
            }
            // What is so already counts as done: the LPA may have done it without living to tell.
            LpaCommand::Enable { iccid } => {
                let mut others = self.euicc.iter().filter(|(other, _)| **other != iccid.to_string());
                assert!(others.all(|(_, enabled)| !enabled), "a second profile enabled");
                *self.euicc.get_mut(&iccid.to_string()).unwrap() = true;
            }
            LpaCommand::Disable { iccid } => {
                if let Some(enabled) = self.euicc.get_mut(&iccid.to_string()) {
                    *enabled = false;
                }
            }
            LpaCommand::Delete { iccid } => {
                let was = self.euicc.remove(&iccid.to_string());
                assert_ne!(was, Some(true), "R-113: disabled first");
            }
            _ => {}
        }
    }

    fn handle(&mut self, event: Event) {
        // Saved and loaded, it does the same.
        let saved = serde_json::to_string(&self.car.vehicle).unwrap();
        let mut loaded: Vehicle = serde_json::from_str(&saved).unwrap();
        let effects = self.car.effects(event.clone());
        let event: Event = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
        assert_eq!(loaded.handle(event.clone(), self.car.clocks()), effects);
        assert_eq!(loaded, self.car.vehicle);
        let uncertain = |effect: &Effect| match effect {
            Effect::Log(log) => matches!(
                log,
                Log::LpaTimedOut { .. } | Log::LateOutcome | Log::InstallationFailed { .. } | Log::ListFailed { .. }
            ),
            _ => false,
        };
        let given_up = |effect: &Effect| matches!(effect, Effect::Log(Log::LpaTimedOut { .. }));
        self.interfered |= effects.iter().any(given_up);
        match event {
            Event::Restarted { .. } => self.read = false,
            _ if effects.iter().any(uncertain) => self.read = false,
            Event::Listed { result: Ok(_), .. } => self.read = self.car.late.is_empty() && !self.is_downloading(),
            _ => {}
        }
        let saved = serde_json::to_string(&effects).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Effect>>(&saved).unwrap(), effects);

        for (at, effect) in effects.iter().enumerate() {
            match effect {
                Effect::Command { id, command, .. } => self.check_command(*id, command),
                Effect::SendToCmp(message) => self.check_message(message),
                Effect::Respond {
                    request_id, response, ..
                } => {
                    let family = match response {
                        Response::DeleteProfile(_) => '1',
                        Response::DeleteAllProfiles(_) => '*',
                        _ => '?',
                    };
                    assert!(self.owed.remove(&(family, *request_id)), "answered without a question");
                    let answer = line(effect);
                    let status = format!("status {}", answer.split(' ').nth(1).unwrap());
                    let followed = effects.get(at + 1).is_some_and(|next| line(next).starts_with(&status));
                    assert!(
                        followed || answer.contains("CSIM_INFO_GENERAL_ERROR"),
                        "{answer} without status"
                    );
                }
                _ => {}
            }
        }
    }

    fn check_command(&mut self, id: CommandId, command: &LpaCommand) {
        let first = self.seen.insert(id);
        match command {
            LpaCommand::Download { activation_code, .. } if !self.done.contains(&id) => {
                let there = self.euicc.contains_key(&profile_of(activation_code).to_string());
                assert!(!there || self.forgot || self.interfered, "downloaded twice");
            }
            LpaCommand::Enable { iccid } if first => {
                let owner = self.owners.get(&iccid.to_string());
                assert_eq!(self.car.vehicle.logged_in(), owner, "enabled for somebody else");
            }
            _ => {}
        }
        let downloads = |command: &&(CommandId, LpaCommand)| matches!(command.1, LpaCommand::Download { .. });
        let (downloads, others): (Vec<_>, Vec<_>) = self.car.commands.iter().partition(downloads);
        assert!(downloads.len() <= 1 && others.len() <= 1);
    }

    fn check_message(&mut self, message: &ToCmp) {
        match message {
            ToCmp::RequestActivationCode(message) => {
                self.asked.insert(message.cmp_user_id.clone(), message.request_id);
                assert!(self.own_ids.insert(message.request_id), "an id twice");
            }
            ToCmp::SendEnableProfileErrorReport(report) => {
                assert!(self.own_ids.insert(report.request_id), "an id twice");
            }
            ToCmp::SendDisableProfileErrorReport(report) => {
                assert!(self.own_ids.insert(report.request_id), "an id twice");
            }
            ToCmp::SendProfileDownloadInstallInfo(info) => {
                let code = info.activation_code.as_ref().expect("a vehicle tells the code");
                self.codes.remove(&(info.request_id, code.to_string()));
            }
            ToCmp::SendCsimStatus(status) => {
                // one entry for each profile.
                let iccids: BTreeSet<_> = status
                    .profiles
                    .iter()
                    .map(|profile| profile.iccid.to_string())
                    .collect();
                assert_eq!(iccids.len(), status.profiles.len());
                let missing = self.euicc.keys().filter(|iccid| !iccids.contains(*iccid));
                let known = missing.filter(|iccid| !self.is_coming(iccid));
                assert!(!self.is_certain() || known.count() == 0, "not the whole list");
            }
            _ => {}
        }
    }

    fn is_downloading(&self) -> bool {
        let is = |(_, command): &(CommandId, LpaCommand)| matches!(command, LpaCommand::Download { .. });
        self.car.commands.iter().any(is)
    }

    /// Whether the vehicle has been told everything: no command was given up or died half way since it read the eUICC.
    fn is_certain(&self) -> bool {
        self.read
    }

    /// Whether the vehicle has not been told that this profile is installed.
    fn is_coming(&self, iccid: &str) -> bool {
        self.car.commands.iter().any(|(_, command)| match command {
            LpaCommand::Download { activation_code, .. } => profile_of(activation_code).to_string() == iccid,
            _ => false,
        })
    }

    /// From now on everything goes well, and nothing new happens.
    fn come_to_rest(&mut self) {
        for _ in 0..2 {
            self.car.late.clear();
            self.handle(started(true));
            for _ in 0..60 {
                self.act(Action::Wait(61));
                self.end(true, true);
                self.end(false, true);
            }
        }
        assert!(self.car.commands.is_empty());
        assert!(self.owed.is_empty(), "unanswered: {:?}", self.owed);
        assert!(self.codes.is_empty(), "unreported: {:?}", self.codes);
        let vehicle = &self.car.vehicle;
        let known: BTreeMap<String, bool> = vehicle
            .profiles()
            .iter()
            .filter_map(|profile| Some((profile.iccid()?.to_string(), profile.state())))
            .filter(|(_, state)| state.is_installed())
            .map(|(iccid, state)| (iccid, state == ProfileState::Enabled))
            .collect();
        assert_eq!(known, self.euicc);
        //
        for (iccid, _) in self.euicc.iter().filter(|(_, enabled)| **enabled) {
            assert_eq!(self.owners.get(iccid), vehicle.logged_in());
        }
        let waiting = |state| {
            matches!(
                state,
                ProfileState::CodeReceived | ProfileState::Downloading | ProfileState::Deleted
            )
        };
        assert!(!vehicle.profiles().iter().any(|profile| waiting(profile.state())));
    }
}

/// What an activation code brings.
fn profile_of(code: &ActivationCode) -> Iccid {
    iccid(code.matching_id().trim_start_matches("CODE-").parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(400)
    })]

    #[test]
    fn whatever_happens(actions in prop::collection::vec(action(), 0..80)) {
        let mut world = World::new();
        for action in actions {
            world.act(action);
        }
        world.come_to_rest();
    }
}
