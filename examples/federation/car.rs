//! A vehicle: [`Vehicle`] with a software eUICC, an outbox for bad connections, and its place on the link.

mod from_cmp;
mod lpa;
mod to_cmp;

use std::{
    collections::VecDeque,
    error::Error,
    fmt::Display,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aid_procedures::vehicle::{Effect, Event, Options, Response, ToCmp, Vehicle};
use aid_types::{Eid, Iccid, Vin};
use aid2_proto::RequestId;
use tokio::sync::{mpsc, oneshot};

use crate::{
    car::from_cmp::CarPort,
    clock::Clock,
    euicc::Euicc,
    link::{Connected, Link},
    msp::Msp,
    story::Story,
    work::{Job, Work},
};

pub(crate) struct Car {
    vin: Vin,
    story: Arc<Story>,
    clock: Arc<Clock>,
    work: Work,
    link: Arc<Link>,
    msp: Arc<Msp>,
    /// While it is in reach.
    connected: Mutex<Option<Connected>>,
    machine: Mutex<Vehicle>,
    euicc: Mutex<Euicc>,
    /// What could not be sent yet, oldest first.
    outbox: Mutex<VecDeque<ToCmp>>,
    sending: tokio::sync::Mutex<()>,
    /// Requests of the backend that wait for their nested response.
    waiting: Mutex<Vec<Waiting>>,
    jobs: mpsc::UnboundedSender<(Vec<Effect>, Job)>,
}

/// Who waits for the response to a request of the backend, named by the request.
struct Waiting {
    request_id: RequestId,
    name: &'static str,
    sender: oneshot::Sender<Response>,
}

impl Car {
    #[allow(clippy::too_many_arguments, reason = "called once, with all parts of a vehicle")]
    pub(crate) fn start(
        vin: Vin,
        eid: Eid,
        story: Arc<Story>,
        clock: Arc<Clock>,
        work: Work,
        link: Arc<Link>,
        msp: Arc<Msp>,
    ) -> Arc<Self> {
        let (jobs, mut effects) = mpsc::unbounded_channel::<(Vec<Effect>, Job)>();
        let car = Arc::new(Self {
            vin,
            story,
            clock,
            work,
            link,
            msp,
            connected: Mutex::default(),
            machine: Mutex::new(Vehicle::new(vin, eid, Options::default())),
            euicc: Mutex::new(Euicc::new(eid, 4)),
            outbox: Mutex::default(),
            sending: tokio::sync::Mutex::default(),
            waiting: Mutex::default(),
            jobs,
        });
        let worker = Arc::clone(&car);
        tokio::spawn(async move {
            while let Some((effects, job)) = effects.recv().await {
                for effect in effects {
                    worker.execute(effect).await;
                }
                drop(job);
            }
        });
        car.handle(Event::Restarted {
            vin,
            eid,
            user_stayed: false,
        });
        car
    }

    /// Drives out of the tunnel: what waited is sent, on both sides. The backend's orders wait in its link.
    pub(crate) async fn connect(self: &Arc<Self>) -> Result<(), Box<dyn Error>> {
        let connected = self.link.connect(self.vin, CarPort(Arc::clone(self))).await?;
        *self.connected() = Some(connected);
        self.act("is in reach");
        self.flush().await;
        Ok(())
    }

    /// Drives into a tunnel.
    pub(crate) async fn disconnect(&self) {
        self.act("is out of reach");
        self.stop().await;
    }

    pub(crate) async fn stop(&self) {
        let connected = self.connected().take();
        if let Some(connected) = connected {
            self.link.disconnect(self.vin, connected).await;
        }
    }

    pub(crate) fn login(&self, user: &str) {
        self.story.message(user, self.vin.as_str(), "Login");
        if let Ok(cmp_user_id) = user.parse() {
            self.handle(Event::Login { cmp_user_id });
        }
    }

    pub(crate) fn logout(&self, user: &str) {
        self.story.message(user, self.vin.as_str(), "Logout");
        self.handle(Event::Logout);
    }

    pub(crate) fn euicc(&self) -> MutexGuard<'_, Euicc> {
        self.euicc.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn vin(&self) -> Vin {
        self.vin
    }

    /// Whether the vehicle knows no profile of this user.
    pub(crate) fn profile_free_of(&self, user: &str) -> bool {
        !self
            .machine()
            .profiles()
            .iter()
            .any(|profile| profile.cmp_user_id().is_some_and(|id| id.as_str() == user))
    }

    pub(crate) fn enabled(&self) -> Option<Iccid> {
        self.euicc().enabled()
    }

    /// Ticks the vehicle, if it is time.
    pub(crate) fn tick(&self) {
        let uptime = Duration::from_secs(self.clock.now());
        let wake_at = self.machine().wake_at();
        if wake_at.is_some_and(|at| at <= uptime) {
            self.handle(Event::Tick);
        }
    }

    fn handle(&self, event: Event) {
        let now = self.clock.of_vehicle();
        // Locked until the effects are queued: they stay in the order of events.
        let mut machine = self.machine();
        let effects = machine.handle(event, now);
        let _ = self.jobs.send((effects, self.work.begin()));
    }

    async fn execute(&self, effect: Effect) {
        match effect {
            Effect::Command { id, command, .. } => self.command(id, command),
            Effect::SendToCmp(message) => {
                self.outbox().push_back(message);
                self.flush().await;
            }
            Effect::Respond {
                request_id, response, ..
            } => self.respond(request_id, response),
            Effect::Log(log) => self.act(format_args!("log: {log:?}")),
            other => self.act(format_args!("cannot do {other:?}")),
        }
    }

    fn act(&self, act: impl Display) {
        self.story.act(self.vin.as_str(), act);
    }

    fn connected(&self) -> MutexGuard<'_, Option<Connected>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn machine(&self) -> MutexGuard<'_, Vehicle> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outbox(&self) -> MutexGuard<'_, VecDeque<ToCmp>> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
