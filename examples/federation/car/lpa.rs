//! The vehicle's LPA: it downloads profiles and commands the eUICC.

use aid_procedures::vehicle::{CommandId, DownloadFailure, Event, InstalledProfile, ListedProfile, LpaCommand};
use aid_types::{ActivationCode, Iccid};
use aid2_proto::{CsimErrorCode, DownloadInstallResult};

use super::Car;
use crate::euicc::Euicc;

impl Car {
    pub(super) fn command(&self, command: CommandId, what: LpaCommand) {
        let completed = |result| Event::Completed { command, result };
        self.handle(match what {
            LpaCommand::Download { activation_code, .. } => Event::Downloaded {
                command,
                result: self.download(&activation_code).map_err(|failure| *failure),
            },
            LpaCommand::Enable { iccid } => completed(self.operate("enables", &iccid, Euicc::enable)),
            LpaCommand::Disable { iccid } => completed(self.operate("disables", &iccid, Euicc::disable)),
            LpaCommand::Delete { iccid } => completed(self.operate("deletes", &iccid, Euicc::delete)),
            LpaCommand::List => {
                let list = |(iccid, enabled): (Iccid, bool)| ListedProfile::new(iccid, enabled);
                Event::Listed {
                    command,
                    result: Ok(self.euicc().list().map(list).collect()),
                }
            }
            other => return self.act(format_args!("cannot do {other:?}")),
        });
    }

    fn operate(
        &self,
        verb: &str,
        iccid: &Iccid,
        operation: impl FnOnce(&mut Euicc, &Iccid) -> Result<(), CsimErrorCode>,
    ) -> Result<(), CsimErrorCode> {
        self.act(format_args!("{verb} {iccid}"));
        operation(&mut self.euicc(), iccid)
    }

    fn download(&self, code: &ActivationCode) -> Result<InstalledProfile, Box<DownloadFailure>> {
        let (vin, eid) = (self.vin.as_str(), self.euicc().eid);
        self.story.message(vin, "SM-DP+", "Request profile download");
        let iccid = self.msp.smdp.download(code, &eid).map_err(|status| {
            let said = format_args!("refused: {}", status.as_str());
            self.story.message("SM-DP+", vin, said);
            let result = DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR;
            let mut failure = Box::new(DownloadFailure::new(result));
            failure.function_execution_status = Some(*status);
            failure
        })?;
        self.story
            .message("SM-DP+", vin, format_args!("Operational profile {iccid}"));
        self.euicc().install(iccid).map_err(|csim_error_code| {
            let result = DownloadInstallResult::PROFILE_INSTALLATION_FAILED;
            let mut failure = Box::new(DownloadFailure::new(result));
            failure.iccid = Some(iccid);
            failure.csim_error_code = csim_error_code;
            failure
        })?;
        Ok(InstalledProfile::new(iccid))
    }
}
