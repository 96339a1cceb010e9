//! The call.

use std::sync::Arc;

use aid_http::{Attempt, CredentialSource, HttpClient, IdSource, Options, Timer, Transport, retry_after};

use crate::{
    DeviceHeaders, Endpoint, Odd, ReplyError, TransactionId, TransferPrimaryDeviceEsimSub,
    client::{Error, error::Failure},
    read_reply,
};

/// What an entitlement server calls at an operator's backend.
///
/// Make one for each backend and keep it; cloning is cheap. Dropping the future of a call ends it and leaves nothing behind;
/// the request may have had its effect.
#[derive(Debug, Clone)]
pub struct BackendClient {
    transport: Transport,
    endpoint: Arc<Endpoint>,
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

impl BackendClient {
    /// A client for the backend at `endpoint`, with default [`Options`].
    ///
    /// `timer` is your runtime's, as `tokio::time::sleep`; `ids` makes random ids, as `uuid::Uuid::new_v4`.
    #[must_use]
    pub fn new(
        http: impl HttpClient + 'static,
        endpoint: Endpoint,
        timer: impl Timer + 'static,
        ids: impl IdSource + 'static,
    ) -> Self {
        Self {
            transport: Transport::new(http, timer, ids),
            endpoint: Arc::new(endpoint),
        }
    }

    /// Chooses how calls are made.
    #[must_use]
    pub fn with_options(mut self, options: Options) -> Self {
        self.transport.set_options(options);
        self
    }

    /// Asks `source` for each request what proves who we are, in the place of the endpoint's credentials: for access tokens
    /// that expire.
    #[must_use]
    pub fn with_credentials(mut self, source: impl CredentialSource + 'static) -> Self {
        self.endpoint = Arc::new((*self.endpoint).clone().without_credentials());
        self.transport.set_credentials(source);
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
        let fresh = self.transport.fresh_id();
        let id = match transaction {
            Transaction::New => fresh.into(),
            Transaction::Of(id) | Transaction::Repeat(id) => id,
        };
        let attempt = |attempt: Attempt| self.attempt(body, device, &id, attempt);
        self.transport.call(&fresh, attempt).await
    }

    async fn attempt(
        &self,
        body: &TransferPrimaryDeviceEsimSub,
        device: &DeviceHeaders,
        id: &TransactionId,
        attempt: Attempt,
    ) -> Result<Reply, Error> {
        let request = self.endpoint.request(body, device, id);
        let response = self
            .transport
            .send(request)
            .await
            .map_err(|error| Error::new(id, attempt, Failure::NoReply(error), None))?;
        let received = read_reply(&response, id).map_err(|error| {
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
            Error::new(id, attempt, failure, retry_after(response.headers()))
        })?;
        Ok(Reply {
            transaction_id: id.clone(),
            odd: received.odd,
            attempts: attempt.number,
        })
    }
}
