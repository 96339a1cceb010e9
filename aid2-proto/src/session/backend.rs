//! The session of a backend instance.

mod completion;
mod desk;
mod inbound;
mod orders;
mod output;
mod plan;
mod settings;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    time::Duration,
};

use aid_types::Vin;

use self::desk::{Desk, Head, Phase, Work};
use super::{
    CopiesOfOthers, FromBroker, NewOrder, Notice, Now, Order, OrderKey, Record, Ticket,
    connection::{Change as Link, Connection},
};
use crate::binding::TopicError;

pub use completion::{BackendCompletion, Cancel, Cause};
pub use output::{BackendOutput, CommitError, Outcome};
pub use settings::BackendSettings;

/// The session of a backend instance, one of any number: hands over what vehicles send, those of one vehicle one after the
/// other, and publishes orders until they have ended.
///
/// It remembers nothing of a vehicle that says nothing: all that is in the vehicle's [`Record`], which it has loaded when
/// there is something to do.
#[derive(Debug, Clone)]
pub struct BackendSession {
    settings: BackendSettings,
    connection: Connection,
    /// The vehicles with which something is to do.
    desks: HashMap<Vin, Desk>,
    delivered: HashMap<Ticket, Vin>,
    resting: BTreeSet<(Duration, Vin)>,
    /// Messages that are not acknowledged, and the bytes of their payloads.
    held: usize,
    held_bytes: usize,
    beyond: bool,
    /// What is to be published, and whether it is new.
    to_publish: VecDeque<(Order, bool)>,
    under_way: BTreeMap<u64, OrderKey>,
    /// What became of these copies nobody knows.
    unknown: Vec<OrderKey>,
    copies: CopiesOfOthers,
    next_number: u64,
    next_ticket: u64,
    search_at: Option<Duration>,
    out: VecDeque<BackendOutput>,
    tell: VecDeque<Notice>,
}

impl BackendSession {
    /// The session of an instance in the group of instances `group`. `seed` is a random number, which spreads delays.
    ///
    /// # Errors
    ///
    /// If the group is no level of a topic.
    pub fn new(settings: BackendSettings, group: &str, seed: u64, now: Now) -> Result<Self, TopicError> {
        let filter = settings.binding.topics.backend_filter(group)?;
        Ok(Self {
            connection: Connection::new((filter, true), settings.session_expiry, settings.back_off, seed, now),
            settings,
            desks: HashMap::new(),
            delivered: HashMap::new(),
            resting: BTreeSet::new(),
            held: 0,
            held_bytes: 0,
            beyond: false,
            to_publish: VecDeque::new(),
            under_way: BTreeMap::new(),
            unknown: Vec::new(),
            copies: CopiesOfOthers::default(),
            next_number: 0,
            next_ticket: 0,
            search_at: None,
            out: VecDeque::new(),
            tell: VecDeque::new(),
        })
    }

    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    /// Takes an order; the ticket comes back with [`BackendOutput::Done`]. Stored, it is published until it has ended, by
    /// whatever instance. Needs no connection, and no vehicle that is there.
    pub fn order(&mut self, order: NewOrder, now: Now) -> Ticket {
        let (ticket, vin) = (self.ticket(), order.key.vin);
        self.work(vin, Work::Order { ticket, order }, now);
        ticket
    }

    /// Takes orders back that are not wanted any more; the ticket comes back with [`BackendOutput::Done`]. A copy may be
    /// under way.
    pub fn cancel(&mut self, vin: Vin, cancel: Cancel, now: Now) -> Ticket {
        let ticket = self.ticket();
        self.work(vin, Work::Cancel { ticket, cancel }, now);
        ticket
    }

    /// Something has become due of this vehicle: somebody else has stored an order in its record.
    pub fn due(&mut self, vin: Vin, now: Now) {
        self.work(vin, Work::Due, now);
    }

    fn work(&mut self, vin: Vin, work: Work, now: Now) {
        self.desks.entry(vin).or_default().push(work);
        self.turn(vin, now);
    }

    /// The record of a [`BackendOutput::Load`], as version and bytes, or that there is none; or the store failed, in its
    /// words.
    pub fn loaded(&mut self, vin: Vin, found: Result<Option<(u64, &[u8])>, String>, now: Now) {
        let Some(desk) = self.desks.get_mut(&vin) else { return };
        if !matches!(desk.phase, Phase::Loading) {
            return;
        }
        let read = match found {
            Ok(None) => Ok((Record::new(vin), None)),
            Ok(Some((version, bytes))) => Record::from_bytes(vin, bytes)
                .map(|record| (record, Some(version)))
                .map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        match read {
            Ok((record, version)) => {
                desk.phase = Phase::Ready(Box::new(record), version);
                self.turn(vin, now);
            }
            Err(error) => self.store_failed(vin, error, now),
        }
    }

    /// What became of a [`BackendOutput::Commit`]: the new version, or why there is none.
    pub fn committed(&mut self, vin: Vin, outcome: Result<u64, CommitError>, now: Now) {
        let Some(desk) = self.desks.get_mut(&vin) else { return };
        let phase = std::mem::take(&mut desk.phase);
        let Phase::Committing(record, plan) = phase else {
            desk.phase = phase;
            return;
        };
        match outcome {
            Ok(version) => {
                desk.phase = Phase::Ready(record, Some(version));
                self.carry_out(vin, plan, now);
            }
            Err(CommitError::Conflict) => {
                self.undo(vin, plan, Outcome::Conflict, now);
                self.turn(vin, now);
            }
            Err(CommitError::Failed(error)) => {
                self.undo(vin, plan, Outcome::Failed, now);
                self.store_failed(vin, error, now);
            }
        }
    }

    /// What the MQTT client has to tell.
    pub fn from_broker(&mut self, event: FromBroker<'_>, now: Now) {
        let change = match event {
            FromBroker::Connected(connack) => self.connection.connected(connack, &mut self.tell),
            FromBroker::Subscribed(reason) => self.connection.subscribed(reason, now, &mut self.tell),
            FromBroker::Unsubscribed => {
                self.connection.unsubscribed();
                self.idle();
                Link::None
            }
            FromBroker::Published(publication) => {
                self.receive(&publication, now);
                Link::None
            }
            FromBroker::Acknowledged { number, reason } => {
                self.acknowledged(number, reason, now);
                Link::None
            }
            FromBroker::Lost(lost) => self.connection.lost(lost, now, &mut self.tell),
        };
        match change {
            Link::None => {}
            Link::Ready => {
                self.search_at = Some(now.monotonic);
                for key in std::mem::take(&mut self.unknown) {
                    self.work(key.vin, Work::Again { key }, now);
                }
            }
            Link::Lost => self.interrupted(now),
        }
        self.publish(now);
    }

    /// Whether a leaving instance has dealt with all that it received.
    fn idle(&mut self) {
        if self.held == 0 {
            self.connection.idle();
        }
    }

    /// Disconnects. The session stays, and with it this instance's share of the messages: the broker may go on to put
    /// messages aside for it. So come back under the same name, or [leave](Self::leave).
    pub fn close(&mut self) {
        self.connection.close();
    }

    /// Disconnects for good: takes nothing more, deals with what it has, for 10 s at most, and ends the session at the
    /// broker; the other instances get all messages.
    pub fn leave(&mut self, now: Now) {
        self.connection.leave(now);
    }

    /// Whether the session has ended: nothing more comes of it.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.connection.is_closed()
    }

    /// When to call [`poll`](Self::poll) again though nothing happened, as a monotonic time.
    #[must_use]
    pub fn next_wake(&self) -> Option<Duration> {
        let resting = self.resting.first().map(|(until, _)| *until);
        let search = self.search_at.filter(|_| self.can_search());
        [self.connection.next_wake(), resting, search]
            .into_iter()
            .flatten()
            .min()
    }

    fn wake(&mut self, now: Now) {
        self.connection.wake(now);
        while let Some((until, vin)) = self
            .resting
            .first()
            .copied()
            .filter(|(until, _)| *until <= now.monotonic)
        {
            self.resting.remove(&(until, vin));
            if let Some(desk) = self.desks.get_mut(&vin) {
                desk.rested();
                self.turn(vin, now);
            }
        }
        if self.can_search() && self.search_at.is_some_and(|at| at <= now.monotonic) {
            self.search(now);
        }
    }

    /// What to do next; `None` when nothing is left to do before [`next_wake`](Self::next_wake) or the next input.
    pub fn poll(&mut self, now: Now) -> Option<BackendOutput> {
        if self.next_wake().is_some_and(|at| at <= now.monotonic) {
            self.wake(now);
        }
        if let Some(notice) = self.tell.pop_front() {
            return Some(BackendOutput::Tell(notice));
        }
        if let Some(output) = self.out.pop_front() {
            return Some(output);
        }
        self.connection.out.pop_front().map(BackendOutput::ToBroker)
    }
}
