//! The pages of the sandbox itself: what leads to the others, and the cars' screens.

mod cars;
mod guard;
mod index;

use std::sync::Arc;

use aid1_axum::axum::{
    Router,
    http::{StatusCode, header},
    middleware,
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use askama::Template;

pub(crate) use cars::{Fault, short};
pub(crate) use guard::Guard;

use crate::{Failed, sandbox::Stage};

/// Whether a page loads itself again: in seconds. Whoever reads it with care can have it stand still.
const REFRESH: u32 = 3;

/// All of them, on this port.
pub(crate) fn router(stage: Arc<Stage>, port: u16) -> Router {
    let hosts = ["localhost", "127.0.0.1"].map(|host| format!("{host}:{port}"));
    let guard = Arc::new(Guard::new(hosts, &[]));
    Router::new()
        .route("/", get(index::show))
        .route("/away/{party}", post(index::set_away))
        .route("/cars", get(cars::show))
        .route("/cars/{vin}/login/{user}", post(cars::login))
        .route("/cars/{vin}/logout", post(cars::logout))
        .route("/cars/{vin}/coverage/{on}", post(cars::coverage))
        .route("/cars/{vin}/exchange", post(cars::exchange))
        .route("/cars/{vin}/fault/{fault}", post(cars::fault))
        .route("/style.css", get(style))
        .with_state(stage)
        .layer(middleware::from_fn_with_state(guard, Guard::guard))
}

pub(crate) async fn style() -> Response {
    let css = include_str!("../templates/style.css");
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css).into_response()
}

/// What `?still` in the query asks for.
fn refresh(query: Option<&str>) -> Option<u32> {
    (query != Some("still")).then_some(REFRESH)
}

pub(crate) fn page(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// After a change the page that shows it; or why there is none.
pub(crate) fn done(outcome: Result<(), Failed>, page: &str) -> Response {
    match outcome {
        Ok(()) => Redirect::to(page).into_response(),
        Err(why) => (StatusCode::CONFLICT, format!("{why}\n")).into_response(),
    }
}
