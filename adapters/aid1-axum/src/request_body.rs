//! The body of a request, which may take its time, but not for ever.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

/// The body of a request that [`serve`](crate::serve()) received.
#[derive(Debug)]
pub struct RequestBody {
    incoming: Incoming,
    timeout: Duration,
    timer: Option<Pin<Box<Sleep>>>,
    ended: bool,
    left_unread: Arc<AtomicBool>,
}

/// The body broke off or took too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrokenBody;

impl fmt::Display for BrokenBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body broke off or took too long")
    }
}

impl std::error::Error for BrokenBody {}

impl RequestBody {
    pub(crate) fn new(incoming: Incoming, timeout: Duration, left_unread: Arc<AtomicBool>) -> Self {
        Self {
            incoming,
            timeout,
            timer: None,
            ended: false,
            left_unread,
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BrokenBody;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenBody>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(context) {
            self.ended |= frame.is_none();
            return Poll::Ready(frame.map(|frame| frame.map_err(|_| BrokenBody)));
        }
        let timeout = self.timeout;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        timer.as_mut().poll(context).map(|()| Some(Err(BrokenBody)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if !self.ended && !self.incoming.is_end_stream() {
            self.left_unread.store(true, Ordering::Relaxed);
        }
    }
}
