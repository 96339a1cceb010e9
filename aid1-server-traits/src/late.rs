//! The three-second rule of "Request activation code": in time is 200, later is 201 and the code follows.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use aid_http::{BoxFuture, catch_panic};
use aid_types::{
    ActivationCodeReply, ActivationCodeRequestId, ErrorText, IssuedActivationCode, MspToken, OperationId, Refusal,
    RequestActivationCode, SendActivationCode, TargetId, TraceParent,
    http::{CallIds, write_reply},
};
use bytes::Bytes;
use http::Response;

use crate::{
    Caller, LateOutcome, LateResult, MspApi, Observe,
    dispatcher::panicked,
    incoming::{Incoming, awaited},
};

/// Time and tasks, which this crate has none of. `aid1-axum` has one for tokio.
pub trait Runtime: Send + Sync + 'static {
    /// Ends after `duration`.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Runs `task` to its end, whatever becomes of the connection that it came from.
    fn spawn(&self, task: BoxFuture<'static, ()>);
}

/// Calls "Send activation code" at the CMP that asked, with a client such as `aid1-client`.
pub trait DeliverActivationCode: Send + Sync + 'static {
    /// Delivers. Repetitions and their end are up to the implementation: nobody learns of its failure but itself.
    fn deliver(&self, late: Late) -> BoxFuture<'static, ()>;
}

/// What came too late for the reply.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Late {
    /// The user: the path parameter of "Send activation code".
    pub msp_token: MspToken,
    /// The body of "Send activation code".
    pub body: SendActivationCode,
    /// The ids of the request. The correlation-id is to be used again, the CMP-request-id is not.
    pub ids: CallIds,
    /// Who asked and gets it.
    pub caller: Caller,
    /// As whom we were asked: our `client-id` when delivering.
    pub target_id: TargetId,
    /// The trace that the request belonged to.
    pub trace_parent: Option<TraceParent>,
}

pub(crate) struct LateDelivery {
    runtime: Box<dyn Runtime>,
    deliver: Arc<dyn DeliverActivationCode>,
}

type Outcome = Result<ActivationCodeReply, Refusal>;

impl LateDelivery {
    pub(crate) fn new(runtime: impl Runtime, deliver: impl DeliverActivationCode) -> Self {
        Self {
            runtime: Box::new(runtime),
            deliver: Arc::new(deliver),
        }
    }

    /// Lets the handler run within the budget, and go on beyond it.
    pub(crate) async fn answer<A: MspApi>(
        &self,
        api: &Arc<A>,
        incoming: Incoming<'_>,
    ) -> Result<Response<Bytes>, Refusal> {
        let budget = incoming.options.budget;
        let observe = incoming.options.observe.clone();
        let written = Arc::clone(&incoming.written);
        let (call, msp_token, body) = incoming.read::<RequestActivationCode>()?;
        let request = Request {
            ids: call.ids,
            caller: call.caller.clone(),
            target_id: call.target_id.clone(),
            msp_token,
            id: body.activation_code_request_id,
            trace_parent: call.trace_parent,
        };
        let api = Arc::clone(api);
        let handler = async move { api.request_activation_code(call, msp_token, body).await };
        let mut handler: BoxFuture<'static, Outcome> =
            Box::pin(async move { catch_panic(handler).await.unwrap_or_else(|panic| Err(panicked(panic))) });
        if let Some(outcome) = self.within(budget, &mut handler).await {
            drop(handler);
            return Ok(awaited(write_reply::<RequestActivationCode>(&outcome?), written));
        }

        let gate = Arc::clone(&written);
        let deliver = Arc::clone(&self.deliver);
        self.runtime.spawn(Box::pin(async move {
            let outcome = handler.await;
            gate.opened().await;
            request.settle(outcome, &*deliver, observe.as_deref()).await;
        }));
        Ok(awaited(
            write_reply::<RequestActivationCode>(&ActivationCodeReply::Accepted),
            written,
        ))
    }

    /// What the handler came up with in time.
    async fn within(&self, budget: Duration, handler: &mut BoxFuture<'static, Outcome>) -> Option<Outcome> {
        // A handler that never waits costs no timer.
        let mut timer: Option<BoxFuture<'static, ()>> = None;
        poll_fn(|context| {
            if let Poll::Ready(outcome) = handler.as_mut().poll(context) {
                return Poll::Ready(Some(outcome));
            }
            let timer = timer.get_or_insert_with(|| self.runtime.sleep(budget));
            timer.as_mut().poll(context).map(|()| None)
        })
        .await
    }
}

/// The request that was answered with 201.
struct Request {
    ids: CallIds,
    caller: Caller,
    target_id: TargetId,
    msp_token: MspToken,
    id: ActivationCodeRequestId,
    trace_parent: Option<TraceParent>,
}

impl Request {
    async fn settle(self, outcome: Outcome, deliver: &dyn DeliverActivationCode, observe: Option<&dyn Observe>) {
        let result = match &outcome {
            Ok(ActivationCodeReply::Ready(_)) => LateResult::Issued,
            Ok(ActivationCodeReply::Accepted) => LateResult::LeftToHandler,
            Err(refusal) => LateResult::Failed(refusal),
        };
        if let Some(observe) = observe {
            let late = LateOutcome {
                ids: self.ids,
                caller: &self.caller,
                msp_token: self.msp_token,
                result,
            };
            // A broken log must not cost the peer its activation code.
            drop(catch_unwind(AssertUnwindSafe(|| observe.late(&late))));
        }
        let body = match outcome {
            Ok(ActivationCodeReply::Accepted) => return,
            Ok(ActivationCodeReply::Ready(ready)) => {
                SendActivationCode::Issued(IssuedActivationCode::from_ready(self.id, ready))
            }
            Err(refusal) => SendActivationCode::failed(self.id, error_text(&refusal)),
        };
        let late = Late {
            msp_token: self.msp_token,
            body,
            ids: self.ids,
            caller: self.caller,
            target_id: self.target_id,
            trace_parent: self.trace_parent,
        };
        deliver.deliver(late).await;
    }
}

/// What the reply would have said, in one string.
fn error_text(refusal: &Refusal) -> ErrorText {
    let reply = refusal.reply(Some(OperationId::RequestActivationCode));
    ErrorText::new(reply.code, &reply.error).unwrap_or_else(|_| ErrorText::from_code(reply.code))
}
