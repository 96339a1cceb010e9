//! What a handler gets, and what it makes of it.

use crate::{
    RequestActivationCodeError,
    session::{NewOrder, Order, OrderKey, ToCmp},
};

/// What a handler is to deal with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a handler has to know every cause")]
#[allow(clippy::large_enum_variant, reason = "most are messages")]
pub enum Cause {
    /// A message of the vehicle's.
    Message(ToCmp),
    /// The time of an order is over: it ends when this is handled.
    Expired(Order),
}

/// What a handler has made of it: stored in one step with the record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BackendCompletion {
    /// The answer to a request for an activation code: there is none. Without, one will come with an order, now or later.
    pub refusal: Option<RequestActivationCodeError>,
    /// Orders to the vehicle.
    pub orders: Vec<NewOrder>,
    /// Orders that are not wanted any more.
    pub cancel: Vec<Cancel>,
}

impl BackendCompletion {
    /// Nothing follows for the vehicle.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Refuses an activation code.
    #[must_use]
    pub fn refusing(self, reason: RequestActivationCodeError) -> Self {
        Self {
            refusal: Some(reason),
            ..self
        }
    }

    /// Orders something from the same vehicle too. What is for another is told as
    /// [`Notice::Misdirected`](crate::session::Notice::Misdirected), and not taken: order that with
    /// [`BackendSession::order`](super::BackendSession::order).
    #[must_use]
    pub fn and_order(mut self, order: NewOrder) -> Self {
        self.orders.push(order);
        self
    }

    /// Takes orders back too.
    #[must_use]
    pub fn and_cancel(mut self, cancel: Cancel) -> Self {
        self.cancel.push(cancel);
        self
    }
}

/// Which orders are not wanted any more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cancel {
    /// This one.
    Order(OrderKey),
    /// All of an owner's.
    Owner(String),
    /// All: the vehicle is given up.
    All,
}

impl Cancel {
    pub(super) fn means(&self, order: &Order) -> bool {
        match self {
            Self::Order(key) => order.key == *key,
            Self::Owner(owner) => order.owner.as_ref() == Some(owner),
            Self::All => true,
        }
    }
}
