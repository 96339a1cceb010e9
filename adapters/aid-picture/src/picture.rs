//! What is drawn, while it happens.

use std::{
    collections::VecDeque,
    fmt,
    io::Write,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use aid_types::{Shown, Tolerated, Vin};
use serde_json::value::RawValue;

use crate::{
    Event, Kind,
    names::{Names, Whose},
};

/// What a picture keeps.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Options {
    /// How many messages: the oldest make room. Default 2,000.
    pub messages: usize,
    /// How many bytes of a body are enough: what is behind is left out, and counted. Default 2,048.
    pub body: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            messages: 2_000,
            body: 2_048,
        }
    }
}

/// Hears of every message.
pub(crate) trait Listener: Send {
    /// `false` if it wants to hear no more.
    fn hear(&self, event: &Arc<Event>) -> bool;

    /// Whether nobody listens any more.
    fn is_gone(&self) -> bool;
}

/// The messages between the parties, the latest of them. Clones draw on the same.
///
/// ```
/// use aid_picture::{Options, Picture};
///
/// let picture = Picture::new(Options::default());
/// picture.message("MSP", "SM-DP+", "order a profile");
/// assert_eq!(picture.events()[0].name.as_ref(), "order a profile");
/// assert!(picture.page().contains("order a profile"));
/// ```
#[derive(Clone)]
pub struct Picture {
    options: Options,
    state: Arc<Mutex<State>>,
}

struct State {
    events: VecDeque<Arc<Event>>,
    last: u64,
    users: Names,
    vehicles: Names,
    listeners: Vec<Box<dyn Listener>>,
    record: Option<Box<dyn Write + Send>>,
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Picture")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A message before it is drawn.
pub(crate) struct Draft<'a> {
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) kind: Kind,
    pub(crate) name: &'a str,
    pub(crate) answers: Option<u64>,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<u32>,
    pub(crate) ids: Vec<(&'static str, String)>,
    pub(crate) tolerated: &'a [Tolerated],
    pub(crate) requirements: &'static str,
    pub(crate) body: Body,
    pub(crate) problem: Option<String>,
    /// Whether all users that it names are one: then it says so of their names.
    pub(crate) one_user: bool,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(from: &'a str, to: &'a str, kind: Kind, name: &'a str) -> Self {
        Self {
            from,
            to,
            kind,
            name,
            answers: None,
            status: None,
            code: None,
            ids: Vec::new(),
            tolerated: &[],
            requirements: "",
            body: Body::default(),
            problem: None,
            one_user: true,
        }
    }
}

/// What a message says, and whom it names.
#[derive(Default)]
pub(crate) struct Body {
    pub(crate) json: Option<String>,
    pub(crate) left_out: usize,
    /// Secrets; they are forgotten when the message has been drawn.
    pub(crate) named: Vec<(&'static str, String)>,
}

impl Body {
    /// What `write` writes, at most about `limit` bytes.
    pub(crate) fn write(limit: usize, write: impl FnOnce(&mut Shown<'_>)) -> Self {
        let mut named = Vec::new();
        let mut notice = |what: &'static str, text: &str| {
            if Whose::of(what).is_some() && named.len() < 64 {
                named.push((what, text.to_owned()));
            }
        };
        let mut shown = Shown::new(limit, &mut notice);
        write(&mut shown);
        let left_out = shown.left_out();
        let json = Some(shown.into_json()).filter(|json| !json.is_empty());
        Self { json, left_out, named }
    }

    fn names(&self, whose: Whose) -> impl Iterator<Item = (&str, &str)> {
        let named = self
            .named
            .iter()
            .filter(move |(what, _)| Whose::of(what) == Some(whose));
        named.map(|(what, text)| (*what, text.as_str()))
    }
}

impl Picture {
    /// An empty one.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            options,
            state: Arc::new(Mutex::new(State {
                events: VecDeque::new(),
                last: 0,
                users: Names::default(),
                vehicles: Names::default(),
                listeners: Vec::new(),
                record: None,
            })),
        }
    }

    /// Draws a message that no tap sees, such as one to a download server. Say nothing secret.
    pub fn message(&self, from: &str, to: &str, name: &str) {
        self.draw(Draft::new(from, to, Kind::Message, name));
    }

    /// These are names of one user, as whoever redirects a user knows: `(CmpUserId::WHAT, …)`, `(AccountId::WHAT, …)`.
    pub fn same_user<'a>(&self, names: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.lock().users.number(names);
    }

    /// What was drawn, the oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Arc<Event>> {
        self.lock().resolved()
    }

    /// From now on every message is a line of JSON in `record`, at once. A `record` that fails is used no more.
    ///
    /// Users and vehicles have the numbers that they have at that moment; that two numbers are one may turn out later.
    pub fn record(&self, record: impl Write + Send + 'static) {
        self.lock().record = Some(Box::new(record));
    }

    /// A page with what was drawn: HTML that needs nothing else, and no script.
    #[must_use]
    pub fn page(&self) -> String {
        crate::html::file(&self.events())
    }

    pub(crate) fn body_limit(&self) -> usize {
        self.options.body
    }

    /// Those after `number`, and from then on `listener` hears of each; `false` if there are `most` already.
    #[cfg(feature = "live")]
    pub(crate) fn listen(&self, number: u64, listener: Box<dyn Listener>, most: usize) -> bool {
        let mut state = self.lock();
        state.listeners.retain(|listener| !listener.is_gone());
        if state.listeners.len() >= most {
            return false;
        }
        let missed = state.resolved();
        let mut missed = missed.iter().filter(|event| event.number > number);
        if missed.all(|event| listener.hear(event)) {
            state.listeners.push(listener);
        }
        true
    }

    pub(crate) fn draw(&self, draft: Draft<'_>) -> u64 {
        let mut state = self.lock();
        let state = &mut *state;
        let request = draft.answers.and_then(|number| state.event(number));
        let user = who(&mut state.users, &draft.body, Whose::User, draft.one_user)
            .or_else(|| request.as_ref().and_then(|request| request.user));
        let vehicle = who(&mut state.vehicles, &draft.body, Whose::Vehicle, true)
            .or_else(|| request.as_ref().and_then(|request| request.vehicle));
        state.last += 1;
        let body = draft.body.json.and_then(|json| RawValue::from_string(json).ok());
        let event = Arc::new(Event {
            number: state.last,
            at: now(),
            from: draft.from.into(),
            to: draft.to.into(),
            kind: draft.kind,
            name: draft.name.into(),
            answers: draft.answers,
            status: draft.status,
            code: draft.code,
            ids: draft.ids,
            user,
            vehicle,
            tolerated: draft.tolerated.iter().map(Tolerated::to_string).collect(),
            requirements: draft.requirements,
            body,
            left_out: draft.body.left_out,
            problem: draft.problem,
        });
        state.tell(&event);
        if state.events.len() >= self.options.messages.max(1) {
            state.events.pop_front();
        }
        state.events.push_back(event);
        state.last
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one that a body names; nobody, if it names several.
fn who(names: &mut Names, body: &Body, whose: Whose, are_one: bool) -> Option<u32> {
    if are_one {
        return names.number(body.names(whose));
    }
    let mut numbers: Vec<u32> = body.names(whose).filter_map(|name| names.number([name])).collect();
    numbers.sort_unstable();
    numbers.dedup();
    match numbers[..] {
        [one] => Some(one),
        _ => None,
    }
}

/// What a vehicle is called in a picture: no more of its VIN than tells it from its neighbours.
pub(crate) fn vehicle(vin: Vin) -> String {
    let last = vin.as_str().get(12..).unwrap_or_default();
    format!("vehicle …{last}")
}

impl State {
    fn event(&self, number: u64) -> Option<Arc<Event>> {
        let first = self.events.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        self.events.get(index).cloned()
    }

    fn resolved(&self) -> Vec<Arc<Event>> {
        let resolve = |event: &Arc<Event>| {
            let user = event.user.map(|user| self.users.resolve(user));
            let vehicle = event.vehicle.map(|vehicle| self.vehicles.resolve(vehicle));
            if (user, vehicle) == (event.user, event.vehicle) {
                return Arc::clone(event);
            }
            let mut event = Event::clone(event);
            (event.user, event.vehicle) = (user, vehicle);
            Arc::new(event)
        };
        self.events.iter().map(resolve).collect()
    }

    fn tell(&mut self, event: &Arc<Event>) {
        if let Some(record) = &mut self.record {
            let mut line = serde_json::to_vec(event).unwrap_or_default();
            line.push(b'\n');
            if record.write_all(&line).and_then(|()| record.flush()).is_err() {
                self.record = None;
            }
        }
        self.listeners.retain(|listener| listener.hear(event));
    }
}

/// Unix time in milliseconds.
#[allow(clippy::disallowed_methods, reason = "an adapter reads the clock")]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
