//! Any request in, a reply out.

use std::{
    convert::Infallible,
    fmt,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use aid_http::{BoxFuture, NotCollected, Panicked, Presented, Protocol, ReplyBody, collect, handle};
use aid_types::http::{is_request_json, single, tolerated_charset};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE},
    request::Parts,
};
use http_body::Body;
use tower_service::Service;

use crate::{
    Context, Credentials, DeviceHeaders, HeaderError, HeaderProblem, Odd, Oddity, Reason, TransactionId,
    TransferPrimaryDeviceEsimSub, X_TRANSACTION_ID,
    endpoint::{JSON, PATH},
    server::{
        BackendApi, BodyDigest, Call, Caller, Handled, Refusal, ServerOptions,
        recent::{Begun, Recent},
    },
};

/// An operator's backend as an HTTP service.
///
/// Whatever comes in, a reply goes out, and every refusal has the document's `{error, error_description}`
/// body. The order of the checks is fixed: path, method, credentials, headers, media type, size, body, transaction id,
/// handler. The body is not touched before everything up to the size has been found right. A panic in the handler becomes
/// 500. Every reply carries the `x-transaction-id` of the request.
///
/// The same request is handled once, as long as it is remembered ([`ServerOptions::remembered`]): a repetition gets the
/// same 202, or 503 with `Retry-After` while the first is being handled. Another request with the same id gets 400. What
/// was refused is not remembered.
///
/// Cloning is cheap; a clone serves the same.
pub struct BackendServer<A> {
    api: Arc<A>,
    options: Arc<ServerOptions>,
    recent: Arc<Recent>,
}

/// What is known of a call so far, for the observer.
#[derive(Default)]
struct Known<'h> {
    /// `x-transaction-id` as it came.
    sent_id: Option<&'h HeaderValue>,
    /// Whether the path is ours.
    found: bool,
    caller: Option<Caller>,
    id: Option<TransactionId>,
    odd: Vec<Odd>,
    repeated: bool,
}

impl<A: BackendApi> BackendServer<A> {
    /// Offers `api`.
    #[must_use]
    pub fn new(api: A, options: ServerOptions) -> Self {
        Self {
            api: Arc::new(api),
            recent: Arc::new(Recent::new(options.remembered)),
            options: Arc::new(options),
        }
    }

    /// What is offered.
    #[must_use]
    pub fn api(&self) -> &Arc<A> {
        &self.api
    }

    /// Answers a request.
    ///
    /// The certificate of the caller is expected in the request extensions, as a
    /// [`PeerCertificate`](crate::server::PeerCertificate).
    pub fn handle<B>(&self, request: Request<B>) -> impl Future<Output = Response<Bytes>> + Send
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Send,
    {
        handle(Frame(self), request)
    }

    /// Answers a request that is in memory already.
    pub fn handle_bytes(&self, request: Request<Bytes>) -> impl Future<Output = Response<Bytes>> + Send {
        self.handle(request.map(ReplyBody::new))
    }

    /// The context, where path and method are ours.
    fn route(&self, head: &Parts, known: &mut Known<'_>) -> Result<Context, Refusal> {
        let context = head
            .uri
            .path()
            .strip_prefix(&*self.options.prefix)
            .and_then(|path| path.strip_prefix('/')?.strip_suffix(PATH)?.parse().ok())
            .filter(|context| self.options.contexts.contains(context))
            .ok_or_else(|| Refusal::new(Reason::NotFound).internal(self.stray(head.uri.path())))?;
        known.found = true;
        if head.method != Method::POST {
            return Err(Refusal::new(Reason::MethodNotAllowed).internal("method: the operation has POST"));
        }
        Ok(context)
    }

    fn caller(&self, head: &Parts) -> Result<Caller, Refusal> {
        let credentials = Credentials::presented(&head.headers)?;
        let presented = Presented::new(credentials, &head.headers, &head.extensions);
        self.options.authenticate.authenticate(&presented)
    }

    /// Why a path is not ours. It names what is ours, never what came.
    #[cold]
    fn stray(&self, path: &str) -> String {
        let prefix = &self.options.prefix;
        match path.strip_prefix(&**prefix) {
            None => format!("path: not below {prefix}"),
            Some(path) if path.ends_with(PATH) => "path: a context that is not among those of the options".to_owned(),
            Some(_) => format!("path: does not end with {PATH}"),
        }
    }

    /// `x-transaction-id`; `None` where it may be missing and is.
    // SES-010
    fn transaction_id(&self, head: &Parts, known: &mut Known<'_>) -> Result<Option<TransactionId>, Refusal> {
        if known.sent_id.is_none() && self.options.missing_transaction_id {
            known.odd.push(Odd::new("x-transaction-id", Oddity::Missing));
            return Ok(None);
        }
        Ok(Some(known.id.insert(TransactionId::read(&head.headers)?).clone()))
    }

    /// Has the request handled, unless it was before.
    async fn once(&self, call: Call, body: TransferPrimaryDeviceEsimSub, known: &mut Known<'_>) -> Result<(), Refusal> {
        match self.recent.begin(&call.caller, &call.transaction_id, call.digest) {
            Begun::New(running) => {
                self.api.transfer_primary_device_esim_sub(call, body).await?;
                running.accepted();
                Ok(())
            }
            Begun::Accepted => {
                known.repeated = true;
                Ok(())
            }
            Begun::Running => Err(Refusal::new(Reason::ServiceUnavailable)
                .description("The request with this x-transaction-id is being handled.")
                .internal("x-transaction-id: the same request is being handled")
                .retry_after(Duration::from_secs(1))),
            Begun::Other => Err(Refusal::invalid("x-transaction-id: used for another request")),
        }
    }
}

/// The operation, as [`handle`] drives it.
struct Frame<'a, A>(&'a BackendServer<A>);

impl<A: BackendApi> Protocol for Frame<'_, A> {
    type Refusal = Refusal;
    type Known<'h> = Known<'h>;

    fn begin(head: &Parts) -> Known<'_> {
        Known {
            sent_id: head.headers.get(X_TRANSACTION_ID),
            ..Known::default()
        }
    }

    async fn answer<'h, B>(&self, head: &'h Parts, body: B, known: &mut Known<'h>) -> Result<Response<Bytes>, Refusal>
    where
        B: Body + Send,
        B::Data: Send,
        B::Error: Send,
    {
        let server = self.0;
        let context = server.route(head, known)?;
        let caller = known.caller.insert(server.caller(head)?).clone();
        let sent_id = server.transaction_id(head, known)?;
        let device = DeviceHeaders::read(&head.headers, &mut known.odd)?;
        read_content_type(&head.headers, &mut known.odd)?;
        let json = collect(body, server.options.max_body)
            .await
            .map_err(|error| match error {
                NotCollected::TooLarge => {
                    let detail = format!("body: longer than max_body, {} bytes", server.options.max_body);
                    Refusal::new(Reason::RequestTooLarge).internal(detail)
                }
                NotCollected::Broken { after } => Refusal::invalid(format_args!("body: broke off after {after} bytes")),
            })?;
        let received = TransferPrimaryDeviceEsimSub::from_json(&json)?;
        known.odd.extend(received.odd);
        known.odd.extend(received.value.lint());
        let digest = BodyDigest::of(&received.value);
        let transaction_id = match sent_id {
            Some(id) => id,
            None => known.id.insert(digest.transaction_id()).clone(),
        };
        let call = Call {
            transaction_id,
            caller,
            device,
            context,
            digest,
            odd: known.odd.clone(),
        };
        let outcome = server.once(call, received.value, known).await;
        outcome.map_err(Refusal::explained)?;

        // SES-040
        let mut response = Response::new(Bytes::from_static(b"{}"));
        *response.status_mut() = StatusCode::ACCEPTED;
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        Ok(response)
    }

    fn panicked(Panicked(message): Panicked) -> Refusal {
        Refusal::new(Reason::InternalServerError).internal(format!("panic: {message}"))
    }

    fn refuse(&self, refusal: &Refusal, known: &Known<'_>) -> Response<Bytes> {
        let mut response = refusal.to_response();
        match response.status() {
            StatusCode::UNAUTHORIZED => {
                let challenge = self.0.options.authenticate.challenge();
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
            StatusCode::METHOD_NOT_ALLOWED if known.found => {
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
            }
            _ => {}
        }
        response
    }

    // SES-011
    fn echo(known: &Known<'_>, response: &mut Response<Bytes>) {
        match (known.sent_id, &known.id) {
            (Some(id), _) => drop(response.headers_mut().insert(X_TRANSACTION_ID, id.clone())),
            (None, Some(id)) => id.write(response.headers_mut()),
            (None, None) => {}
        }
    }

    fn observe(&self, head: &Parts, known: &Known<'_>, response: &Response<Bytes>, refusal: Option<&Refusal>) {
        let Some(observe) = &self.0.options.observe else { return };
        observe.handled(&Handled {
            method: &head.method,
            status: response.status(),
            transaction_id: known.id.as_ref(),
            caller: known.caller.as_ref(),
            odd: &known.odd,
            repeated: known.repeated,
            refusal,
        });
    }
}

/// The body is JSON in UTF-8. Another name of that charset is accepted, and told.
fn read_content_type(headers: &HeaderMap, odd: &mut Vec<Odd>) -> Result<(), Refusal> {
    let content_type =
        single(headers, &CONTENT_TYPE).map_err(|_| HeaderError::new("content-type", HeaderProblem::Repeated))?;
    let content_type = content_type.map(HeaderValue::as_bytes).unwrap_or_default();
    if !is_request_json(content_type) {
        return Err(Refusal::new(Reason::UnsupportedMediaType).internal("content-type: not application/json in UTF-8"));
    }
    if tolerated_charset(content_type).is_some() {
        odd.push(Odd::new("content-type", Oddity::Spelling));
    }
    Ok(())
}

impl<A: BackendApi, B> Service<Request<B>> for BackendServer<A>
where
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Send,
{
    type Response = Response<ReplyBody>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<ReplyBody>, Infallible>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move { Ok(server.handle(request).await.map(ReplyBody::new)) })
    }
}

impl<A> Clone for BackendServer<A> {
    fn clone(&self) -> Self {
        Self {
            api: Arc::clone(&self.api),
            options: Arc::clone(&self.options),
            recent: Arc::clone(&self.recent),
        }
    }
}

impl<A> fmt::Debug for BackendServer<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendServer")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
