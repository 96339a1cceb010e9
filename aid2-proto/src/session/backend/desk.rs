//! What is to do with one vehicle.

use std::{collections::VecDeque, time::Duration};

use aid_types::{Tolerated, Vin};

use super::{
    BackendCompletion, BackendOutput, BackendSession, Cancel, Cause, NewOrder, Notice, Now, Order, OrderKey, Outcome,
    Record, Ticket, ToCmp,
};
use crate::{
    binding::{IdempotencyKey, Sequence},
    session::{End, Seen, ToBroker, receive::Receipt},
};

/// Times in a row that a record may have been changed by others before its message is given a rest.
const MAX_CONFLICTS: u32 = 3;

/// A message of the vehicle's that is not acknowledged, or the end of an order's time.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "most are messages")]
pub(super) enum Held {
    Message {
        message: ToCmp,
        tolerated: Vec<Tolerated>,
        sequence: Option<Sequence>,
        key: IdempotencyKey,
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

/// What happens when the record is committed.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    acknowledge: Vec<(Receipt, usize)>,
    /// The delivery that is completed by it.
    completed: Option<Ticket>,
    works: Vec<Work>,
    publish: Vec<(Order, bool)>,
    tell: Vec<Notice>,
    changed: bool,
    durable: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Desk {
    pub(super) phase: Phase,
    pub(super) held: VecDeque<Held>,
    pub(super) head: Head,
    pub(super) works: VecDeque<Work>,
    /// Copies of its orders that the broker is to acknowledge: what follows needs the record again, so it stays. No more than
    /// may be under way, for all vehicles together.
    awaited: usize,
    failures: u32,
    conflicts: u32,
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
                            due: record.next_due(),
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

    /// Works on the record.
    fn plan(&mut self, vin: Vin, record: &mut Record, now: Now) -> Plan {
        let mut plan = Plan::default();
        let mut fresh = Vec::new();
        self.plan_works(vin, record, &mut plan, &mut fresh, now);
        self.plan_message(vin, record, &mut plan, &mut fresh, now);
        let times = self.settings.times;
        let at_least = Duration::from_secs(times.at_least.into());
        self.copies.look(record.orders(), at_least, now.monotonic);
        if self.has_room() && record.has_due(now, &self.copies) {
            plan.changed = true;
            let claimed = record.claim(times, now, &self.copies);
            for order in &claimed {
                self.copies.published(order, now.monotonic);
            }
            plan.publish = claimed
                .into_iter()
                .map(|order| (fresh.contains(&order.key), order))
                .map(|(fresh, order)| (order, fresh))
                .collect();
        }
        // Once for each order; a message that comes meanwhile goes first.
        if let Some(order) = record.expired(now).cloned()
            && let Some(desk) = self.desks.get_mut(&vin)
            && !desk.held.iter().any(|held| matches!(held, Held::Expired(_)))
        {
            desk.held.push_back(Held::Expired(order));
        }
        plan
    }

    fn plan_works(&mut self, vin: Vin, record: &mut Record, plan: &mut Plan, fresh: &mut Vec<OrderKey>, now: Now) {
        let times = self.settings.times;
        let Some(desk) = self.desks.get_mut(&vin) else { return };
        plan.works = desk.works.drain(..).collect();
        for work in &plan.works {
            match work {
                Work::Order { order, .. } => {
                    fresh.push(order.key);
                    let ended = record.order(order.clone(), now).unwrap_or_default();
                    plan.tell.extend(ended.into_iter().map(ended_notice));
                    (plan.changed, plan.durable) = (true, true);
                }
                Work::Cancel { cancel, .. } => {
                    let ended = record.cancel(|order| cancel.means(order));
                    if !ended.is_empty() {
                        (plan.changed, plan.durable) = (true, true);
                    }
                    plan.tell.extend(ended.into_iter().map(ended_notice));
                }
                Work::Taken { key, thrown_away } => plan.changed |= record.taken(key, times, *thrown_away),
                Work::Again { key } => plan.changed |= record.again(key),
                Work::Due => {}
            }
        }
    }

    /// Looks at the first message: hands it over, or makes what its handler has done part of the plan.
    fn plan_message(&mut self, vin: Vin, record: &mut Record, plan: &mut Plan, fresh: &mut Vec<OrderKey>, now: Now) {
        let times = self.settings.times;
        let Some(desk) = self.desks.get_mut(&vin) else { return };
        if matches!(desk.head, Head::Waiting) {
            self.begin(vin, record, plan, now);
        }
        let Some(desk) = self.desks.get_mut(&vin) else { return };
        let (ticket, cause, completion) = match std::mem::take(&mut desk.head) {
            Head::Handled(ticket, cause, completion) => (ticket, cause, completion),
            head => {
                desk.head = head;
                return;
            }
        };
        let Some(first) = desk.held.front() else { return };
        let ended = match (first, &cause) {
            (
                Held::Message {
                    sequence,
                    key,
                    receipt,
                    size,
                    tolerated,
                    ..
                },
                Cause::Message(message),
            ) => {
                let (name, request_id) = (message.name(), message.request_id());
                plan.acknowledge.push((*receipt, *size));
                plan.tell.push(Notice::Handled { name, request_id });
                if !tolerated.is_empty() {
                    let deviations = tolerated.clone();
                    plan.tell.push(Notice::Tolerated {
                        name,
                        request_id,
                        deviations,
                    });
                }
                if let Some(reason) = &completion.refusal {
                    let refusal = NewOrder::refusal(request_id, reason);
                    fresh.push(refusal.key);
                    let _ = record.order(refusal, now);
                }
                record.handled(message, *sequence, *key, (times, now))
            }
            _ => record.expire(now),
        };
        plan.tell.extend(ended.into_iter().map(ended_notice));
        for order in completion.orders {
            let key = order.key;
            match record.order(order, now) {
                Ok(ended) => {
                    fresh.push(key);
                    plan.tell.extend(ended.into_iter().map(ended_notice));
                }
                Err(_) => plan.tell.push(Notice::Misdirected { order: key }),
            }
        }
        for cancel in completion.cancel {
            plan.tell
                .extend(record.cancel(|order| cancel.means(order)).into_iter().map(ended_notice));
        }
        desk.head = Head::Committing;
        plan.completed = Some(ticket);
        (plan.changed, plan.durable) = (true, true);
    }

    /// Hands over the first message that is no copy; copies are acknowledged.
    fn begin(&mut self, vin: Vin, record: &mut Record, plan: &mut Plan, now: Now) {
        loop {
            let Some(desk) = self.desks.get_mut(&vin) else { return };
            let Some(first) = desk.held.front() else { return };
            let cause = match first {
                Held::Expired(order) => {
                    // It may have ended meanwhile.
                    record.expired(now).map(|_| Cause::Expired(order.clone()))
                }
                Held::Message {
                    message,
                    sequence,
                    key,
                    receipt,
                    size,
                    ..
                } => {
                    let (name, request_id) = (message.name(), message.request_id());
                    let seen = record.seen(name, *sequence, *key);
                    if let (Seen::NumberRepeats, Some(sequence)) = (seen, sequence) {
                        let number = sequence.number;
                        self.tell.push_back(Notice::NumbersRepeat { vin, number });
                    }
                    if seen == Seen::Copy {
                        plan.acknowledge.push((*receipt, *size));
                        plan.tell.push(Notice::Duplicate { name, request_id });
                        record.sign_of_life(self.settings.times, now);
                        None
                    } else {
                        // Numbers that repeat order nothing.
                        let sequence = sequence.filter(|_| seen == Seen::New);
                        Some(Cause::Message(record.news(message.clone(), sequence)))
                    }
                }
            };
            let Some(cause) = cause else {
                desk.held.pop_front();
                continue;
            };
            self.next_ticket += 1;
            let ticket = Ticket(self.next_ticket);
            desk.head = Head::Delivered(cause.clone());
            self.delivered.insert(ticket, vin);
            let record = record.clone();
            self.out.push_back(BackendOutput::Deliver { ticket, cause, record });
            return;
        }
    }

    /// What follows from a plan that is committed.
    pub(super) fn carry_out(&mut self, vin: Vin, plan: Plan, now: Now) {
        if let Some(desk) = self.desks.get_mut(&vin)
            && plan.completed.is_some()
        {
            desk.head = Head::Waiting;
            (desk.failures, desk.conflicts) = (0, 0);
            desk.held.pop_front();
        }
        if let Some(desk) = self.desks.get_mut(&vin) {
            desk.awaited += plan.publish.len();
        }
        self.settle(plan);
        self.turn(vin, now);
        self.publish(now);
        self.idle();
    }

    /// Acknowledges and tells.
    fn settle(&mut self, plan: Plan) {
        for (receipt, size) in plan.acknowledge {
            self.held = self.held.saturating_sub(1);
            self.held_bytes = self.held_bytes.saturating_sub(size);
            if let Some(packet_id) = receipt.on(&self.connection) {
                self.connection.out.push_back(ToBroker::Acknowledge { packet_id });
                self.connection.worked();
            }
        }
        self.tell.extend(plan.tell);
        self.to_publish.extend(plan.publish);
        let done = plan.works.into_iter().filter_map(|work| work.ticket());
        for ticket in plan.completed.into_iter().chain(done) {
            let outcome = Outcome::Stored;
            self.out.push_back(BackendOutput::Done { ticket, outcome });
        }
        self.idle();
    }

    /// Nothing of a plan was committed.
    pub(super) fn undo(&mut self, vin: Vin, plan: Plan, outcome: Outcome, now: Now) {
        let Some(desk) = self.desks.get_mut(&vin) else { return };
        // Copies: they were handled, whatever became of this.
        let copies = plan.acknowledge.len() - usize::from(plan.completed.is_some() && !plan.acknowledge.is_empty());
        let copies = Plan {
            acknowledge: plan.acknowledge.into_iter().take(copies).collect(),
            ..Plan::default()
        };
        let mut failed = Vec::new();
        for work in plan.works {
            match outcome {
                // On the record as it is now.
                Outcome::Conflict => desk.works.push_back(work),
                _ => failed.extend(work.ticket()),
            }
        }
        if let Some(ticket) = plan.completed {
            failed.push(ticket);
            desk.conflicts = desk.conflicts.saturating_add(1);
            desk.head = Head::Waiting;
            if outcome == Outcome::Failed || desk.conflicts > MAX_CONFLICTS {
                self.rest(vin, now);
            }
        }
        for ticket in failed {
            self.out.push_back(BackendOutput::Done { ticket, outcome });
        }
        self.settle(copies);
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
    const fn ticket(&self) -> Option<Ticket> {
        match self {
            Self::Order { ticket, .. } | Self::Cancel { ticket, .. } => Some(*ticket),
            _ => None,
        }
    }
}

fn ended_notice((order, how): (Order, End)) -> Notice {
    Notice::Ended { order: order.key, how }
}
