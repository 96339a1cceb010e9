//! How every operation is called.

use std::{fmt, sync::Arc};

use aid_http::{Attempt, NoReply, exchange, retry_after};
use aid_types::{
    CmpRequestId, CorrelationId, Operation,
    http::{CallIds, Endpoint, Received, ReplyError, read_reply},
};

use crate::{
    Error, HttpClient, IdSource, Options, Reply, Timer, Transaction,
    error::{Context, Failure},
    trace,
};

/// Calls the operations of one peer.
#[derive(Clone)]
pub(crate) struct Caller<H> {
    http: H,
    endpoint: Arc<Endpoint>,
    timer: Arc<dyn Timer>,
    ids: Arc<dyn IdSource>,
    pub(crate) options: Options,
}

impl<H: HttpClient> Caller<H> {
    pub(crate) fn new(http: H, endpoint: Endpoint, timer: impl Timer + 'static, ids: impl IdSource + 'static) -> Self {
        Self {
            http,
            endpoint: Arc::new(endpoint),
            timer: Arc::new(timer),
            ids: Arc::new(ids),
            options: Options::default(),
        }
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
        let id = ids.cmp_request_id.as_uuid();
        self.options.retry.run(&*self.timer, id, attempt).await
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
        let outcome = self.answer(subject, operation, context).await;
        trace::attempt(context.operation, attempt.number, &outcome);
        let Received { value, tolerated, .. } = outcome?;
        Ok(Reply {
            value,
            tolerated,
            ids,
            attempts: attempt.number,
        })
    }

    /// Sends one request and reads the reply.
    async fn answer<O: Operation>(
        &self,
        subject: &O::Subject,
        operation: &O,
        context: Context,
    ) -> Result<Received<O::Reply>, Error> {
        // Written anew by each attempt: the same bytes, because nothing but the arguments goes into them.
        let request = self.endpoint.request(subject, operation, context.ids);
        let (timeout, max_reply) = (self.options.timeout, self.options.max_reply);
        let response = exchange(&self.http, &*self.timer, request, timeout, max_reply)
            .await
            .map_err(|error: NoReply| Error::new(context, Failure::NoReply(error), None))?;
        read_reply::<O>(&response, self.options.leniency).map_err(|error| {
            let failure = match error {
                ReplyError::Api(error) => Failure::Api(error),
                ReplyError::Unreadable {
                    status, error, body, ..
                } => Failure::Unreadable { status, error, body },
            };
            Error::new(context, failure, retry_after(response.headers()))
        })
    }

    fn ids(&self, transaction: Transaction) -> CallIds {
        let correlation_id = match transaction {
            Transaction::Repeat(ids) => return ids,
            Transaction::Of(correlation_id) => correlation_id,
            Transaction::New => CorrelationId::from(self.ids.fresh()),
        };
        CallIds::new(CmpRequestId::from(self.ids.fresh()), correlation_id)
    }
}

impl<H> fmt::Debug for Caller<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("endpoint", &self.endpoint)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
