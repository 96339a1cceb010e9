//! Calls over loopback TLS, with certificates on both sides and connections that stay open.

use std::{
    future::pending,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use aid_tls::{ClientTls, ServerTls};
use aid_types::{
    CsimStatus, MspToken, Operation, RequestActivationCode, SendCsimStatus,
    http::{CallIds, Credentials, Endpoint},
};
use aid1_axum::{HttpService, ServeOptions, serve};
use aid1_server_traits::{Partner, Partners, ServerOptions};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use uuid::Uuid;

use crate::msp::{EID, iccid, token};

pub(crate) const KEY: &str = "1234abcdefghij0123456789";
pub(crate) const CONNECTIONS: usize = 16;

pub(crate) fn options() -> ServerOptions {
    let partner = Partner::new("cmp1".parse().unwrap(), Credentials::ApiKey(KEY.parse().unwrap()));
    ServerOptions::new(Partners::new([partner])).targets(["msp1".parse().unwrap()])
}

pub(crate) struct Certificates {
    server: ServerTls,
    client: ClientTls,
}

impl Certificates {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let (root, chain) = (authority.pem(), params.signed_by(&key, &authority).unwrap().pem());
        let (root, chain, key) = (root.as_bytes(), chain.as_bytes(), key.serialize_pem());
        Self {
            server: ServerTls::from_pem(root, chain, key.as_bytes()).unwrap(),
            client: ClientTls::from_pem(root, chain, key.as_bytes()).unwrap(),
        }
    }

    /// Serves until the process ends.
    pub(crate) async fn serve(&self, service: impl HttpService) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(
            listener,
            self.server.clone(),
            service,
            ServeOptions::new(),
            pending(),
        ));
        address
    }

    pub(crate) async fn connect(&self, address: SocketAddr) -> Vec<Connection> {
        let connector = TlsConnector::from(Arc::clone(self.client.config()));
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let name = "localhost".try_into().unwrap();
            connections.push(Connection(connector.connect(name, stream).await.unwrap()));
        }
        connections
    }
}

pub(crate) struct Connection(TlsStream<TcpStream>);

impl Connection {
    async fn call(&mut self, request: &[u8]) -> Duration {
        let began = Instant::now();
        self.0.write_all(request).await.unwrap();
        let (mut reply, mut part) = (Vec::new(), [0; 4096]);
        loop {
            let length = self.0.read(&mut part).await.unwrap();
            assert!(length > 0, "{}", String::from_utf8_lossy(&reply));
            reply.extend_from_slice(&part[..length]);
            if is_whole(&reply) {
                break;
            }
        }
        assert!(reply.starts_with(b"HTTP/1.1 20"), "{}", String::from_utf8_lossy(&reply));
        began.elapsed()
    }
}

fn is_whole(reply: &[u8]) -> bool {
    let text = String::from_utf8_lossy(reply).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}

/// All requests, spread over the connections; how long all took, and each.
pub(crate) async fn round(connections: &mut Vec<Connection>, requests: Vec<Vec<u8>>) -> (Duration, Vec<Duration>) {
    let began = Instant::now();
    let mut calling = JoinSet::new();
    let each = requests.len().div_ceil(connections.len());
    let mut requests = requests.into_iter();
    for mut connection in connections.drain(..) {
        let requests: Vec<_> = requests.by_ref().take(each).collect();
        calling.spawn(async move {
            let mut took = Vec::new();
            for request in requests {
                took.push(connection.call(&request).await);
            }
            (connection, took)
        });
    }
    let (back, took): (Vec<_>, Vec<_>) = calling.join_all().await.into_iter().unzip();
    connections.extend(back);
    (began.elapsed(), took.into_iter().flatten().collect())
}

/// The request as it goes over the network.
fn written<O: Operation<Subject = MspToken>>(number: u32, operation: &O) -> Vec<u8> {
    let endpoint = Endpoint::new(
        "https://peer.example".parse().unwrap(),
        "cmp1".parse().unwrap(),
        "msp1".parse().unwrap(),
        Credentials::ApiKey(KEY.parse().unwrap()),
    );
    let ids = CallIds::new(Uuid::new_v4().into(), Uuid::new_v4().into());
    let request = endpoint.request(&token(number).parse().unwrap(), operation, ids);
    let path = request.uri().path();
    let mut bytes = format!("{} {path} HTTP/1.1\r\nhost: localhost\r\n", request.method()).into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(format!("content-length: {}\r\n\r\n", request.body().len()).into_bytes());
    bytes.extend_from_slice(request.body());
    bytes
}

pub(crate) fn activation_code(number: u32) -> Vec<u8> {
    written(
        number,
        &RequestActivationCode::new(EID.parse().unwrap(), Uuid::new_v4().into()),
    )
}

pub(crate) fn csim_status(number: u32) -> Vec<u8> {
    let status = [CsimStatus::Enabled, CsimStatus::Disabled][usize::try_from(number % 2).unwrap()].clone();
    written(
        number,
        &SendCsimStatus::new(iccid(number).parse().unwrap(), EID.parse().unwrap(), status),
    )
}
