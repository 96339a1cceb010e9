//! Credentials that change: tokens that expire, keys that are rotated.

use http::{HeaderName, HeaderValue};

use crate::{BoxError, BoxFuture};

/// Says what proves who calls, for each request that is sent.
///
/// It is asked within the time of an attempt, and again for each repetition, so that a token which expires meanwhile is a
/// new one. Keep the token until shortly before its end: it is asked often. Every
/// `Fn() -> impl Future<Output = Result<(HeaderName, HeaderValue), E>>` is one:
///
/// ```
/// use aid_http::http::header::{AUTHORIZATION, HeaderValue, InvalidHeaderValue};
///
/// # async fn access_token() -> String { "a.token".to_owned() }
/// let source = || async {
///     let value = format!("Bearer {}", access_token().await);
///     Ok::<_, InvalidHeaderValue>((AUTHORIZATION, HeaderValue::from_str(&value)?))
/// };
/// fn accept(_: impl aid_http::CredentialSource) {}
/// accept(source);
/// ```
pub trait CredentialSource: Send + Sync {
    /// The header, which is marked as sensitive before it is sent.
    fn credentials(&self) -> BoxFuture<'_, Result<(HeaderName, HeaderValue), BoxError>>;
}

impl<F, R, E> CredentialSource for F
where
    F: Fn() -> R + Send + Sync,
    R: Future<Output = Result<(HeaderName, HeaderValue), E>> + Send + 'static,
    E: Into<BoxError>,
{
    fn credentials(&self) -> BoxFuture<'_, Result<(HeaderName, HeaderValue), BoxError>> {
        let credentials = self();
        Box::pin(async move { credentials.await.map_err(Into::into) })
    }
}
