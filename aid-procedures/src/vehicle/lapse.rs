//! What lapses: requests without an answer, and an LPA that is stuck.

use std::time::Duration;

use aid2_proto::{CsimErrorCode, DownloadInstallResult};

use super::{CommandId, DownloadFailure, Effect, Log, LpaCommand, Now, ProfileState, ProfileStep, Vehicle};

impl Vehicle {
    /// When a [`Tick`](super::Event::Tick) is due, in uptime, if no other event comes before.
    #[must_use]
    pub fn wake_at(&self) -> Option<Duration> {
        let options = &self.options;
        let requests = self
            .profiles
            .iter()
            .filter(|profile| profile.state == ProfileState::Requested);
        let requests = requests.map(|profile| profile.asked_since.end(options.request_timeout));
        let strangers = self.profiles.iter().filter(|profile| !self.is_at_the_wheel(profile));
        let disable = strangers.filter_map(|profile| Some(profile.disable_since?.end(options.disable_retry)));
        let list = self.list_failed.filter(|_| self.must_list);
        let list = list.map(|since| since.end(options.list_retry));
        requests
            .chain(disable)
            .chain(list)
            .chain(self.lpa.wake_at(options))
            .min()
    }

    /// Lets lapse what is due.
    pub(super) fn time_out(&mut self, now: Now, out: &mut Vec<Effect>) {
        let options = self.options;
        for profile in &mut self.profiles {
            //
            if profile.state == ProfileState::Requested && profile.asked_since.is_over(options.request_timeout, now) {
                profile.step(ProfileStep::GiveUp);
                out.push(Effect::Log(Log::NoAnswer));
            }
            profile
                .disable_since
                .take_if(|since| since.is_over(options.disable_retry, now));
        }
        self.list_failed.take_if(|since| since.is_over(options.list_retry, now));
        self.must_list |= self.lpa.looks_again(&options, now);
        while let Some((_, command)) = self.lpa.stuck(&options, now) {
            self.give_up(command, now, out);
        }
    }

    /// The LPA is stuck: that is a failure, and nobody knows what it did.
    fn give_up(&mut self, command: LpaCommand, now: Now, out: &mut Vec<Effect>) {
        out.push(Effect::Log(Log::LpaTimedOut {
            iccid: command.iccid().copied(),
        }));
        match command {
            LpaCommand::Download { before, .. } => {
                let failure = DownloadFailure::new(DownloadInstallResult::PROFILE_INSTALLATION_UNKNOWN_ERROR);
                self.download_ended(before, Err(failure), out);
            }
            LpaCommand::List => self.list_ended(Err(CsimErrorCode::NONE), now, out),
            named => {
                self.command_ended(&named, Err(CsimErrorCode::NONE), now, out);
                self.must_list = true;
            }
        }
    }

    /// An outcome came twice, or too late.
    pub(super) fn outcome_of_nothing(&mut self, command: CommandId, out: &mut Vec<Effect>) {
        let late = self.lpa.was_given_up(command);
        self.must_list |= late;
        out.push(Effect::Log(match late {
            true => Log::LateOutcome,
            false => Log::Ignored,
        }));
    }
}
