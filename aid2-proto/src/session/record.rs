//! One record a vehicle: what a backend remembers of it.

mod bytes;
mod due;
mod end;
mod marks;
mod order;

use std::collections::VecDeque;

use aid_types::Vin;

pub use bytes::UnreadableRecord;
pub use due::OrderTimes;
pub use end::End;
use marks::Marks;
pub use marks::OVERTAKEN;
pub use order::{NewOrder, NotAnOrder, Order, OrderKey};

use super::{Now, ToCmp};
use crate::{
    RequestId, RequestIdGenerator, SendCsimStatus, Timestamp,
    binding::{IdempotencyKey, Sequence},
};

/// How many request ids keep their owner.
const OWNERS: usize = 128;

/// Whether a message was handled before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seen {
    /// Not as far as anybody remembers: handle it.
    New,
    /// It was: acknowledge it, and no more.
    Copy,
    /// Another message had its number: the vehicle's storage was put back to an older copy. Handle it (A-175).
    NumberRepeats,
}

/// What a backend remembers of one vehicle: which of its messages were handled, which orders are open, and whose request
/// ids are.
///
/// One aggregate, keyed by the VIN, to be stored in one transaction with what a handler changes: then an instance that is
/// killed has done all or nothing, and any other finds the orders. [`next_due`](Self::next_due) can be indexed.
///
/// ```
/// use std::time::Duration;
/// use aid2_proto::{RequestDeleteProfile, session::{NewOrder, Now, Record}};
///
/// let now = Now::new(Duration::ZERO, 1_700_000_000);
/// let mut record = Record::new("WBAUX11030A334483".parse()?);
/// let id = record.next_request_id(Some("federation 7"), now);
/// let order = RequestDeleteProfile::new(id, "9876543210".parse()?, "8944500805172032953".parse()?);
/// record.order(NewOrder::new(&order)?.owned_by("federation 7"), now)?;
/// assert_eq!(record.owner(id), Some("federation 7"));
/// assert_eq!(Record::from_bytes(record.vin(), &record.to_bytes())?, record);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    vin: Vin,
    marks: Marks,
    /// In the order in which they were taken.
    orders: Vec<Order>,
    last_second: u64,
    /// Oldest first.
    owners: VecDeque<(Timestamp, String)>,
}

impl Record {
    /// Of a vehicle of which nothing is known.
    #[must_use]
    pub fn new(vin: Vin) -> Self {
        Self {
            vin,
            marks: Marks::default(),
            orders: Vec::new(),
            last_second: 0,
            owners: VecDeque::new(),
        }
    }

    /// The vehicle: the key to store it under.
    #[must_use]
    pub const fn vin(&self) -> Vin {
        self.vin
    }

    /// The orders that have not ended, in the order in which they were taken.
    #[must_use]
    pub fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// A request id for a sequence that begins now, which belongs to `owner` from now on; never the same second twice
    /// (A-126).
    pub fn next_request_id(&mut self, owner: Option<&str>, now: Now) -> RequestId {
        let mut ids = RequestIdGenerator::resume(self.vin, self.last_second);
        let now = now.unix.min(Timestamp::MAX_SECS);
        let id = ids
            .next(now)
            .unwrap_or_else(|_| RequestId::new(self.vin, Timestamp::from_secs(now)));
        self.last_second = ids.last_second();
        if let Some(owner) = owner {
            self.assign(id, owner);
        }
        id
    }

    /// Makes a request id somebody's, whoever began its sequence. The oldest are forgotten, unless an order is open.
    pub fn assign(&mut self, request_id: RequestId, owner: impl Into<String>) {
        self.owners.retain(|(timestamp, _)| *timestamp != request_id.timestamp);
        self.owners.push_back((request_id.timestamp, owner.into()));
        if self.owners.len() > OWNERS {
            self.owners.pop_front();
        }
    }

    /// Whose request id that is, as far as anybody remembers.
    #[must_use]
    pub fn owner(&self, request_id: RequestId) -> Option<&str> {
        let of_order = self
            .orders
            .iter()
            .find(|order| order.key.timestamp == request_id.timestamp);
        let owner = self.owners.iter().rev();
        let mut owner = owner.filter(|(timestamp, _)| *timestamp == request_id.timestamp);
        let assigned = owner.next().map(|(_, owner)| owner.as_str());
        assigned.or_else(|| of_order.and_then(|order| order.owner.as_deref()))
    }

    /// Takes an order. One that is open already is left as it is. Gives the orders that it ends.
    ///
    /// # Errors
    ///
    /// If it is another vehicle's.
    pub fn order(&mut self, order: NewOrder, now: Now) -> Result<Vec<(Order, End)>, NotAnOrder> {
        if order.key.vin != self.vin {
            return Err(NotAnOrder);
        }
        if self.orders.iter().any(|open| open.key == order.key) {
            return Ok(Vec::new());
        }
        let deletes = order.deletes;
        let ended = self.end(End::Superseded, |open| deletes.is_some() && open.installs == deletes);
        if let Some(owner) = &order.owner {
            self.assign(order.key.request_id(), owner.clone());
        }
        self.orders.push(Order {
            key: order.key,
            owner: order.owner,
            ordered_at: now.unix,
            expires_after: order.expires_after,
            installs: order.installs,
            trace_parent: order.trace_parent,
            copies: 0,
            payload: order.payload,
            published_at: 0,
            again_in: 0,
        });
        Ok(ended)
    }

    /// Keeps nothing of an owner any more: no order, and no request id. For a person who is forgotten; copies of orders may
    /// be under way.
    pub fn forget(&mut self, owner: &str) {
        self.orders.retain(|order| order.owner.as_deref() != Some(owner));
        self.owners.retain(|(_, other)| other != owner);
    }

    /// Whether a message was handled before. `key` is of its name, request id and payload.
    #[must_use]
    pub fn seen(&self, name: &str, sequence: Option<Sequence>, key: IdempotencyKey) -> Seen {
        self.marks.seen(name, sequence, key)
    }

    /// Marks what a newer status of the vehicle has told already as [`OVERTAKEN`]. Any other message is left as it is.
    #[must_use]
    pub fn news(&self, message: ToCmp, sequence: Option<Sequence>) -> ToCmp {
        match message {
            ToCmp::SendCsimStatus(status) => ToCmp::SendCsimStatus(self.marks.news(status, sequence)),
            other => other,
        }
    }

    /// Remembers that a message was handled, and gives the orders that it ends. The others are due now, because the
    /// vehicle is there: unless a copy went out just before.
    pub fn handled(
        &mut self,
        message: &ToCmp,
        sequence: Option<Sequence>,
        key: IdempotencyKey,
        (times, now): (OrderTimes, Now),
    ) -> Vec<(Order, End)> {
        let seen = self.marks.seen(message.name(), sequence, key);
        self.marks.handled(seen, sequence, key);
        if let ToCmp::SendCsimStatus(SendCsimStatus { profiles, .. }) = message {
            self.marks.told(profiles.iter().map(|profile| profile.iccid), sequence);
        }
        let mut ended = Vec::new();
        for order in std::mem::take(&mut self.orders) {
            match Self::ends(message, &order) {
                Some(how) => ended.push((order, how)),
                None => self.orders.push(order),
            }
        }
        self.sign_of_life(times, now);
        ended
    }
}
