//! The messages themselves, for who draws or records them.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use aid_types::{OperationId, Tolerated, TraceParent, http::CallIds};
use bytes::Bytes;
use http::{Method, Response, request::Parts};

use crate::{Caller, check::Known};

/// Sees every call and every reply as they cross, secrets included: [`Shown`](aid_types::Shown) writes a body without them.
/// For counters and the log there is [`Observe`](crate::Observe).
///
/// Must not block. A panic in it is caught and forgotten.
pub trait Tap: Send + Sync + 'static {
    /// A call came, and its handler is called next; or it was refused before its body was read, and its reply is next.
    ///
    /// What is returned comes back with the reply.
    fn request(&self, request: &Tapped<'_>) -> u64;

    /// The reply to the call for which [`request`](Self::request) has returned `number`.
    fn reply(&self, number: u64, request: &Tapped<'_>, reply: &Response<Bytes>);
}

/// A call, as far as it is known.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Tapped<'a> {
    /// The HTTP method.
    pub method: &'a Method,
    /// The operation; `None` where the path belongs to none.
    pub operation: Option<OperationId>,
    /// The path parameter as it came: a secret.
    pub parameter: Option<&'a str>,
    /// The query, without the question mark.
    pub query: Option<&'a str>,
    /// The body; empty where none was read.
    pub body: &'a Bytes,
    /// `CMP-request-id` and `correlation-id`, where both can be read.
    pub ids: Option<CallIds>,
    /// The trace that the call belongs to, if it says so.
    pub trace_parent: Option<TraceParent>,
    /// Who called, where that is proven.
    pub caller: Option<&'a Caller>,
    /// The deviations that were accepted so far: all of them with the reply.
    pub tolerated: &'a [Tolerated],
}

/// Without path, query and body: they hold secrets.
impl std::fmt::Debug for Tapped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tapped")
            .field("method", self.method)
            .field("operation", &self.operation)
            .field("ids", &self.ids)
            .finish_non_exhaustive()
    }
}

impl<'a> Tapped<'a> {
    fn new(head: &'a Parts, known: &'a Known<'_>) -> Self {
        Self {
            method: &head.method,
            operation: known.operation,
            parameter: known.route.as_ref().map(|route| route.parameter),
            query: head.uri.query(),
            body: &known.body,
            ids: known.ids.or_else(|| known.headers.ids().ok()),
            trace_parent: known.trace_parent,
            caller: known.caller.as_ref(),
            tolerated: &known.tolerated,
        }
    }
}

/// The body has been read.
pub(crate) fn request(tap: &Arc<dyn Tap>, head: &Parts, known: &mut Known<'_>) {
    known.tapped = contained(|| tap.request(&Tapped::new(head, known)));
}

/// The reply has been made.
pub(crate) fn reply(tap: &Arc<dyn Tap>, head: &Parts, known: &Known<'_>, reply: &Response<Bytes>) {
    let request = Tapped::new(head, known);
    if let Some(number) = known.tapped.or_else(|| contained(|| tap.request(&request))) {
        contained(|| tap.reply(number, &request, reply));
    }
}

fn contained<T>(told: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(told)).ok()
}
