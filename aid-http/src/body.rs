//! Bodies: collected within a limit, sent in one piece.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use bytes::{Buf as _, Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

/// Why a body was not collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "too much, or not all of it")]
pub enum NotCollected {
    /// It is longer than the limit.
    TooLarge,
    /// It broke off.
    Broken {
        /// After so many bytes.
        after: usize,
    },
}

/// Reads at most `limit` bytes; where there are more, says so without reading on.
///
/// # Errors
///
/// [`NotCollected`].
pub async fn collect<B: Body>(body: B, limit: usize) -> Result<Bytes, NotCollected> {
    if body.size_hint().lower() > limit as u64 {
        return Err(NotCollected::TooLarge);
    }
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(frame) = poll_fn(|context| body.as_mut().poll_frame(context)).await {
        let Ok(frame) = frame else {
            let after = first.len() + joined.len();
            return Err(NotCollected::Broken { after });
        };
        let Ok(mut data) = frame.into_data() else { continue };
        if first.len() + joined.len() + data.remaining() > limit {
            return Err(NotCollected::TooLarge);
        }
        if joined.is_empty() && first.is_empty() {
            // The usual case: one piece, taken over without a copy.
            first = data.copy_to_bytes(data.remaining());
        } else {
            if joined.is_empty() {
                joined.extend_from_slice(&std::mem::take(&mut first));
            }
            joined.extend_from_slice(&data.copy_to_bytes(data.remaining()));
        }
    }
    Ok(if joined.is_empty() { first } else { joined.freeze() })
}

/// A body that is in memory as a whole: what a server of ours answers with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyBody(Bytes);

impl ReplyBody {
    /// This body.
    #[must_use]
    pub const fn new(body: Bytes) -> Self {
        Self(body)
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let body = std::mem::take(&mut self.0);
        Poll::Ready((!body.is_empty()).then(|| Ok(Frame::data(body))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}
