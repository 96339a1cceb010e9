//! What is to do with one vehicle.

use std::collections::VecDeque;

use aid_types::{Tolerated, TraceParent, Vin};

use super::{
    BackendCompletion, BackendOutput, BackendSession, Cancel, Cause, NewOrder, Notice, Now, Order, OrderKey, Outcome,
    Record, Ticket, plan::Plan,
};
use crate::{
    binding::{IdempotencyKey, Sequence},
    session::{ToCmp, receive::Receipt},
};

/// A message of the vehicle's that is not acknowledged, or the end of an order's time.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "most are messages")]
pub(super) enum Held {
    Message {
        message: ToCmp,
        tolerated: Vec<Tolerated>,
        sequence: Option<Sequence>,
        key: IdempotencyKey,
        trace_parent: Option<TraceParent>,
        receipt: Receipt,
        size: usize,
    },
    Expired(Order),
}

#[derive(Debug, Clone, Default)]
pub(super) enum Head {
    #[default]
    Waiting,
    /// With a handler.
    Delivered(Cause),
    /// The handler is done.
    Handled(Ticket, Cause, BackendCompletion),
    /// In the commit that is under way.
    Committing,
    /// Failed; until the time comes.
    Resting,
}

/// What is to be changed in the record, apart from messages.
#[derive(Debug, Clone)]
pub(super) enum Work {
    Order {
        ticket: Ticket,
        order: NewOrder,
    },
    Cancel {
        ticket: Ticket,
        cancel: Cancel,
    },
    /// The broker has a copy, or has thrown it away.
    Taken {
        key: OrderKey,
        thrown_away: bool,
    },
    /// Nobody knows what became of a copy.
    Again {
        key: OrderKey,
    },
    /// See what is due.
    Due,
}

#[derive(Debug, Clone, Default)]
pub(super) enum Phase {
    /// The record is not here.
    #[default]
    Away,
    Loading,
    /// Here, with its version.
    Ready(Box<Record>, Option<u64>),
    Committing(Box<Record>, Plan),
    /// The store failed.
    Resting,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Desk {
    pub(super) phase: Phase,
    pub(super) held: VecDeque<Held>,
    pub(super) head: Head,
    pub(super) works: VecDeque<Work>,
    /// Copies of its orders that the broker is to acknowledge: what follows needs the record again, so it stays. No more than
    /// may be under way, for all vehicles together.
    pub(super) awaited: usize,
    pub(super) failures: u32,
    pub(super) conflicts: u32,
}

impl Desk {
    pub(super) fn rested(&mut self) {
        if matches!(self.phase, Phase::Resting) {
            self.phase = Phase::Away;
        }
        if matches!(self.head, Head::Resting) {
            self.head = Head::Waiting;
        }
    }

    /// Whether anything is left to do.
    pub(super) fn is_busy(&self) -> bool {
        self.has_work() || !self.held.is_empty() || !matches!(self.phase, Phase::Away | Phase::Ready(..))
    }

    /// Something is to do with the record.
    pub(super) fn push(&mut self, work: Work) {
        match work {
            Work::Due => self.renew(),
            Work::Taken { .. } => self.awaited = self.awaited.saturating_sub(1),
            _ => {}
        }
        self.works.push_back(work);
    }

    /// Something has come, and is dealt with on the record as it is now.
    pub(super) fn hold(&mut self, held: Held) {
        if self.held.is_empty() {
            self.renew();
        }
        self.held.push_back(held);
    }

    /// Another instance may have changed the record since it was loaded.
    fn renew(&mut self) {
        if matches!(self.phase, Phase::Ready(..)) {
            self.phase = Phase::Away;
        }
    }

    /// The connection is gone: nothing more is acknowledged.
    pub(super) const fn interrupted(&mut self) {
        self.awaited = 0;
    }

    /// Whether something waits for the record.
    fn has_work(&self) -> bool {
        !self.works.is_empty()
            || matches!(self.head, Head::Handled(..))
            || (matches!(self.head, Head::Waiting) && !self.held.is_empty())
    }
}

impl BackendSession {
    /// Does what can be done with a vehicle now.
    pub(super) fn turn(&mut self, vin: Vin, now: Now) {
        loop {
            let Some(desk) = self.desks.get_mut(&vin) else { return };
            match std::mem::take(&mut desk.phase) {
                Phase::Away if desk.has_work() => {
                    desk.phase = Phase::Loading;
                    self.out.push_back(BackendOutput::Load { vin });
                    return;
                }
                Phase::Away if desk.held.is_empty() => {
                    self.desks.remove(&vin);
                    return;
                }
                Phase::Ready(mut record, version) if desk.has_work() => {
                    let plan = self.plan(vin, &mut record, now);
                    let Some(desk) = self.desks.get_mut(&vin) else { return };
                    if plan.changed {
                        self.out.push_back(BackendOutput::Commit {
                            vin,
                            expected: version,
                            due: record.next_due(now),
                            record: record.to_bytes(),
                            durable: plan.durable,
                            delivery: plan.completed,
                        });
                        desk.phase = Phase::Committing(record, plan);
                        return;
                    }
                    desk.phase = Phase::Ready(record, version);
                    self.settle(plan);
                }
                // Nothing to do with the record but what a handler does, or follows from an acknowledgement.
                Phase::Ready(..) if desk.held.is_empty() && desk.awaited == 0 => {
                    self.desks.remove(&vin);
                    return;
                }
                phase => {
                    desk.phase = phase;
                    return;
                }
            }
        }
    }

    /// Gives the first message of a vehicle a rest.
    pub(super) fn rest(&mut self, vin: Vin, now: Now) {
        let Some(desk) = self.desks.get_mut(&vin) else { return };
        let until = now.monotonic + self.connection.delay(desk.failures);
        desk.failures = desk.failures.saturating_add(1);
        desk.head = Head::Resting;
        self.resting.insert((until, vin));
    }

    /// The store failed: what waits for the record waits longer, and orders are not taken.
    pub(super) fn store_failed(&mut self, vin: Vin, error: String, now: Now) {
        self.tell.push_back(Notice::StoreFailed { error });
        let Some(desk) = self.desks.get_mut(&vin) else { return };
        let until = now.monotonic + self.connection.delay(desk.failures);
        desk.failures = desk.failures.saturating_add(1);
        desk.phase = Phase::Resting;
        let works = std::mem::take(&mut desk.works);
        for ticket in works.into_iter().filter_map(|work| work.ticket()) {
            let outcome = Outcome::Failed;
            self.out.push_back(BackendOutput::Done { ticket, outcome });
        }
        self.resting.insert((until, vin));
    }
}

impl Work {
    pub(super) const fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Order { ticket, .. } | Self::Cancel { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }
}
