//! What holds for every page: nobody from elsewhere commands the sandbox.

use aid1_axum::axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "same-origin"),
];

/// Answers only by the names of this machine, so that no page of another name can read along (DNS rebinding), and takes
/// forms only from its own pages.
pub(super) async fn guard(State(port): State<u16>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let own = ["localhost", "127.0.0.1"].map(|host| format!("{host}:{port}"));
    let mut response = match text(headers, &header::HOST) {
        Some(host) if own.iter().any(|own| own == host) => {
            let foreign = request.method() != Method::GET && is_foreign(headers, host);
            match foreign {
                true => (StatusCode::FORBIDDEN, "this form is from elsewhere\n").into_response(),
                false => next.run(request).await,
            }
        }
        _ => (StatusCode::MISDIRECTED_REQUEST, "there is no such host here\n").into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A program without a browser sends neither header, and has no user whom it could abuse.
fn is_foreign(headers: &HeaderMap, host: &str) -> bool {
    let origin = text(headers, &header::ORIGIN).is_some_and(|origin| origin != format!("http://{host}"));
    let site = text(headers, &HeaderName::from_static("sec-fetch-site"));
    origin || site.is_some_and(|site| site != "same-origin" && site != "none")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
