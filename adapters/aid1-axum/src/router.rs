//! The dispatcher inside an axum application.

use std::convert::Infallible;

use axum::{Router, body::Body, extract::Request, response::IntoResponse};
use tower_service::Service;

/// A router that leaves every path to `service`: add routes of your own to it, such as a health check, or merge and nest
/// it.
///
/// Do not put layers around it that answer by themselves: their replies would not have the document's form.
pub fn router<S>(service: S) -> Router
where
    S: Service<Request<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Response: IntoResponse,
    S::Future: Send + 'static,
{
    Router::new().fallback_service(service)
}
