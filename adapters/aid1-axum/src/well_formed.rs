//! RFC 9112, where hyper is more lenient than the RFC allows: what two servers in a row could understand differently.

use aid1_server_traits::aid_types::{Condition, Refusal, http::write_refusal};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Response, StatusCode, Version,
    header::{CONNECTION, HOST, TRANSFER_ENCODING},
    request::Parts,
};

/// Of a method, in bytes: longer than any, and short enough for a line of a log.
const METHOD: usize = 32;

/// What is wrong with the head of a request that came over HTTP/1.
pub(crate) fn fault(head: &Parts) -> Option<&'static str> {
    if head.version == Version::HTTP_11 && !head.headers.contains_key(HOST) {
        return Some("Host is missing");
    }
    if head.method.as_str().len() > METHOD {
        return Some("the method is none");
    }
    ambiguity(head)
}

/// The same of a request that may have come over nothing, as in the tests of an application, or over HTTP/2: it needs no Host.
pub(crate) fn ambiguity(head: &Parts) -> Option<&'static str> {
    host(&head.headers).or_else(|| coding(&head.headers))
}

/// Section 3.2: one at most, and a valid one.
fn host(headers: &HeaderMap) -> Option<&'static str> {
    let mut hosts = headers.get_all(HOST).iter();
    let host = hosts.next()?;
    if hosts.next().is_some() {
        return Some("Host stands twice");
    }
    let plain = |byte: &u8| byte.is_ascii_graphic() && !b"@/\\?#,<>\"^`{|}".contains(byte);
    (!host.as_bytes().iter().all(plain)).then_some("Host is no host")
}

/// Section 6.1: we know no coding but `chunked`.
fn coding(headers: &HeaderMap) -> Option<&'static str> {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let coding = codings.next()?;
    let chunked = coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked");
    (!chunked || codings.next().is_some()).then_some("Transfer-Encoding is not chunked alone")
}

/// 400/91, after which the connection ends.
pub(crate) fn refusal() -> Response<Bytes> {
    let mut response = write_refusal(&Refusal::new(Condition::Syntax).reply(None));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    close(response.headers_mut());
    response
}

/// Announces the end of the connection.
pub(crate) fn close(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
}
