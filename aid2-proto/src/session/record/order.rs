use std::{error::Error, fmt};

use aid_types::{Iccid, TraceParent, Vin};

use crate::{
    Message, Payload as _, Request, RequestActivationCode, RequestActivationCodeError, RequestId, SendActivationCode,
    Timestamp,
    binding::{Exchange, Side},
    session::Now,
};

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
        let message = Exchange::of(name).filter(|exchange| exchange.to == Side::Vehicle);
        let name = message.map(|exchange| exchange.name).or_else(|| {
            let answered = Exchange::answered_by(name).filter(|exchange| exchange.to == Side::Cmp)?;
            answered.response
        })?;
        Some(Self {
            vin: request_id.vehicle_id,
            name,
            timestamp: request_id.timestamp,
        })
    }

    /// The request id.
    #[must_use]
    pub const fn request_id(&self) -> RequestId {
        RequestId::new(self.vin, self.timestamp)
    }
}

/// The message is none that vehicles receive, or is another vehicle's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotAnOrder;

impl fmt::Display for NotAnOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a message to this vehicle")
    }
}

impl Error for NotAnOrder {}

/// A day: for how long somebody who asked for an activation code is thought to wait.
const DAY: u32 = 24 * 60 * 60;

/// An order to be: a message to a vehicle, which is published until it has ended.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewOrder {
    /// Which.
    pub key: OrderKey,
    /// Whom its end concerns, in whatever way the application names them: a federation, for example.
    pub owner: Option<String>,
    /// After how many seconds it ends, whatever becomes of it: a day for an activation code, never for a deletion,
    /// unless told otherwise.
    pub expires_after: Option<u32>,
    /// The profile that an activation code would install, if that is known: a deletion of it ends the order.
    pub installs: Option<Iccid>,
    /// The trace of what it follows from.
    pub trace_parent: Option<TraceParent>,
    pub(super) payload: Vec<u8>,
    /// The profile that it deletes.
    pub(super) deletes: Option<Iccid>,
}

impl fmt::Debug for NewOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewOrder")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl NewOrder {
    /// Any message to a vehicle.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn new<M: Message>(message: &M) -> Result<Self, NotAnOrder> {
        Self::encoded(M::NAME, message.request_id(), message.encode())
    }

    /// The answer to a request for an activation code, that there is none: also hours later. It ends when the
    /// broker has it.
    #[must_use]
    pub fn refusal(request_id: RequestId, reason: &RequestActivationCodeError) -> Self {
        Self {
            key: OrderKey {
                vin: request_id.vehicle_id,
                name: <<RequestActivationCode as Request>::Response as crate::Payload>::NAME,
                timestamp: request_id.timestamp,
            },
            owner: None,
            expires_after: Some(DAY),
            installs: None,
            trace_parent: None,
            payload: reason.encode(),
            deletes: None,
        }
    }

    /// A message or response to a vehicle, by its name.
    ///
    /// # Errors
    ///
    /// If vehicles receive none of this name.
    pub fn encoded(name: &str, request_id: RequestId, payload: Vec<u8>) -> Result<Self, NotAnOrder> {
        let key = OrderKey::new(name, request_id).ok_or(NotAnOrder)?;
        let expires = key.name == SendActivationCode::NAME || Exchange::answered_by(key.name).is_some();
        let options = crate::DecodeOptions::default();
        let deletes = crate::RequestDeleteProfile::decode(&payload, options)
            .ok()
            .filter(|_| key.name == crate::RequestDeleteProfile::NAME)
            .map(|decoded| decoded.value.iccid);
        Ok(Self {
            key,
            owner: None,
            expires_after: expires.then_some(DAY),
            installs: None,
            trace_parent: None,
            payload,
            deletes,
        })
    }

    /// The protobuf bytes of the message.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// With an owner.
    #[must_use]
    pub fn owned_by(self, owner: impl Into<String>) -> Self {
        Self {
            owner: Some(owner.into()),
            ..self
        }
    }

    /// With the profile that the activation code would install.
    #[must_use]
    pub fn installing(self, iccid: Iccid) -> Self {
        Self {
            installs: Some(iccid),
            ..self
        }
    }

    /// With the trace of what it follows from: the order carries it, and what the vehicle answers.
    #[must_use]
    pub fn caused_by(self, cause: Option<TraceParent>) -> Self {
        Self {
            trace_parent: cause,
            ..self
        }
    }

    /// With another time to live; `None` for ever.
    #[must_use]
    pub fn expiring_after(self, seconds: Option<u32>) -> Self {
        Self {
            expires_after: seconds,
            ..self
        }
    }
}

/// A message to a vehicle that is published again and again until it has ended: the vehicle may be away for weeks, and the
/// broker may drop its session or a message in it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Order {
    /// Which.
    pub key: OrderKey,
    /// Whom its end concerns.
    pub owner: Option<String>,
    /// When it was taken, Unix time in seconds.
    pub ordered_at: u64,
    /// After how many seconds it ends, whatever becomes of it.
    pub expires_after: Option<u32>,
    /// The profile that it would install.
    pub installs: Option<Iccid>,
    /// The trace of what it follows from.
    pub trace_parent: Option<TraceParent>,
    /// How often it was published.
    pub copies: u32,
    pub(in crate::session) payload: Vec<u8>,
    /// When it was published last, and after how many seconds it is again.
    pub(super) published_at: u64,
    pub(super) again_in: u32,
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order")
            .field("key", &self.key)
            .field("copies", &self.copies)
            .finish_non_exhaustive()
    }
}

impl Order {
    /// The protobuf bytes of the message.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// When something is due, Unix time in seconds.
    pub(super) fn due(&self, now: Now) -> u64 {
        if now.age(self.published_at).is_none() {
            return now.unix;
        }
        let again = self.published_at.saturating_add(u64::from(self.again_in));
        let expiry = self
            .expires_after
            .map(|after| self.ordered_at.saturating_add(u64::from(after)));
        expiry.map_or(again, |expiry| expiry.min(again))
    }

    /// A copy is due. So it is if the last one was published at a time that lies ahead: that clock was wrong.
    pub(super) const fn is_due(&self, now: Now) -> bool {
        match now.age(self.published_at) {
            Some(age) => age >= self.again_in as u64,
            None => true,
        }
    }

    pub(super) fn is_expired(&self, now: Now) -> bool {
        let age = now.age(self.ordered_at);
        self.expires_after
            .is_some_and(|after| age.is_some_and(|age| age >= u64::from(after)))
    }
}
