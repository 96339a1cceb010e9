//! How every operation is called.

use std::{fmt, sync::Arc};

use aid_types::{
    CmpRequestId, CorrelationId, Operation,
    http::{CallIds, Endpoint, Received, ReplyError, read_reply},
};

use crate::{
    Error, HttpClient, IdSource, Options, Reply, ReplyLimit, Timer, Transaction,
    body_limit::{self, TooLarge},
    error::{Context, Failure},
    retry_after::retry_after,
    timer::before,
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
        let mut context = Context {
            operation: O::DECLARATION.id,
            ids: self.ids(transaction),
            attempts: 0,
            unanswered_before: false,
        };
        loop {
            context.attempts += 1;
            let outcome = self.attempt(subject, operation, context).await;
            trace::attempt(context.operation, context.attempts, &outcome);
            let error = match outcome {
                Ok(Received { value, tolerated, .. }) => {
                    return Ok(Reply {
                        value,
                        tolerated,
                        ids: context.ids,
                        attempts: context.attempts,
                    });
                }
                Err(error) => error,
            };
            let Some(pause) = self.pause_after(&error) else {
                return Err(error);
            };
            context.unanswered_before |= error.is_unanswered();
            self.timer.sleep(pause).await;
        }
    }

    /// Sends one request and reads the reply.
    async fn attempt<O: Operation>(
        &self,
        subject: &O::Subject,
        operation: &O,
        context: Context,
    ) -> Result<Received<O::Reply>, Error> {
        let fail = |failure| Error::new(context, failure, None);
        // Written anew by each attempt: the same bytes, because nothing but the arguments goes into them.
        let mut request = self.endpoint.request(subject, operation, context.ids);
        request.extensions_mut().insert(ReplyLimit(self.options.max_reply));

        let limit = self.options.timeout;
        let mut response = before(self.timer.sleep(limit), self.http.send(request))
            .await
            .ok_or_else(|| fail(Failure::Timeout(limit)))?
            .map_err(|error| fail(Failure::Transport(error.into())))?;

        let limit = self.options.max_reply;
        let status = response.status();
        body_limit::enforce(&mut response, limit).map_err(|TooLarge| fail(Failure::TooLarge { status, limit }))?;
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

    /// How long to wait before the next attempt; `None` if there is to be none.
    fn pause_after(&self, error: &Error) -> Option<std::time::Duration> {
        let retry = &self.options.retry;
        if !error.is_retryable() || error.attempts() >= retry.attempts {
            return None;
        }
        // The lower half of a random UUID is random but for its first two bits. Each attempt uses other bits.
        let (_, random) = error.ids().cmp_request_id.as_uuid().as_u64_pair();
        let random = random.wrapping_mul(u64::from(error.attempts()) * 2 + 1) << 2;
        retry.pause(error.attempts(), error.retry_after(), random)
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
