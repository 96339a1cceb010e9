//! The call.

use std::{fmt, sync::Arc};

use aid_http::{Attempt, HttpClient, IdSource, Timer, exchange, retry_after};

use crate::{
    DeviceHeaders, Endpoint, Odd, TransactionId, TransferPrimaryDeviceEsimSub,
    client::{Error, Options, error::Failure},
    read_reply,
};

/// What an entitlement server calls at an operator's backend.
///
/// Make one for each backend and keep it; clones share everything but `H`. Dropping the future of a call ends it and
/// leaves nothing behind; the request may have had its effect.
#[derive(Clone)]
pub struct BackendClient<H> {
    http: H,
    endpoint: Arc<Endpoint>,
    timer: Arc<dyn Timer>,
    ids: Arc<dyn IdSource>,
    options: Options,
}

/// Which `x-transaction-id` a call carries. The retries within a call carry the same one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Transaction {
    /// A fresh UUID.
    #[default]
    New,
    /// This one, which must not have been used for anything else: so that it can be stored before the call.
    Of(TransactionId),
    /// That of an earlier call, which is repeated with the same arguments.
    Repeat(TransactionId),
}

/// The backend has accepted the transfer. It says nothing about when it is done, or whether: there is no later message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it says what was odd"]
pub struct Reply {
    /// The `x-transaction-id` of the call.
    pub transaction_id: TransactionId,
    /// What was odd about the reply.
    pub odd: Vec<Odd>,
    /// How many requests were sent: 1 if the first was answered.
    pub attempts: u32,
}

impl<H: HttpClient> BackendClient<H> {
    /// A client for the backend at `endpoint`, with default [`Options`].
    ///
    /// `timer` is your runtime's, as `tokio::time::sleep`; `ids` makes random ids, as `uuid::Uuid::new_v4`.
    #[must_use]
    pub fn new(http: H, endpoint: Endpoint, timer: impl Timer + 'static, ids: impl IdSource + 'static) -> Self {
        Self {
            http,
            endpoint: Arc::new(endpoint),
            timer: Arc::new(timer),
            ids: Arc::new(ids),
            options: Options::default(),
        }
    }

    /// Chooses how calls are made.
    #[must_use]
    pub fn with_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Asks the backend to move subscriptions from one device to another.
    ///
    /// # Errors
    ///
    /// [`Error`] if the last attempt had no success.
    pub async fn transfer_primary_device_esim_sub(
        &self,
        body: &TransferPrimaryDeviceEsimSub,
        device: &DeviceHeaders,
        transaction: Transaction,
    ) -> Result<Reply, Error> {
        // Whatever the id of the transaction looks like, the pauses take their jitter from a random one.
        let fresh = self.ids.fresh();
        let id = match transaction {
            Transaction::New => fresh.into(),
            Transaction::Of(id) | Transaction::Repeat(id) => id,
        };
        let attempt = |attempt: Attempt| self.attempt(body, device, &id, attempt);
        self.options.retry.run(&*self.timer, &fresh, attempt).await
    }

    async fn attempt(
        &self,
        body: &TransferPrimaryDeviceEsimSub,
        device: &DeviceHeaders,
        id: &TransactionId,
        attempt: Attempt,
    ) -> Result<Reply, Error> {
        let request = self.endpoint.request(body, device, id);
        let (timeout, max_reply) = (self.options.timeout, self.options.max_reply);
        let response = exchange(&self.http, &*self.timer, request, timeout, max_reply)
            .await
            .map_err(|error| Error::new(id, attempt, Failure::NoReply(error), None))?;
        let received = read_reply(&response, id)
            .map_err(|error| Error::new(id, attempt, Failure::Api(error), retry_after(response.headers())))?;
        Ok(Reply {
            transaction_id: id.clone(),
            odd: received.odd,
            attempts: attempt.number,
        })
    }
}

impl<H> fmt::Debug for BackendClient<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendClient")
            .field("endpoint", &self.endpoint)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
