//! Requests and their replies, within limits: what the clients of all protocols have in common.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use uuid::Uuid;

use crate::{
    Attempt, Attempted, BoxError, BoxHttpClient, CredentialSource, HttpClient, IdSource, Options, ReplyLimit, Timer,
    body_limit, timeout,
};

/// Sends the requests of a client: over any HTTP client, within the limits of its [`Options`], with credentials that may
/// change. Cloning is cheap.
#[derive(Clone)]
pub struct Transport {
    http: BoxHttpClient,
    timer: Arc<dyn Timer>,
    ids: Arc<dyn IdSource>,
    credentials: Option<Arc<dyn CredentialSource>>,
    options: Options,
}

/// Why there is no reply that could be looked at.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "every caller makes an error of its own of each")]
pub enum NoReply {
    /// Nothing was sent: the source of credentials failed.
    Credentials(BoxError),
    /// The transport failed.
    Transport(BoxError),
    /// It did not come within this time.
    Timeout(Duration),
    /// It is a success whose body exceeds the limit.
    TooLarge {
        /// The status.
        status: StatusCode,
        /// The limit, in bytes.
        limit: usize,
    },
}

impl Transport {
    /// Sends with `http`, with default [`Options`].
    #[must_use]
    pub fn new(http: impl HttpClient + 'static, timer: impl Timer + 'static, ids: impl IdSource + 'static) -> Self {
        Self {
            http: BoxHttpClient::new(http),
            timer: Arc::new(timer),
            ids: Arc::new(ids),
            credentials: None,
            options: Options::default(),
        }
    }

    /// Chooses how calls are made.
    pub fn set_options(&mut self, options: Options) {
        self.options = options;
    }

    /// Makes each call once: whoever calls repeats it.
    pub fn set_no_retry(&mut self) {
        self.options.retry = crate::RetryPolicy::never();
    }

    /// Adds the header that `source` says to every request.
    pub fn set_credentials(&mut self, source: impl CredentialSource + 'static) {
        self.credentials = Some(Arc::new(source));
    }

    /// A fresh id, for a call or a transaction.
    #[must_use]
    pub fn fresh_id(&self) -> Uuid {
        self.ids.fresh()
    }

    /// Makes attempts, as the policy of the options says. `id` names the call, and should be random.
    ///
    /// # Errors
    ///
    /// That of the last attempt.
    pub async fn call<T, E, F>(&self, id: &Uuid, attempt: impl FnMut(Attempt) -> F) -> Result<T, E>
    where
        E: Attempted,
        F: Future<Output = Result<T, E>>,
    {
        self.options.retry.run(&*self.timer, id, attempt).await
    }

    /// Sends one request and waits for its reply, no longer than the options allow.
    ///
    /// The body of a success is no longer than they allow either; that of an error is cut off there.
    ///
    /// # Errors
    ///
    /// [`NoReply`].
    pub async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, NoReply> {
        let limit = self.options.max_reply;
        request.extensions_mut().insert(ReplyLimit(limit));
        let exchange = async {
            if let Some(source) = &self.credentials {
                let (name, mut value) = source.credentials().await.map_err(NoReply::Credentials)?;
                value.set_sensitive(true);
                request.headers_mut().insert(name, value);
            }
            self.http.send(request).await.map_err(NoReply::Transport)
        };
        let time = self.options.timeout;
        let mut response = timeout(self.timer.sleep(time), exchange)
            .await
            .ok_or(NoReply::Timeout(time))??;
        let status = response.status();
        body_limit::enforce(&mut response, limit)
            .map_err(|body_limit::TooLarge| NoReply::TooLarge { status, limit })?;
        Ok(response)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("credentials", &self.credentials.is_some())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
