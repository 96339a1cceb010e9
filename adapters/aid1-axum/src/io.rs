//! A connection that knows when a reply has been written, and that does not wait for ever for a peer to take it.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use aid1_server_traits::ReplyWritten;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

use crate::heads::{Follower, Heads};

/// The replies of a connection that are on their way.
#[derive(Clone, Default)]
pub(crate) struct Unwritten(Arc<Mutex<Vec<ReplyWritten>>>);

impl Unwritten {
    pub(crate) fn push(&self, reply: ReplyWritten) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(reply);
    }

    /// All of them are written now.
    fn settle(&self) {
        let replies = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        // Dropped outside of the lock: that wakes tasks.
        drop(replies);
    }
}

pub(crate) struct WatchedIo<I> {
    io: I,
    follower: Follower,
    unwritten: Unwritten,
    /// Something has been written since the last flush.
    dirty: bool,
    timeout: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<I: AsyncRead + AsyncWrite + Unpin> WatchedIo<I> {
    pub(crate) fn new(io: I, heads: Heads, unwritten: Unwritten, timeout: Duration) -> Self {
        Self {
            io,
            follower: Follower::new(heads),
            unwritten,
            dirty: false,
            timeout,
            stalled: None,
        }
    }

    /// Fails when nothing has gone out for too long.
    fn watch<T>(&mut self, context: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.stalled = None;
            return poll;
        }
        let timeout = self.timeout;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        stalled
            .as_mut()
            .poll(context)
            .map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for WatchedIo<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match self.follower.held(buffer.remaining()) {
            Some(held) => buffer.put_slice(&held),
            None => ready!(Pin::new(&mut self.io).poll_read(context, buffer))?,
        }
        let read = buffer.filled().get(before..).unwrap_or_default();
        let length = self.follower.follow(read);
        buffer.set_filled(before + length);
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WatchedIo<I> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.io).poll_write(context, data);
        self.dirty |= poll.is_ready();
        self.watch(context, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        data: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.io).poll_write_vectored(context, data);
        self.dirty |= poll.is_ready();
        self.watch(context, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.io).poll_flush(context);
        // hyper flushes when its own buffer is empty: then every reply that it got is out.
        if self.dirty && matches!(poll, Poll::Ready(Ok(()))) {
            self.dirty = false;
            self.unwritten.settle();
        }
        self.watch(context, poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.io).poll_shutdown(context);
        self.watch(context, poll)
    }
}
