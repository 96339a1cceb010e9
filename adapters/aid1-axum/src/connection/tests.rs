//! What needs no sockets.
#![allow(clippy::unwrap_used, reason = "a test that goes wrong shall panic")]

use std::future::ready;

use aid1_server_traits::{
    Call, DeliverActivationCode, Late, MspApi, MspServer, Partner, Partners, ServerOptions,
    aid_types::{ActivationCodeReply, Condition, MspToken, Refusal, RequestActivationCode, http::Credentials},
};
use tokio::{
    io::DuplexStream,
    sync::{Notify, mpsc},
};

use super::*;
use crate::{
    TokioRuntime,
    lobby::{Lobby, Shown},
};

/// Waits until it is told to go on, then fails.
struct Slow(Arc<Notify>);

impl MspApi for Slow {
    async fn request_activation_code(
        &self,
        _: Call,
        _: MspToken,
        _: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        self.0.notified().await;
        Err(Condition::NoActivationCode.into())
    }
}

struct Deliver(mpsc::UnboundedSender<Late>);

impl DeliverActivationCode for Deliver {
    fn deliver(&self, late: Late) -> BoxFuture<'static, ()> {
        self.0.send(late).unwrap();
        Box::pin(ready(()))
    }
}

fn plain_msp(api: Slow) -> MspServer<Slow> {
    let key = Credentials::ApiKey("1234".parse().unwrap());
    let partners = Partners::new([Partner::new("cmp".parse().unwrap(), key)]);
    MspServer::<Slow>::new(api, ServerOptions::new(partners).budget(Duration::ZERO))
}

/// Serves one end of a stream for as long as what comes back lives.
fn start(server: DuplexStream, service: impl HttpService, options: ServeOptions) -> watch::Sender<bool> {
    let (stop, stopping) = watch::channel(false);
    tokio::spawn(async move {
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let caller = Caller {
            address,
            certificate: None,
            seat: Lobby::new(&options).enter(address.ip(), Shown::Nothing).seat().await,
            doorman: Arc::new(Doorman::new(None)),
        };
        serve(server, caller, service, &options, stopping).await;
    });
    stop
}

/// The network takes 32 bytes at a time, so that the reply is long under way while its code is ready.
#[tokio::test]
async fn nothing_is_delivered_before_the_reply_is_out() {
    const BODY: &str = "{\"profileType\":\"personal\",\"deviceType\":\"tcu\",\
        \"eid\":\"89049032000001000000000831934057\",\
        \"activationCodeRequestID\":\"31715660-01ac-4411-8f15-6f7ad4c269be\"}";
    let request = format!(
        "POST /v1/activation-code-requests/25bca1e2-338f-11d6-ac61-9e71138fd521 HTTP/1.1\r\n\
        host: msp\r\napi-key: 1234\r\nclient-id: cmp\r\ntarget-id: msp\r\nCMP-request-id: 14abc1e2-338f-11e6-ac61-9e71128cae77\r\n\
        correlation-id: 31715660-01ac-4411-8f15-6f7ad4c269be\r\ncontent-type: application/json\r\n\
        content-length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let go_on = Arc::new(Notify::new());
    let (deliver, mut delivered) = mpsc::unbounded_channel();
    let msp = plain_msp(Slow(Arc::clone(&go_on))).with_async(TokioRuntime::current().unwrap(), Deliver(deliver));

    let (mut client, server) = tokio::io::duplex(32);
    let _stop = start(server, msp, ServeOptions::new());
    client.write_all(request.as_bytes()).await.unwrap();

    // While more of the reply is to come than the network takes, it is not written.
    let mut reply = Vec::new();
    let mut piece = [0; 8];
    while !reply.windows(16).any(|word| word == b"correlation-id: ") {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(delivered.try_recv().is_err(), "after {} bytes", reply.len());
        let read = client.read(&mut piece).await.unwrap();
        assert!(read > 0 && reply.len() < 1000, "{}", String::from_utf8_lossy(&reply));
        reply.extend_from_slice(piece.get(..read).unwrap());
        go_on.notify_one();
    }
    while !reply.ends_with(b"\r\n\r\n") {
        reply.push(client.read_u8().await.unwrap());
    }
    assert!(
        reply.starts_with(b"HTTP/1.1 201"),
        "{}",
        String::from_utf8_lossy(&reply)
    );
    assert!(delivered.recv().await.is_some());
}

/// A refused request whose body, of which `length` is announced, is `sent`: whether the reply announces the end.
async fn refused(client: &mut DuplexStream, length: usize, sent: usize) -> bool {
    let head = format!("POST /elsewhere HTTP/1.1\r\nhost: msp\r\ncontent-length: {length}\r\n\r\n");
    client.write_all(head.as_bytes()).await.unwrap();
    client.write_all(&vec![b' '; sent]).await.unwrap();
    let mut reply = Vec::new();
    while !reply.ends_with(b"}") {
        reply.push(client.read_u8().await.unwrap());
    }
    let reply = String::from_utf8(reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 404"), "{reply}");
    reply.contains("connection: close\r\n")
}

fn duplex(options: ServeOptions) -> (DuplexStream, watch::Sender<bool>) {
    let (client, server) = tokio::io::duplex(1024 * 1024);
    let stop = start(server, plain_msp(Slow(Arc::default())), options);
    (client, stop)
}

/// The clock stands still unless everybody waits.
#[tokio::test(start_paused = true)]
async fn little_that_is_unread_does_not_end_the_connection() {
    let (mut client, _stop) = duplex(ServeOptions::new());
    for length in [0, 10, 100_000, 256 * 1024] {
        assert!(!refused(&mut client, length, length).await, "{length}");
    }
    assert!(refused(&mut client, 256 * 1024 + 1, 0).await);
    assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_rest_that_does_not_come_is_waited_for_briefly() {
    let (mut client, _stop) = duplex(ServeOptions::new());
    let begun = Instant::now();
    assert!(refused(&mut client, 10, 9).await);
    assert_eq!(begun.elapsed().as_millis(), 100);
    assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_old_connection_ends_with_a_reply_that_says_so() {
    let (mut client, _stop) = duplex(ServeOptions::new().connection_age(Duration::from_secs(60)));
    for _ in 0..3 {
        assert!(!refused(&mut client, 0, 0).await);
        tokio::time::sleep(Duration::from_secs(19)).await;
    }
    assert!(!refused(&mut client, 0, 0).await);
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(refused(&mut client, 0, 0).await);
    assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_connection_ends_no_later_than_its_certificate() {
    let options = ServeOptions::new();
    let address = SocketAddr::from(([127, 0, 0, 1], 1));
    let mut certificate = PeerCertificate::new(aid1_server_traits::CertificateFingerprint::new([0; 32]));
    let mut left = async |not_after| {
        certificate.not_after = not_after;
        let caller = Caller {
            address,
            certificate: Some(certificate.clone()),
            seat: Lobby::new(&options).enter(address.ip(), Shown::Nothing).seat().await,
            doorman: Arc::new(Doorman::new(None)),
        };
        age(&caller, &options)
    };
    let end = std::time::SystemTime::UNIX_EPOCH;
    assert_eq!(left(Some(end)).await, Duration::ZERO);
    assert_eq!(left(None).await, Duration::from_secs(3600));
    let far = end.checked_add(Duration::from_secs(1 << 40));
    assert_eq!(left(far).await, Duration::from_secs(3600));
}

/// Whoever is still sending when it is refused can send on for a while, and so gets to read why.
#[tokio::test(start_paused = true)]
async fn a_peer_that_is_sending_is_listened_to() {
    let (mut client, server) = tokio::io::duplex(16 * 1024);
    let _stop = start(server, plain_msp(Slow(Arc::default())), ServeOptions::new());
    assert!(refused(&mut client, 1_000_000, 0).await);
    client.write_all(&[b' '; 1_000_000]).await.unwrap();
    assert_eq!(client.read(&mut [0; 8]).await.unwrap(), 0);
    // But not for ever.
    tokio::time::sleep(LINGER).await;
    client.write_all(&[b' '; 1_000_000]).await.unwrap_err();
}

/// A body that turned out malformed while it was read ends the connection too.
#[tokio::test]
async fn a_malformed_body_announces_the_end() {
    let (mut client, _stop) = duplex(ServeOptions::new());
    let request = "POST /v1/activation-code-requests/25bca1e2-338f-11d6-ac61-9e71138fd521 HTTP/1.1\r\nhost: msp\r\n\
        api-key: 1234\r\nclient-id: cmp\r\ntarget-id: msp\r\nCMP-request-id: 14abc1e2-338f-11e6-ac61-9e71128cae77\r\n\
        correlation-id: 31715660-01ac-4411-8f15-6f7ad4c269be\r\ncontent-type: application/json\r\n\
        transfer-encoding: chunked\r\n\r\n1\r\n{\r\nno length\r\n";
    client.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    client.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 422"), "{reply}");
    assert!(reply.contains("connection: close\r\n"), "{reply}");
}
