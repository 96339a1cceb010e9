//! What holds for every page: nobody from elsewhere commands the sandbox.

use std::sync::Arc;

use aid1_axum::axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

const HEADERS: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "same-origin"),
];

/// Answers only by its own names, so that no page of another name can read along (DNS rebinding), and takes forms only from its
/// own pages.
#[derive(Debug)]
pub(crate) struct Guard {
    hosts: Vec<String>,
    policy: String,
}

impl Guard {
    /// For these hosts, each with its port; a form may lead to these origins.
    pub(crate) fn new(hosts: impl IntoIterator<Item = String>, forms_to: &[&str]) -> Self {
        let forms = ["'self'"].iter().chain(forms_to).copied().collect::<Vec<_>>().join(" ");
        let policy = format!(
            "default-src 'none'; style-src 'self'; form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
        );
        let hosts = hosts.into_iter().collect();
        Self { hosts, policy }
    }

    pub(crate) async fn guard(State(guard): State<Arc<Self>>, request: Request, next: Next) -> Response {
        let headers = request.headers();
        let mut response = match text(headers, &header::HOST) {
            Some(host) if guard.hosts.iter().any(|own| own == host) => {
                let foreign = request.method() != Method::GET && is_foreign(headers, host);
                match foreign {
                    true => (StatusCode::FORBIDDEN, "this form is from elsewhere\n").into_response(),
                    false => next.run(request).await,
                }
            }
            _ => (StatusCode::MISDIRECTED_REQUEST, "there is no such host here\n").into_response(),
        };
        if let Ok(policy) = HeaderValue::from_str(&guard.policy) {
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        for (name, value) in HEADERS {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
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
