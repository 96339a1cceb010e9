//! What is made of a vehicle's record at a time, and what follows when it is committed.

use std::time::Duration;

use aid_types::Vin;

use super::{
    BackendOutput, BackendSession, Cause, NewOrder, Notice, Now, Order, OrderKey, Outcome, Record, Ticket,
    desk::{Head, Held, Work},
};
use crate::session::{End, Seen, ToBroker, receive::Receipt};

/// Times in a row that a record may have been changed by others before its message is given a rest.
const MAX_CONFLICTS: u32 = 3;

/// What happens when the record is committed.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    acknowledge: Vec<(Receipt, usize)>,
    /// The delivery that is completed by it.
    pub(super) completed: Option<Ticket>,
    works: Vec<Work>,
    publish: Vec<(Order, bool)>,
    tell: Vec<Notice>,
    pub(super) changed: bool,
    pub(super) durable: bool,
}

impl BackendSession {
    /// Works on the record.
    pub(super) fn plan(&mut self, vin: Vin, record: &mut Record, now: Now) -> Plan {
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
                    trace_parent,
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
                    let refusal = NewOrder::refusal(request_id, reason).caused_by(*trace_parent);
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
            let trace_parent = match first {
                Held::Expired(order) => order.trace_parent,
                Held::Message { trace_parent, .. } => *trace_parent,
            };
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
            self.out.push_back(BackendOutput::Deliver {
                ticket,
                cause,
                record,
                trace_parent,
            });
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
    pub(super) fn settle(&mut self, plan: Plan) {
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
}

fn ended_notice((order, how): (Order, End)) -> Notice {
    Notice::Ended { order: order.key, how }
}
