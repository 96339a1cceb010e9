//! Connecting, subscribing, leaving: what both sessions have in common.

mod attempts;

use std::{collections::VecDeque, time::Duration};

use self::attempts::Attempts;
use super::{Connack, Lack, Lost, Notice, Now, ReasonCode, ToBroker};
use crate::binding::BackOff;

/// How long a client that leaves waits for what it has received to be dealt with.
const LEAVE_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Until the time comes for the next attempt.
    Waiting,
    Connecting,
    /// Waits for SUBACK.
    Subscribing,
    /// Was refused the subscription, or cannot use the broker; until the time comes.
    Resting,
    Ready,
    /// Has unsubscribed, and deals with what has come.
    Leaving,
    /// Has said DISCONNECT; the loss follows. With `true`, that was all.
    Closing(bool),
    Closed,
}

/// What an input means for the session that the connection belongs to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// Nothing.
    None,
    /// Connected and subscribed: an answer to what is published now will come.
    Ready,
    /// The connection is gone, and what was under way with it.
    Lost,
}

#[derive(Debug, Clone)]
pub(super) struct Connection {
    state: State,
    filter: String,
    shared: bool,
    /// For how many seconds CONNECT asks the broker to keep the session.
    session_expiry: u32,
    attempts: Attempts,
    /// When to do what the state waits for.
    at: Option<Duration>,
    connack: Connack,
    refusals: u32,
    /// Whether the subscription has ended, so that nothing more comes.
    unsubscribed: bool,
    /// Counts connections: an acknowledgement belongs to the one that its message came on.
    pub(super) generation: u64,
    pub(super) out: VecDeque<ToBroker>,
}

impl Connection {
    pub(super) fn new(
        (filter, shared): (String, bool),
        session_expiry: u32,
        back_off: BackOff,
        seed: u64,
        now: Now,
    ) -> Self {
        Self {
            state: State::Waiting,
            filter,
            shared,
            session_expiry,
            attempts: Attempts::new(back_off, seed),
            at: Some(now.monotonic),
            connack: Connack::default(),
            refusals: 0,
            unsubscribed: false,
            generation: 0,
            out: VecDeque::new(),
        }
    }

    pub(super) const fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready)
    }

    pub(super) const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Whether PUBACK can be said.
    pub(super) const fn can_acknowledge(&self) -> bool {
        matches!(
            self.state,
            State::Subscribing | State::Resting | State::Ready | State::Leaving
        )
    }

    pub(super) const fn connack(&self) -> &Connack {
        &self.connack
    }

    /// Something went through: the connection works.
    pub(super) const fn worked(&mut self) {
        self.attempts.worked();
    }

    /// A delay that grows with `failures`.
    pub(super) fn delay(&mut self, failures: u32) -> Duration {
        self.attempts.delay(failures)
    }

    pub(super) fn connected(&mut self, connack: Connack, tell: &mut VecDeque<Notice>) -> Change {
        if self.state != State::Connecting {
            return Change::None;
        }
        self.connack = connack;
        let lack = if connack.maximum_qos < 1 {
            Some(Lack::Qos1)
        } else if self.shared && !connack.shared_subscriptions {
            Some(Lack::SharedSubscriptions)
        } else if !connack.wildcard_subscriptions {
            Some(Lack::WildcardSubscriptions)
        } else {
            None
        };
        if let Some(lack) = lack {
            tell.push_back(Notice::Unfit { lack });
            self.break_off(ReasonCode::SUCCESS);
            return Change::None;
        }
        if let Some(seconds) = connack.session_expiry.filter(|seconds| *seconds < self.session_expiry) {
            tell.push_back(Notice::SessionExpiry { seconds });
        }
        self.subscribe();
        Change::None
    }

    fn subscribe(&mut self) {
        self.state = State::Subscribing;
        self.at = None;
        self.out.push_back(ToBroker::Subscribe {
            filter: self.filter.clone(),
        });
    }

    pub(super) fn subscribed(&mut self, reason: ReasonCode, now: Now, tell: &mut VecDeque<Notice>) -> Change {
        if self.state != State::Subscribing {
            return Change::None;
        }
        // QoS 0 is as good as none: nothing would wait for a vehicle in a tunnel.
        if !(1..=2).contains(&reason.0) {
            tell.push_back(Notice::SubscriptionRefused { reason });
            self.state = State::Resting;
            self.at = Some(now.monotonic + self.delay(self.refusals));
            self.refusals = self.refusals.saturating_add(1);
            return Change::None;
        }
        self.state = State::Ready;
        self.refusals = 0;
        self.attempts.stands(now);
        let session_present = self.connack.session_present;
        tell.push_back(Notice::Connected { session_present });
        Change::Ready
    }

    pub(super) fn lost(&mut self, lost: Lost, now: Now, tell: &mut VecDeque<Notice>) -> Change {
        self.generation += 1;
        self.out.clear();
        if matches!(self.state, State::Leaving | State::Closing(true) | State::Closed) {
            self.state = State::Closed;
            self.at = None;
            return Change::Lost;
        }
        let delay = self.attempts.lost(&lost, self.is_ready(), now, tell);
        tell.push_back(Notice::Disconnected { reason: lost.words });
        self.at = Some(now.monotonic + delay);
        self.state = State::Waiting;
        Change::Lost
    }

    pub(super) fn unsubscribed(&mut self) {
        self.unsubscribed = true;
    }

    /// Ends the connection; another follows after a back-off.
    pub(super) fn break_off(&mut self, reason: ReasonCode) {
        self.disconnect(reason, false, false);
    }

    /// Ends the connection for good. What is not acknowledged comes again to whoever connects next.
    pub(super) fn close(&mut self) {
        match self.state {
            State::Waiting | State::Closed => {
                self.state = State::Closed;
                self.at = None;
            }
            _ => self.disconnect(ReasonCode::SUCCESS, false, true),
        }
    }

    /// Ends the subscription; the session follows when [`Self::idle`] is called, or some seconds later.
    pub(super) fn leave(&mut self, now: Now) {
        match self.state {
            State::Subscribing | State::Resting | State::Ready => {
                self.state = State::Leaving;
                self.at = Some(now.monotonic + LEAVE_WITHIN);
                self.out.push_back(ToBroker::Unsubscribe {
                    filter: self.filter.clone(),
                });
            }
            State::Leaving | State::Closing(_) => {}
            _ => self.close(),
        }
    }

    /// All that was received is dealt with.
    pub(super) fn idle(&mut self) {
        if self.state == State::Leaving && self.unsubscribed {
            self.disconnect(ReasonCode::SUCCESS, true, true);
        }
    }

    fn disconnect(&mut self, reason: ReasonCode, ends_session: bool, for_good: bool) {
        if matches!(self.state, State::Closing(true) | State::Closed) {
            return;
        }
        self.state = State::Closing(for_good);
        self.at = None;
        self.out.push_back(ToBroker::Disconnect { reason, ends_session });
    }

    pub(super) const fn next_wake(&self) -> Option<Duration> {
        self.at
    }

    /// There is a network again: the next attempt need not wait.
    pub(super) fn try_now(&mut self, now: Now) {
        if self.state == State::Waiting {
            self.at = Some(now.monotonic);
        }
    }

    pub(super) fn wake(&mut self, now: Now) {
        if self.at.is_none_or(|at| now.monotonic < at) {
            return;
        }
        self.at = None;
        match self.state {
            State::Waiting => {
                self.state = State::Connecting;
                self.out.push_back(ToBroker::Connect);
            }
            State::Resting => self.subscribe(),
            State::Leaving => self.disconnect(ReasonCode::SUCCESS, true, true),
            _ => {}
        }
    }
}
