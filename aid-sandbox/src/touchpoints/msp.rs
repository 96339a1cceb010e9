//! The MSP's pages.

use std::sync::Arc;

use aid_procedures::{
    ServiceState,
    msp::{Event, ProfileState, Subscription, TokenState},
};
use aid_types::{
    AccountId, ErrorCode, Iccid, Leniency, ProfileInformation, ProfileInformationStatus, SendProfileInformation,
    redirect::{
        AllowedRedirect, RedirectBackToCmp, RedirectBackToMsp, RedirectFailure, RedirectToCmpContent,
        RedirectToMspContent,
    },
};
use aid1_axum::axum::{
    Router,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use super::{Form, Page, Row, Site, last_digits, profile, user};
use crate::{Failed, User, pages::done};

const PARTY: &str = "MSP";

pub(super) fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(home))
        .route("/cars", post(choose_cmp))
        .route("/return", get(came_back))
        .route("/portal/login", get(arrived))
        .route("/portal/agree", post(agree))
        .route("/portal/abort", post(abort))
        .route("/withdraw", post(withdraw))
        .route("/profiles/{iccid}/{status}", post(inform))
}

fn told(site: &Site, title: &'static str, words: &str, status: StatusCode) -> Response {
    Page::new(site, PARTY, title).say(words).show_as(status)
}

async fn home(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let page = Page::new(&site, PARTY, "Your mobile operator");
    let Some(user) = user(&headers) else {
        return page.say("Who are you?").ask_who("");
    };
    let subscription = site.msp.subscription(user.name).await;
    let state = subscription.as_ref().map(Subscription::state);
    let mut page = page
        .of(user)
        .say(format!("Your phone number is {}.", last_digits(user.number)));
    page = match state {
        Some(TokenState::Active | TokenState::Pending) => {
            let words = match state {
                Some(TokenState::Active) => "Your subscription comes along into your cars.",
                _ => "Your car maker has still to be told that your subscription comes along into your cars.",
            };
            page.say(words).form(Form::new("/withdraw", "End the service in cars"))
        }
        _ => {
            let page = page.say("Your subscription does not come along into cars.");
            page.form(Form::new("/cars", "Take it along: go to the CMP"))
        }
    };
    let profiles = subscription.iter().flat_map(Subscription::profiles);
    page.rows = profiles
        .map(|known| Row {
            profile: profile(Some(known.iccid())),
            state: format!("{:?}, {:?}", known.state(), known.service()).to_lowercase(),
            forms: match (known.state(), known.service()) {
                (ProfileState::Installed, ServiceState::Valid) => Some(("suspend", "Suspend")),
                (ProfileState::Installed, ServiceState::Suspended) => Some(("restore", "Restore")),
                _ => None,
            }
            .map(|(path, button)| Form::new(format!("/profiles/{}/{path}", known.iccid()), button))
            .into_iter()
            .collect(),
        })
        .collect();
    page.show()
}

fn parse(site: &Site, query: &str) -> Result<(AccountId, AllowedRedirect), String> {
    let received = RedirectToMspContent::parse_query(query, Leniency::Field).map_err(|error| error.to_string())?;
    let (_, to_cmp) = &site.agreed.to_cmp;
    let back = received.value.allowed_by(to_cmp).map_err(|denied| denied.to_string())?;
    Ok((received.value.account_id().clone(), back))
}

/// "Onboarding via CMP Touchpoint": the CMP sent the user here.
async fn arrived(State(site): State<Arc<Site>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    if let Err(why) = parse(&site, &query) {
        // Not a redirect: that would be the attack.
        return told(&site, "You were sent here wrongly", &why, StatusCode::BAD_REQUEST);
    }
    let page = Page::new(&site, PARTY, "The CMP sent you here");
    let Some(user) = user(&headers) else {
        return page.say("Who are you?").ask_who(&query);
    };
    let page = page.of(user).say("Your subscription shall come along into your cars.");
    let agree = Form::new(format!("/portal/agree?{query}"), "Agree, and go back to the CMP");
    page.form(agree)
        .form(Form::new(format!("/portal/abort?{query}"), "Give it up"))
        .show()
}

async fn agree(State(site): State<Arc<Site>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let (Some(user), Ok((account_id, back))) = (user(&headers), parse(&site, &query)) else {
        return Redirect::to(&format!("/portal/login?{query}")).into_response();
    };
    let answer = match onboard(&site, user, account_id).await {
        Ok(()) => RedirectBackToCmp::Done,
        Err(_) => RedirectBackToCmp::Failure(RedirectFailure::from_code(ErrorCode::ACCOUNT_ID_OTHER)),
    };
    Redirect::to(&answer.to_url(&back)).into_response()
}

/// Once for each account_id, however often it is clicked.
async fn onboard(site: &Site, user: User, account_id: AccountId) -> Result<(), Failed> {
    site.msp.verify(user.name, &account_id)?;
    if site.accept(&account_id) {
        return Ok(());
    }
    let onboarded = site.msp.onboard(user.name, account_id.clone()).await;
    if onboarded.is_err() {
        site.refuse(&account_id);
    }
    onboarded
}

async fn abort(State(site): State<Arc<Site>>, RawQuery(query): RawQuery) -> Response {
    match parse(&site, &query.unwrap_or_default()) {
        Ok((_, back)) => {
            let failure = RedirectFailure::from_code(ErrorCode::ONBOARDING_ABORTED);
            Redirect::to(&RedirectBackToCmp::Failure(failure).to_url(&back)).into_response()
        }
        Err(why) => told(&site, "You were sent here wrongly", &why, StatusCode::BAD_REQUEST),
    }
}

/// "Onboarding via MSP Touchpoint": the user chose the CMP.
async fn choose_cmp(State(site): State<Arc<Site>>) -> Response {
    let [_, msp_origin] = site.agreed.origins();
    let (cmp_login, _) = &site.agreed.to_cmp;
    match RedirectToCmpContent::new(&format!("{msp_origin}/return")) {
        Ok(to) => Redirect::to(&to.to_url(cmp_login)).into_response(),
        Err(denied) => told(&site, "It cannot be begun", &denied.to_string(), StatusCode::CONFLICT),
    }
}

/// Back at the MSP.
async fn came_back(State(site): State<Arc<Site>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let Some(user) = user(&headers) else {
        return Redirect::to("/").into_response();
    };
    let received = match RedirectBackToMsp::parse_query(&query.unwrap_or_default(), Leniency::Field) {
        Ok(received) => received.value,
        Err(error) => {
            return told(
                &site,
                "You were sent back wrongly",
                &error.to_string(),
                StatusCode::BAD_REQUEST,
            );
        }
    };
    match received {
        RedirectBackToMsp::Failure(failure) if failure.code() == ErrorCode::ONBOARDING_ABORTED => {
            told(&site, "You gave it up", "Nothing was agreed.", StatusCode::OK)
        }
        RedirectBackToMsp::Failure(failure) => {
            let words = format!("The CMP did not agree, with the code {}.", failure.code());
            told(&site, "It failed", &words, StatusCode::OK)
        }
        RedirectBackToMsp::Success { account_id } => match onboard(&site, user, account_id).await {
            // Not here, where the account_id stands in the address.
            Ok(()) => Redirect::to("/").into_response(),
            Err(why) => told(&site, "It failed", &why.to_string(), StatusCode::FORBIDDEN),
        },
    }
}

async fn withdraw(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    decide(&site, user(&headers), Event::EndService { reason: None }).await
}

async fn inform(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Path((iccid, status)): Path<(String, String)>,
) -> Response {
    let status = match status.as_str() {
        "suspend" => ProfileInformationStatus::Suspended,
        "restore" => ProfileInformationStatus::Valid,
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let Ok(iccid) = iccid.parse::<Iccid>() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match SendProfileInformation::new(vec![ProfileInformation::new(iccid, status)]) {
        Ok(body) => decide(&site, user(&headers), Event::ProfileInformation(body)).await,
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn decide(site: &Site, user: Option<User>, event: Event) -> Response {
    match user {
        Some(user) => done(site.msp.decide(user.name, event).await, "/"),
        None => Redirect::to("/").into_response(),
    }
}
