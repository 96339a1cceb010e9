//! What an operator may learn of every call.

use std::time::Duration;

use aid_types::{ErrorCode, MspToken, OperationId, Refusal, Tolerated, TraceParent, http::CallIds};
use http::{Method, StatusCode};

use crate::Caller;

/// Is told of every call after its reply was made, before it is sent: the place for logs, metrics and audits.
///
/// What it is told names no secret: the path by its template, never the path itself, and no header value but the ids.
/// A panic in it is caught and forgotten.
pub trait Observe: Send + Sync + 'static {
    /// A call was answered.
    fn handled(&self, handled: &Handled<'_>);

    /// What became of an activation code request that was answered with 201 because the handler took too long.
    fn late(&self, _late: &LateOutcome<'_>) {}
}

/// Both are told, one after the other.
impl<A: Observe, B: Observe> Observe for (A, B) {
    fn handled(&self, handled: &Handled<'_>) {
        self.0.handled(handled);
        self.1.handled(handled);
    }

    fn late(&self, late: &LateOutcome<'_>) {
        self.0.late(late);
        self.1.late(late);
    }
}

/// A call that was answered.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Handled<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// The operation; `None` where the path belongs to none.
    pub operation: Option<OperationId>,
    /// The status of the reply.
    pub status: StatusCode,
    /// The code of a refusal.
    pub code: Option<ErrorCode>,
    /// `CMP-request-id` and `correlation-id`, where both can be read.
    pub ids: Option<CallIds>,
    /// Who called, where that is proven.
    pub caller: Option<&'a Caller>,
    /// The deviations that were accepted.
    pub tolerated: &'a [Tolerated],
    /// The trace that the caller says it belongs to.
    pub trace_parent: Option<TraceParent>,
    /// What the handler or the dispatcher refused with; it carries the internal detail.
    pub refusal: Option<&'a Refusal>,
    /// How long it took from the head of the request until the reply was made, where the server has a
    /// [clock](crate::ServerOptions::clock).
    pub took: Option<Duration>,
}

impl Handled<'_> {
    /// The path with its parameter in braces; `-` where it belongs to no operation.
    #[must_use]
    pub fn path_template(&self) -> &'static str {
        self.operation.map_or("-", |operation| operation.declaration().path)
    }

    /// What the peer did not learn of a refusal.
    #[must_use]
    pub fn internal_detail(&self) -> Option<&str> {
        self.refusal.and_then(Refusal::internal_detail)
    }
}

/// What became of a request for an activation code after its 201.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct LateOutcome<'a> {
    /// The ids of the request.
    pub ids: CallIds,
    /// Who asked.
    pub caller: &'a Caller,
    /// For which user; printed redacted.
    pub msp_token: MspToken,
    /// What the handler came up with.
    pub result: LateResult<'a>,
}

/// What a handler came up with after its budget.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum LateResult<'a> {
    /// An activation code; it was handed over for delivery.
    Issued,
    /// The handler delivers by itself.
    LeftToHandler,
    /// A refusal or a panic; its code and text were handed over for delivery.
    Failed(&'a Refusal),
}
