//! What vehicles are sent.

use std::collections::BTreeSet;

use aid_types::Vin;

use super::{BackendOutput, BackendSession, Desk, Notice, Now, Work};
use crate::session::{ReasonCode, ToBroker};

/// How soon the records are searched again when there was more than one search gives.
const MORE_AFTER: std::time::Duration = std::time::Duration::from_millis(20);
/// Further ahead than any record is due, beyond the time until an order is published again.
const MARGIN: u64 = 60 * 60;

impl BackendSession {
    fn window(&self) -> usize {
        usize::from(
            self.settings
                .in_flight
                .min(self.connection.connack().receive_maximum)
                .max(1),
        )
    }

    /// Whether more can be published soon. What cannot stays due in its record, and is found.
    pub(super) fn has_room(&self) -> bool {
        self.connection.is_ready() && self.to_publish.len() < self.window()
    }

    pub(super) fn can_search(&self) -> bool {
        self.has_room()
    }

    pub(super) fn search(&mut self, now: Now) {
        self.search_at = None;
        self.out.push_back(BackendOutput::FindDue {
            until: now.unix,
            beyond: now
                .unix
                .saturating_add(u64::from(self.settings.times.again_after) + MARGIN),
            limit: self.window(),
        });
    }

    /// The vehicles of a [`BackendOutput::FindDue`]; or the store failed, in its words.
    pub fn found(&mut self, found: Result<Vec<Vin>, String>, now: Now) {
        let found = found.unwrap_or_else(|error| {
            self.tell.push_back(Notice::StoreFailed { error });
            Vec::new()
        });
        let is_all = found.len() < self.window();
        self.search_at = Some(now.monotonic + if is_all { self.settings.search_every } else { MORE_AFTER });
        for vin in found {
            // With whom something is to do already, that is looked at with it.
            if !self.desks.get(&vin).is_some_and(Desk::is_busy) {
                self.work(vin, Work::Due, now);
            }
        }
    }

    /// Publishes whatever may be under way.
    pub(super) fn publish(&mut self, now: Now) {
        if !self.connection.is_ready() {
            return;
        }
        let times = self.settings.times;
        let limit = self.connection.connack().maximum_packet_size;
        while self.under_way.len() < self.window() {
            let Some((order, fresh)) = self.to_publish.pop_front() else {
                break;
            };
            let (key, name, request_id) = (order.key, order.key.name, order.key.request_id());
            let left = order.expires_after.map(|after| {
                let age = now.age(order.ordered_at).unwrap_or_default();
                after.saturating_sub(u32::try_from(age).unwrap_or(u32::MAX))
            });
            let mut outgoing = self.settings.binding.outgoing(name, request_id, order.payload);
            outgoing.trace_parent = order.trace_parent;
            // At most one copy waits in the session of a vehicle that is away.
            let expiry = [outgoing.expiry, left].into_iter().flatten().min();
            outgoing.expiry = Some(expiry.unwrap_or(u32::MAX).min(times.again_after).max(1));
            let size = outgoing.packet_size();
            if limit.is_some_and(|limit| size > usize::try_from(limit).unwrap_or(usize::MAX)) {
                self.tell.push_back(Notice::PutAside { name, request_id, size });
                self.work(key.vin, Work::Taken { key, thrown_away: true }, now);
                continue;
            }
            if !fresh {
                self.tell.push_back(Notice::Resent { name, request_id });
            }
            self.next_number += 1;
            let number = self.next_number;
            self.under_way.insert(number, key);
            self.connection.out.push_back(ToBroker::Publish { number, outgoing });
        }
    }

    pub(super) fn acknowledged(&mut self, number: u64, reason: ReasonCode, now: Now) {
        let Some(key) = self.under_way.remove(&number) else {
            return;
        };
        let (name, request_id) = (key.name, key.request_id());
        let thrown_away = !reason.is_success();
        self.tell.push_back(if thrown_away {
            Notice::NotTaken {
                name,
                request_id,
                reason,
            }
        } else {
            self.connection.worked();
            Notice::Sent { name, request_id }
        });
        self.work(key.vin, Work::Taken { key, thrown_away }, now);
    }

    /// The connection is gone, and what was under way with it.
    pub(super) fn interrupted(&mut self, now: Now) {
        self.beyond = false;
        self.search_at = None;
        self.unknown.extend(std::mem::take(&mut self.under_way).into_values());
        self.unknown
            .extend(self.to_publish.drain(..).map(|(order, _)| order.key));
        for vin in self.unknown.iter().map(|key| key.vin).collect::<BTreeSet<_>>() {
            if let Some(desk) = self.desks.get_mut(&vin) {
                desk.interrupted();
                self.turn(vin, now);
            }
        }
    }
}
