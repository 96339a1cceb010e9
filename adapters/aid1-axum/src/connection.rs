//! One connection: HTTP/1.1 over it, from the first request to the last.

use std::{
    convert::Infallible,
    future::poll_fn,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aid1_server_traits::{BoxFuture, PeerCertificate, ReplyWritten};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{Either, Full};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    sync::watch,
    time::Instant,
};

use crate::{
    HttpService, RequestBody, ServeOptions,
    forwarded::Forwarded,
    heads::Heads,
    io::{Unwritten, WatchedIo},
    lobby::Seat,
    turned_away::{Doorman, Reason},
    unread, well_formed,
};

/// How long, and for how many bytes, a peer is listened to after the last reply: closing at once would make many peers lose
/// that reply while they are still sending.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: u64 = 16 * 1024 * 1024;

/// Who is at the other end, and what it may take.
pub(crate) struct Caller {
    pub(crate) address: SocketAddr,
    pub(crate) certificate: Option<PeerCertificate>,
    pub(crate) seat: Seat,
    pub(crate) doorman: Arc<Doorman>,
}

/// Serves until the peer, the shutdown, the connection's age or somebody who needs the place ends it.
pub(crate) async fn serve<I, S>(
    io: I,
    caller: Caller,
    service: S,
    options: &ServeOptions,
    mut shutdown: watch::Receiver<bool>,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: HttpService,
{
    let (address, doorman) = (caller.address, Arc::clone(&caller.doorman));
    let heads = Heads::default();
    let unwritten = Unwritten::default();
    let io = WatchedIo::new(io, heads.clone(), unwritten.clone(), options.write_timeout);
    let exchange = Arc::new(Exchange {
        forwarded: options.forwarded.clone().map(Forwarded::new),
        closing: AtomicBool::new(false),
        until: Instant::now() + age(&caller, options),
        body_timeout: options.body_timeout,
        heads,
        unwritten,
        caller,
    });
    let requests = Requests {
        service,
        exchange: Arc::clone(&exchange),
    };
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        .max_buf_size(options.head_size)
        .max_header_size(options.head_size)
        .serve_connection(TokioIo::new(io), requests);

    let finished = {
        let mut leaving = pin!(async {
            tokio::select! {
                () = stopped(&mut shutdown) => {}
                () = exchange.caller.seat.must_leave() => {}
            }
        });
        let mut graceful = false;
        poll_fn(|context| {
            if !graceful && leaving.as_mut().poll(context).is_ready() {
                graceful = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            connection.poll_without_shutdown(context)
        })
        .await
    };
    let mut io = connection.into_parts().io.into_inner();
    let mut lingers = exchange.closing.load(Ordering::Relaxed);
    if let Err(error) = finished
        && error.is_parse()
    {
        // hyper has answered.
        lingers = true;
        doorman.turned_away(address, Reason::NotHttp(not_http(&error)), exchange.subject());
    }
    // What else went wrong concerns this peer only, and it has noticed.
    drop(io.shutdown().await);
    if lingers {
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

/// How old the connection may become: no older than the certificate that it was made with.
#[allow(clippy::disallowed_methods, reason = "an adapter reads the clock")]
fn age(caller: &Caller, options: &ServeOptions) -> Duration {
    let not_after = caller
        .certificate
        .as_ref()
        .and_then(|certificate| certificate.not_after);
    let left = not_after.map(|end| end.duration_since(std::time::SystemTime::now()).unwrap_or_default());
    // Times that tokio cannot add are those that nobody lives to see.
    let a_year = Duration::from_secs(365 * 24 * 60 * 60);
    options.connection_age.min(left.unwrap_or(a_year)).min(a_year)
}

fn not_http(error: &hyper::Error) -> &'static str {
    if error.is_parse_too_large() {
        "the head is too large"
    } else {
        "no HTTP that can be read"
    }
}

/// What the requests of a connection share.
struct Exchange {
    caller: Caller,
    heads: Heads,
    unwritten: Unwritten,
    /// A reply has announced the end.
    closing: AtomicBool,
    until: Instant,
    body_timeout: Duration,
    forwarded: Option<Forwarded>,
}

impl Exchange {
    fn subject(&self) -> Option<Arc<str>> {
        let certificate = self.caller.certificate.as_ref()?;
        Some(Arc::clone(&certificate.subject))
    }

    /// Announces the end of the connection.
    fn close(&self, headers: &mut HeaderMap) {
        self.closing.store(true, Ordering::Relaxed);
        well_formed::close(headers);
    }

    fn turned_away(&self, fault: &'static str) -> Response<Bytes> {
        let Caller { doorman, address, .. } = &self.caller;
        doorman.turned_away(*address, Reason::NotHttp(fault), self.subject());
        self.closing.store(true, Ordering::Relaxed);
        well_formed::refusal()
    }
}

/// A request is under way as long as this lives.
struct UnderWay(Arc<Exchange>);

impl UnderWay {
    fn new(exchange: &Arc<Exchange>) -> Self {
        exchange.caller.seat.begins();
        Self(Arc::clone(exchange))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.caller.seat.ends();
    }
}

/// What hyper calls.
struct Requests<S> {
    service: S,
    exchange: Arc<Exchange>,
}

/// Nothing in it is ever pinned.
impl<S> Unpin for Requests<S> {}

impl<S: HttpService> hyper::service::Service<Request<Incoming>> for Requests<S> {
    type Response = Response<Either<Full<Bytes>, S::Body>>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let under_way = UnderWay::new(&self.exchange);
        let mut service = self.service.clone();
        let has_fragment = self.exchange.heads.parsed(&request);
        let (mut head, body) = request.into_parts();
        let fault = if has_fragment {
            Some("the target has a fragment")
        } else {
            well_formed::fault(&head)
        };
        if let Some(fault) = fault {
            let response = self
                .exchange
                .turned_away(fault)
                .map(|body| Either::Left(Full::new(body)));
            return Box::pin(std::future::ready(Ok(response)));
        }
        let certificate = match &self.exchange.forwarded {
            Some(forwarded) => forwarded.take(&mut head.headers),
            None => self.exchange.caller.certificate.clone(),
        };
        if let Some(certificate) = certificate {
            head.extensions.insert(certificate);
        }
        let expected = unread::expected(&head.headers);
        let (body, unread) = RequestBody::new(body, Some(self.exchange.body_timeout));
        let request = Request::from_parts(head, body);
        Box::pin(async move {
            poll_fn(|context| service.poll_ready(context)).await?;
            let mut response = service.call(request).await?;
            let exchange = &under_way.0;
            let settled = match unread {
                Some(unread) => unread.is_settled(expected).await,
                None => true,
            };
            if !settled || Instant::now() >= exchange.until {
                exchange.close(response.headers_mut());
            }
            if let Some(reply) = response.extensions_mut().remove::<ReplyWritten>() {
                exchange.unwritten.push(reply);
            }
            Ok(response.map(Either::Right))
        })
    }
}

#[cfg(test)]
mod tests;
