//! One connection: HTTP/1.1 over it, from the first request to the last.

use std::{
    convert::Infallible,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aid1_server_traits::{BoxFuture, CertificateFingerprint, ReplyWritten};
use http::{Request, Response};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    sync::watch,
};

use crate::{
    HttpService, RequestBody, ServeOptions,
    io::{Unwritten, WatchedIo},
};

/// How long, and for how many bytes, a peer is listened to that is still sending a body nobody wants. Closing at once
/// would make many peers lose the reply that says so.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: u64 = 1024 * 1024;

/// Serves until the peer or the shutdown ends it.
pub(crate) async fn serve<I, S>(
    io: I,
    certificate: Option<CertificateFingerprint>,
    service: S,
    options: &ServeOptions,
    mut shutdown: watch::Receiver<bool>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: HttpService,
{
    let unwritten = Unwritten::default();
    let left_unread = Arc::new(AtomicBool::new(false));
    let io = WatchedIo::new(io, unwritten.clone(), options.write_timeout);
    let requests = Requests {
        service,
        certificate,
        unwritten,
        left_unread: Arc::clone(&left_unread),
        body_timeout: options.body_timeout,
    };
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(options.head_size)
        .serve_connection(TokioIo::new(io), requests);

    let finished = {
        let mut stopping = pin!(stopped(&mut shutdown));
        let mut graceful = false;
        poll_fn(|context| {
            if !graceful && stopping.as_mut().poll(context).is_ready() {
                graceful = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            connection.poll_without_shutdown(context)
        })
        .await
    };
    let mut io = connection.into_parts().io.into_inner();
    // What went wrong concerns this peer only, and it has noticed.
    drop(finished);
    drop(io.shutdown().await);
    if left_unread.load(Ordering::Relaxed) {
        let mut rest = io.take(LINGER_BYTES);
        let mut nowhere = tokio::io::sink();
        drop(tokio::time::timeout(LINGER, tokio::io::copy(&mut rest, &mut nowhere)).await);
    }
}

/// Ends when the server is to stop.
pub(crate) async fn stopped(shutdown: &mut watch::Receiver<bool>) {
    // An error means that the server itself is gone.
    drop(shutdown.wait_for(|stop| *stop).await);
}

/// What hyper calls.
struct Requests<S> {
    service: S,
    certificate: Option<CertificateFingerprint>,
    unwritten: Unwritten,
    left_unread: Arc<AtomicBool>,
    body_timeout: Duration,
}

/// Nothing in it is ever pinned.
impl<S> Unpin for Requests<S> {}

impl<S: HttpService> hyper::service::Service<Request<Incoming>> for Requests<S> {
    type Response = Response<S::Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let mut service = self.service.clone();
        let unwritten = self.unwritten.clone();
        let (timeout, left_unread) = (self.body_timeout, Arc::clone(&self.left_unread));
        let mut request = request.map(|body| RequestBody::new(body, timeout, left_unread));
        if let Some(certificate) = self.certificate {
            request.extensions_mut().insert(certificate);
        }
        Box::pin(async move {
            poll_fn(|context| service.poll_ready(context)).await?;
            let mut response = service.call(request).await?;
            if let Some(reply) = response.extensions_mut().remove::<ReplyWritten>() {
                unwritten.push(reply);
            }
            Ok(response)
        })
    }
}
