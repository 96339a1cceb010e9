//! The eUICCs, and the LPAs that work on them.

use aid_procedures::vehicle::{CommandId, DownloadFailure, Event, InstalledProfile, ListedProfile, LpaCommand};
use aid_types::{ActivationCode, Iccid};
use aid2_proto::{CsimErrorCode, DownloadInstallResult};

use crate::{Fault, car::Car, names, trouble::Trouble, world::World};

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
        self.break_off(car, busy);
    }

    /// Commands that nobody waits for any more are dropped.
    pub(crate) fn lpa_drops(&mut self, car: usize) {
        let Car { euicc, state, .. } = &mut self.cars[car];
        let is_out = |(id, _): &(CommandId, LpaCommand)| state.vehicle().is_out(*id);
        let (busy, dropped) = std::mem::take(&mut euicc.busy).into_iter().partition(is_out);
        euicc.busy = busy;
        self.break_off(car, dropped);
    }

    /// What the LPA worked on is done, or is not.
    fn break_off(&mut self, car: usize, commands: Vec<(CommandId, LpaCommand)>) {
        for (id, command) in commands {
            if self.troubles.time(10 + car, 2) == 1 {
                self.perform(car, id, &command);
            }
        }
    }

    /// Does a command; what is so already counts as done.
    fn perform(&mut self, car: usize, id: CommandId, command: &LpaCommand) -> Event {
        let fails = self.troubles.draw(Trouble::EuiccFails, car).is_some();
        let result = match command {
            LpaCommand::Download { activation_code, .. } => return self.download(car, id, activation_code),
            LpaCommand::List if fails => {
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
        let failure = if bound.downloaded || bound.eid != this.eid() {
            Some(DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR)
        } else {
            let fails = self.troubles.draw(Trouble::DownloadFails, car).is_some();
            fails.then_some(DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_NO_NETWORK_CONNECTION)
        };
        if let Some(result) = failure {
            self.note(|| format!("    LPA of car {car}: download of profile {profile} failed"));
            return Event::Downloaded {
                command,
                result: Err(DownloadFailure::new(result)),
            };
        }
        self.bound[profile].downloaded = true;
        let euicc = &mut self.cars[car].euicc;
        euicc.profiles.push((profile, false));
        euicc.downloaded.push(command);
        self.note(|| format!("    LPA of car {car}: profile {profile} is installed"));
        Event::Downloaded {
            command,
            result: Ok(installed),
        }
    }

    fn switch(&mut self, car: usize, iccid: &Iccid, enabled: bool, fails: bool) -> Result<(), CsimErrorCode> {
        let Some(at) = self.cars[car].euicc.position(iccid) else {
            return Err(REFUSED);
        };
        if self.cars[car].euicc.profiles[at].1 == enabled {
            return Ok(());
        }
        if fails {
            return Err(REFUSED);
        }
        let other = self.cars[car].euicc.profiles.iter().any(|(_, enabled)| *enabled);
        self.must(!enabled || !other, || format!("car {car} enables a second profile"));
        self.cars[car].euicc.profiles[at].1 = enabled;
        Ok(())
    }

    //
    fn delete(&mut self, car: usize, iccid: &Iccid, fails: bool) -> Result<(), CsimErrorCode> {
        let Some(at) = self.cars[car].euicc.position(iccid) else {
            return Ok(());
        };
        if fails {
            return Err(REFUSED);
        }
        let enabled = self.cars[car].euicc.profiles[at].1;
        self.must(!enabled, || format!("car {car} deletes an enabled profile"));
        self.cars[car].euicc.profiles.remove(at);
        Ok(())
    }

    /// Has a code downloaded once more that is on the eUICC, as nobody should.
    pub(crate) fn download_again(&mut self, car: usize, code: &ActivationCode) {
        let profile = names::code_number(code);
        if self.cars[car].euicc.profiles.iter().any(|(other, _)| *other == profile) {
            self.download(car, serde_json::from_str("1000000").unwrap(), code);
        }
    }
}
