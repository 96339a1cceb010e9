//! Certificates, a server, and a client that writes and reads bytes.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use aid1_axum::{
    HttpService, ServeOptions, ServerTls,
    aid_tls::rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    },
    serve,
};
use aid1_server_traits::{
    Call, CertificateFingerprint, MspApi, MspServer, Partner, Partners, ServerOptions,
    aid_types::{
        ActivationCodeReply, MspToken, ProfileStatuses, ReadyActivationCode, Refusal, RequestActivationCode,
        RequestProfileStatus, http::Credentials,
    },
};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DnType, IsCa, KeyIdMethod,
    KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

pub(crate) const TOKEN: &str = "25bca1e2-338f-11d6-ac61-9e71138fd521";
pub(crate) const STATUS: &str = "/v1/profiles/status/25bca1e2-338f-11d6-ac61-9e71138fd521";
pub(crate) const AC: &str = "/v1/activation-code-requests/25bca1e2-338f-11d6-ac61-9e71138fd521";
pub(crate) const AC_BODY: &str = r#"{"profileType":"personal","deviceType":"tcu","eid":"89049032000001000000000831934057","activationCodeRequestID":"31715660-01ac-4411-8f15-6f7ad4c269be","replaceIccid":null}"#;

/// Long enough for any machine; only a failing test waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A certification authority.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) pem: String,
    pub(crate) serial: Option<SerialNumber>,
    pub(crate) key: KeyPair,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::called("authority")
    }

    pub(crate) fn called(name: &str) -> Self {
        crate::limit::limit();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    pub(crate) fn identity(&self, name: &str) -> Identity {
        self.issue(CertificateParams::new([name.to_owned()]).unwrap())
    }

    pub(crate) fn issue(&self, params: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Identity {
            certificate: certificate.der().clone(),
            pem: certificate.pem(),
            serial: params.serial_number,
            key,
        }
    }

    /// A revocation list with this one in it.
    pub(crate) fn revoke(&self, identity: &Identity) -> String {
        let revoked = RevokedCertParams {
            serial_number: identity.serial.clone().unwrap(),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2124, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.0).unwrap().pem().unwrap()
    }
}

impl Identity {
    pub(crate) fn fingerprint(&self) -> CertificateFingerprint {
        CertificateFingerprint::new(Sha256::digest(&self.certificate).into())
    }
}

/// Two companies' worth of certificates.
pub(crate) struct World {
    pub(crate) authority: Authority,
    pub(crate) server: Identity,
    pub(crate) client: Identity,
}

impl World {
    pub(crate) fn new() -> Self {
        let authority = Authority::new();
        Self {
            server: authority.identity("localhost"),
            client: authority.identity("client"),
            authority,
        }
    }

    pub(crate) fn tls(&self) -> ServerTls {
        ServerTls::from_pem(
            self.authority.pem().as_bytes(),
            self.server.pem.as_bytes(),
            self.server.key.serialize_pem().as_bytes(),
        )
        .unwrap()
    }

    pub(crate) fn connector(&self, identity: Option<&Identity>) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.0.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match identity {
            Some(identity) => config
                .with_client_auth_cert(
                    vec![identity.certificate.clone()],
                    PrivateKeyDer::try_from(identity.key.serialize_der()).unwrap(),
                )
                .unwrap(),
            None => config.with_no_client_auth(),
        };
        TlsConnector::from(Arc::new(config))
    }

    pub(crate) async fn connect(&self, address: SocketAddr) -> Client {
        let connector = self.connector(Some(&self.client));
        Client(handshake(&connector, address).await.unwrap())
    }

    /// Partner `cmp`, whose key counts with the client's certificate only.
    pub(crate) fn options(&self) -> ServerOptions {
        let key = Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap());
        let partner = Partner::new("cmp".parse().unwrap(), key).certificate(self.client.fingerprint());
        ServerOptions::new(Partners::new([partner]))
    }
}

pub(crate) async fn handshake(connector: &TlsConnector, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    connector
        .connect(ServerName::try_from("localhost").unwrap(), stream)
        .await
}

/// A server that is running.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) stop: oneshot::Sender<()>,
    pub(crate) ended: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(world: &World, service: impl HttpService, options: ServeOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { drop(stopped.await) };
        let ended = tokio::spawn(serve(listener, world.tls(), service, options, shutdown));
        Self { address, stop, ended }
    }
}

/// Offers profile statuses at once, and activation codes when it is told to.
#[derive(Default, Clone)]
pub(crate) struct Backend {
    pub(crate) begun: Arc<Notify>,
    pub(crate) go_on: Arc<Notify>,
}

impl MspApi for Backend {
    async fn request_activation_code(
        &self,
        _: Call,
        _: MspToken,
        _: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        self.begun.notify_one();
        self.go_on.notified().await;
        Ok(ActivationCodeReply::Ready(ReadyActivationCode::new(
            "8944500805172032953".parse().unwrap(),
            "1$smdp.example.com$04386-AGYFT-A74Y8-3F815".parse().unwrap(),
        )))
    }

    async fn request_profile_status(
        &self,
        _: Call,
        _: MspToken,
        _: RequestProfileStatus,
    ) -> Result<ProfileStatuses, Refusal> {
        Ok(ProfileStatuses::default())
    }
}

pub(crate) fn msp(world: &World, backend: &Backend) -> MspServer<Backend> {
    MspServer::<Backend>::new(backend.clone(), world.options())
}

/// A connection on which bytes are written and replies are read.
pub(crate) struct Client(pub(crate) TlsStream<TcpStream>);

/// Status, head and body.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn code(&self) -> String {
        let body: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        body["code"].as_str().unwrap().to_owned()
    }
}

/// The head of a request with the right headers, and one more.
pub(crate) fn head(method: &str, path: &str, more: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\napi-key: 1234abcdefghij0123456789\r\nclient-id: cmp\r\n\
         target-id: msp\r\nCMP-request-id: 14abc1e2-338f-11e6-ac61-9e71128cae77\r\n\
         correlation-id: 31715660-01ac-4411-8f15-6f7ad4c269be\r\n{more}\r\n"
    )
}

pub(crate) fn ac_request() -> String {
    let more = format!(
        "content-type: application/json\r\ncontent-length: {}\r\n",
        AC_BODY.len()
    );
    head("POST", AC, &more) + AC_BODY
}

impl Client {
    pub(crate) async fn send(&mut self, bytes: &str) {
        self.0.write_all(bytes.as_bytes()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    pub(crate) async fn reply(&mut self) -> Reply {
        tokio::time::timeout(PATIENCE, read_reply(&mut self.0)).await.unwrap()
    }

    /// Waits until the server closes.
    pub(crate) async fn closed(&mut self) {
        let mut rest = Vec::new();
        let end = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut rest)).await;
        drop(end.expect("the server keeps the connection"));
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }
}

pub(crate) async fn read_reply(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Reply {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("the server closed before its reply"));
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length = head
        .split_once("content-length: ")
        .and_then(|(_, rest)| rest.split_once('\r'))
        .map_or(0, |(length, _)| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    Reply {
        status: head[9..12].parse().unwrap(),
        body: String::from_utf8(body).unwrap(),
        head,
    }
}
