//! "Enable and Disable Profile", and how deletions on the eUICC end.

use aid_types::Iccid;
use aid2_proto::{CsimErrorCode, SendDisableProfileErrorReport, SendEnableProfileErrorReport};

use super::{CommandId, Effect, Log, LpaCommand, Now, ProfileStep, ToCmp, Vehicle, aggregate::send, now::Since};

impl Vehicle {
    /// The LPA has done something to one profile, or could not.
    pub(super) fn completed(
        &mut self,
        command: CommandId,
        result: Result<(), CsimErrorCode>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        match self.lpa.end(command, |command| command.iccid().is_some()) {
            Some(ended) => self.command_ended(&ended, result, now, out),
            None => self.outcome_of_nothing(command, out),
        }
    }

    pub(super) fn command_ended(
        &mut self,
        command: &LpaCommand,
        result: Result<(), CsimErrorCode>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        match *command {
            LpaCommand::Enable { iccid } => self.enabled(iccid, result, now, out),
            LpaCommand::Disable { iccid } => self.disabled(iccid, result, now, out),
            LpaCommand::Delete { iccid } => self.deleted(iccid, result, out),
            LpaCommand::Download { .. } | LpaCommand::List => {}
        }
    }

    //
    fn enabled(&mut self, iccid: Iccid, result: Result<(), CsimErrorCode>, now: Now, out: &mut Vec<Effect>) {
        let Some(profile) = self.installed(iccid) else { return };
        let Err(csim_error_code) = result else {
            profile.step(ProfileStep::Enable);
            return self.tell_status(now, out);
        };
        profile.rests = true;
        out.push(Effect::Log(Log::EnableFailed { iccid, csim_error_code }));
        if let Some(entry) = profile.entry() {
            let report = SendEnableProfileErrorReport::new(self.start(now), entry, csim_error_code);
            send(ToCmp::SendEnableProfileErrorReport(report), out);
        }
        // It may be enabled all the same, and nobody there who may use it.
        self.must_list = true;
    }

    //
    fn disabled(&mut self, iccid: Iccid, result: Result<(), CsimErrorCode>, now: Now, out: &mut Vec<Effect>) {
        let Some(profile) = self.installed(iccid) else { return };
        let Err(csim_error_code) = result else {
            profile.step(ProfileStep::Disable);
            // What is about to be deleted is reported once that is done.
            if !self.orders.concern(Some(iccid)) {
                self.tell_status(now, out);
            }
            return;
        };
        let again = std::mem::replace(&mut profile.disable_failed, true);
        profile.disable_since = Some(Since::now(now));
        let entry = profile.entry();
        out.push(Effect::Log(Log::DisableFailed { iccid, csim_error_code }));
        if let Some(entry) = entry.filter(|_| !again) {
            let report = SendDisableProfileErrorReport::new(self.start(now), entry, csim_error_code);
            send(ToCmp::SendDisableProfileErrorReport(report), out);
        }
        self.orders.end(iccid, Err(csim_error_code));
    }

    //
    fn deleted(&mut self, iccid: Iccid, result: Result<(), CsimErrorCode>, out: &mut Vec<Effect>) {
        if let Some(profile) = self.installed(iccid) {
            match result {
                Ok(()) => {
                    profile.step(ProfileStep::Delete);
                }
                Err(csim_error_code) => {
                    profile.rests = true;
                    out.push(Effect::Log(Log::DeleteFailed { iccid, csim_error_code }));
                }
            }
        }
        self.orders.end(iccid, result);
    }
}
