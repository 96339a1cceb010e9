//! A server that behaves as told: it reads a request by hand and writes bytes.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::pki::{Authority, Identity};

/// What the server does with a request.
#[derive(Clone)]
pub(crate) enum Behaviour {
    /// Writes these bytes, which are a whole reply, and waits for the next request.
    Reply(String),
    /// Writes a header that announces a gigabyte, and then keeps writing.
    Flood,
    /// Says nothing.
    Hang,
    /// Resets the connection.
    Reset,
}

/// A running server. It stops with the runtime of its test.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// The heads of the requests.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
    /// How many connections came about.
    pub(crate) connections: Arc<AtomicU64>,
    /// How many bytes of a body were written.
    pub(crate) written: Arc<AtomicU64>,
}

impl Peer {
    /// Serves with a certificate of `authority` for `localhost`, and admits clients with one of `clients`. The n-th
    /// request meets the n-th behaviour, further ones the last.
    pub(crate) async fn start(authority: &Authority, clients: &Authority, script: Vec<Behaviour>) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(server_config(authority, clients)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = Self {
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
            connections: Arc::default(),
            written: Arc::default(),
        };
        let (requests, connections) = (peer.requests.clone(), peer.connections.clone());
        let written = peer.written.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (acceptor, script) = (acceptor.clone(), script.clone());
                let (requests, connections, written) = (requests.clone(), connections.clone(), written.clone());
                tokio::spawn(async move {
                    // A handshake that fails is for the client to report.
                    let Ok(mut stream) = acceptor.accept(socket).await else {
                        return;
                    };
                    connections.fetch_add(1, Ordering::SeqCst);
                    while let Some(head) = read_request(&mut stream).await {
                        let number = {
                            let mut requests = requests.lock().unwrap();
                            requests.push(head);
                            requests.len()
                        };
                        let behaviour = script.get(number - 1).or(script.last()).unwrap().clone();
                        if !behave(behaviour, &mut stream, &written).await {
                            return;
                        }
                    }
                });
            }
        });
        peer
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn server_config(authority: &Authority, clients: &Authority) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(clients.pem().as_bytes()).unwrap())
        .unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .unwrap();
    let Identity { chain, key } = authority.issue("localhost");
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(chain.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap()
}

/// The head of a request, after its body was read, too; `None` at the end of the connection.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(head)
}

/// Whether the connection goes on.
async fn behave(behaviour: Behaviour, stream: &mut TlsStream<TcpStream>, written: &AtomicU64) -> bool {
    match behaviour {
        Behaviour::Reply(reply) => write(stream, reply.as_bytes()).await,
        Behaviour::Flood => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000000\r\n\r\n";
            let mut goes_on = write(stream, head.as_bytes()).await;
            while goes_on {
                goes_on = write(stream, &[b' '; 8192]).await;
                written.fetch_add(8192, Ordering::SeqCst);
            }
            false
        }
        Behaviour::Hang => std::future::pending().await,
        Behaviour::Reset => {
            stream.get_ref().0.set_zero_linger().unwrap();
            false
        }
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> bool {
    stream.write_all(bytes).await.is_ok() && stream.flush().await.is_ok()
}

/// A reply without a body.
pub(crate) fn status(status: u16) -> Behaviour {
    Behaviour::Reply(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n"))
}

/// A reply with a JSON body.
pub(crate) fn json(status: u16, body: &str) -> Behaviour {
    let length = body.len();
    Behaviour::Reply(format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    ))
}
