//! What other instances publish meanwhile.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use super::{Order, OrderKey};

/// How many copies of an order this instance knows of, and when it noticed that another one had published some.
///
/// The time in a record is from the clock of whoever published last. Where the clocks of two instances are far apart, each
/// takes the other's time for wrong and the order for due; without this memory they would publish in turns, as fast
/// as they can.
#[derive(Debug, Clone, Default)]
pub(super) struct CopiesOfOthers {
    known: HashMap<OrderKey, Known>,
    /// When each was noted, oldest first.
    noted: VecDeque<(Duration, OrderKey)>,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    copies: u32,
    noted: Duration,
    of_another: bool,
}

impl CopiesOfOthers {
    /// Looks at the orders of a record that was loaded, and forgets what was noted longer than `at_least` ago.
    pub(super) fn look(&mut self, orders: &[Order], at_least: Duration, now: Duration) {
        while let Some((noted, key)) = self.noted.front().copied()
            && noted + at_least <= now
        {
            self.noted.pop_front();
            if self.known.get(&key).is_some_and(|known| known.noted == noted) {
                self.known.remove(&key);
            }
        }
        for order in orders {
            match self.known.get(&order.key) {
                Some(known) if known.copies >= order.copies => {}
                known => self.note(order, known.is_some(), now),
            }
        }
    }

    /// This instance publishes a copy.
    pub(super) fn published(&mut self, order: &Order, now: Duration) {
        self.note(order, false, now);
    }

    fn note(&mut self, order: &Order, of_another: bool, now: Duration) {
        let known = Known {
            copies: order.copies,
            noted: now,
            of_another,
        };
        self.known.insert(order.key, known);
        self.noted.push_back((now, order.key));
    }

    /// Whether another instance has published a copy just now.
    pub(super) fn is_recent(&self, order: &Order) -> bool {
        let known = self.known.get(&order.key);
        known.is_some_and(|known| known.of_another && known.copies == order.copies)
    }
}
