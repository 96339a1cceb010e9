//! The accept loop.

use std::{convert::Infallible, error::Error, io, mem::MaybeUninit, net::SocketAddr, sync::Arc, time::Duration};

use aid_tls::{HandshakeFault, ServerTls, named, peer_certificate, rustls::server::Acceptor};
use aid1_server_traits::PeerCertificate;
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};
use tower_service::Service;

use crate::{
    RequestBody, ServeOptions,
    connection::{self, Caller, stopped},
    lobby::{Lobby, Seat, Shown, Ticket},
    turned_away::{Doorman, Reason},
};

/// What can be served: [`CmpServer`](aid1_server_traits::CmpServer), [`MspServer`](aid1_server_traits::MspServer), an
/// [`axum::Router`], and any other `tower::Service` like them. Implemented for all of those; not to be implemented.
pub trait HttpService:
    Service<Request<RequestBody>, Response = Response<Self::Body>, Error = Infallible, Future: Send + 'static>
    + Clone
    + Send
    + 'static
{
    /// The body of its responses.
    type Body: Body<Data = Bytes, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static;
}

impl<S, B> HttpService for S
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Body = B;
}

/// Why serving could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The listener's address cannot be found out.
    #[error("the listener has no address")]
    Listener(#[source] io::Error),
    /// Without TLS only the machine itself is served.
    #[error("without TLS only a loopback address can be served")]
    NotLoopback,
}

/// Serves over TLS until `shutdown` ends; then no connection is accepted any more, and requests under way are finished
/// within [`shutdown_timeout`](ServeOptions::shutdown_timeout).
///
/// Nothing that a peer does, or that goes wrong with one connection, ends it. It has to run in a tokio runtime with time
/// and IO.
pub async fn serve<S: HttpService>(
    listener: TcpListener,
    tls: ServerTls,
    service: S,
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send,
) {
    accept(listener, Some(tls), service, options, shutdown).await;
}

/// Serves without TLS: behind a proxy on the same machine that terminates TLS, and in tests.
///
/// # Errors
///
/// [`ServeError::NotLoopback`] where the listener can be reached from elsewhere: the document demands TLS with
/// certificates on both sides (section "General API Requirements").
pub async fn serve_plain<S: HttpService>(
    listener: TcpListener,
    service: S,
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Listener)?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback);
    }
    accept(listener, None, service, options, shutdown).await;
    Ok(())
}

/// How many connections may wait to be accepted: more than one client can hold, so that nobody who comes with them is dropped
/// by the operating system, which would try again a second later only. It may allow less (`net.core.somaxconn`).
const BACKLOG: i32 = 4096;
/// How many are accepted before those who came are looked at again.
const AT_A_TIME: usize = 32;

/// After an error that another attempt would meet as well, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// What all connections share.
struct House {
    tls: Option<ServerTls>,
    options: ServeOptions,
    lobby: Arc<Lobby>,
    doorman: Arc<Doorman>,
}

async fn accept<S: HttpService>(
    listener: TcpListener,
    tls: Option<ServerTls>,
    service: S,
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send,
) {
    let house = Arc::new(House {
        tls,
        lobby: Lobby::new(&options),
        doorman: Arc::new(Doorman::new(options.observer.clone())),
        options,
    });
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();

    // The listener came with a backlog of its own; without a larger one it does as well.
    drop(SockRef::from(&listener).listen(BACKLOG));

    let accepting = async {
        let mut accepted_in_a_row = 0;
        // Owned, so that a service need not be `Sync`.
        let service = service;
        loop {
            let accepted = listener.accept().await;
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, address)) => {
                    let ticket = house.lobby.enter(address.ip(), shown(&stream));
                    let house = Arc::clone(&house);
                    let run = run(stream, address, ticket, house, service.clone(), stopping.clone());
                    connections.spawn(run);
                    // Those who came shall have the time to show something before others come, however many do.
                    accepted_in_a_row += 1;
                    if accepted_in_a_row % AT_A_TIME == 0 {
                        tokio::task::yield_now().await;
                    }
                }
                Err(error) if concerns_one_connection(&error) => {}
                // Too many open files, for example: of those who only wait, one less may do.
                Err(_) => {
                    if !house.lobby.make_room() {
                        tokio::time::sleep(PAUSE).await;
                    }
                    tokio::task::yield_now().await;
                }
            }
        }
    };
    tokio::select! {
        () = shutdown => {}
        () = accepting => {}
    }
    drop(listener);

    stop.send_replace(true);
    let all = async { while connections.join_next().await.is_some() {} };
    // What is not finished by then is cut off by the drop of the set.
    drop(timeout(house.options.shutdown_timeout, all).await);
}

/// Whether something has come already: of a client that waited to be accepted, its first message has.
fn shown(stream: &TcpStream) -> Shown {
    match SockRef::from(stream).peek(&mut [MaybeUninit::uninit()]) {
        Ok(1..) => Shown::Something,
        _ => Shown::Nothing,
    }
}

fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// One connection, from the handshake to its end.
async fn run<S: HttpService>(
    stream: TcpStream,
    address: SocketAddr,
    ticket: Ticket,
    house: Arc<House>,
    service: S,
    mut stopping: watch::Receiver<bool>,
) {
    // Replies are small and complete: there is nothing to wait for. A failure costs speed only.
    drop(stream.set_nodelay(true));
    let entered = tokio::select! {
        () = stopped(&mut stopping) => return,
        () = ticket.must_leave() => Err((Reason::MadeRoom, None)),
        entered = timeout(house.options.handshake_timeout, enter(stream, &ticket, &house)) => {
            entered.unwrap_or_else(|_| Err((ticket.too_late(), None)))
        }
    };
    let (stream, certificate, seat) = match entered {
        Ok(Some(entered)) => entered,
        // Gone before it said a word: a look at whether somebody listens, such as load balancers take.
        Ok(None) => return,
        Err((reason, subject)) => return house.doorman.turned_away(address, reason, subject),
    };
    drop(ticket);
    let caller = Caller {
        address,
        certificate,
        seat,
        doorman: Arc::clone(&house.doorman),
    };
    match stream {
        Stream::Tls(stream) => connection::serve(stream, caller, service, &house.options, stopping).await,
        Stream::Plain(stream) => connection::serve(stream, caller, service, &house.options, stopping).await,
    }
}

enum Stream {
    Tls(Box<TlsStream<TcpStream>>),
    Plain(TcpStream),
}

type Entered = (Stream, Option<PeerCertificate>, Seat);

/// The handshake, and then a seat; `None` if nothing came at all.
async fn enter(
    stream: TcpStream,
    ticket: &Ticket,
    house: &House,
) -> Result<Option<Entered>, (Reason, Option<Arc<str>>)> {
    let Some(tls) = &house.tls else {
        return Ok(Some((Stream::Plain(stream), None, ticket.seat().await)));
    };
    // Until then it costs no more than a socket.
    if !matches!(stream.peek(&mut [0]).await, Ok(1..)) {
        return Ok(None);
    }
    ticket.shows(Shown::Something);
    // Where it fails, TLS has told the peer.
    let failed = |error: &io::Error, subject: Option<String>| {
        let fault = HandshakeFault::find(error).unwrap_or_else(|| HandshakeFault::Other(error.to_string().into()));
        (Reason::Handshake(fault), subject.map(Arc::from))
    };
    let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await;
    let hello = hello.map_err(|error| failed(&error, None))?;
    ticket.shows(Shown::Hello);
    let (handshake, refused) = named(hello.into_stream(tls.config())).await;
    let stream = handshake.map_err(|error| failed(&error, refused))?;
    ticket.shows(Shown::Identity);
    let chain = stream.get_ref().1.peer_certificates();
    let certificate = chain
        .and_then(<[_]>::first)
        .map(|certificate| peer_certificate(certificate));
    let seat = ticket.seat().await;
    Ok(Some((Stream::Tls(Box::new(stream)), certificate, seat)))
}
