use http::{Method, StatusCode};

use crate::{
    Odd, TransactionId,
    server::{Caller, Refusal},
};

/// Is told of every call after its reply was made, before it is sent: the place for logs, metrics and audits.
///
/// What it is told names no secret. A panic in it is caught and forgotten.
pub trait Observe: Send + Sync + 'static {
    /// A call was answered.
    fn handled(&self, handled: &Handled<'_>);
}

/// A call that was answered.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Handled<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// The status of the reply.
    pub status: StatusCode,
    /// The `x-transaction-id`, where the call got far enough for it to be read.
    pub transaction_id: Option<&'a TransactionId>,
    /// Who called, where that is proven.
    pub caller: Option<&'a Caller>,
    /// What is odd about the request.
    pub odd: &'a [Odd],
    /// Whether the request was accepted before, so that the handler was not asked again.
    pub repeated: bool,
    /// What the handler or the dispatcher refused with; it carries the internal detail.
    pub refusal: Option<&'a Refusal>,
}
