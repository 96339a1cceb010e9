//! The dispatcher inside an axum application.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use aid1_server_traits::BoxFuture;
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::Version,
    response::{IntoResponse, Response},
};
use tower_service::Service;

use crate::{RequestBody, unread, well_formed};

/// A router that leaves every path to `service`: add routes of your own to it, such as a health check, or merge and nest
/// it.
///
/// Do not put layers around it that answer by themselves: their replies would not have the document's form.
///
/// # Served by another server than [`serve`](crate::serve())
///
/// What `service` leaves unread of a body is taken care of here too: up to 256 KiB are read for up to 100 ms before the reply
/// goes out, and otherwise the reply says `Connection: close`. A second `Host` and a transfer coding other than `chunked`
/// are answered with 400/91.
///
/// What cannot be done from here: `axum::serve` and hyper close a connection at once after such a reply, so a peer that is
/// still sending may lose it; they take requests without a `Host`, and drop a `#` and what is behind it from the target; and limits, TLS, client certificates and
/// the age of connections are theirs. Routes of your own beside ours, and layers that answer before them, have the bodies
/// that they leave unread to themselves.
///
/// The caller's certificate is expected in the request extensions, as
/// [`PeerCertificate`](aid1_server_traits::PeerCertificate).
pub fn router<S>(service: S) -> Router
where
    S: Service<Request<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Response: IntoResponse,
    S::Future: Send + 'static,
{
    Router::new().fallback_service(Settling(service))
}

/// Sees to it that nothing of a request is left when its reply goes out.
#[derive(Clone)]
struct Settling<S>(S);

impl<S> Service<Request<Body>> for Settling<S>
where
    S: Service<Request<Body>, Error = Infallible> + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (head, body) = request.into_parts();
        if well_formed::ambiguity(&head).is_some() {
            let response = well_formed::refusal().map(Body::from);
            return Box::pin(std::future::ready(Ok(response)));
        }
        let (expected, version) = (unread::expected(&head.headers), head.version);
        let (body, unread) = RequestBody::new(body, None);
        let answer = self.0.call(Request::from_parts(head, Body::new(body)));
        Box::pin(async move {
            let mut response = answer.await?.into_response();
            if let Some(unread) = unread
                && version <= Version::HTTP_11
                && !unread.is_settled(expected).await
            {
                well_formed::close(response.headers_mut());
            }
            Ok(response)
        })
    }
}
