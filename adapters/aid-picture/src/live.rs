//! A page that draws while it happens.

use std::{
    convert::Infallible,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Poll, ready},
};

use axum::{
    Router,
    extract::{Query, State},
    http::{
        HeaderMap, HeaderName, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{
        IntoResponse, Response,
        sse::{self, KeepAlive, Sse},
    },
    routing::get,
};
use futures_util::stream::poll_fn;
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::{
    Event, Picture,
    html::{self, Lanes, Row, Text},
    picture::Listener,
};

/// How many pages can be open at a time that draw by themselves. Further ones are drawn when they are loaded.
pub const LISTENERS: usize = 16;

/// How many messages a page may be behind: then it is told so, and hears no more.
const BEHIND: usize = 256;

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The picture at the path `at`, such as `/picture`: to be merged into a router. Whoever can get there sees it: put it behind
/// a login, or on a loopback address.
///
/// It draws by a script that the content security policy allows from this origin only, and without script when it is
/// loaded again.
///
/// ```
/// # use aid_picture::{Options, Picture};
/// let picture = Picture::new(Options::default());
/// let pages: axum::Router = aid_picture::router(&picture, "/picture");
/// ```
pub fn router(picture: &Picture, at: &str) -> Router {
    let at = at.trim_end_matches('/');
    let page = if at.is_empty() { "/" } else { at };
    let own = Arc::new((picture.clone(), at.to_owned()));
    Router::new()
        .route(page, get(show))
        .route(&format!("{at}/events"), get(events))
        .route(
            &format!("{at}/picture.css"),
            get(|| async { file("text/css", html::STYLE) }),
        )
        .route(
            &format!("{at}/picture.js"),
            get(|| async { file("text/javascript", include_str!("../assets/picture.js")) }),
        )
        .with_state(own)
}

/// The picture, and where it is.
type Own = State<Arc<(Picture, String)>>;

/// Whose messages are shown; an empty text is everybody's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Filter {
    user: String,
    vehicle: String,
    /// The beginning of an id.
    id: String,
    after: u64,
}

impl Filter {
    fn admits(&self, event: &Event) -> bool {
        let is = |wanted: &str, number: Option<u32>| {
            let wanted = wanted.trim();
            wanted.is_empty() || number.is_some_and(|number| number.to_string() == wanted)
        };
        let id = self.id.trim();
        is(&self.user, event.user)
            && is(&self.vehicle, event.vehicle)
            && (id.is_empty() || event.ids.iter().any(|(_, known)| known.starts_with(id)))
    }

    fn of(&self, picture: &Picture) -> Vec<Arc<Event>> {
        let mut events = picture.events();
        events.retain(|event| self.admits(event));
        events
    }
}

async fn show(State(own): Own, Query(filter): Query<Filter>) -> Response {
    let (picture, at) = &*own;
    // What comes after this is told.
    let last = picture.events().last().map_or(0, |event| event.number);
    let events = filter.of(picture);
    let events: Vec<_> = events.into_iter().filter(|event| event.number <= last).collect();
    let mut page = String::new();
    let head = format!(
        "<link rel=stylesheet href=\"{at}/picture.css\"><script src=\"{at}/picture.js\" defer></script>",
        at = Text(at)
    );
    html::begin(&mut page, &head, &events);
    form(&mut page, &filter);
    let _ = writeln!(
        page,
        "<p id=told data-events=\"{}/events\" data-after={last}>Load it again to see what came since.</p>",
        Text(at)
    );
    html::rows(&mut page, &events);
    html::about(&mut page, &events);
    page.push_str("</body></html>\n");
    (headers("text/html; charset=utf-8"), page).into_response()
}

fn form(page: &mut String, filter: &Filter) {
    page.push_str("<form>");
    for (name, label, value) in [
        ("user", "User", &filter.user),
        ("vehicle", "Vehicle", &filter.vehicle),
        ("id", "Id", &filter.id),
    ] {
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "<label>{label} <input name={name} value=\"{}\"></label>",
            Text(value)
        );
    }
    page.push_str("<button>Show</button></form>\n");
}

async fn events(State(own): Own, Query(filter): Query<Filter>, headers: HeaderMap) -> Response {
    let picture = &own.0;
    // After a connection that broke.
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let after = last.unwrap_or(filter.after);
    let earlier: Vec<_> = filter
        .of(picture)
        .into_iter()
        .filter(|event| event.number <= after)
        .collect();
    let lanes = Lanes::of(&earlier);
    let (sender, mut receiver) = mpsc::channel(BEHIND);
    let behind = Arc::new(AtomicBool::new(false));
    let page = Page {
        filter,
        sender,
        behind: Arc::clone(&behind),
    };
    if !picture.listen(after, Box::new(page), LISTENERS) {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many pages are open\n").into_response();
    }
    let stream = poll_fn(move |context| {
        let told = match ready!(receiver.poll_recv(context)) {
            Some(event) => Some(told(&event, &lanes)),
            None if behind.swap(false, Ordering::Relaxed) => Some(sse::Event::default().event("behind").data("")),
            None => None,
        };
        Poll::Ready(told.map(Ok::<_, Infallible>))
    });
    Sse::new(stream).keep_alive(KeepAlive::default()).into_response()
}

/// A message, or that there is a party for which the page has no lane.
fn told(event: &Event, lanes: &Lanes) -> sse::Event {
    let told = sse::Event::default().id(event.number.to_string());
    match lanes.has(&event.from) && lanes.has(&event.to) {
        true => told.data(Row(event, lanes).to_string().trim_end()),
        false => told.event("lanes").data(""),
    }
}

/// A page that draws by itself.
struct Page {
    filter: Filter,
    sender: mpsc::Sender<Arc<Event>>,
    behind: Arc<AtomicBool>,
}

impl Listener for Page {
    fn hear(&self, event: &Arc<Event>) -> bool {
        if !self.filter.admits(event) {
            return !self.is_gone();
        }
        let sent = self.sender.try_send(Arc::clone(event));
        if let Err(mpsc::error::TrySendError::Full(_)) = sent {
            self.behind.store(true, Ordering::Relaxed);
        }
        sent.is_ok()
    }

    fn is_gone(&self) -> bool {
        self.sender.is_closed()
    }
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    (headers(media_type), text).into_response()
}

fn headers(media_type: &'static str) -> [(HeaderName, &'static str); 5] {
    [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ]
}
