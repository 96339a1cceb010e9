//! The pages that the user's browser visits, with the document's three redirects between them.

use std::{error::Error, sync::Arc};

use aid_types::{
    ErrorCode, Leniency,
    redirect::{
        RedirectBackToCmp, RedirectBackToMsp, RedirectFailure, RedirectPolicy, RedirectToCmpContent,
        RedirectToMspContent, Touchpoint,
    },
};
use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::{cmp::Cmp, msp::Msp, story::Story, web::SESSION};

/// The CMP's touchpoint.
pub(crate) const CMP_HOST: &str = "portal.cmp.example";
/// The MSP's touchpoint.
pub(crate) const MSP_HOST: &str = "shop.msp.example";

/// What both touchpoints know.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) story: Arc<Story>,
    pub(crate) cmp: Arc<Cmp>,
    pub(crate) msp: Arc<Msp>,
    policies: Arc<Policies>,
}

struct Policies {
    /// Where the CMP redirects to.
    to_msp: RedirectPolicy,
    /// Where the MSP redirects to.
    to_cmp: RedirectPolicy,
    msp_login: Touchpoint,
    cmp_login: Touchpoint,
}

impl Site {
    pub(crate) fn new(story: Arc<Story>, cmp: Arc<Cmp>, msp: Arc<Msp>) -> Result<Self, Box<dyn Error>> {
        let policies = Policies {
            to_msp: RedirectPolicy::to_msp().allow_domain("*.msp.example")?,
            to_cmp: RedirectPolicy::to_cmp().allow_domain("*.cmp.example")?,
            msp_login: format!("https://{MSP_HOST}/portal/login").parse()?,
            cmp_login: format!("https://{CMP_HOST}/portal/login").parse()?,
        };
        Ok(Self {
            story,
            cmp,
            msp,
            policies: Arc::new(policies),
        })
    }

    pub(crate) fn cmp_pages(&self) -> Router {
        Router::new()
            .route("/onboarding", get(choose_msp))
            .route("/onboarding/done", get(onboarding_done))
            .route("/portal/login", get(cmp_login))
            .with_state(self.clone())
    }

    pub(crate) fn msp_pages(&self) -> Router {
        Router::new()
            .route("/portal/login", get(msp_login))
            .route("/cars", get(choose_cmp))
            .route("/return", get(back_at_msp))
            .with_state(self.clone())
    }
}

fn user(headers: &HeaderMap) -> String {
    headers
        .get(SESSION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn redirect(url: String) -> Response {
    (StatusCode::FOUND, [(LOCATION, url)]).into_response()
}

fn page(status: StatusCode, text: impl Into<String>) -> Response {
    (status, text.into()).into_response()
}

/// The secret knowledge that goes into the account_id: the user gives it to the CMP.
fn ver(query: &str) -> &str {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("ver="))
        .unwrap_or_default()
}

/// "Onboarding via CMP Touchpoint": the user chose the MSP.
async fn choose_msp(State(site): State<Site>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let account_id = match site.cmp.account_id(&user(&headers), ver(&query.unwrap_or_default())) {
        Ok(account_id) => account_id,
        Err(refusal) => return page(StatusCode::CONFLICT, refusal.to_string()),
    };
    match RedirectToMspContent::new(account_id, &format!("https://{CMP_HOST}/onboarding/done")) {
        Ok(to) => redirect(to.to_url(&site.policies.msp_login)),
        Err(denied) => page(StatusCode::INTERNAL_SERVER_ERROR, denied.to_string()),
    }
}

/// The MSP's page: login, terms, and the contract is extended.
async fn msp_login(State(site): State<Site>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let arrived = match RedirectToMspContent::parse_query(&query.unwrap_or_default(), Leniency::Field) {
        Ok(received) => received.value,
        Err(error) => return page(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let back = match arrived.allowed_by(&site.policies.to_cmp) {
        Ok(back) => back,
        // Not a redirect: that would be the attack.
        Err(denied) => return page(StatusCode::BAD_REQUEST, denied.to_string()),
    };
    let user = user(&headers);
    let done = match site.msp.verify(&user, arrived.account_id()) {
        Ok(()) => site.msp.onboard(&user, arrived.account_id().clone()),
        Err(why) => {
            site.story.act("MSP", format_args!("refuses the account_id: {why}"));
            Err(why)
        }
    };
    redirect(match done {
        Ok(()) => RedirectBackToCmp::Done.to_url(&back),
        Err(_) => RedirectBackToCmp::Failure(RedirectFailure::from_code(ErrorCode::ACCOUNT_ID_OTHER)).to_url(&back),
    })
}

/// Back at the CMP.
async fn onboarding_done(RawQuery(query): RawQuery) -> Response {
    match RedirectBackToCmp::parse_query(&query.unwrap_or_default(), Leniency::Field) {
        Ok(received) => match received.value {
            RedirectBackToCmp::Failure(failure) => page(StatusCode::OK, format!("failed: {}", failure.error())),
            _ => page(StatusCode::OK, "onboarded"),
        },
        Err(error) => page(StatusCode::BAD_REQUEST, error.to_string()),
    }
}

/// "Onboarding via MSP Touchpoint": the user chose the CMP.
async fn choose_cmp(State(site): State<Site>, RawQuery(query): RawQuery) -> Response {
    let transaction = query.unwrap_or_default();
    match RedirectToCmpContent::new(&format!("https://{MSP_HOST}/return?{transaction}")) {
        Ok(to) => redirect(to.to_url(&site.policies.cmp_login)),
        Err(denied) => page(StatusCode::BAD_REQUEST, denied.to_string()),
    }
}

/// The CMP's page: login, and back with an account_id; or without, if the user gives up.
async fn cmp_login(State(site): State<Site>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let arrived = match RedirectToCmpContent::parse_query(&query.unwrap_or_default(), Leniency::Field) {
        Ok(received) => received.value,
        Err(error) => return page(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let back = match arrived.allowed_by(&site.policies.to_msp) {
        Ok(back) => back,
        Err(denied) => return page(StatusCode::BAD_REQUEST, denied.to_string()),
    };
    let gives_up = arrived.unchecked_redirect_uri().contains("give-up");
    let failure = |code| RedirectBackToMsp::Failure(RedirectFailure::from_code(code));
    let result = if gives_up {
        failure(ErrorCode::ONBOARDING_ABORTED)
    } else {
        let ver = ver(arrived
            .unchecked_redirect_uri()
            .split_once('?')
            .map_or("", |(_, query)| query))
        .to_owned();
        match site.cmp.account_id(&user(&headers), &ver) {
            Ok(account_id) => RedirectBackToMsp::Success { account_id },
            Err(_) => failure(ErrorCode::CMP_CONTENT_UNSPECIFIED),
        }
    };
    redirect(result.to_url(&back))
}

/// Back at the MSP.
async fn back_at_msp(State(site): State<Site>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let received = match RedirectBackToMsp::parse_query(&query.unwrap_or_default(), Leniency::Field) {
        Ok(received) => received.value,
        Err(error) => return page(StatusCode::BAD_REQUEST, error.to_string()),
    };
    let user = user(&headers);
    match received {
        RedirectBackToMsp::Failure(failure) => page(
            StatusCode::OK,
            format!("failed: {}: {}", failure.code(), failure.error()),
        ),
        RedirectBackToMsp::Success { account_id } => {
            let done = site
                .msp
                .verify(&user, &account_id)
                .and_then(|()| site.msp.onboard(&user, account_id));
            match done {
                Ok(()) => page(StatusCode::OK, "onboarded"),
                Err(why) => page(StatusCode::FORBIDDEN, why),
            }
        }
    }
}
