//! The screens of the cars.

use std::{
    fmt,
    sync::{Arc, PoisonError},
};

use aid_procedures::vehicle::ProfileState;
use aid_vehicle::{EuiccFault, LpaCommand, Profile};
use aid1_axum::axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use askama::Template;

use crate::{
    Failed, USERS, User,
    pages::{done, page, refresh},
    sandbox::{Place, Stage},
};

/// What an eUICC does wrong with every command, until told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Fault {
    #[default]
    None,
    Fails,
    Hangs,
    NoSpace,
}

impl Fault {
    const ALL: [Self; 4] = [Self::None, Self::Fails, Self::Hangs, Self::NoSpace];

    /// In a path.
    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Fails => "fails",
            Self::Hangs => "hangs",
            Self::NoSpace => "no-space",
        }
    }

    fn of(self, command: &LpaCommand) -> Option<EuiccFault> {
        match (self, command) {
            (Self::Fails, _) | (Self::NoSpace, LpaCommand::Download { .. }) => Some(EuiccFault::Fails),
            (Self::Hangs, _) => Some(EuiccFault::Hangs),
            _ => None,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "works",
            Self::Fails => "fails",
            Self::Hangs => "hangs",
            Self::NoSpace => "has no space left",
        })
    }
}

impl Place {
    pub(crate) fn set_fault(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
        self.car.euicc().set_faults(move |command| fault.of(command));
    }
}

#[derive(Template)]
#[template(path = "cars.html")]
struct Cars {
    refresh: Option<u32>,
    cars: Vec<Screen>,
}

/// One of them.
struct Screen {
    vin: String,
    eid: String,
    user: Option<String>,
    others: Vec<User>,
    covered: bool,
    waiting: usize,
    profiles: Vec<Row>,
    fault: Fault,
    other_faults: Vec<Fault>,
}

struct Row {
    user: String,
    state: &'static str,
    iccid: String,
}

impl Screen {
    fn of(place: &Place) -> Self {
        let car = &place.car;
        let user = car.logged_in().map(|user| user.to_string());
        let fault = *place.fault.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            vin: car.vin().to_string(),
            eid: short(car.eid().as_str()),
            others: USERS
                .into_iter()
                .filter(|other| user.as_deref() != Some(other.name))
                .collect(),
            user,
            covered: place.coverage.is_on(),
            waiting: car.waiting(),
            profiles: car.known_profiles().iter().map(Row::of).collect(),
            fault,
            other_faults: Fault::ALL.into_iter().filter(|other| *other != fault).collect(),
        }
    }
}

impl Row {
    fn of(profile: &Profile) -> Self {
        Self {
            user: profile
                .cmp_user_id()
                .map_or_else(|| "nobody known".to_owned(), ToString::to_string),
            state: words(profile.state()),
            iccid: profile.iccid().map_or_else(String::new, |iccid| short(iccid.as_str())),
        }
    }
}

/// The end of a number is what tells it from others.
pub(crate) fn short(number: &str) -> String {
    let end = number.get(number.len().saturating_sub(6)..).unwrap_or_default();
    format!("…{end}")
}

const fn words(state: ProfileState) -> &'static str {
    match state {
        ProfileState::Requested => "asked for",
        ProfileState::NotIssued => "not issued; the next login asks again",
        ProfileState::CodeReceived => "activation code received",
        ProfileState::Downloading => "downloading",
        ProfileState::Failed => "download failed",
        ProfileState::Disabled => "disabled",
        ProfileState::Enabled => "enabled",
        ProfileState::Deleted => "deleted",
        _ => "in another state",
    }
}

pub(super) async fn show(State(stage): State<Arc<Stage>>, RawQuery(query): RawQuery) -> Response {
    page(&Cars {
        refresh: refresh(query.as_deref()),
        cars: stage.places.iter().map(Screen::of).collect(),
    })
}

type Answer = Result<Response, StatusCode>;

fn place<'a>(stage: &'a Stage, vin: &str) -> Result<&'a Place, StatusCode> {
    let mut places = stage.places.iter();
    let place = places.find(|place| place.car.vin().as_str() == vin);
    place.ok_or(StatusCode::NOT_FOUND)
}

fn shown(place: &Place, outcome: Result<(), Failed>) -> Response {
    done(outcome, &format!("/cars#{}", place.car.vin()))
}

pub(super) async fn login(State(stage): State<Arc<Stage>>, Path((vin, user)): Path<(String, String)>) -> Answer {
    let place = place(&stage, &vin)?;
    let user = USERS
        .iter()
        .find(|known| known.name == user)
        .ok_or(StatusCode::NOT_FOUND)?;
    Ok(shown(place, place.car.login(user.name).await))
}

/// A second click finds nobody, and shows the same.
pub(super) async fn logout(State(stage): State<Arc<Stage>>, Path(vin): Path<String>) -> Answer {
    let place = place(&stage, &vin)?;
    let outcome = match place.car.logged_in() {
        Some(user) => place.car.logout(user.as_str()).await,
        None => Ok(()),
    };
    Ok(shown(place, outcome))
}

pub(super) async fn coverage(State(stage): State<Arc<Stage>>, Path((vin, on)): Path<(String, String)>) -> Answer {
    let place = place(&stage, &vin)?;
    match on.as_str() {
        "on" => {
            place.coverage.set(true);
            place.car.network_available();
        }
        "off" => place.coverage.set(false),
        _ => return Err(StatusCode::NOT_FOUND),
    }
    Ok(shown(place, Ok(())))
}

pub(super) async fn exchange(State(stage): State<Arc<Stage>>, Path(vin): Path<String>) -> Answer {
    let place = place(&stage, &vin)?;
    Ok(shown(place, stage.exchange(place).await))
}

pub(super) async fn fault(State(stage): State<Arc<Stage>>, Path((vin, fault)): Path<(String, String)>) -> Answer {
    let place = place(&stage, &vin)?;
    let mut faults = Fault::ALL.into_iter();
    let fault = faults
        .find(|known| known.name() == fault)
        .ok_or(StatusCode::NOT_FOUND)?;
    place.set_fault(fault);
    Ok(shown(place, Ok(())))
}
