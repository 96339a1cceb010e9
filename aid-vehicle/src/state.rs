//! What a vehicle must not forget, and how it changes: one step for each thing that happens.

use aid_procedures::vehicle::{CommandId, Effect, Event, Log, LpaCommand, Now, Response, ToCmp, Vehicle};
use aid_types::Imei;
use aid2_proto::{
    Payload as _, RequestId,
    binding::{Exchange, IdempotencyKey},
    session::{Change, ToVehicle, VehicleCompletion, VehicleSession},
};
use serde::{Deserialize, Serialize};

/// The key in the store.
const KEY: &[u8] = b"vehicle";

/// Orders that may wait for their answer. The procedures refuse more than this of each kind before.
const MANY: usize = 256;

/// The vehicle, and the orders of the CMP backend that it owes an answer.
///
/// No IO and no clock: a driver hands events in, stores what a [`Step`] says in one go, and only then takes over the new
/// state and begins the commands. That is what `VehicleService` does; over another runtime, or in a
/// simulation, do the same.
///
/// ```
/// use std::time::Duration;
/// use aid_procedures::vehicle::{Event, LpaCommand, Now, Options, Vehicle};
/// use aid_vehicle::State;
///
/// let (vin, eid) = ("WBAUX11030A334483".parse()?, "89034011560010000000000000000121".parse()?);
/// let state = State::new(Vehicle::new(vin, eid, Options::default()));
/// let now = Now::new(Duration::from_secs(90_000), None);
/// let step = state.step(Event::Restarted { vin, eid, user_stayed: false }, None, now)?;
/// assert!(matches!(step.commands[..], [(_, LpaCommand::List)]));
/// // Once `step.completion` is stored:
/// let state = step.state;
/// # let _ = state;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    vehicle: Vehicle,
    open: Vec<Open>,
}

/// An order that is not answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    key: [u8; 16],
    /// The name of the response.
    response: String,
    timestamp: u64,
}

/// What follows from something that happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Step {
    /// The state after it.
    pub state: State,
    /// What is to be stored in one go: the state, and the messages and answers to the CMP backend.
    pub completion: VehicleCompletion,
    /// Whether there is anything to be stored.
    pub is_news: bool,
    /// What the LPA has to do after that.
    pub commands: Vec<(CommandId, LpaCommand)>,
    /// What is to be told after that.
    pub logs: Vec<Log>,
}

impl State {
    /// With nothing owed.
    #[must_use]
    pub const fn new(vehicle: Vehicle) -> Self {
        Self {
            vehicle,
            open: Vec::new(),
        }
    }

    /// The vehicle.
    #[must_use]
    pub const fn vehicle(&self) -> &Vehicle {
        &self.vehicle
    }

    /// The same with other options of the procedures.
    #[must_use]
    pub const fn with_options(mut self, options: aid_procedures::vehicle::Options) -> Self {
        self.vehicle.set_options(options);
        self
    }

    /// The same, telling this IMEI, or none.
    #[must_use]
    pub fn with_imei(mut self, imei: Option<Imei>) -> Self {
        self.vehicle = self.vehicle.with_imei(imei);
        self
    }

    /// The bytes of it that a store holds, of the store's keys and values.
    #[must_use]
    pub fn in_store(entries: &[(Vec<u8>, Vec<u8>)]) -> Option<&[u8]> {
        let kept = VehicleSession::of_application(entries);
        kept.into_iter().find_map(|(key, value)| (key == KEY).then_some(value))
    }

    /// The event that a message of the CMP backend is; `None` if this version knows none for it.
    #[must_use]
    pub fn event(message: ToVehicle) -> Option<Event> {
        Some(match message {
            ToVehicle::SendActivationCode(message) => Event::SendActivationCode(message),
            ToVehicle::RequestDeleteProfile(message) => Event::RequestDeleteProfile(message),
            ToVehicle::RequestCsimInfo(message) => Event::RequestCsimInfo(message),
            ToVehicle::RequestDeleteAllProfiles(message) => Event::RequestDeleteAllProfiles(message),
            ToVehicle::RequestActivationCodeError(request_id, response) => {
                Event::ActivationCodeRefused { request_id, response }
            }
            _ => return None,
        })
    }

    /// The state from its stored bytes.
    ///
    /// # Errors
    ///
    /// If they are none, or of another format.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// The bytes to store. They hold activation codes.
    ///
    /// # Errors
    ///
    /// Of the format.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// What follows from an event. `key` is that of the delivery, if the event is an order of the CMP backend.
    ///
    /// # Errors
    ///
    /// If the state after it cannot be written. Then nothing has happened.
    pub fn step(&self, event: Event, key: Option<IdempotencyKey>, now: Now) -> Result<Step, serde_json::Error> {
        let mut state = self.clone();
        if let Some((key, (name, request_id))) = key.zip(order(&event)) {
            state.owe(key, name, request_id);
        }
        if let Event::Restarted { vin, .. } = &event
            && vin != self.vehicle.vin()
        {
            // They were for the former vehicle (A-179).
            state.open.clear();
        }
        let effects = state.vehicle.handle(event, now);
        let mut completion = VehicleCompletion::new();
        let (mut commands, mut logs) = (Vec::new(), Vec::new());
        let mut told = false;
        for effect in effects {
            match effect {
                Effect::SendToCmp(message) => {
                    completion = send(completion, &message);
                    told = true;
                }
                Effect::Respond {
                    request_id, response, ..
                } => {
                    let key = state.answered(response.name(), request_id);
                    completion = answer(completion, key, request_id, &response);
                    told = true;
                }
                Effect::Command { id, command, .. } => commands.push((id, command)),
                Effect::Log(log) => logs.push(log),
                _ => {}
            }
        }
        let is_news = told || state != *self;
        if is_news {
            completion = completion.and_keep(Change::Put(KEY.to_vec(), state.to_bytes()?));
        }
        Ok(Step {
            state,
            completion,
            is_news,
            commands,
            logs,
        })
    }

    fn owe(&mut self, key: IdempotencyKey, name: &str, request_id: RequestId) {
        let Some(response) = Exchange::of(name).and_then(|exchange| exchange.response) else {
            return;
        };
        let open = Open {
            key: *key.as_bytes(),
            response: response.to_owned(),
            timestamp: request_id.timestamp.number(),
        };
        if !self.open.contains(&open) {
            if self.open.len() >= MANY {
                self.open.remove(0);
            }
            self.open.push(open);
        }
    }

    /// The order that is answered: the one that came first, should there be several with one id (A-126).
    fn answered(&mut self, response: &str, request_id: RequestId) -> Option<IdempotencyKey> {
        let number = request_id.timestamp.number();
        let is = |open: &Open| open.response == response && open.timestamp == number;
        let at = self.open.iter().position(is)?;
        Some(IdempotencyKey::from_bytes(self.open.remove(at).key))
    }
}

/// An order, by its name and request id.
fn order(event: &Event) -> Option<(&'static str, RequestId)> {
    Some(match event {
        Event::RequestDeleteProfile(message) => (aid2_proto::RequestDeleteProfile::NAME, message.request_id),
        Event::RequestDeleteAllProfiles(message) => (aid2_proto::RequestDeleteAllProfiles::NAME, message.request_id),
        Event::RequestCsimInfo(message) => (aid2_proto::RequestCsimInfo::NAME, message.request_id),
        _ => return None,
    })
}

fn send(completion: VehicleCompletion, message: &ToCmp) -> VehicleCompletion {
    match message {
        ToCmp::RequestActivationCode(message) => completion.and_send(message),
        ToCmp::SendProfileDownloadInstallInfo(message) => completion.and_send(message),
        ToCmp::SendCsimStatus(message) => completion.and_send(message),
        ToCmp::SendEnableProfileErrorReport(message) => completion.and_send(message),
        ToCmp::SendDisableProfileErrorReport(message) => completion.and_send(message),
        _ => completion,
    }
}

fn answer(
    completion: VehicleCompletion,
    key: Option<IdempotencyKey>,
    request_id: RequestId,
    response: &Response,
) -> VehicleCompletion {
    match response {
        Response::DeleteProfile(response) => completion.and_answer(key, request_id, response),
        Response::DeleteAllProfiles(response) => completion.and_answer(key, request_id, response),
        Response::CsimInfo(response) => completion.and_answer(key, request_id, response),
        _ => completion,
    }
}
