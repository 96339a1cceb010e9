//! Any request in, a reply out: what the servers of all protocols have in common.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body::Body;

use crate::{Panicked, catch_panic};

/// The server's side of one protocol, as [`handle`] drives it.
pub trait Protocol {
    /// Why a call has no success: what goes to the peer, and what stays inside.
    type Refusal;
    /// What is known of a call so far, for the observer, whatever becomes of the call.
    type Known<'h>;

    /// What is known before the first check.
    fn begin(head: &Parts) -> Self::Known<'_>;

    /// Checks the call, in the order that the protocol prescribes, and has it handled.
    fn answer<'h, B>(
        &self,
        head: &'h Parts,
        body: B,
        known: &mut Self::Known<'h>,
    ) -> impl Future<Output = Result<Response<Bytes>, Self::Refusal>> + Send
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Send;

    /// What a panic in [`Self::answer`] means.
    fn panicked(panic: Panicked) -> Self::Refusal;

    /// The reply that says so, in the form of the protocol.
    fn refuse(&self, refusal: &Self::Refusal, known: &Self::Known<'_>) -> Response<Bytes>;

    /// Adds what every reply carries: the ids of the request.
    fn echo(known: &Self::Known<'_>, response: &mut Response<Bytes>);

    /// Tells the operator. A panic in it is caught: a broken log must not cost the peer its reply.
    fn observe(
        &self,
        head: &Parts,
        known: &Self::Known<'_>,
        response: &Response<Bytes>,
        refusal: Option<&Self::Refusal>,
    );
}

/// Answers a request: there is a reply whatever comes in, and whatever goes wrong on the way.
pub async fn handle<P, B>(protocol: P, request: Request<B>) -> Response<Bytes>
where
    P: Protocol,
    B: Body + Send,
    B::Data: Send,
    B::Error: Send,
{
    let (head, body) = request.into_parts();
    let mut known = P::begin(&head);
    let outcome = match catch_panic(protocol.answer(&head, body, &mut known)).await {
        Ok(outcome) => outcome,
        Err(panic) => Err(P::panicked(panic)),
    };
    let (mut response, refusal) = match outcome {
        Ok(response) => (response, None),
        Err(refusal) => (protocol.refuse(&refusal, &known), Some(refusal)),
    };
    P::echo(&known, &mut response);
    drop(catch_unwind(AssertUnwindSafe(|| {
        protocol.observe(&head, &known, &response, refusal.as_ref());
    })));
    response
}
