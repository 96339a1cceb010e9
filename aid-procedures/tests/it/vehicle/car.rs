//! A vehicle to play with, and its effects as short lines of text.
//!
//! Users are letters, profiles and activation codes numbers, times seconds since the beginning: `status @5 1A=ENABLED`.

use std::time::Duration;

use aid_procedures::{
    Timestamp,
    vehicle::{
        CommandId, DownloadFailure, Effect, Event, InstalledProfile, ListedProfile, LpaCommand, Now, Options, Response,
        ToCmp, Vehicle,
    },
};
use aid_types::{ActivationCode, CmpUserId, Iccid};
use aid2_proto::{
    CsimErrorCode, Profile, ProfileType, RequestActivationCodeError, RequestActivationCodeResult, RequestCsimInfo,
    RequestDeleteAllProfiles, RequestDeleteProfile, RequestId, SendActivationCode,
};

pub(crate) const VIN: &str = "WBAUX11030A334483";
pub(crate) const EID: &str = "89034011560010000000000000000121";
const BEGINNING: u64 = 1_700_000_000;
/// The uptime at the beginning.
const UPTIME: u64 = 1000;

pub(crate) fn user(letter: char) -> CmpUserId {
    format!("customer-{letter}").parse().unwrap()
}

pub(crate) fn iccid(number: u32) -> Iccid {
    format!("894450080517200{number:05}").parse().unwrap()
}

pub(crate) fn code(number: u32) -> ActivationCode {
    format!("1$smdp.example.com$CODE-{number}").parse().unwrap()
}

pub(crate) fn request_id(at: u64) -> RequestId {
    RequestId::new(VIN.parse().unwrap(), time(at))
}

pub(crate) fn time(at: u64) -> Timestamp {
    Timestamp::from_secs(BEGINNING + at)
}

pub(crate) fn activation_code(at: u64, letter: char, number: u32) -> SendActivationCode {
    SendActivationCode::new(request_id(at), user(letter), ProfileType::PERSONAL, code(number))
}

pub(crate) fn started(user_stayed: bool) -> Event {
    Event::Restarted {
        vin: VIN.parse().unwrap(),
        eid: EID.parse().unwrap(),
        user_stayed,
    }
}

/// A vehicle, its clocks, and the commands that its LPA has to do.
pub(crate) struct Car {
    pub(crate) vehicle: Vehicle,
    pub(crate) now: u64,
    /// What the date is believed to be, if it is not that of `now`.
    pub(crate) date: Option<Option<u64>>,
    pub(crate) commands: Vec<(CommandId, LpaCommand)>,
    /// The commands that were given up.
    pub(crate) late: Vec<(CommandId, LpaCommand)>,
    /// The commands as effects.
    sent: Vec<Effect>,
}

impl Car {
    /// With an empty eUICC, which was read.
    pub(crate) fn new() -> Self {
        let mut car = Self::fresh();
        let early = Now::new(Duration::ZERO, None);
        let effects = car.vehicle.handle(started(false), early);
        let [Effect::Command { id: command, .. }] = effects[..] else {
            panic!("{effects:?}")
        };
        let result = Ok(Vec::new());
        car.vehicle.handle(Event::Listed { command, result }, early);
        car
    }

    /// Out of the box, or without memory.
    pub(crate) fn fresh() -> Self {
        Self {
            vehicle: Vehicle::new(VIN.parse().unwrap(), EID.parse().unwrap(), Options::default()),
            now: 0,
            date: None,
            commands: Vec::new(),
            late: Vec::new(),
            sent: Vec::new(),
        }
    }

    pub(crate) fn clocks(&self) -> Now {
        let date = self.date.unwrap_or(Some(self.now));
        Now::new(Duration::from_secs(UPTIME + self.now), date.map(time))
    }

    /// When the vehicle wants to be woken.
    pub(crate) fn wake_at(&self) -> Option<u64> {
        Some(self.vehicle.wake_at()?.as_secs() - UPTIME)
    }

    /// With a profile for each user, `A` having number 1; nobody is logged in.
    pub(crate) fn with_profiles(letters: &str) -> Self {
        let mut car = Self::new();
        for (letter, number) in letters.chars().zip(1..) {
            car.login(letter);
            let asked = car.vehicle.profiles().len() as u64 - 1;
            car.logout();
            car.code(asked, letter, number);
            car.installed(number);
        }
        car.now = 10;
        car
    }

    /// With the profile 1 of user `A`, who uses it.
    pub(crate) fn in_use() -> Self {
        let mut car = Self::with_profiles("AB");
        assert_eq!(car.login('A'), ["enable 1"]);
        assert_eq!(car.done(), ["status @10 1A=ENABLED 2B=DISABLED"]);
        car.now = 20;
        car
    }

    pub(crate) fn effects(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.vehicle.handle(event, self.clocks());
        for effect in &effects {
            if let Effect::Command { id, command, .. } = effect {
                self.commands.retain(|(known, _)| known != id);
                self.commands.push((*id, command.clone()));
                self.sent.push(effect.clone());
            }
        }
        self.sent.retain(|effect| self.vehicle.still_wanted(effect));
        let wanted = |id: CommandId| {
            let is = |effect: &Effect| matches!(effect, Effect::Command { id: other, .. } if *other == id);
            self.sent.iter().any(is)
        };
        let late = self.commands.extract_if(.., |(id, _)| !wanted(*id));
        self.late.extend(late);
        effects
    }

    pub(crate) fn handle(&mut self, event: Event) -> Vec<String> {
        self.effects(event).iter().map(line).collect()
    }

    pub(crate) fn login(&mut self, letter: char) -> Vec<String> {
        self.handle(Event::Login {
            cmp_user_id: user(letter),
        })
    }

    pub(crate) fn logout(&mut self) -> Vec<String> {
        self.handle(Event::Logout)
    }

    pub(crate) fn tick(&mut self, seconds: u64) -> Vec<String> {
        self.now += seconds;
        self.handle(Event::Tick)
    }

    pub(crate) fn code(&mut self, at: u64, letter: char, number: u32) -> Vec<String> {
        self.handle(Event::SendActivationCode(activation_code(at, letter, number)))
    }

    pub(crate) fn refuse(&mut self, at: u64, result: RequestActivationCodeResult) -> Vec<String> {
        self.handle(Event::ActivationCodeRefused {
            request_id: request_id(at),
            response: RequestActivationCodeError::new(result),
        })
    }

    pub(crate) fn delete(&mut self, at: u64, letter: char, number: u32) -> Vec<String> {
        let message = RequestDeleteProfile::new(request_id(at), user(letter), iccid(number));
        self.handle(Event::RequestDeleteProfile(message))
    }

    /// The backend does not tell whose profile it is.
    pub(crate) fn delete_of_nobody(&mut self, at: u64, number: u32) -> Vec<String> {
        let mut message = RequestDeleteProfile::new(request_id(at), user('a'), iccid(number));
        message.cmp_user_id = None;
        self.handle(Event::RequestDeleteProfile(message))
    }

    pub(crate) fn delete_all(&mut self, at: u64) -> Vec<String> {
        let message = RequestDeleteAllProfiles::new(request_id(at));
        self.handle(Event::RequestDeleteAllProfiles(message))
    }

    pub(crate) fn csim_info(&mut self, at: u64) -> Vec<String> {
        self.handle(Event::RequestCsimInfo(RequestCsimInfo::new(request_id(at))))
    }

    /// Takes a command from the LPA's desk.
    pub(crate) fn take(&mut self, download: bool) -> CommandId {
        let is = |command: &LpaCommand| matches!(command, LpaCommand::Download { .. }) == download;
        let at = self.commands.iter().position(|(_, command)| is(command)).unwrap();
        self.commands.remove(at).0
    }

    pub(crate) fn installed(&mut self, number: u32) -> Vec<String> {
        let command = self.take(true);
        let result = Ok(InstalledProfile::new(iccid(number)));
        self.handle(Event::Downloaded { command, result })
    }

    pub(crate) fn not_installed(&mut self, failure: DownloadFailure) -> Vec<String> {
        let command = self.take(true);
        let result = Err(failure);
        self.handle(Event::Downloaded { command, result })
    }

    pub(crate) fn done(&mut self) -> Vec<String> {
        let command = self.take(false);
        self.handle(Event::Completed {
            command,
            result: Ok(()),
        })
    }

    pub(crate) fn fail(&mut self, status_word: u16) -> Vec<String> {
        let command = self.take(false);
        let result = Err(CsimErrorCode::from_status_word(status_word));
        self.handle(Event::Completed { command, result })
    }

    /// The eUICC does not tell its profiles.
    pub(crate) fn mute(&mut self, status_word: u16) -> Vec<String> {
        let command = self.take(false);
        let result = Err(CsimErrorCode::from_status_word(status_word));
        self.handle(Event::Listed { command, result })
    }

    pub(crate) fn listed(&mut self, profiles: &[(u32, bool)]) -> Vec<String> {
        let command = self.take(false);
        let list = profiles
            .iter()
            .map(|&(number, enabled)| ListedProfile::new(iccid(number), enabled));
        let result = Ok(list.collect());
        self.handle(Event::Listed { command, result })
    }
}

/// An effect as a line of text.
pub(crate) fn line(effect: &Effect) -> String {
    match effect {
        Effect::Command { command, .. } => match command {
            LpaCommand::Download { activation_code, .. } => {
                format!("download {}", activation_code.matching_id().trim_start_matches("CODE-"))
            }
            LpaCommand::Enable { iccid } => format!("enable {}", number(iccid)),
            LpaCommand::Disable { iccid } => format!("disable {}", number(iccid)),
            LpaCommand::Delete { iccid } => format!("delete {}", number(iccid)),
            LpaCommand::List => "list".to_owned(),
            other => format!("{other:?}"),
        },
        Effect::SendToCmp(message) => to_cmp(message),
        Effect::Respond {
            request_id, response, ..
        } => {
            let (result, code) = match response {
                Response::DeleteProfile(response) => (response.result.to_string(), response.csim_error_code),
                Response::DeleteAllProfiles(response) => (response.result.to_string(), response.csim_error_code),
                Response::CsimInfo(response) => (response.result.to_string(), response.csim_error_code),
                other => panic!("{other:?}"),
            };
            format!("answer {} {result} {code}", at(*request_id))
        }
        Effect::Log(log) => format!("log {}", format!("{log:?}").split(' ').next().unwrap()),
        other => format!("{other:?}"),
    }
}

fn to_cmp(message: &ToCmp) -> String {
    match message {
        ToCmp::RequestActivationCode(message) => {
            assert_eq!(message.eid.to_string(), EID);
            format!("ask {} {}", at(message.request_id), letter(&message.cmp_user_id))
        }
        ToCmp::SendProfileDownloadInstallInfo(message) => {
            assert_eq!(message.eid.to_string(), EID);
            let iccid = message.iccid.as_ref().map_or("-".to_owned(), number);
            let status = message
                .function_execution_status
                .as_ref()
                .map_or("", |status| status.as_str());
            format!(
                "info {} {iccid}{} {} {} {status}",
                at(message.request_id),
                message.cmp_user_id.as_ref().map_or("", letter),
                message.result,
                message.csim_error_code
            )
            .trim_end()
            .to_owned()
        }
        ToCmp::SendCsimStatus(message) => {
            assert_eq!(message.eid.to_string(), EID);
            let entries: Vec<String> = message.profiles.iter().map(entry).collect();
            format!("status {} {}", at(message.request_id), entries.join(" "))
                .trim_end()
                .to_owned()
        }
        ToCmp::SendEnableProfileErrorReport(report) => {
            format!(
                "enable-error {} {} {}",
                at(report.request_id),
                entry(&report.profile),
                report.csim_error_code
            )
        }
        ToCmp::SendDisableProfileErrorReport(report) => {
            format!(
                "disable-error {} {} {}",
                at(report.request_id),
                entry(&report.profile),
                report.csim_error_code
            )
        }
        other => format!("{other:?}"),
    }
}

fn entry(profile: &Profile) -> String {
    format!(
        "{}{}={}",
        number(&profile.iccid),
        profile.cmp_user_id.as_ref().map_or("", letter),
        profile.status
    )
}

fn number(iccid: &Iccid) -> String {
    iccid
        .to_string()
        .trim_start_matches("894450080517200")
        .trim_start_matches('0')
        .to_owned()
}

fn letter(user: &CmpUserId) -> &str {
    user.as_str().trim_start_matches("customer-")
}

fn at(id: RequestId) -> String {
    assert_eq!(id.vehicle_id.to_string(), VIN);
    format!("@{}", id.timestamp.as_secs() - BEGINNING)
}
