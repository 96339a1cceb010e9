//! A vehicle: [`vehicle::Vehicle`] with a software eUICC, an outbox for bad connections, and its place on the link.

use std::{
    collections::VecDeque,
    error::Error,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aid_procedures::vehicle::{
    CommandId, DownloadFailure, Effect, Event, InstalledProfile, ListedProfile, LpaCommand, Options, Response, ToCmp,
    Vehicle,
};
use aid_types::{Eid, Iccid, Vin};
use aid2_mqtt::VehicleLink;
use aid2_proto::{
    DownloadInstallResult, Message, NotHandled, Payload as _, RequestActivationCodeError, RequestCsimInfo,
    RequestCsimInfoResponse, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse, RequestDeleteProfile,
    RequestDeleteProfileResponse, RequestId, SendActivationCode, binding::VehicleReplies,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    euicc::Euicc,
    link::{Connected, Link},
    msp::Msp,
    story::Story,
    world::{Clock, Job, Work},
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
    waiting: Mutex<Vec<(RequestId, &'static str, oneshot::Sender<Response>)>>,
    jobs: mpsc::UnboundedSender<(Vec<Effect>, Job)>,
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
        car
    }

    /// Drives out of the tunnel: what waited is sent, on both sides. The backend's orders wait in its link.
    pub(crate) async fn connect(self: &Arc<Self>) -> Result<(), Box<dyn Error>> {
        let connected = self.link.connect(self.vin, CarPort(Arc::clone(self))).await?;
        *self.connected() = Some(connected);
        self.story.act(self.vin.as_str(), "is in reach");
        self.flush().await;
        Ok(())
    }

    /// Drives into a tunnel.
    pub(crate) async fn disconnect(&self) {
        self.story.act(self.vin.as_str(), "is out of reach");
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
        let machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        !machine
            .profiles()
            .iter()
            .any(|profile| profile.cmp_user_id().as_str() == user)
    }

    pub(crate) fn enabled(&self) -> Option<Iccid> {
        self.euicc().enabled()
    }

    fn handle(&self, event: Event) {
        let now = self.clock.timestamp();
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        let effects = machine.handle(event, now);
        let _ = self.jobs.send((effects, self.work.begin()));
    }

    async fn execute(&self, effect: Effect) {
        match effect {
            Effect::Command { id, command, .. } => {
                let outcome = match command {
                    LpaCommand::Download { activation_code } => self.download(id, &activation_code),
                    LpaCommand::Enable { iccid } => {
                        self.story.act(self.vin.as_str(), format_args!("enables {iccid}"));
                        Event::Completed {
                            command: id,
                            result: self.euicc().enable(&iccid),
                        }
                    }
                    LpaCommand::Disable { iccid } => {
                        self.story.act(self.vin.as_str(), format_args!("disables {iccid}"));
                        Event::Completed {
                            command: id,
                            result: self.euicc().disable(&iccid),
                        }
                    }
                    LpaCommand::Delete { iccid } => {
                        self.story.act(self.vin.as_str(), format_args!("deletes {iccid}"));
                        Event::Completed {
                            command: id,
                            result: self.euicc().delete(&iccid),
                        }
                    }
                    LpaCommand::List => {
                        let list = |(iccid, enabled): (Iccid, bool)| ListedProfile::new(iccid, enabled);
                        Event::Listed {
                            command: id,
                            result: Ok(self.euicc().list().map(list).collect()),
                        }
                    }
                    other => return self.story.act(self.vin.as_str(), format_args!("cannot do {other:?}")),
                };
                self.handle(outcome);
            }
            Effect::SendToCmp(message) => {
                self.outbox().push_back(message);
                self.flush().await;
            }
            Effect::Respond {
                request_id, response, ..
            } => {
                let mut waiting = self.waiting();
                let mut rest = Vec::new();
                for (id, kind, sender) in waiting.drain(..) {
                    if id == request_id && kind == kind_of(&response) {
                        let _ = sender.send(response);
                    } else {
                        rest.push((id, kind, sender));
                    }
                }
                *waiting = rest;
            }
            Effect::Log(log) => self.story.act(self.vin.as_str(), format_args!("log: {log:?}")),
            other => self.story.act(self.vin.as_str(), format_args!("cannot do {other:?}")),
        }
    }

    fn download(&self, command: CommandId, code: &aid_types::ActivationCode) -> Event {
        let eid = self.euicc().eid;
        self.story
            .message(self.vin.as_str(), "SM-DP+", "Request profile download");
        let downloaded = self.msp.smdp.download(code, &eid);
        let failure = match downloaded {
            Ok(iccid) => {
                let said = format!("Operational profile {iccid}");
                self.story.message("SM-DP+", self.vin.as_str(), said);
                let installed = self.euicc().install(iccid);
                match installed {
                    Ok(()) => {
                        return Event::Downloaded {
                            command,
                            result: Ok(InstalledProfile::new(iccid)),
                        };
                    }
                    Err(csim_error_code) => {
                        let mut failure = DownloadFailure::new(DownloadInstallResult::PROFILE_INSTALLATION_FAILED);
                        failure.iccid = Some(iccid);
                        failure.csim_error_code = csim_error_code;
                        failure
                    }
                }
            }
            Err(status) => {
                let said = format!("refused: {}", status.as_str());
                self.story.message("SM-DP+", self.vin.as_str(), said);
                let result = DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR;
                let mut failure = DownloadFailure::new(result);
                failure.function_execution_status = Some(*status);
                failure
            }
        };
        Event::Downloaded {
            command,
            result: Err(failure),
        }
    }

    /// Sends what waits, in order, while the vehicle is online. From there on the link keeps it.
    async fn flush(&self) {
        // One at a time, so that nothing overtakes.
        let _sending = self.sending.lock().await;
        loop {
            let link = self.connected().as_ref().map(|connected| connected.link.clone());
            let Some(link) = link else { return };
            let Some(message) = self.outbox().pop_front() else {
                return;
            };
            match message {
                ToCmp::RequestActivationCode(message) => {
                    self.story.message(self.vin.as_str(), "CMP", "Request activation code");
                    self.deliver(&link, &message).await;
                }
                ToCmp::SendProfileDownloadInstallInfo(message) => {
                    let said = format!("Send profile download install info ({})", message.result);
                    self.story.message(self.vin.as_str(), "CMP", said);
                    self.deliver(&link, &message).await;
                }
                ToCmp::SendCsimStatus(message) => {
                    let one = |profile: &aid2_proto::Profile| format!("{} {}", profile.iccid, profile.status);
                    let all = message.profiles.iter().map(one).collect::<Vec<_>>().join(", ");
                    self.story
                        .message(self.vin.as_str(), "CMP", format_args!("Send CSIM status [{all}]"));
                    self.deliver(&link, &message).await;
                }
                ToCmp::SendEnableProfileErrorReport(message) => {
                    let said = format!("Send enable profile error ({})", message.profile.iccid);
                    self.story.message(self.vin.as_str(), "CMP", said);
                    self.deliver(&link, &message).await;
                }
                ToCmp::SendDisableProfileErrorReport(message) => {
                    let said = format!("Send disable profile error ({})", message.profile.iccid);
                    self.story.message(self.vin.as_str(), "CMP", said);
                    self.deliver(&link, &message).await;
                }
                other => self.story.act(self.vin.as_str(), format_args!("cannot send {other:?}")),
            }
        }
    }

    async fn deliver<M: Message>(&self, link: &VehicleLink, message: &M) {
        if let Err(error) = self.link.send(link, message).await {
            self.story
                .act(self.vin.as_str(), format_args!("cannot send {}: {error}", M::NAME));
        }
    }

    /// Hands a request of the backend to the machine and waits for its response.
    async fn answer(&self, request_id: RequestId, kind: &'static str, event: Event) -> Result<Response, NotHandled> {
        let (sender, response) = oneshot::channel();
        self.waiting().push((request_id, kind, sender));
        self.handle(event);
        response.await.map_err(|_| NotHandled::new())
    }

    fn connected(&self) -> MutexGuard<'_, Option<Connected>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outbox(&self) -> MutexGuard<'_, VecDeque<ToCmp>> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(RequestId, &'static str, oneshot::Sender<Response>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const DELETE: &str = "delete";
const DELETE_ALL: &str = "delete all";
const CSIM_INFO: &str = "CSIM info";

fn kind_of(response: &Response) -> &'static str {
    match response {
        Response::DeleteProfile(_) => DELETE,
        Response::DeleteAllProfiles(_) => DELETE_ALL,
        _ => CSIM_INFO,
    }
}

/// What the backend sends to the vehicle.
pub(crate) struct CarPort(Arc<Car>);

impl aid2_proto::Vehicle for CarPort {
    async fn send_activation_code(&self, message: SendActivationCode) -> Result<(), NotHandled> {
        let request_id = message.request_id;
        self.0.handle(Event::SendActivationCode(message));
        self.0.link.delivered(SendActivationCode::NAME, request_id);
        Ok(())
    }

    async fn request_delete_profile(
        &self,
        message: RequestDeleteProfile,
    ) -> Result<RequestDeleteProfileResponse, NotHandled> {
        match self
            .0
            .answer(message.request_id, DELETE, Event::RequestDeleteProfile(message))
            .await?
        {
            Response::DeleteProfile(response) => Ok(response),
            _ => Err(NotHandled::new()),
        }
    }

    async fn request_csim_info(&self, message: RequestCsimInfo) -> Result<RequestCsimInfoResponse, NotHandled> {
        match self
            .0
            .answer(message.request_id, CSIM_INFO, Event::RequestCsimInfo(message))
            .await?
        {
            Response::CsimInfo(response) => Ok(response),
            _ => Err(NotHandled::new()),
        }
    }

    async fn request_delete_all_profiles(
        &self,
        message: RequestDeleteAllProfiles,
    ) -> Result<RequestDeleteAllProfilesResponse, NotHandled> {
        match self
            .0
            .answer(message.request_id, DELETE_ALL, Event::RequestDeleteAllProfiles(message))
            .await?
        {
            Response::DeleteAllProfiles(response) => Ok(response),
            _ => Err(NotHandled::new()),
        }
    }
}

/// What the backend answers: there is no activation code.
impl VehicleReplies for CarPort {
    async fn request_activation_code_response(
        &self,
        request_id: RequestId,
        response: RequestActivationCodeError,
    ) -> Result<(), NotHandled> {
        let car = &self.0;
        car.story.act(
            car.vin.as_str(),
            format_args!("gets no activation code: {}", response.result),
        );
        car.handle(Event::ActivationCodeRefused { request_id, response });
        car.link.ended(RequestActivationCodeError::NAME, request_id);
        Ok(())
    }
}
