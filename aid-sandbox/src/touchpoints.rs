//! The touchpoints of CMP and MSP, as short as they get: pages at an origin of each, with the document's redirects between
//! them. Who says a demo user's name is that user.

mod cmp;
mod msp;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use aid_backend::cmp::Onboarding;
use aid_types::{
    AccountId,
    redirect::{PolicyError, RedirectDenied, RedirectPolicy, Touchpoint},
};
use aid1_axum::axum::{
    Router,
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use askama::Template;

use crate::{
    Cmp, Msp, USERS, User,
    pages::{Guard, page, short, style},
};

/// Where the two are: names that every browser takes for this machine.
const HOSTS: [&str; 2] = ["cmp.localhost", "msp.localhost"];
/// Onboardings that the MSP remembers to have accepted, so that a second click does nothing.
const ACCEPTED: usize = 64;

/// What is agreed about redirects.
pub(crate) struct Agreed {
    ports: [u16; 2],
    /// Where customers of the MSP begin, and where the CMP may send them.
    pub(crate) to_msp: (Touchpoint, RedirectPolicy),
    to_cmp: (Touchpoint, RedirectPolicy),
}

/// Why nothing can be agreed.
#[derive(Debug, Clone)]
pub(crate) enum NotAgreed {
    Touchpoint(RedirectDenied),
    Policy(PolicyError),
}

impl std::fmt::Display for NotAgreed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Touchpoint(denied) => denied.fmt(f),
            Self::Policy(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotAgreed {}

impl Agreed {
    /// Between pages on these ports, the CMP's and the MSP's.
    pub(crate) fn on(ports: [u16; 2]) -> Result<Self, NotAgreed> {
        let [cmp, msp] = origins(ports);
        let [cmp_port, msp_port] = ports;
        let login = |origin: &str| format!("{origin}/portal/login").parse().map_err(NotAgreed::Touchpoint);
        let allow = |policy: RedirectPolicy, port| policy.allow_loopback(port).map_err(NotAgreed::Policy);
        Ok(Self {
            ports,
            to_msp: (login(&msp)?, allow(RedirectPolicy::to_msp(), msp_port)?),
            to_cmp: (login(&cmp)?, allow(RedirectPolicy::to_cmp(), cmp_port)?),
        })
    }

    pub(crate) fn origins(&self) -> [String; 2] {
        origins(self.ports)
    }
}

fn origins([cmp, msp]: [u16; 2]) -> [String; 2] {
    let [cmp_host, msp_host] = HOSTS;
    [format!("http://{cmp_host}:{cmp}"), format!("http://{msp_host}:{msp}")]
}

/// What both touchpoints know.
pub(crate) struct Site {
    cmp: Cmp,
    msp: Msp,
    agreed: Agreed,
    /// The page that leads to the others.
    index: String,
    /// At the MSP, by the CMP's user.
    under_way: Mutex<HashMap<&'static str, Onboarding>>,
    accepted: Mutex<VecDeque<AccountId>>,
}

impl Site {
    pub(crate) fn new(cmp: Cmp, msp: Msp, agreed: Agreed, index: String) -> Self {
        Self {
            cmp,
            msp,
            agreed,
            index,
            under_way: Mutex::default(),
            accepted: Mutex::default(),
        }
    }

    /// The pages of the CMP, and those of the MSP.
    pub(crate) fn routers(self: Arc<Self>) -> [Router; 2] {
        let [cmp, msp] = self.agreed.origins();
        let [cmp_port, msp_port] = self.agreed.ports;
        let [cmp_host, msp_host] = HOSTS;
        let guarded = |router: Router<Arc<Self>>, host, port, partner| {
            let guard = Guard::new([format!("{host}:{port}")], &[partner]);
            let router = router
                .route("/login/{user}", post(login))
                .route("/logout", post(logout))
                .route("/style.css", get(style));
            let router = router.with_state(Arc::clone(&self));
            router.layer(middleware::from_fn_with_state(Arc::new(guard), Guard::guard))
        };
        [
            guarded(cmp::routes(), cmp_host, cmp_port, msp.as_str()),
            guarded(msp::routes(), msp_host, msp_port, cmp.as_str()),
        ]
    }

    /// Whether the MSP has accepted this one already; it has from now on.
    fn accept(&self, account_id: &AccountId) -> bool {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        if accepted.contains(account_id) {
            return true;
        }
        if accepted.len() == ACCEPTED {
            accepted.pop_front();
        }
        accepted.push_back(account_id.clone());
        false
    }

    /// It was not, after all.
    fn refuse(&self, account_id: &AccountId) {
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.retain(|known| known != account_id);
    }
}

/// A page of a touchpoint.
#[derive(Template)]
#[template(path = "touchpoint.html")]
struct Page {
    refresh: Option<u32>,
    party: &'static str,
    title: &'static str,
    index: String,
    user: Option<&'static str>,
    words: Vec<String>,
    rows: Vec<Row>,
    forms: Vec<Form>,
}

/// Of a table of profiles.
struct Row {
    profile: String,
    state: String,
    forms: Vec<Form>,
}

/// A button, with a field before it if something is to be said.
struct Form {
    action: String,
    button: String,
    field: Option<&'static str>,
}

impl Form {
    fn new(action: impl Into<String>, button: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            button: button.into(),
            field: None,
        }
    }
}

/// What a form with a field says: the secret knowledge.
#[derive(serde::Deserialize)]
struct Said {
    #[serde(default)]
    ver: String,
}

impl Page {
    fn new(site: &Site, party: &'static str, title: &'static str) -> Self {
        Self {
            refresh: None,
            party,
            title,
            index: site.index.clone(),
            user: None,
            words: Vec::new(),
            rows: Vec::new(),
            forms: Vec::new(),
        }
    }

    fn of(mut self, user: User) -> Self {
        self.user = Some(user.name);
        self
    }

    fn say(mut self, words: impl Into<String>) -> Self {
        self.words.push(words.into());
        self
    }

    fn form(mut self, form: Form) -> Self {
        self.forms.push(form);
        self
    }

    fn show(self) -> Response {
        page(&self)
    }

    fn show_as(self, status: StatusCode) -> Response {
        (status, page(&self)).into_response()
    }

    /// Who is there? Then it goes on with this query.
    fn ask_who(mut self, query: &str) -> Response {
        for user in USERS {
            let (action, button) = (
                format!("/login/{}?{query}", user.name),
                format!("Log in as {}", user.name),
            );
            self.forms.push(Form::new(action, button));
        }
        self.show()
    }
}

/// Whoever the browser says it is.
fn user(headers: &HeaderMap) -> Option<User> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    let name = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("user="))?;
    USERS.into_iter().find(|user| user.name == name)
}

/// Back to where the other party sent the user, or to the first page.
async fn login(Path(name): Path<String>, RawQuery(query): RawQuery) -> Response {
    let Some(user) = USERS.iter().find(|user| user.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let to = match query.as_deref() {
        None | Some("") => "/".to_owned(),
        Some(query) => format!("/portal/login?{query}"),
    };
    // Lax: the user comes back from another site, and is still known.
    let cookie = format!("user={}; Path=/; HttpOnly; SameSite=Lax", user.name);
    ([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response()
}

async fn logout() -> Response {
    let cookie = "user=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0";
    ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

fn last_digits(number: &str) -> String {
    format!("…{}", number.get(number.len().saturating_sub(4)..).unwrap_or_default())
}

fn profile(iccid: Option<&aid_types::Iccid>) -> String {
    iccid.map_or_else(|| "not named yet".to_owned(), |iccid| short(iccid.as_str()))
}
