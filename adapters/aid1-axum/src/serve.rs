//! The accept loop.

use std::{convert::Infallible, error::Error, io, sync::Arc, time::Duration};

use aid_tls::{ServerTls, fingerprint};
use http::{Request, Response};
use http_body::Body;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

use crate::{
    RequestBody, ServeOptions,
    connection::{self, stopped},
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
    type Body: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static;
}

impl<S, B> HttpService for S
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
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

/// After an error that another attempt would meet as well, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);

async fn accept<S: HttpService>(
    listener: TcpListener,
    tls: Option<ServerTls>,
    service: S,
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send,
) {
    let options = Arc::new(options);
    let permits = Arc::new(Semaphore::new(options.connections));
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();

    let accepting = async {
        // Owned, so that a service need not be `Sync`.
        let service = service;
        loop {
            // First the place, then the connection: who finds none waits in the backlog.
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                break;
            };
            let accepted = listener.accept().await;
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, _)) => {
                    let run = run(
                        stream,
                        tls.clone(),
                        service.clone(),
                        Arc::clone(&options),
                        stopping.clone(),
                    );
                    connections.spawn(async move {
                        let _permit = permit;
                        run.await;
                    });
                }
                Err(error) if concerns_one_connection(&error) => {}
                Err(_) => tokio::time::sleep(PAUSE).await,
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
    drop(timeout(options.shutdown_timeout, all).await);
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

async fn run<S: HttpService>(
    stream: TcpStream,
    tls: Option<ServerTls>,
    service: S,
    options: Arc<ServeOptions>,
    mut stopping: watch::Receiver<bool>,
) {
    // Replies are small and complete: there is nothing to wait for. A failure costs speed only.
    drop(stream.set_nodelay(true));
    let Some(tls) = tls else {
        return connection::serve(stream, None, service, &options, stopping).await;
    };
    let handshake = timeout(
        options.handshake_timeout,
        TlsAcceptor::from(tls.config()).accept(stream),
    );
    let stream = tokio::select! {
        () = stopped(&mut stopping) => return,
        handshake = handshake => match handshake {
            Ok(Ok(stream)) => stream,
            // Too slow, or no certificate that we accept: TLS has told the peer.
            _ => return,
        },
    };
    let chain = stream.get_ref().1.peer_certificates();
    let certificate = chain.and_then(<[_]>::first).map(|certificate| fingerprint(certificate));
    connection::serve(stream, certificate, service, &options, stopping).await;
}
