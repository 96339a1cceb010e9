//! What becomes of the rest of a body that nobody read.
//!
//! hyper takes what has arrived of it by then, without waiting, and otherwise closes the connection after it has promised to
//! keep it: whether the next request is answered is chance. So the rest is read here before the reply goes out, as far as that
//! is little, and else the reply announces that the connection ends.

use std::{
    future::poll_fn,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Buf as _;
use http::{HeaderMap, header::EXPECT};
use http_body::Body;

/// How much of a body is read that nobody wants, and for how long.
const DRAIN: u64 = 256 * 1024;
const DRAIN_TIME: Duration = Duration::from_millis(100);

/// Where a body stands, for the one who sends the reply.
pub(crate) struct Unread<B>(Arc<Mutex<State<B>>>);

pub(crate) enum State<B> {
    /// Somebody has it still.
    Held,
    /// Read to its end.
    Read,
    /// It broke off, or is malformed.
    Broken,
    /// Dropped before its end.
    Dropped(B),
}

impl<B> Clone for Unread<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B> Unread<B> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(State::Held)))
    }

    pub(crate) fn set(&self, state: State<B>) {
        let old = mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), state);
        // Outside of the lock: it may be a body.
        drop(old);
    }
}

impl<B: Body + Unpin> Unread<B> {
    /// Whether nothing of the body is left, so that the next request can follow. To be asked when the reply is ready.
    pub(crate) async fn is_settled(&self, expected: bool) -> bool {
        let state = mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), State::Held);
        match state {
            State::Read => true,
            // Whoever expects a 100 may send the body after the refusal or leave it out, and cannot be asked which.
            State::Dropped(body) if !expected => drained(body).await,
            State::Held | State::Broken | State::Dropped(_) => false,
        }
    }
}

/// Whether the client waits to be told that its body is wanted.
pub(crate) fn expected(headers: &HeaderMap) -> bool {
    headers.contains_key(EXPECT)
}

/// Reads on, within the limits: whether the end was reached.
async fn drained<B: Body + Unpin>(mut body: B) -> bool {
    if body.size_hint().lower() > DRAIN {
        return false;
    }
    let reading = async {
        let mut left = DRAIN;
        loop {
            match poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
                None => return true,
                Some(Err(_)) => return false,
                Some(Ok(frame)) => {
                    let length = frame.data_ref().map_or(0, |data| data.remaining() as u64);
                    match left.checked_sub(length) {
                        Some(rest) => left = rest,
                        None => return false,
                    }
                }
            }
        }
    };
    tokio::time::timeout(DRAIN_TIME, reading).await.unwrap_or(false)
}
