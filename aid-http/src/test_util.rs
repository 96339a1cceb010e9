//! A transport in memory, for tests (feature `test-util`).

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};

use crate::HttpClient;

/// Answers requests with prepared replies, one after the other, and keeps the requests. Clones share both.
///
/// ```
/// use aid_http::{HttpClient, bytes::Bytes, http::Request, test_util::{ScriptedHttpClient, Step}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let http = ScriptedHttpClient::new([Step::status(204)]);
/// assert_eq!(http.send(Request::new(Bytes::new())).await?.status(), 204);
/// assert_eq!(http.requests().len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct ScriptedHttpClient {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    steps: VecDeque<Step>,
    requests: Vec<Request<Bytes>>,
}

/// What becomes of one request.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Step {
    /// This reply comes.
    Reply(Response<Bytes>),
    /// The connection fails.
    Fail,
    /// Nothing ever comes.
    Hang,
}

/// What [`Step::Fail`] ends with, and every request beyond the last step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScriptedFailure;

impl fmt::Display for ScriptedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the script has no reply here")
    }
}

impl std::error::Error for ScriptedFailure {}

impl Step {
    /// A reply without a body. A number that is no status stands for 500.
    #[must_use]
    pub fn status(status: u16) -> Self {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::Reply(response)
    }

    /// A reply with a JSON body.
    #[must_use]
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::status(status)
            .body(body)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }

    /// The same reply with this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        if let Self::Reply(response) = &mut self {
            *response.body_mut() = body.into();
        }
        self
    }

    /// The same reply with this header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let Self::Reply(response) = &mut self {
            response.headers_mut().insert(name, value);
        }
        self
    }
}

impl ScriptedHttpClient {
    /// Goes through these steps.
    #[must_use]
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        let http = Self::default();
        http.state().steps.extend(steps);
        http
    }

    /// The requests that came so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.state().requests.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for ScriptedHttpClient {
    type Error = ScriptedFailure;

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, ScriptedFailure> {
        let step = {
            let mut state = self.state();
            state.requests.push(request);
            state.steps.pop_front().unwrap_or(Step::Fail)
        };
        match step {
            Step::Reply(response) => Ok(response),
            Step::Fail => Err(ScriptedFailure),
            Step::Hang => std::future::pending().await,
        }
    }
}

impl fmt::Debug for ScriptedHttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("ScriptedHttpClient")
            .field("steps", &state.steps.len())
            .field("requests", &state.requests.len())
            .finish()
    }
}
