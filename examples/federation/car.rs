//! A vehicle: [`vehicle::Vehicle`] with a software eUICC, an outbox for bad connections, and its place on the link.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use aid_procedures::vehicle::{
    CommandId, DownloadFailure, Effect, Event, InstalledProfile, ListedProfile, LpaCommand, Options, Response, ToCmp,
    Vehicle,
};
use aid_types::{Eid, Iccid, Vin};
use aid2_proto::{
    DecodeOptions, DownloadInstallResult, Message as _, NotHandled, Payload, RequestActivationCodeError,
    RequestCsimInfo, RequestCsimInfoResponse, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse,
    RequestDeleteProfile, RequestDeleteProfileResponse, RequestId, SendActivationCode, dispatch_to_cmp_backend,
    dispatch_to_vehicle,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    cmp::CmpPort,
    euicc::Euicc,
    link::{Link, ToCar},
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
    backend: CmpPort,
    msp: Arc<Msp>,
    machine: Mutex<Vehicle>,
    euicc: Mutex<Euicc>,
    /// What could not be sent yet, oldest first.
    outbox: Mutex<VecDeque<ToCmp>>,
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
        backend: CmpPort,
        msp: Arc<Msp>,
    ) -> Arc<Self> {
        let (jobs, mut effects) = mpsc::unbounded_channel::<(Vec<Effect>, Job)>();
        let car = Arc::new(Self {
            vin,
            story,
            clock,
            work,
            link,
            backend,
            msp,
            machine: Mutex::new(Vehicle::new(vin, eid, Options::default())),
            euicc: Mutex::new(Euicc::new(eid, 4)),
            outbox: Mutex::default(),
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

    /// Drives out of the tunnel: what waited is sent, and the backend learns that the vehicle is there.
    pub(crate) async fn connect(self: &Arc<Self>) {
        let (inbox, mut arriving) = mpsc::unbounded_channel();
        self.link.connect(self.vin, inbox);
        let car = Arc::clone(self);
        tokio::spawn(async move {
            while let Some(arrived) = arriving.recv().await {
                let (car, job) = (Arc::clone(&car), car.work.begin());
                // A request whose answer takes long must not hold up the others.
                tokio::spawn(async move {
                    car.receive(arrived).await;
                    drop(job);
                });
            }
        });
        self.flush().await;
        self.backend.0.vehicle_connected(self.vin);
    }

    /// Drives into a tunnel.
    pub(crate) fn disconnect(&self) {
        self.story.act(self.vin.as_str(), "is out of reach");
        self.link.disconnect(&self.vin);
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

    /// Sends what waits, in order, while the vehicle is online.
    async fn flush(&self) {
        while self.link.is_online(&self.vin) {
            let Some(message) = self.outbox().pop_front() else {
                return;
            };
            match message {
                ToCmp::RequestActivationCode(message) => {
                    self.story.message(self.vin.as_str(), "CMP", "Request activation code");
                    if let Some(payload) = self.deliver(&message).await {
                        self.refused(message.request_id(), &payload);
                    }
                }
                ToCmp::SendProfileDownloadInstallInfo(message) => {
                    let said = format!("Send profile download install info ({})", message.result);
                    self.story.message(self.vin.as_str(), "CMP", said);
                    self.deliver(&message).await;
                }
                ToCmp::SendCsimStatus(message) => {
                    let one = |profile: &aid2_proto::Profile| format!("{} {}", profile.iccid, profile.status);
                    let all = message.profiles.iter().map(one).collect::<Vec<_>>().join(", ");
                    self.story
                        .message(self.vin.as_str(), "CMP", format_args!("Send CSIM status [{all}]"));
                    self.deliver(&message).await;
                }
                ToCmp::SendEnableProfileErrorReport(message) => {
                    let said = format!("Send enable profile error ({})", message.profile.iccid);
                    self.story.message(self.vin.as_str(), "CMP", said);
                    self.deliver(&message).await;
                }
                ToCmp::SendDisableProfileErrorReport(message) => {
                    let said = format!("Send disable profile error ({})", message.profile.iccid);
                    self.story.message(self.vin.as_str(), "CMP", said);
                    self.deliver(&message).await;
                }
                other => self.story.act(self.vin.as_str(), format_args!("cannot send {other:?}")),
            }
        }
    }

    /// The bytes of a message to the backend; those of the nested response.
    async fn deliver<M: Payload>(&self, message: &M) -> Option<Vec<u8>> {
        let payload = message.encode();
        match dispatch_to_cmp_backend(&self.backend, M::NAME, &payload, DecodeOptions::default()).await {
            Ok(dispatched) => dispatched.response,
            Err(error) => {
                self.story.act("CMP", error);
                None
            }
        }
    }

    async fn receive(&self, arrived: ToCar) {
        match arrived {
            ToCar::Message {
                name,
                payload,
                response,
            } => {
                let dispatched = dispatch_to_vehicle(self, name, &payload, DecodeOptions::default()).await;
                let _ = response.send(dispatched.ok().and_then(|dispatched| dispatched.response));
            }
            ToCar::Response { request_id, payload } => self.refused(request_id, &payload),
        }
    }

    /// The only nested response that a vehicle gets: there is no activation code.
    fn refused(&self, request_id: RequestId, payload: &[u8]) {
        if let Ok(decoded) = RequestActivationCodeError::decode(payload, DecodeOptions::default()) {
            let response = decoded.value;
            self.story.act(
                self.vin.as_str(),
                format_args!("gets no activation code: {}", response.result),
            );
            self.handle(Event::ActivationCodeRefused { request_id, response });
        }
    }

    /// Hands a request of the backend to the machine and waits for its response.
    async fn answer(&self, request_id: RequestId, kind: &'static str, event: Event) -> Result<Response, NotHandled> {
        let (sender, response) = oneshot::channel();
        self.waiting().push((request_id, kind, sender));
        self.handle(event);
        response.await.map_err(|_| NotHandled::new())
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
impl aid2_proto::Vehicle for Car {
    async fn send_activation_code(&self, message: SendActivationCode) -> Result<(), NotHandled> {
        self.handle(Event::SendActivationCode(message));
        Ok(())
    }

    async fn request_delete_profile(
        &self,
        message: RequestDeleteProfile,
    ) -> Result<RequestDeleteProfileResponse, NotHandled> {
        match self
            .answer(message.request_id, DELETE, Event::RequestDeleteProfile(message))
            .await?
        {
            Response::DeleteProfile(response) => Ok(response),
            _ => Err(NotHandled::new()),
        }
    }

    async fn request_csim_info(&self, message: RequestCsimInfo) -> Result<RequestCsimInfoResponse, NotHandled> {
        match self
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
            .answer(message.request_id, DELETE_ALL, Event::RequestDeleteAllProfiles(message))
            .await?
        {
            Response::DeleteAllProfiles(response) => Ok(response),
            _ => Err(NotHandled::new()),
        }
    }
}
