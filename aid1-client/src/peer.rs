//! How every operation is called.

use std::sync::Arc;

use aid_http::{Attempt, CredentialSource, HttpClient, IdSource, Options, Timer, Transport, retry_after};
use aid_types::{
    CmpRequestId, CorrelationId, Leniency, Operation, TraceParent,
    http::{CallIds, Endpoint, Received, ReplyError, read_reply},
};

use crate::{
    Error, Reply, Transaction,
    error::{Context, Failure},
    trace::AttemptSpan,
};

/// The peer whose operations are called.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    transport: Transport,
    endpoint: Arc<Endpoint>,
    pub(crate) leniency: Leniency,
    /// What the calls follow from.
    pub(crate) cause: Option<TraceParent>,
}

impl Peer {
    pub(crate) fn new(
        http: impl HttpClient + 'static,
        endpoint: Endpoint,
        timer: impl Timer + 'static,
        ids: impl IdSource + 'static,
    ) -> Self {
        Self {
            transport: Transport::new(http, timer, ids),
            endpoint: Arc::new(endpoint),
            leniency: Leniency::default(),
            cause: None,
        }
    }

    pub(crate) fn set_options(&mut self, options: Options) {
        self.transport.set_options(options);
    }

    pub(crate) fn set_no_retry(&mut self) {
        self.transport.set_no_retry();
    }

    pub(crate) fn set_credentials(&mut self, source: impl CredentialSource + 'static) {
        // never two.
        self.endpoint = Arc::new((*self.endpoint).clone().without_credentials());
        self.transport.set_credentials(source);
    }

    /// Calls an operation, and repeats the call where its failure allows that.
    pub(crate) async fn call<O: Operation>(
        &self,
        subject: &O::Subject,
        operation: &O,
        transaction: Transaction,
    ) -> Result<Reply<O::Reply>, Error> {
        let ids = self.ids(transaction);
        let attempt = |attempt: Attempt| self.attempt(subject, operation, ids, attempt);
        self.transport.call(ids.cmp_request_id.as_uuid(), attempt).await
    }

    /// Sends one request, reads the reply and records both.
    async fn attempt<O: Operation>(
        &self,
        subject: &O::Subject,
        operation: &O,
        ids: CallIds,
        attempt: Attempt,
    ) -> Result<Reply<O::Reply>, Error> {
        let context = Context {
            operation: O::DECLARATION.id,
            ids,
            attempt,
        };
        let span = AttemptSpan::new(context, &self.endpoint, self.step(ids));
        let outcome = span.around(self.answer(subject, operation, context, &span)).await;
        let outcome = outcome.map(|Received { value, tolerated, .. }| Reply {
            value,
            tolerated,
            ids,
            attempts: attempt.number,
        });
        span.ended(context, &outcome);
        #[cfg(feature = "metrics")]
        crate::metrics::attempt(context, &outcome);
        outcome
    }

    /// Sends one request and reads the reply.
    async fn answer<O: Operation>(
        &self,
        subject: &O::Subject,
        operation: &O,
        context: Context,
        span: &AttemptSpan,
    ) -> Result<Received<O::Reply>, Error> {
        // Written anew by each attempt: the same bytes, because nothing but the arguments goes into them.
        let mut request = self.endpoint.request(subject, operation, context.ids);
        if let Some(step) = self.step(context.ids) {
            step.write(request.headers_mut());
        }
        let response = self
            .transport
            .send(request)
            .await
            .map_err(|error| Error::new(context, Failure::NoReply(error), None))?;
        span.answered(response.status());
        read_reply::<O>(&response, self.leniency).map_err(|error| {
            let failure = match error {
                ReplyError::Api(refusal) => Failure::Refused {
                    status: refusal.status(),
                    body: refusal.raw_body().clone(),
                    refusal,
                },
                ReplyError::Unreadable {
                    status, error, body, ..
                } => Failure::Unreadable { status, error, body },
            };
            Error::new(context, failure, retry_after(response.headers()))
        })
    }

    /// The step of its trace that a call is, all its attempts together: named by the random half of its
    /// CMP-request-id, which logs have.
    fn step(&self, ids: CallIds) -> Option<TraceParent> {
        let (_, random) = ids.cmp_request_id.as_uuid().as_u64_pair();
        self.cause.map(|cause| cause.child(random))
    }

    fn ids(&self, transaction: Transaction) -> CallIds {
        let correlation_id = match transaction {
            Transaction::Repeat(ids) => return ids,
            Transaction::Of(correlation_id) => correlation_id,
            Transaction::New => CorrelationId::from(self.transport.fresh_id()),
        };
        CallIds::new(CmpRequestId::from(self.transport.fresh_id()), correlation_id)
    }
}
