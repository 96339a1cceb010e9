//! One request and its reply, within limits.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::{BoxError, HttpClient, ReplyLimit, Timer, body_limit};

/// Why there is no reply that could be looked at.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "every caller makes an error of its own of each")]
pub enum NoReply {
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

/// Sends `request` and waits for the reply, no longer than `timeout`.
///
/// The body of a success has at most `max_reply` bytes, that of an error is cut off there.
///
/// # Errors
///
/// [`NoReply`].
pub async fn exchange<H: HttpClient>(
    http: &H,
    timer: &dyn Timer,
    mut request: Request<Bytes>,
    timeout: Duration,
    max_reply: usize,
) -> Result<Response<Bytes>, NoReply> {
    request.extensions_mut().insert(ReplyLimit(max_reply));
    let mut response = crate::timeout(timer.sleep(timeout), http.send(request))
        .await
        .ok_or(NoReply::Timeout(timeout))?
        .map_err(|error| NoReply::Transport(error.into()))?;
    let status = response.status();
    body_limit::enforce(&mut response, max_reply).map_err(|body_limit::TooLarge| NoReply::TooLarge {
        status,
        limit: max_reply,
    })?;
    Ok(response)
}
