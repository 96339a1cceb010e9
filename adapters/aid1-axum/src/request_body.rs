//! The body of a request, which may take its time, but not for ever.

use std::{
    error::Error,
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

use crate::unread::{State, Unread};

/// The body of a request that [`serve`](crate::serve()) received.
///
/// A handler need not read it: what is left of it is taken care of before the reply goes out.
pub struct RequestBody<B: Body = Incoming> {
    /// Gone after the drop only.
    inner: Option<B>,
    timeout: Option<Duration>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Until it is known what is left.
    unread: Option<Unread<B>>,
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

impl Error for BrokenBody {}

impl<B: Body> RequestBody<B> {
    /// The body, and where to find out what is left of it; nowhere if there is none.
    pub(crate) fn new(inner: B, timeout: Option<Duration>) -> (Self, Option<Unread<B>>) {
        let unread = (!inner.is_end_stream()).then(Unread::new);
        let body = Self {
            inner: Some(inner),
            timeout,
            timer: None,
            unread: unread.clone(),
        };
        (body, unread)
    }

    fn is_over(&mut self, state: State<B>) {
        if let Some(unread) = self.unread.take() {
            unread.set(state);
        }
    }
}

impl<B> Body for RequestBody<B>
where
    B: Body<Data = Bytes> + Unpin,
{
    type Data = Bytes;
    type Error = BrokenBody;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenBody>>> {
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(None);
        };
        if let Poll::Ready(frame) = Pin::new(inner).poll_frame(context) {
            match &frame {
                None => self.is_over(State::Read),
                Some(Err(_)) => self.is_over(State::Broken),
                Some(Ok(_)) => {}
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(|_| BrokenBody)));
        }
        let Some(timeout) = self.timeout else {
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        match timer.as_mut().poll(context) {
            Poll::Ready(()) => {
                self.is_over(State::Broken);
                Poll::Ready(Some(Err(BrokenBody)))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

impl<B: Body> Drop for RequestBody<B> {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take() {
            let ended = inner.is_end_stream();
            self.is_over(if ended { State::Read } else { State::Dropped(inner) });
        }
    }
}

impl<B: Body> fmt::Debug for RequestBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").finish_non_exhaustive()
    }
}
