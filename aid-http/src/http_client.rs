//! The seam to whatever sends HTTP requests.

use std::{error::Error as StdError, fmt, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};

use crate::BoxFuture;

/// Sends one HTTP request and reads the whole reply.
///
/// Implement it for the HTTP client you already have, or take one that exists (crate `aid1-reqwest`). A closure
/// `Fn(Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, E>>` is one, too; it can hold a reference or an
/// `Arc` to what is shared.
///
/// What an implementation owes the caller:
///
/// * Any reply is `Ok`, whatever its status. Redirects are not followed: they would carry credentials elsewhere.
/// * The request goes out at most once; the client repeats where repeating is right.
/// * It stops reading a body that exceeds the [`ReplyLimit`] in the request's extensions.
/// * The error shows neither URL nor headers nor body: paths, too, can contain secrets.
/// * Dropping the future abandons the exchange.
///
/// The time that an attempt may take is the business of who calls it; the time that a connection may take to come about
/// is the implementation's.
///
/// ```
/// use aid_http::{HttpClient, bytes::Bytes, http::{Request, Response}};
///
/// fn accept(_: &impl HttpClient) {}
/// accept(&|request: Request<Bytes>| async move {
///     Ok::<_, std::io::Error>(Response::new(Bytes::from(request.uri().host().unwrap_or("").to_owned())))
/// });
/// ```
pub trait HttpClient: Send + Sync {
    /// Why there is no reply.
    type Error: Into<BoxError>;

    /// Sends the request.
    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, Self::Error>> + Send;
}

/// An error of an [`HttpClient`], whatever its type.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// How many bytes of a reply's body are wanted: an extension of every request that an [`HttpClient`] gets.
///
/// An implementation stops reading as soon as it has more, and hands over what it has, or an error of its own. It need
/// not cut: a body that is longer than the limit is recognised by that.
///
/// ```
/// # use aid_http::{ReplyLimit, bytes::Bytes, http::Request};
/// fn limit(request: &Request<Bytes>) -> usize {
///     request.extensions().get().map_or(usize::MAX, |ReplyLimit(limit)| *limit)
/// }
/// # assert_eq!(limit(&Request::new(Bytes::new())), usize::MAX);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a number with a name")]
pub struct ReplyLimit(pub usize);

impl<F, Answer, E> HttpClient for F
where
    F: Fn(Request<Bytes>) -> Answer + Send + Sync,
    Answer: Future<Output = Result<Response<Bytes>, E>> + Send,
    E: Into<BoxError>,
{
    type Error = E;

    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, E>> + Send {
        self(request)
    }
}

/// Any [`HttpClient`], without its type: for storing, and for choosing at run time. Clones share the one inside.
///
/// ```
/// struct Backend {
///     http: aid_http::BoxHttpClient,
/// }
/// ```
#[derive(Clone)]
pub struct BoxHttpClient(Arc<dyn DynHttpClient>);

impl BoxHttpClient {
    /// Hides the type of `http`.
    #[must_use]
    pub fn new<H: HttpClient + 'static>(http: H) -> Self {
        Self(Arc::new(http))
    }

    /// Hides the type of `http`, which stays shared with its other owners.
    #[must_use]
    pub fn from_arc<H: HttpClient + 'static>(http: Arc<H>) -> Self {
        Self(http)
    }
}

impl HttpClient for BoxHttpClient {
    type Error = BoxError;

    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, BoxError>> + Send {
        self.0.send_boxed(request)
    }
}

impl fmt::Debug for BoxHttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxHttpClient")
    }
}

/// The object-safe twin of [`HttpClient`].
trait DynHttpClient: Send + Sync {
    fn send_boxed(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, BoxError>>;
}

impl<H: HttpClient> DynHttpClient for H {
    fn send_boxed(&self, request: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, BoxError>> {
        Box::pin(async move { self.send(request).await.map_err(Into::into) })
    }
}
