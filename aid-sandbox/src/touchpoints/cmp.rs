//! The CMP's pages.

use std::sync::{Arc, PoisonError};

use aid_backend::cmp::{CameBack, Onboarding, PageError};
use aid_procedures::cmp::{Event, Federation, TokenState};
use aid_types::{
    ErrorCode, Iccid, Leniency,
    redirect::{RedirectBackToMsp, RedirectFailure, RedirectToCmpContent},
};
use aid1_axum::axum::{
    Router,
    extract::{Form as Fields, Path, RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

use super::{Form, Page, Row, Said, Site, last_digits, profile, user};
use crate::{Failed, User, pages::done};

const PARTY: &str = "CMP";
const VER: &str = "The last four digits of your phone number";

pub(super) fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/", get(home))
        .route("/onboarding", post(onboard))
        .route("/onboarding/done", get(came_back))
        .route("/portal/login", get(arrived))
        .route("/portal/agree", post(agree))
        .route("/portal/abort", post(abort))
        .route("/withdraw", post(withdraw))
        .route("/delete/{iccid}", post(delete))
}

fn start(site: &Site) -> Page {
    Page::new(site, PARTY, "Your car maker")
}

/// Where the user is told how something went.
fn told(site: &Site, title: &'static str, words: &str, status: StatusCode) -> Response {
    let back = Page::new(site, PARTY, title).say(words);
    back.show_as(status)
}

async fn home(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let Some(user) = user(&headers) else {
        return start(&site).say("Who are you?").ask_who("");
    };
    let federation = site.cmp.federation(user.name).await;
    let state = federation.as_ref().map_or(TokenState::Unfederated, Federation::state);
    let mut page = start(&site).of(user);
    if state == TokenState::Active {
        let number = site.cmp.phone_number(user.name).await.unwrap_or_default();
        page = page.say(format!(
            "Your subscription with the phone number {} comes along into your cars.",
            last_digits(&number)
        ));
        page = page.form(Form::new("/withdraw", "Withdraw from the MSP"));
    } else {
        page = page.say("You have no subscription in your cars.");
        let mut form = Form::new("/onboarding", "Onboard with the MSP");
        form.field = Some(VER);
        page = page.form(form);
    }
    let profiles = federation.iter().flat_map(Federation::profiles);
    page.rows = profiles
        .filter(|profile| profile.state().is_on_euicc())
        .map(|known| Row {
            profile: format!("{} in {}", profile(known.iccid()), known.vin()),
            state: format!("{:?}", known.state()).to_lowercase(),
            forms: known
                .iccid()
                .map(|iccid| Form::new(format!("/delete/{iccid}"), "Delete"))
                .into_iter()
                .collect(),
        })
        .collect();
    page.show()
}

/// "Onboarding via CMP Touchpoint": the user chose the MSP.
async fn onboard(State(site): State<Arc<Site>>, headers: HeaderMap, Fields(said): Fields<Said>) -> Response {
    let Some(user) = user(&headers) else {
        return Redirect::to("/").into_response();
    };
    let [cmp_origin, _] = site.agreed.origins();
    let cmp = site.cmp.backend();
    let began = async {
        let id = user.name.parse()?;
        let back = format!("{cmp_origin}/onboarding/done");
        Ok::<_, Failed>(
            cmp.onboard(id, cmp.ports().msp_id(), Some(said.ver.trim()), &back)
                .await?,
        )
    };
    match began.await {
        Ok(began) => {
            let url = began.url.clone();
            let mut under_way = site.under_way.lock().unwrap_or_else(PoisonError::into_inner);
            under_way.insert(user.name, began);
            Redirect::to(&url).into_response()
        }
        Err(why) => told(&site, "It cannot be begun", &why.to_string(), StatusCode::CONFLICT),
    }
}

/// Back at the CMP.
async fn came_back(State(site): State<Arc<Site>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let onboarding = user(&headers).and_then(|user| {
        let under_way = site.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.get(user.name).cloned()
    });
    let Some(Onboarding { federation, sid, .. }) = onboarding else {
        return told(
            &site,
            "Nobody was sent away",
            "Begin on the first page.",
            StatusCode::NOT_FOUND,
        );
    };
    let query = query.unwrap_or_default();
    match site.cmp.backend().came_back(federation, sid, &query).await {
        Ok(CameBack::Failed(failure)) if failure.code() == ErrorCode::ONBOARDING_ABORTED => {
            told(&site, "You gave it up", "Nothing was agreed.", StatusCode::OK)
        }
        Ok(CameBack::Failed(failure)) => {
            let words = format!("The MSP did not agree, with the code {}.", failure.code());
            told(&site, "It failed", &words, StatusCode::OK)
        }
        Ok(_) => {
            let words =
                "The MSP has agreed. As soon as its word is here, your subscription comes along into your cars.";
            told(&site, "It is done", words, StatusCode::OK)
        }
        Err(error) => told(&site, "It failed", &error.to_string(), StatusCode::BAD_REQUEST),
    }
}

fn parse(query: &str) -> Result<RedirectToCmpContent, String> {
    let received = RedirectToCmpContent::parse_query(query, Leniency::Field);
    received
        .map(|received| received.value)
        .map_err(|error| error.to_string())
}

/// "Onboarding via MSP Touchpoint": the MSP sent the user here.
async fn arrived(State(site): State<Arc<Site>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    if let Err(why) = parse(&query) {
        return told(&site, "You were sent here wrongly", &why, StatusCode::BAD_REQUEST);
    }
    let page = Page::new(&site, PARTY, "The MSP sent you here");
    let Some(user) = user(&headers) else {
        return page.say("Who are you?").ask_who(&query);
    };
    let mut agree = Form::new(format!("/portal/agree?{query}"), "Agree, and go back to the MSP");
    agree.field = Some(VER);
    let page = page.of(user).say("It wants to bring your subscription into your cars.");
    let page = page.form(agree);
    page.form(Form::new(format!("/portal/abort?{query}"), "Give it up"))
        .show()
}

async fn agree(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Fields(said): Fields<Said>,
) -> Response {
    let query = query.unwrap_or_default();
    let (Some(user), Ok(arrived)) = (user(&headers), parse(&query)) else {
        return Redirect::to(&format!("/portal/login?{query}")).into_response();
    };
    let cmp = site.cmp.backend();
    let began = async {
        let id = user.name.parse()?;
        let ver = Some(said.ver.trim());
        Ok::<_, Failed>(cmp.onboard_for_msp(id, cmp.ports().msp_id(), ver, &arrived).await?)
    };
    match began.await {
        Ok(began) => Redirect::to(&began.url).into_response(),
        // Not a redirect: that would be the attack.
        Err(why) if matches!(why.downcast_ref(), Some(PageError::Denied(_))) => told(
            &site,
            "You were sent here wrongly",
            &why.to_string(),
            StatusCode::BAD_REQUEST,
        ),
        Err(why) => told(&site, "It cannot be begun", &why.to_string(), StatusCode::CONFLICT),
    }
}

async fn abort(State(site): State<Arc<Site>>, RawQuery(query): RawQuery) -> Response {
    let back = parse(&query.unwrap_or_default()).and_then(|arrived| {
        let (_, to_msp) = &site.agreed.to_msp;
        arrived.allowed_by(to_msp).map_err(|denied| denied.to_string())
    });
    match back {
        Ok(back) => {
            let failure = RedirectFailure::from_code(ErrorCode::ONBOARDING_ABORTED);
            Redirect::to(&RedirectBackToMsp::Failure(failure).to_url(&back)).into_response()
        }
        Err(why) => told(&site, "You were sent here wrongly", &why, StatusCode::BAD_REQUEST),
    }
}

async fn withdraw(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    wish(&site, user(&headers), Event::Withdraw).await
}

async fn delete(State(site): State<Arc<Site>>, headers: HeaderMap, Path(iccid): Path<String>) -> Response {
    match iccid.parse::<Iccid>() {
        Ok(iccid) => wish(&site, user(&headers), Event::DeleteProfile { iccid }).await,
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn wish(site: &Site, user: Option<User>, event: Event) -> Response {
    match user {
        Some(user) => done(site.cmp.wish(user.name, event).await, "/"),
        None => Redirect::to("/").into_response(),
    }
}
