//! How long to wait before the next attempt.

use std::{collections::VecDeque, time::Duration};

use crate::{
    binding::BackOff,
    session::{Lost, Notice, Now, ReasonCode, random::Random},
};

/// A connection that stood for so long and did work has proved itself: the next back-off begins anew.
const PROVED_AFTER: Duration = Duration::from_secs(10);
/// One that stood for so long has proved itself without any.
const IDLE_PROVED_AFTER: Duration = Duration::from_secs(60);
/// So many connections in a row that the broker closes without a word, none of which has [`IDLE_PROVED_AFTER`]: as if it
/// had said that another client takes the session over. Not every broker says so.
const CLOSED_IN_A_ROW: u32 = 3;
/// What the connections so far say of the next.
#[derive(Debug, Clone)]
pub(super) struct Attempts {
    back_off: BackOff,
    random: Random,
    /// Attempts in a row after which no connection has proved itself.
    failures: u32,
    /// Times that another client took the session over, of late.
    takeovers: u32,
    /// Connections in a row that stood, and that the broker soon closed without a word.
    closed_in_a_row: u32,
    ready_since: Option<Duration>,
    worked: bool,
}

impl Attempts {
    pub(super) fn new(back_off: BackOff, seed: u64) -> Self {
        Self {
            back_off,
            random: Random::new(seed),
            failures: 0,
            takeovers: 0,
            closed_in_a_row: 0,
            ready_since: None,
            worked: false,
        }
    }

    /// A delay that grows with `failures`.
    pub(super) fn delay(&mut self, failures: u32) -> Duration {
        self.back_off.delay(failures, self.random.next())
    }

    /// The connection is ready.
    pub(super) const fn stands(&mut self, now: Now) {
        self.ready_since = Some(now.monotonic);
    }

    /// Something went through: the connection works.
    pub(super) const fn worked(&mut self) {
        self.worked = true;
    }

    /// A connection is gone, which may have been ready, or could not be made: how long to wait.
    pub(super) fn lost(&mut self, lost: &Lost, was_ready: bool, now: Now, tell: &mut VecDeque<Notice>) -> Duration {
        let stood = self
            .ready_since
            .take()
            .map_or(Duration::ZERO, |since| now.monotonic.saturating_sub(since));
        if (self.worked && stood >= PROVED_AFTER) || stood >= IDLE_PROVED_AFTER {
            self.failures = 0;
        }
        // Two units with one VIN would take turns for ever, each proving itself while the other waits.
        if stood >= self.back_off.limit.saturating_mul(2) {
            self.takeovers = 0;
        }
        self.worked = false;
        let closed_early = lost.closed_by_peer && was_ready && stood < IDLE_PROVED_AFTER;
        self.closed_in_a_row = if closed_early {
            self.closed_in_a_row.saturating_add(1)
        } else {
            0
        };
        let said = lost.code == Some(ReasonCode::SESSION_TAKEN_OVER);
        if said || self.closed_in_a_row >= CLOSED_IN_A_ROW {
            tell.push_back(Notice::TakenOver { said });
            self.takeovers = self.takeovers.saturating_add(1);
        }
        let delay = self.delay(self.failures.max(self.takeovers));
        self.failures = self.failures.saturating_add(1);
        delay
    }
}
