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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that goes wrong shall panic")]
mod tests {
    use std::future::ready;

    use aid1_server_traits::{
        Call, DeliverActivationCode, Late, MspApi, MspServer, Partner, Partners, ServerOptions,
        aid_types::{ActivationCodeReply, Condition, MspToken, Refusal, RequestActivationCode, http::Credentials},
    };
    use tokio::sync::{Notify, mpsc};

    use super::*;
    use crate::TokioRuntime;

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

    /// The network takes 32 bytes at a time, so that the reply is long under way while its code is ready.
    #[tokio::test]
    async fn nothing_is_delivered_before_the_reply_is_out() {
        const BODY: &str = "{\"profileType\":\"personal\",\"deviceType\":\"tcu\",\
            \"eid\":\"89049032000001000000000831934057\",\
            \"activationCodeRequestID\":\"31715660-01ac-4411-8f15-6f7ad4c269be\"}";
        let request = format!(
            "POST /v1/activation-code-requests/25bca1e2-338f-11d6-ac61-9e71138fd521 HTTP/1.1\r\n\
            api-key: 1234\r\nclient-id: cmp\r\ntarget-id: msp\r\nCMP-request-id: 14abc1e2-338f-11e6-ac61-9e71128cae77\r\n\
            correlation-id: 31715660-01ac-4411-8f15-6f7ad4c269be\r\ncontent-type: application/json\r\n\
            content-length: {}\r\n\r\n{BODY}",
            BODY.len()
        );
        let go_on = Arc::new(Notify::new());
        let (deliver, mut delivered) = mpsc::unbounded_channel();
        let key = Credentials::ApiKey("1234".parse().unwrap());
        let partners = Partners::new([Partner::new("cmp".parse().unwrap(), key)]);
        let msp = MspServer::<Slow>::new(
            Slow(Arc::clone(&go_on)),
            ServerOptions::new(partners).budget(Duration::ZERO),
        )
        .with_async(TokioRuntime::current().unwrap(), Deliver(deliver));

        let (mut client, server) = tokio::io::duplex(32);
        let (_stop, stopping) = watch::channel(false);
        tokio::spawn(async move { serve(server, None, msp, &ServeOptions::new(), stopping).await });
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
}
