use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fmt,
};

use aid_types::Vin;

use super::Exchange;
use crate::{Payload as _, RequestId, SendActivationCode, SendProfileDownloadInstallInfo, Timestamp};

/// Names an order: vehicle, name of the message, timestamp of its request id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct OrderKey {
    /// The vehicle.
    pub vin: Vin,
    /// Name of the message.
    pub name: &'static str,
    /// Timestamp of its request id.
    pub timestamp: Timestamp,
}

impl OrderKey {
    /// The order `name` with this request id; `None` if no message to vehicles is called so.
    #[must_use]
    pub fn new(name: &str, request_id: RequestId) -> Option<Self> {
        let exchange = Exchange::of(name).filter(|exchange| exchange.to == super::Side::Vehicle)?;
        Some(Self {
            vin: request_id.vehicle_id,
            name: exchange.name,
            timestamp: request_id.timestamp,
        })
    }

    /// The order that is done when a message or response `name` with this request id has come from the vehicle: a
    /// response ends its request, the download report ends the sending of the activation code.
    #[must_use]
    pub fn ended_by(name: &str, request_id: RequestId) -> Option<Self> {
        if name == SendProfileDownloadInstallInfo::NAME {
            return Self::new(SendActivationCode::NAME, request_id);
        }
        Self::new(Exchange::answered_by(name)?.name, request_id)
    }

    /// The request id.
    #[must_use]
    pub const fn request_id(&self) -> RequestId {
        RequestId::new(self.vin, self.timestamp)
    }
}

/// A message to a vehicle that is published again and again until the vehicle has dealt with it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// Which.
    pub key: OrderKey,
    /// The protobuf bytes.
    pub payload: Vec<u8>,
    /// How often it was published.
    pub published: u32,
    last: u64,
    due: u64,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("key", &self.key)
            .field("published", &self.published)
            .finish_non_exhaustive()
    }
}

/// The orders that vehicles have not dealt with yet. Orders persist: a vehicle may be away for weeks, the broker may drop
/// its session or a message in it, and the order is still published again.
///
/// Pure; whoever keeps it on disk stores the payload under the key before the order is published, and deletes it when it
/// has ended. Times are Unix time in seconds.
#[derive(Debug, Clone)]
pub struct OrderBook {
    orders: BTreeMap<OrderKey, Order>,
    schedule: BTreeSet<(u64, OrderKey)>,
    /// Most orders; default 1,000,000.
    pub max_orders: usize,
    /// Seconds until an order is published again; default 6 hours. Also the message expiry of an order's copies, so that
    /// copies do not pile up in the session of a vehicle that is away.
    pub again_after: u32,
    /// Least seconds between two copies when the vehicle gives a sign of life; default 60.
    pub at_least: u32,
}

/// No room for another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderBookFull;

impl fmt::Display for OrderBookFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the order book is full")
    }
}

impl Error for OrderBookFull {}

impl Default for OrderBook {
    fn default() -> Self {
        Self {
            orders: BTreeMap::new(),
            schedule: BTreeSet::new(),
            max_orders: 1_000_000,
            again_after: 6 * 60 * 60,
            at_least: 60,
        }
    }
}

impl OrderBook {
    /// Adds an order, due at once. An order that is in the book already is left as it is.
    ///
    /// # Errors
    ///
    /// If there is no room.
    pub fn add(&mut self, key: OrderKey, payload: Vec<u8>) -> Result<(), OrderBookFull> {
        if self.orders.contains_key(&key) {
            return Ok(());
        }
        if self.orders.len() >= self.max_orders {
            return Err(OrderBookFull);
        }
        let (published, last, due) = (0, 0, 0);
        let order = Order {
            key,
            payload,
            published,
            last,
            due,
        };
        self.orders.insert(key, order);
        self.schedule.insert((due, key));
        Ok(())
    }

    /// The next order that is due at `now`. It counts as published, and is due again after
    /// [`again_after`](Self::again_after).
    pub fn next_due(&mut self, now: u64) -> Option<&Order> {
        let (due, key) = *self.schedule.first().filter(|(due, _)| *due <= now)?;
        self.schedule.remove(&(due, key));
        let order = self.orders.get_mut(&key)?;
        order.published = order.published.saturating_add(1);
        order.last = now;
        order.due = now.saturating_add(u64::from(self.again_after.max(1)));
        self.schedule.insert((order.due, key));
        Some(order)
    }

    /// When the next order is due.
    #[must_use]
    pub fn next_at(&self) -> Option<u64> {
        self.schedule.first().map(|(due, _)| *due)
    }

    /// The vehicle gave a sign of life: its orders are due now, unless a copy went out just before.
    pub fn sign_of_life(&mut self, vin: Vin, now: u64) {
        if self.orders.is_empty() {
            return;
        }
        let from = OrderKey {
            vin,
            name: "",
            timestamp: Timestamp::from_number(0),
        };
        for (key, order) in self.orders.range_mut(from..).take_while(|(key, _)| key.vin == vin) {
            if order.last.saturating_add(u64::from(self.at_least)) <= now && order.due > now {
                self.schedule.remove(&(order.due, *key));
                order.due = now;
                self.schedule.insert((order.due, *key));
            }
        }
    }

    /// The copy published last was lost on the way to the broker: the order is due again at `at`.
    pub fn again(&mut self, key: &OrderKey, at: u64) {
        if let Some(order) = self.orders.get_mut(key) {
            self.schedule.remove(&(order.due, *key));
            order.due = at;
            self.schedule.insert((at, *key));
        }
    }

    /// Removes an order that has ended. Whether it was in the book.
    pub fn ended(&mut self, key: &OrderKey) -> bool {
        let Some(order) = self.orders.remove(key) else {
            return false;
        };
        self.schedule.remove(&(order.due, order.key));
        true
    }

    /// Whether the order is in the book.
    #[must_use]
    pub fn contains(&self, key: &OrderKey) -> bool {
        self.orders.contains_key(key)
    }

    /// Orders that have not ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether every order has ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }
}
