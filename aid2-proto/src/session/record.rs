//! One record a vehicle: what a backend remembers of it.

mod bytes;
mod marks;
mod order;

use std::collections::VecDeque;

use aid_types::{Iccid, Vin};

pub use bytes::UnreadableRecord;
use marks::Marks;
pub use marks::OVERTAKEN;
pub use order::{End, NewOrder, NotAnOrder, Order, OrderKey};

use super::{CopiesOfOthers, Now, ToCmp};
use crate::{
    Payload as _, ProfileStatus, RequestId, RequestIdGenerator, SendActivationCode, SendCsimStatus, Timestamp,
    binding::{Exchange, IdempotencyKey, Sequence},
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

    /// When to look at it next though the vehicle says nothing, Unix time in seconds; `None` without orders.
    ///
    /// Never further ahead than [`OrderTimes::again_after`]: a time that is was written with a clock that was wrong, and
    /// counts as past (A-176).
    #[must_use]
    pub fn next_due(&self) -> Option<u64> {
        self.orders.iter().map(Order::due).min()
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
            copies: 0,
            payload: order.payload,
            published_at: 0,
            again_in: 0,
        });
        Ok(ended)
    }

    fn end(&mut self, how: End, ends: impl Fn(&Order) -> bool) -> Vec<(Order, End)> {
        let ended = self.orders.extract_if(.., |order| ends(order));
        ended.map(|order| (order, how)).collect()
    }

    /// Takes back the orders that `unwanted` names: a copy may be under way.
    pub fn cancel(&mut self, unwanted: impl Fn(&Order) -> bool) -> Vec<(Order, End)> {
        self.end(End::Cancelled, unwanted)
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

    /// How this message ends an order, if it does.
    #[must_use]
    pub fn ends(message: &ToCmp, order: &Order) -> Option<End> {
        if order.key.vin != message.request_id().vehicle_id {
            return None;
        }
        let same_id = order.key.timestamp == message.request_id().timestamp;
        match message {
            // The vehicle asked again, or a copy of the code was told under another id: the code is used up all the same.
            ToCmp::SendProfileDownloadInstallInfo(report) if order.key.name == SendActivationCode::NAME => {
                if same_id {
                    return Some(End::Answered);
                }
                let code = SendActivationCode::decode(&order.payload, crate::DecodeOptions::default());
                let same_code = code.is_ok_and(|code| Some(code.value.activation_code) == report.activation_code);
                same_code.then_some(End::Superseded)
            }
            ToCmp::SendCsimStatus(status) => {
                let deleted = |iccid: Iccid| {
                    let mut profiles = status.profiles.iter();
                    profiles.any(|profile| profile.iccid == iccid && profile.status == ProfileStatus::DELETED)
                };
                order.installs.is_some_and(deleted).then_some(End::Superseded)
            }
            other => {
                let answered = Exchange::answered_by(other.name())?;
                (same_id && answered.name == order.key.name).then_some(End::Answered)
            }
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

    /// The first order whose time is over. An order whose age nobody knows, because a clock was wrong, begins anew.
    pub fn expired(&mut self, now: Now) -> Option<&Order> {
        for order in &mut self.orders {
            if order.expires_after.is_some() && now.age(order.ordered_at).is_none() {
                order.ordered_at = now.unix;
            }
        }
        self.orders.iter().find(|order| order.is_expired(now))
    }

    /// Ends the orders whose time is over.
    pub fn expire(&mut self, now: Now) -> Vec<(Order, End)> {
        self.end(End::Expired, |order| order.is_expired(now))
    }

    /// Takes out what is due to be published, as names, and has it due again after [`OrderTimes::at_least`] unless
    /// [`taken`](Self::taken) says more.
    pub(super) fn claim(&mut self, times: OrderTimes, now: Now, copies: &CopiesOfOthers) -> Vec<Order> {
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
    pub(super) fn has_due(&self, now: Now, copies: &CopiesOfOthers) -> bool {
        self.orders
            .iter()
            .any(|order| order.is_due(now) && !order.is_expired(now) && !copies.is_recent(order))
    }

    /// The broker has the last copy of an order; or, if `again_in` is given, it is due again after so many seconds. Whether
    /// there is such an order.
    pub(super) fn taken(&mut self, key: &OrderKey, times: OrderTimes, thrown_away: bool) -> bool {
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
    pub(super) fn again(&mut self, key: &OrderKey) -> bool {
        let order = self.orders.iter_mut().find(|order| order.key == *key);
        order.is_some_and(|order| {
            order.again_in = 0;
            true
        })
    }
}
