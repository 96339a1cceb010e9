//! The pages that the user's browser visits, with the document's three redirects between them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aid_backend::cmp::{CameBack, Onboarding, PageError};
use aid_sandbox::{Cmp, Msp};
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

use crate::{Failed, story::Story, web::SESSION};

/// The CMP's touchpoint.
pub(crate) const CMP_HOST: &str = "portal.cmp.example";
/// The MSP's touchpoint.
pub(crate) const MSP_HOST: &str = "shop.msp.example";

/// What both touchpoints know.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) story: Arc<Story>,
    pub(crate) cmp: Cmp,
    pub(crate) msp: Msp,
    policies: Arc<Policies>,
    /// The onboarding that each user of the CMP is at: in earnest, in their session.
    onboardings: Arc<Mutex<HashMap<String, Onboarding>>>,
}

struct Policies {
    /// Where the CMP redirects to.
    to_msp: RedirectPolicy,
    /// Where the MSP redirects to.
    to_cmp: RedirectPolicy,
    cmp_login: Touchpoint,
}

impl Site {
    pub(crate) fn new(story: Arc<Story>, cmp: Cmp, msp: Msp) -> Result<Self, Failed> {
        let policies = Policies {
            to_msp: RedirectPolicy::to_msp().allow_domain("*.msp.example")?,
            to_cmp: RedirectPolicy::to_cmp().allow_domain("*.cmp.example")?,
            cmp_login: format!("https://{CMP_HOST}/portal/login").parse()?,
        };
        Ok(Self {
            story,
            cmp,
            msp,
            policies: Arc::new(policies),
            onboardings: Arc::default(),
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
    let (user, query) = (user(&headers), query.unwrap_or_default());
    let done = format!("https://{CMP_HOST}/onboarding/done");
    let began = async {
        let cmp = site.cmp.backend();
        let user = user.parse().map_err(|_| "no such user".to_owned())?;
        let began = cmp.onboard(user, cmp.ports().msp_id(), Some(ver(&query)), &done).await;
        began.map_err(|error| error.to_string())
    };
    match began.await {
        Ok(began) => {
            let url = began.url.clone();
            let mut onboardings = site.onboardings.lock().unwrap_or_else(PoisonError::into_inner);
            onboardings.insert(user, began);
            redirect(url)
        }
        Err(why) => page(StatusCode::CONFLICT, why),
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
        Ok(()) => site.msp.onboard(&user, arrived.account_id().clone()).await,
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
async fn onboarding_done(State(site): State<Site>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let onboarding = {
        let mut onboardings = site.onboardings.lock().unwrap_or_else(PoisonError::into_inner);
        onboardings.remove(&user(&headers))
    };
    let Some(Onboarding { federation, sid, .. }) = onboarding else {
        return page(StatusCode::NOT_FOUND, "nobody was sent away");
    };
    match site
        .cmp
        .backend()
        .came_back(federation, sid, &query.unwrap_or_default())
        .await
    {
        Ok(CameBack::Failed(failure)) => page(StatusCode::OK, format!("failed: {}", failure.error())),
        Ok(_) => page(StatusCode::OK, "onboarded"),
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
    let back = arrived.unchecked_redirect_uri();
    if back.contains("give-up") {
        return match arrived.allowed_by(&site.policies.to_msp) {
            Ok(back) => {
                let failure = RedirectFailure::from_code(ErrorCode::ONBOARDING_ABORTED);
                redirect(RedirectBackToMsp::Failure(failure).to_url(&back))
            }
            Err(denied) => page(StatusCode::BAD_REQUEST, denied.to_string()),
        };
    }
    let Ok(user) = user(&headers).parse() else {
        return page(StatusCode::FORBIDDEN, "no such user");
    };
    let (cmp, ver) = (
        site.cmp.backend(),
        ver(back.split_once('?').map_or("", |(_, query)| query)),
    );
    match cmp
        .onboard_for_msp(user, cmp.ports().msp_id(), Some(ver), &arrived)
        .await
    {
        Ok(began) => redirect(began.url),
        Err(PageError::Denied(denied)) => page(StatusCode::BAD_REQUEST, denied.to_string()),
        Err(error) => page(StatusCode::CONFLICT, error.to_string()),
    }
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
            let done = match site.msp.verify(&user, &account_id) {
                Ok(()) => site.msp.onboard(&user, account_id).await,
                Err(why) => Err(why),
            };
            match done {
                Ok(()) => page(StatusCode::OK, "onboarded"),
                Err(why) => page(StatusCode::FORBIDDEN, why.to_string()),
            }
        }
    }
}
