//! When orders are due.

use super::{End, Order, OrderKey, Record};
use crate::{
    binding::Exchange,
    session::{CopiesOfOthers, Now},
};

/// When orders are published again, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderTimes {
    /// Until an order is published again; default 6 hours. Also the message expiry of its copies, so that they do not pile
    /// up in the session of a vehicle that is away.
    pub again_after: u32,
    /// Least time between two copies when the vehicle gives a sign of life, or when nobody knows what became of the last;
    /// default 60.
    pub at_least: u32,
}

impl Default for OrderTimes {
    fn default() -> Self {
        Self {
            again_after: 6 * 60 * 60,
            at_least: 60,
        }
    }
}

impl Record {
    /// When to look at it next though the vehicle says nothing, Unix time in seconds by the clock of `now`; `None` without
    /// orders.
    ///
    /// An order that was published, by some clock, at a time that lies ahead of this one, is due now: nobody may have to wait
    /// for a time that was written with a clock that was wrong.
    #[must_use]
    pub fn next_due(&self, now: Now) -> Option<u64> {
        self.orders.iter().map(|order| order.due(now)).min()
    }

    /// The vehicle is there: its orders are due now, unless a copy went out just before. Whether any was not due before.
    pub fn sign_of_life(&mut self, times: OrderTimes, now: Now) -> bool {
        let mut hastened = false;
        for order in &mut self.orders {
            let rested = now
                .age(order.published_at)
                .is_none_or(|age| age >= u64::from(times.at_least));
            if rested && !order.is_due(now) {
                order.again_in = 0;
                hastened = true;
            }
        }
        hastened
    }

    /// Takes out what is due to be published, as names, and has it due again after [`OrderTimes::at_least`] unless
    /// [`taken`](Self::taken) says more.
    pub(in crate::session) fn claim(&mut self, times: OrderTimes, now: Now, copies: &CopiesOfOthers) -> Vec<Order> {
        let mut claimed = Vec::new();
        for order in &mut self.orders {
            if order.is_due(now) && !order.is_expired(now) && !copies.is_recent(order) {
                order.copies = order.copies.saturating_add(1);
                order.published_at = now.unix;
                order.again_in = times.at_least.clamp(1, times.again_after.max(1));
                claimed.push(order.clone());
            }
        }
        claimed
    }

    /// Whether something is due to be published.
    pub(in crate::session) fn has_due(&self, now: Now, copies: &CopiesOfOthers) -> bool {
        self.orders
            .iter()
            .any(|order| order.is_due(now) && !order.is_expired(now) && !copies.is_recent(order))
    }

    /// The broker has the last copy of an order; or it has thrown it away, and the order is due again soon. Whether there is
    /// such an order.
    pub(in crate::session) fn taken(&mut self, key: &OrderKey, times: OrderTimes, thrown_away: bool) -> bool {
        // An answer needs none itself.
        if !thrown_away && Exchange::answered_by(key.name).is_some() {
            return !self.end(End::Answered, |order| order.key == *key).is_empty();
        }
        let Some(order) = self.orders.iter_mut().find(|order| order.key == *key) else {
            return false;
        };
        let again_after = times.again_after.max(1);
        order.again_in = if thrown_away {
            // Its vehicle has no session, but may connect at any moment, and need not say anything then.
            let doubled = 1_u32.checked_shl(order.copies.saturating_sub(1)).unwrap_or(u32::MAX);
            doubled.min(again_after)
        } else {
            again_after
        };
        true
    }

    /// Nobody knows what became of the last copy of an order: it is due now.
    pub(in crate::session) fn again(&mut self, key: &OrderKey) -> bool {
        let order = self.orders.iter_mut().find(|order| order.key == *key);
        order.is_some_and(|order| {
            order.again_in = 0;
            true
        })
    }
}
