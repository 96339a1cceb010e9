//! The LPA of a car, and its eUICC.

use aid_procedures::vehicle::{self, CommandId, DownloadFailure, InstalledProfile, ListedProfile, LpaCommand};
use aid2_proto::DownloadInstallResult;

use super::world::World;

impl World {
    /// The LPA does as it is told. A command that comes twice, and is done, is done.
    pub(super) fn lpa(&mut self, car: usize, command: CommandId, what: LpaCommand, chance: u64) {
        let euicc = &mut self.cars[car].euicc;
        let event = match what {
            LpaCommand::Download { activation_code, .. } => {
                let (profile, fetched) = self.smdp.get_mut(&activation_code).unwrap();
                let result = if euicc.iter().any(|(iccid, _)| iccid == profile) {
                    Ok(InstalledProfile::new(*profile))
                } else if *fetched || self.rough && chance.is_multiple_of(4) {
                    Err(DownloadFailure::new(
                        DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR,
                    ))
                } else {
                    *fetched = true;
                    euicc.push((*profile, false));
                    Ok(InstalledProfile::new(*profile))
                };
                vehicle::Event::Downloaded { command, result }
            }
            LpaCommand::List => {
                let listed = euicc
                    .iter()
                    .map(|(iccid, enabled)| ListedProfile::new(*iccid, *enabled));
                let result = Ok(listed.collect());
                vehicle::Event::Listed { command, result }
            }
            LpaCommand::Enable { iccid } => {
                euicc
                    .iter_mut()
                    .for_each(|(other, enabled)| *enabled |= *other == iccid);
                // never two at a time.
                assert!(euicc.iter().filter(|(_, enabled)| *enabled).count() <= 1);
                let result = Ok(());
                vehicle::Event::Completed { command, result }
            }
            LpaCommand::Disable { iccid } => {
                euicc
                    .iter_mut()
                    .for_each(|(other, enabled)| *enabled &= *other != iccid);
                let result = Ok(());
                vehicle::Event::Completed { command, result }
            }
            LpaCommand::Delete { iccid } => {
                //
                assert!(euicc.iter().all(|(other, enabled)| *other != iccid || !enabled));
                euicc.retain(|(other, _)| *other != iccid);
                let result = Ok(());
                vehicle::Event::Completed { command, result }
            }
            other => panic!("{other:?}"),
        };
        self.car(car, event);
    }
}
