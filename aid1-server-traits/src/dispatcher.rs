//! Any request in, a reply out.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use aid_http::{BoxFuture, NotCollected, Panicked, Protocol, ReplyBody, collect, handle};
use aid_types::{BodyRule, Condition, OperationId, Refusal, http::write_refusal};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{ACCEPT_ENCODING, ALLOW, WWW_AUTHENTICATE},
    request::Parts,
};
use http_body::Body;
use tower_service::Service;

use crate::{
    Handled, ServerOptions,
    check::{ContentType, Known},
    gate::Gate,
    incoming::{Incoming, Offer},
    span::RequestSpan,
    tap,
};

/// One side of AiD1 as an HTTP service: [`CmpServer`](crate::CmpServer) or [`MspServer`](crate::MspServer).
///
/// Whatever comes in, a reply goes out, and every refusal has the document's `{code, error}` body. The order of the checks
/// is that of A-156, unless [`ServerOptions::order`] chooses another one: path, method, credentials, `client-id` and
/// `target-id`, the other headers, media type, size, body, handler. The body is not touched before everything up to the
/// size has been found right. A panic in a handler becomes 500/90.
///
/// Cloning is cheap; a clone serves the same.
#[derive(Debug, Clone)]
pub struct Server<O> {
    pub(crate) offer: O,
    pub(crate) options: Arc<ServerOptions>,
}

impl<O: Offer> Server<O> {
    /// Answers a request.
    ///
    /// The certificate of the caller is expected in the request extensions, as a
    /// [`PeerCertificate`](crate::PeerCertificate).
    pub async fn handle<B>(&self, request: Request<B>) -> Response<Bytes>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Send,
    {
        let span = RequestSpan::new(request.method());
        let frame = Frame {
            server: self,
            span: span.clone(),
            began: self.options.clock.as_ref().map(|clock| clock()),
        };
        span.around(handle(frame, request)).await
    }

    /// Answers a request that is in memory already.
    pub fn handle_bytes(&self, request: Request<Bytes>) -> impl Future<Output = Response<Bytes>> + Send {
        self.handle(request.map(ReplyBody::new))
    }

    /// What RFC 9110 demands beside the body.
    fn add_headers(&self, status: StatusCode, operation: Option<OperationId>, headers: &mut HeaderMap) {
        match (status, operation) {
            (StatusCode::UNAUTHORIZED, _) => {
                headers.insert(WWW_AUTHENTICATE, self.options.authenticate.challenge());
            }
            (StatusCode::METHOD_NOT_ALLOWED, Some(operation)) => {
                headers.insert(ALLOW, HeaderValue::from_static(operation.declaration().method));
            }
            //
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, _) => {
                headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            }
            _ => {}
        }
    }
}

/// AiD1, as [`handle`] drives it.
struct Frame<'a, O> {
    server: &'a Server<O>,
    span: RequestSpan,
    /// By the clock of the options.
    began: Option<Duration>,
}

impl<O: Offer> Protocol for Frame<'_, O> {
    type Refusal = Refusal;
    type Known<'h> = Known<'h>;

    fn begin(head: &Parts) -> Known<'_> {
        Known::new(head)
    }

    /// The checks in their order, then the body, then the handler.
    async fn answer<'h, B>(&self, head: &'h Parts, body: B, known: &mut Known<'h>) -> Result<Response<Bytes>, Refusal>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Send,
    {
        let server = self.server;
        let options = &*server.options;
        for check in &options.order {
            known.check(*check, O::ROLE, options, head)?;
        }
        let (Some(route), Some(caller), Some(target_id), Some(ids)) =
            (known.route, known.caller.clone(), known.target_id.clone(), known.ids)
        else {
            return Err(Refusal::new(Condition::Internal).internal("a check was left out"));
        };
        let too_large = || {
            (
                Condition::TooLarge,
                format!("body: longer than max_body, {} bytes", options.max_body),
            )
        };
        let body = match (route.operation.declaration().body, known.content_type) {
            (BodyRule::None, _) => Bytes::new(),
            (_, Some(ContentType::Json)) => collected(body, options.max_body, too_large).await?,
            // Without the right media type there may be no body at all.
            (_, Some(ContentType::Other)) => {
                let detail = "header content-type: not application/json in UTF-8";
                collected(body, 0, || (Condition::MediaType, detail.to_owned())).await?
            }
            (_, Some(ContentType::Missing) | None) => {
                let detail = "header content-type: missing, and there is a body";
                collected(body, 0, || (Condition::MediaType, detail.to_owned())).await?
            }
        };
        if let Some(tap) = &options.tap {
            known.body = body.clone();
            tap::request(tap, head, known);
        }
        let incoming = Incoming {
            options,
            ids,
            caller,
            target_id,
            parameter: route.parameter,
            query: head.uri.query(),
            body,
            tolerated: &mut known.tolerated,
            trace_parent: known.trace_parent,
            written: Gate::new(),
        };
        let outcome = server.offer.dispatch(route.operation, incoming).await;
        outcome.map_err(Refusal::explained)
    }

    fn panicked(panic: Panicked) -> Refusal {
        panicked(panic)
    }

    fn refuse(&self, refusal: &Refusal, known: &Known<'_>) -> Response<Bytes> {
        let mut response = write_refusal(&refusal.reply(known.operation));
        self.server
            .add_headers(response.status(), known.operation, response.headers_mut());
        response
    }

    fn echo(known: &Known<'_>, response: &mut Response<Bytes>) {
        known.headers.echo(response.headers_mut());
    }

    fn observe(&self, head: &Parts, known: &Known<'_>, response: &Response<Bytes>, refusal: Option<&Refusal>) {
        if let Some(tap) = &self.server.options.tap {
            tap::reply(tap, head, known, response);
        }
        let options = &self.server.options;
        let now = options.clock.as_ref().map(|clock| clock());
        let handled = Handled {
            method: &head.method,
            operation: known.operation,
            status: response.status(),
            code: refusal.map(|refusal| refusal.reply(known.operation).code),
            // Also of a call that was refused before they were looked at.
            ids: known.ids.or_else(|| known.headers.ids().ok()),
            caller: known.caller.as_ref(),
            tolerated: &known.tolerated,
            trace_parent: known.trace_parent,
            refusal,
            took: now.zip(self.began).map(|(now, began)| now.saturating_sub(began)),
        };
        self.span.answered(&handled);
        if let Some(observe) = &options.observe {
            observe.handled(&handled);
        }
    }
}

/// 500/90, with what the panic said kept inside.
pub(crate) fn panicked(Panicked(message): Panicked) -> Refusal {
    Refusal::new(Condition::Internal).internal(format!("panic: {message}"))
}

/// The body, or why there is none: what `beyond` says where there is more than `limit`.
async fn collected<B: Body>(
    body: B,
    limit: usize,
    beyond: impl FnOnce() -> (Condition, String),
) -> Result<Bytes, Refusal> {
    collect(body, limit).await.map_err(|error| {
        let (condition, detail) = match error {
            NotCollected::TooLarge => beyond(),
            NotCollected::Broken { after } => (Condition::Syntax, format!("body: broke off after {after} bytes")),
        };
        Refusal::new(condition).internal(detail)
    })
}

impl<O, B> Service<Request<B>> for Server<O>
where
    O: Offer,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Send,
{
    type Response = Response<ReplyBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<ReplyBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move { Ok(server.handle(request).await.map(ReplyBody::new)) })
    }
}
