//! Any request in, a reply out.

use std::{
    convert::Infallible,
    slice,
    sync::Arc,
    task::{Context, Poll},
};

use aid_http::{BoxFuture, CertificateFingerprint, NotCollected, Panicked, Protocol, ReplyBody, collect, total};
use aid_types::{
    BodyRule, Condition, OperationId, Refusal, Tolerated,
    http::{
        CLIENT_ID, CallHeaders, CallIds, HeaderError, Route, RouteError, TARGET_ID, is_request_json, write_refusal,
    },
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode,
    header::{ALLOW, WWW_AUTHENTICATE},
    request::Parts,
};
use http_body::Body;
use tower_service::Service;

use crate::{
    Caller, Handled, ServerOptions,
    incoming::{Incoming, Offer},
};

/// One side of AiD1 as an HTTP service: [`CmpServer`](crate::CmpServer) or [`MspServer`](crate::MspServer).
///
/// It is total: whatever comes in, a reply goes out, and every refusal has the document's `{code, error}` body. The
/// order of the checks is fixed: path, method, credentials, `client-id` and `target-id`, the other headers,
/// media type, size, body, handler. The body is not touched before everything up to the size has been found right.
/// A panic in a handler becomes 500/90.
///
/// Cloning is cheap; a clone serves the same.
#[derive(Debug, Clone)]
pub struct Server<O> {
    pub(crate) offer: O,
    pub(crate) options: Arc<ServerOptions>,
}

/// What is known of a call so far, for the observer.
struct Known<'h> {
    headers: CallHeaders<'h>,
    operation: Option<OperationId>,
    caller: Option<Caller>,
    ids: Option<CallIds>,
    tolerated: Vec<Tolerated>,
}

impl<O: Offer> Server<O> {
    /// Answers a request.
    ///
    /// The certificate of the caller is expected in the request extensions, as [`CertificateFingerprint`].
    pub fn handle<B>(&self, request: Request<B>) -> impl Future<Output = Response<Bytes>> + Send
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Send,
    {
        total(Frame(self), request)
    }

    /// Answers a request that is in memory already.
    pub fn handle_bytes(&self, request: Request<Bytes>) -> impl Future<Output = Response<Bytes>> + Send {
        self.handle(request.map(ReplyBody::new))
    }

    fn caller(&self, headers: &CallHeaders<'_>, head: &Parts) -> Result<Caller, Refusal> {
        let presented = headers.credentials().map_err(header)?;
        let certificate = head.extensions.get::<CertificateFingerprint>();
        self.options.authenticate.authenticate(&presented, certificate)
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
            _ => {}
        }
    }
}

/// AiD1, as [`total`] drives it.
struct Frame<'a, O>(&'a Server<O>);

impl<O: Offer> Protocol for Frame<'_, O> {
    type Refusal = Refusal;
    type Known<'h> = Known<'h>;

    fn begin(head: &Parts) -> Known<'_> {
        Known {
            headers: CallHeaders::find(&head.headers),
            operation: None,
            caller: None,
            ids: None,
            tolerated: Vec::new(),
        }
    }

    /// The checks, in the order of A-156, then the handler.
    async fn answer<'h, B>(&self, head: &'h Parts, body: B, known: &mut Known<'h>) -> Result<Response<Bytes>, Refusal>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Send,
    {
        let server = self.0;
        let options = &*server.options;
        let route = Route::find(O::ROLE, &options.prefix, &head.method, head.uri.path()).map_err(|error| {
            known.operation = match error {
                RouteError::WrongMethod(operation) => Some(operation),
                _ => None,
            };
            Refusal::new(match error {
                RouteError::WrongMethod(_) => Condition::WrongMethod,
                _ => Condition::UnknownPath,
            })
        })?;
        known.operation = Some(route.operation);

        let headers = &known.headers;
        let caller = known.caller.insert(server.caller(headers, head)?).clone();
        let our_targets = options.targets.as_deref();
        let parties = headers
            .parties(slice::from_ref(caller.client_id()), our_targets.unwrap_or_default())
            .map_err(header)?;
        if parties.client_id != *caller.client_id() {
            return Err(Refusal::new(Condition::Unauthorized).internal("client-id of somebody else"));
        }
        let target_id = parties.target_id;
        let ours = our_targets.is_none_or(|own| own.contains(&target_id));
        if !ours || !caller.may_address(&target_id) {
            return Err(Refusal::unknown_target(&target_id));
        }
        let noted = [
            (parties.client_id.tolerated(), &CLIENT_ID),
            (target_id.tolerated(), &TARGET_ID),
        ];
        for (item, name) in noted {
            known
                .tolerated
                .extend(item.map(|item| Tolerated::new(item, name.as_str().to_owned())));
        }
        let ids = *known.ids.insert(headers.ids().map_err(header)?);
        let content_type = headers.content_type().map_err(header)?;

        let body = match route.operation.declaration().body {
            BodyRule::None => Bytes::new(),
            _ if content_type.is_some_and(|value| is_request_json(value.as_bytes())) => {
                collected(body, options.max_body, Condition::TooLarge).await?
            }
            // Without the right media type there may be no body at all.
            _ => collected(body, 0, Condition::MediaType).await?,
        };
        let incoming = Incoming {
            options,
            ids,
            caller,
            target_id,
            parameter: route.parameter,
            query: head.uri.query(),
            body,
            tolerated: &mut known.tolerated,
        };
        server.offer.dispatch(route.operation, incoming).await
    }

    fn panicked(panic: Panicked) -> Refusal {
        panicked(panic)
    }

    fn refuse(&self, refusal: &Refusal, known: &Known<'_>) -> Response<Bytes> {
        let mut response = write_refusal(&refusal.reply(known.operation));
        self.0
            .add_headers(response.status(), known.operation, response.headers_mut());
        response
    }

    fn echo(known: &Known<'_>, response: &mut Response<Bytes>) {
        known.headers.echo(response.headers_mut());
    }

    fn observe(&self, head: &Parts, known: &Known<'_>, response: &Response<Bytes>, refusal: Option<&Refusal>) {
        let Some(observe) = &self.0.options.observe else { return };
        observe.handled(&Handled {
            method: &head.method,
            operation: known.operation,
            status: response.status(),
            code: refusal.map(|refusal| refusal.reply(known.operation).code),
            ids: known.ids,
            caller: known.caller.as_ref(),
            tolerated: &known.tolerated,
            refusal,
        });
    }
}

/// 500/90, with what the panic said kept inside.
pub(crate) fn panicked(Panicked(message): Panicked) -> Refusal {
    Refusal::new(Condition::Internal).internal(format!("panic: {message}"))
}

/// The body, or why there is none: `beyond` where there is more than `limit`.
async fn collected<B: Body>(body: B, limit: usize, beyond: Condition) -> Result<Bytes, Refusal> {
    collect(body, limit).await.map_err(|error| match error {
        NotCollected::TooLarge => beyond.into(),
        NotCollected::Broken => Refusal::new(Condition::Syntax).internal("the body broke off"),
    })
}

fn header(error: HeaderError) -> Refusal {
    Refusal::new(Condition::Header).internal(error.to_string())
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
