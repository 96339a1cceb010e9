//! The commands that are out, and an LPA that never answers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{CommandId, LpaCommand, Now, Options, now::Since};

/// Commands that were given up and may still be done.
const REMEMBERED: usize = 8;

/// The commands that are out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Lpa {
    last: u64,
    download: Option<(CommandId, LpaCommand)>,
    #[serde(default)]
    download_since: Since,
    other: Option<(CommandId, LpaCommand)>,
    #[serde(default)]
    other_since: Since,
    /// The latest commands that were given up, and whether they were downloads.
    #[serde(default)]
    given_up: Vec<(CommandId, bool)>,
    /// Since when something that was given up may still be done, without anybody saying so.
    #[serde(default)]
    look_again: Option<Since>,
}

impl Lpa {
    /// The download that is out.
    pub(super) fn download(&self) -> Option<&LpaCommand> {
        self.download.as_ref().map(|(_, command)| command)
    }

    /// Whether anything but a download could begin now.
    pub(super) const fn is_free(&self) -> bool {
        self.other.is_none()
    }

    /// Whether the eUICC is telling its profiles.
    pub(super) const fn is_listing(&self) -> bool {
        matches!(self.other, Some((_, LpaCommand::List)))
    }

    /// Keeps a command until its outcome is known.
    pub(super) fn begin(&mut self, command: LpaCommand, now: Now) -> CommandId {
        self.last = self.last.saturating_add(1);
        let id = CommandId(self.last);
        let (lane, since) = match command {
            LpaCommand::Download { .. } => (&mut self.download, &mut self.download_since),
            _ => (&mut self.other, &mut self.other_since),
        };
        *lane = Some((id, command));
        *since = Since::now(now);
        id
    }

    /// The command whose outcome is known now; `None` if no such command is out.
    pub(super) fn end(&mut self, id: CommandId, is: impl Fn(&LpaCommand) -> bool) -> Option<LpaCommand> {
        let is = |lane: &mut (CommandId, LpaCommand)| lane.0 == id && is(&lane.1);
        let ended = self.download.take_if(is).or_else(|| self.other.take_if(is));
        ended.map(|(_, command)| command)
    }

    /// Whether this is the outcome of a command that was given up. It is told once.
    pub(super) fn was_given_up(&mut self, id: CommandId) -> bool {
        let before = self.given_up.len();
        self.given_up.retain(|(given_up, _)| *given_up != id);
        self.given_up.len() < before
    }

    /// Whether a download that was given up may still bring a profile.
    pub(super) fn may_still_download(&self) -> bool {
        self.given_up.iter().any(|(_, is_download)| *is_download)
    }

    /// A command that has been out for too long.
    pub(super) fn stuck(&mut self, options: &Options, now: Now) -> Option<(CommandId, LpaCommand)> {
        let Self {
            download,
            download_since,
            other,
            other_since,
            given_up,
            look_again,
            ..
        } = self;
        let download = download.take_if(|_| download_since.is_over(options.download_timeout, now));
        let stuck = download.or_else(|| other.take_if(|_| other_since.is_over(options.lpa_timeout, now)))?;
        if given_up.len() >= REMEMBERED {
            given_up.remove(0);
        }
        given_up.push((stuck.0, matches!(stuck.1, LpaCommand::Download { .. })));
        if stuck.1 != LpaCommand::List {
            *look_again = Some(Since::now(now));
        }
        Some(stuck)
    }

    /// Whether the eUICC has to be read once more, because what was given up may have been done since. What is not done by
    /// then never is.
    pub(super) fn looks_again(&mut self, options: &Options, now: Now) -> bool {
        let after = self.looks_again_after(options);
        let looks = self.look_again.take_if(|since| since.is_over(after, now)).is_some();
        if looks {
            self.given_up
                .iter_mut()
                .for_each(|(_, is_download)| *is_download = false);
        }
        looks
    }

    fn looks_again_after(&self, options: &Options) -> u64 {
        match self.may_still_download() {
            true => options.download_timeout,
            false => options.lpa_timeout,
        }
    }

    /// When a command will have been out for too long.
    pub(super) fn wake_at(&self, options: &Options) -> Option<Duration> {
        let download = self.download.as_ref();
        let download = download.map(|_| self.download_since.end(options.download_timeout));
        let other = self.other.as_ref().map(|_| self.other_since.end(options.lpa_timeout));
        let again = self.look_again.map(|since| since.end(self.looks_again_after(options)));
        download.into_iter().chain(other).chain(again).min()
    }

    /// The commands that are out.
    pub(super) fn out(&self) -> impl Iterator<Item = (CommandId, LpaCommand)> {
        self.download.iter().chain(&self.other).cloned()
    }

    /// Another process has the commands now.
    pub(super) fn restarted(&mut self, now: Now) {
        self.download_since = Since::now(now);
        self.other_since = Since::now(now);
        self.look_again = self.look_again.map(|_| Since::now(now));
    }

    /// Another eUICC is there: the commands are for the former one.
    pub(super) fn forget(&mut self) {
        self.download = None;
        self.other = None;
        self.look_again = None;
    }
}
