//! The page that leads to the others: who is there, what waits, and who can be sent away.

use std::sync::Arc;

use aid_backend::store::Backlog;
use aid_procedures::cmp::TokenState;
use aid1_axum::axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use askama::Template;

use crate::{
    Failed, USERS, User,
    pages::{done, page, refresh},
    sandbox::Stage,
};

#[derive(Template)]
#[template(path = "index.html")]
struct Index {
    refresh: Option<u32>,
    cmp: String,
    msp: String,
    users: Vec<(User, &'static str)>,
    parties: [Party; 3],
    waiting: Vec<Waiting>,
    lately: Vec<(usize, String)>,
}

/// Who can be sent away.
struct Party {
    path: &'static str,
    name: &'static str,
    what: &'static str,
    away: bool,
}

/// What is under way, or cannot be done now.
struct Waiting {
    at: &'static str,
    to: String,
    lanes: u64,
    seconds: u64,
}

impl Waiting {
    fn of(at: &'static str, backlog: Vec<Backlog>) -> impl Iterator<Item = Self> {
        backlog.into_iter().map(move |Backlog { to, lanes, oldest, .. }| {
            let to = match to.as_str() {
                "peer" if at == "CMP" => "the MSP".to_owned(),
                "peer" => "the CMP".to_owned(),
                "sm-dp" => "the SM-DP+".to_owned(),
                "vehicle" => "cars".to_owned(),
                _ => to,
            };
            let seconds = oldest.as_secs();
            Self { at, to, lanes, seconds }
        })
    }
}

const fn words(state: TokenState) -> &'static str {
    match state {
        TokenState::Active => "onboarded",
        TokenState::Pending => "onboarding",
        TokenState::Invalidated => "withdrawn, and some profiles are not deleted yet",
        TokenState::Removed => "withdrawn",
        _ => "not onboarded",
    }
}

pub(super) async fn show(State(stage): State<Arc<Stage>>, RawQuery(query): RawQuery) -> Response {
    let backends = &stage.backends;
    let party = |path, name, what, away| Party { path, name, what, away };
    let Ok([cmp, msp]) = backends.backlog().await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "a database does not answer\n").into_response();
    };
    let mut users = Vec::new();
    for user in USERS {
        let federation = backends.cmp.federation(user.name).await;
        users.push((
            user,
            federation.map_or("not onboarded", |federation| words(federation.state())),
        ));
    }
    let cars = stage.places.iter().filter_map(|place| {
        let lanes = u64::try_from(place.car.waiting()).unwrap_or(u64::MAX);
        (lanes > 0).then(|| Waiting {
            at: "car",
            to: format!("the CMP, of {}", place.car.vin()),
            lanes,
            seconds: 0,
        })
    });
    page(&Index {
        refresh: refresh(query.as_deref()),
        cmp: stage.origins[0].clone(),
        msp: stage.origins[1].clone(),
        users,
        parties: [
            party("cmp", "CMP", "answers no MSP", !backends.cmp_door.is_open().await),
            party("msp", "MSP", "answers no CMP", !backends.msp_door.is_open().await),
            party("smdp", "SM-DP+", "prepares and hands out nothing", stage.smdp.is_away()),
        ],
        waiting: Waiting::of("CMP", cmp)
            .chain(Waiting::of("MSP", msp))
            .chain(cars)
            .collect(),
        lately: stage.lately.lines(),
    })
}

/// `/away/cmp` sends the CMP away, or calls it back.
pub(super) async fn set_away(State(stage): State<Arc<Stage>>, Path(party): Path<String>) -> Response {
    let door = match party.as_str() {
        "cmp" => &stage.backends.cmp_door,
        "msp" => &stage.backends.msp_door,
        "smdp" => {
            stage.smdp.set_away(!stage.smdp.is_away());
            return done(Ok(()), "/");
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let turned = if door.is_open().await {
        door.close().await;
        Ok(())
    } else {
        door.open().await
    };
    done(turned.map_err(Failed::from), "/")
}
