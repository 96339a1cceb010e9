//! The eUICCs, and the LPAs that work on them.

use aid_procedures::vehicle::{self, CommandId, DownloadFailure, Event, InstalledProfile, ListedProfile, LpaCommand};
use aid_types::{ActivationCode, Iccid};
use aid2_proto::{CsimErrorCode, DownloadInstallResult};

use crate::{
    Fault,
    car::Car,
    item::Item,
    names::{self, SECOND},
    trouble::Trouble,
    world::World,
};

/// One eUICC: profiles by number, and whether they are enabled.
#[derive(Debug, Default)]
pub(crate) struct Euicc {
    pub(crate) profiles: Vec<(usize, bool)>,
    /// What the LPA works on.
    pub(crate) busy: Vec<(CommandId, LpaCommand)>,
    /// Downloads that are done: their command may come again.
    downloaded: Vec<CommandId>,
}

impl Euicc {
    /// Whether nothing but a download is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.busy
            .iter()
            .all(|(_, command)| matches!(command, LpaCommand::Download { .. }))
    }

    fn position(&self, iccid: &Iccid) -> Option<usize> {
        let number = names::profile_number(iccid);
        self.profiles.iter().position(|(profile, _)| *profile == number)
    }
}

const REFUSED: CsimErrorCode = CsimErrorCode::from_status_word(0x6985);

/// After how many milliseconds a vehicle gives a command up.
pub(crate) fn given_up_after(command: &LpaCommand) -> u64 {
    let options = vehicle::Options::default();
    SECOND
        * match command {
            LpaCommand::Download { .. } => options.download_timeout,
            _ => options.lpa_timeout,
        }
}

/// Whether a command that is said to have failed is done all the same.
const fn does_it(how_bad: u64) -> bool {
    how_bad.is_multiple_of(3)
}

/// What is said of a command that was done.
fn said(fails: Option<u64>) -> Result<(), CsimErrorCode> {
    fails.map_or(Ok(()), |_| Err(REFUSED))
}

impl World {
    /// The LPA has done a command, or could not, and says so.
    pub(crate) fn lpa_done(&mut self, car: usize, life: u32, id: CommandId, command: LpaCommand) {
        if self.cars[car].process.life != life {
            return;
        }
        let busy = &mut self.cars[car].euicc.busy;
        let Some(at) = busy.iter().position(|(other, _)| *other == id) else {
            return;
        };
        busy.remove(at);
        let event = self.perform(car, id, &command);
        self.car(car, event);
    }

    /// The process dies while the LPA works.
    pub(crate) fn lpa_dies(&mut self, car: usize) {
        let busy = std::mem::take(&mut self.cars[car].euicc.busy);
        for (id, command) in busy {
            if self.troubles.time(10 + car, 2) == 1 {
                self.perform(car, id, &command);
            }
        }
    }

    /// Commands that nobody waits for any more are dropped: they are done, or are not, or will be.
    pub(crate) fn lpa_drops(&mut self, car: usize) {
        let Car { euicc, state, .. } = &mut self.cars[car];
        let is_out = |(id, _): &(CommandId, LpaCommand)| state.vehicle().is_out(*id);
        let (busy, dropped) = std::mem::take(&mut euicc.busy).into_iter().partition(is_out);
        euicc.busy = busy;
        let life = self.cars[car].process.life;
        for (id, command) in dropped {
            match self.troubles.time(10 + car, 3) {
                1 => self.lpa_alone(car, life, id, &command),
                2 => {
                    // Before the vehicle looks for it once more.
                    let millis = self.troubles.time(10 + car, given_up_after(&command) - 2 * SECOND);
                    self.queue_in(millis, Item::LpaAlone { car, life, id, command });
                }
                _ => {}
            }
        }
    }

    /// The LPA does what nobody waits for any more, where the eUICC lets it. It ends with the process, and with its unit.
    pub(crate) fn lpa_alone(&mut self, car: usize, life: u32, id: CommandId, command: &LpaCommand) {
        let Car { process, euicc, .. } = &self.cars[car];
        let mut profiles = euicc.profiles.iter();
        let refused = match command {
            LpaCommand::Enable { .. } => profiles.any(|(_, enabled)| *enabled),
            LpaCommand::Delete { iccid } => {
                let number = names::profile_number(iccid);
                profiles.any(|(profile, enabled)| *profile == number && *enabled)
            }
            _ => false,
        };
        if process.life == life && !refused {
            self.perform(car, id, command);
        }
    }

    /// Does a command; what is so already counts as done.
    fn perform(&mut self, car: usize, id: CommandId, command: &LpaCommand) -> Event {
        let fails = self.troubles.draw(Trouble::EuiccFails, car);
        let result = match command {
            LpaCommand::Download { activation_code, .. } => return self.download(car, id, activation_code),
            LpaCommand::List if fails.is_some() => {
                return Event::Listed {
                    command: id,
                    result: Err(REFUSED),
                };
            }
            LpaCommand::List => {
                let profiles = self.cars[car].euicc.profiles.iter();
                let list = profiles.map(|(profile, enabled)| ListedProfile::new(names::iccid(*profile), *enabled));
                return Event::Listed {
                    command: id,
                    result: Ok(list.collect()),
                };
            }
            LpaCommand::Enable { iccid } => self.switch(car, iccid, true, fails),
            LpaCommand::Disable { .. } if self.has(Fault::DisablePretended) => Ok(()),
            LpaCommand::Disable { iccid } => self.switch(car, iccid, false, fails),
            LpaCommand::Delete { .. } if self.has(Fault::DeletePretended) => Ok(()),
            LpaCommand::Delete { iccid } => self.delete(car, iccid, fails),
            other => unreachable!("{other:?} is new"),
        };
        let done = if result.is_ok() { "done" } else { "failed" };
        self.note(|| format!("    LPA of car {car}: {} {done}", crate::text::command(command)));
        Event::Completed { command: id, result }
    }

    fn download(&mut self, car: usize, command: CommandId, code: &ActivationCode) -> Event {
        let profile = names::code_number(code);
        let installed = InstalledProfile::new(names::iccid(profile));
        let this = &self.cars[car];
        if this.euicc.profiles.iter().any(|(other, _)| *other == profile) {
            let again = this.euicc.downloaded.contains(&command);
            self.must(again, || format!("car {car} downloads profile {profile}, which it has"));
            return Event::Downloaded {
                command,
                result: Ok(installed),
            };
        }
        let bound = &self.bound[profile];
        let is_refused = bound.downloaded || bound.eid != this.eid();
        let fails = self.troubles.draw(Trouble::DownloadFails, car);
        let is_installed = !is_refused && fails.is_none_or(does_it);
        if is_installed {
            self.bound[profile].downloaded = true;
            let euicc = &mut self.cars[car].euicc;
            euicc.profiles.push((profile, false));
            euicc.downloaded.push(command);
            self.note(|| format!("    LPA of car {car}: profile {profile} is installed"));
        }
        let failure = match fails {
            _ if is_refused => Some(DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR),
            Some(_) => Some(DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_NO_NETWORK_CONNECTION),
            None => None,
        };
        if failure.is_some() {
            self.note(|| format!("    LPA of car {car}: download of profile {profile} failed, it says"));
        }
        Event::Downloaded {
            command,
            result: match failure {
                Some(result) => Err(DownloadFailure::new(result)),
                None => Ok(installed),
            },
        }
    }

    fn switch(&mut self, car: usize, iccid: &Iccid, enabled: bool, fails: Option<u64>) -> Result<(), CsimErrorCode> {
        let Some(at) = self.cars[car].euicc.position(iccid) else {
            return Err(REFUSED);
        };
        if self.cars[car].euicc.profiles[at].1 == enabled {
            return Ok(());
        }
        if fails.is_some_and(|how_bad| !does_it(how_bad)) {
            return Err(REFUSED);
        }
        let other = self.cars[car].euicc.profiles.iter().any(|(_, enabled)| *enabled);
        self.must(!enabled || !other, || format!("car {car} enables a second profile"));
        self.cars[car].euicc.profiles[at].1 = enabled;
        said(fails)
    }

    //
    fn delete(&mut self, car: usize, iccid: &Iccid, fails: Option<u64>) -> Result<(), CsimErrorCode> {
        let Some(at) = self.cars[car].euicc.position(iccid) else {
            return Ok(());
        };
        if fails.is_some_and(|how_bad| !does_it(how_bad)) {
            return Err(REFUSED);
        }
        let enabled = self.cars[car].euicc.profiles[at].1;
        self.must(!enabled, || format!("car {car} deletes an enabled profile"));
        self.cars[car].euicc.profiles.remove(at);
        said(fails)
    }

    /// Has a code downloaded once more that is on the eUICC, as nobody should.
    pub(crate) fn download_again(&mut self, car: usize, code: &ActivationCode) {
        let profile = names::code_number(code);
        if self.cars[car].euicc.profiles.iter().any(|(other, _)| *other == profile) {
            self.download(car, serde_json::from_str("1000000").unwrap(), code);
        }
    }
}
