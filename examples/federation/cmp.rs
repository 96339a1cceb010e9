//! The CMP's backend: an in-memory database around [`cmp::Federation`], and the execution of its effects.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use account_id::{NewAccountId, SecretKey, Ver, Verifier};
use aid_procedures::{
    CallFailure, Timestamp,
    cmp::{self, Effect, Event, Federation, MspCall, Sequences, ToVehicle},
};
use aid_types::{
    AccountId, Condition, Eid, MspToken, NotifyMspTokenInvalid, Refusal, SendActivationCode, SendMspToken,
    SendProfileInformation, UpdateSubscriptionInfo, Vin,
    phone::{AesGcmPhoneCipher, PhoneCipher as _},
};
use aid1_client::{Error, MspClient, Transaction};
use aid1_reqwest::ReqwestTransport;
use aid1_server_traits::{Call, CmpApi};
use aid2_proto::{
    CmpBackend, NotHandled, Payload as _, RequestActivationCode, RequestActivationCodeError,
    RequestActivationCodeResult, RequestCsimInfo, RequestCsimInfoResponse, RequestDeleteAllProfiles,
    RequestDeleteAllProfilesResponse, RequestDeleteProfile, RequestDeleteProfileResponse, RequestId, SendCsimStatus,
    SendDisableProfileErrorReport, SendEnableProfileErrorReport, SendProfileDownloadInstallInfo, binding::CmpReplies,
};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    link::Link,
    story::Story,
    world::{Clock, Job, Work},
};

/// A user of the CMP, by the name he logs in with; also his cmp_user_id.
pub(crate) type User = String;

pub(crate) struct Cmp {
    story: Arc<Story>,
    clock: Arc<Clock>,
    work: Work,
    link: Arc<Link>,
    msp: MspClient<ReqwestTransport>,
    account_id_key: SecretKey,
    verifier: Verifier,
    phone_cipher: AesGcmPhoneCipher,
    db: Mutex<Db>,
    outbox: mpsc::UnboundedSender<(User, Vec<Effect>, Job)>,
}

#[derive(Default)]
struct Db {
    federations: HashMap<User, Federation>,
    vehicles: HashMap<Vin, Eid>,
    /// Which user an onboarding session belongs to, and the secret knowledge that was put into its account_id.
    sessions: HashMap<Uuid, (User, String)>,
    /// Which user an msp_token belongs to. Kept after the federation is over, so that no token is taken twice.
    tokens: HashMap<MspToken, User>,
    /// For whom each vehicle was asked to do something.
    sequences: HashMap<Vin, Sequences<User>>,
}

impl Cmp {
    #[allow(clippy::too_many_arguments, reason = "called once, with all parts of a backend")]
    pub(crate) fn start(
        story: Arc<Story>,
        clock: Arc<Clock>,
        work: Work,
        link: Arc<Link>,
        msp: MspClient<ReqwestTransport>,
        account_id_key: SecretKey,
        phone_cipher: AesGcmPhoneCipher,
    ) -> Arc<Self> {
        let (outbox, mut jobs) = mpsc::unbounded_channel::<(User, Vec<Effect>, Job)>();
        let verifier = Verifier::new(account_id_key.clone());
        let db = Mutex::default();
        let cmp = Arc::new(Self {
            story,
            clock,
            work,
            link,
            msp,
            account_id_key,
            verifier,
            phone_cipher,
            db,
            outbox,
        });
        let worker = Arc::clone(&cmp);
        tokio::spawn(async move {
            while let Some((user, effects, job)) = jobs.recv().await {
                for effect in effects {
                    worker.execute(&user, effect).await;
                }
                drop(job);
            }
        });
        cmp
    }

    pub(crate) fn add_user(&self, user: &str, options: cmp::Options) {
        if let Ok(cmp_user_id) = user.parse() {
            self.db()
                .federations
                .insert(user.to_owned(), Federation::new(cmp_user_id, options));
        }
    }

    pub(crate) fn add_vehicle(&self, vin: Vin, eid: Eid) {
        self.db().vehicles.insert(vin, eid);
    }

    /// "Request account id": for the redirect to the MSP.
    pub(crate) fn account_id(&self, user: &str, ver: &str) -> Result<AccountId, Refusal> {
        let internal = |error: &dyn std::fmt::Display| Refusal::new(Condition::Internal).internal(error.to_string());
        let (sid, now) = (Uuid::new_v4(), self.clock.now());
        let new = NewAccountId::new(sid, now).ver(ver);
        let account_id = new.mint(&self.account_id_key).map_err(|error| internal(&error))?;
        if let Some(federation) = self.db().federations.get_mut(user)
            && federation.state() == cmp::TokenState::Removed
        {
            // A second onboarding takes nothing over from the first.
            *federation = Federation::new(federation.cmp_user_id().clone(), federation.options().clone());
        }
        let expires = Timestamp::from_secs(now + 3600);
        self.handle(user, Event::SessionOpened { sid, expires })?;
        self.db().sessions.insert(sid, (user.to_owned(), ver.to_owned()));
        account_id.as_str().parse().map_err(|error| internal(&error))
    }

    /// What the user does at a touchpoint of the CMP.
    pub(crate) fn wish(&self, user: &str, event: Event) -> Result<(), Refusal> {
        self.handle(user, event)
    }

    /// What the touchpoint shows the user of the subscription: the phone number.
    pub(crate) fn phone_number(&self, user: &str) -> Option<String> {
        let encrypted = self.federation(user)?.subscription()?.phone_number.clone()?;
        let decrypted = self.phone_cipher.decrypt(&encrypted).ok()?;
        Some(decrypted.number.as_str().to_owned())
    }

    /// A copy, to look at.
    pub(crate) fn federation(&self, user: &str) -> Option<Federation> {
        self.db().federations.get(user).cloned()
    }

    /// Load, handle, save, and have the effects executed.
    fn handle(&self, user: &str, event: Event) -> Result<(), Refusal> {
        let now = self.clock.timestamp();
        let db = &mut *self.db();
        let federation = db.federations.get_mut(user).ok_or(Condition::UnknownMspToken)?;
        let mut effects = federation.handle(event, now)?;
        for vin in vehicles(&effects) {
            let sequences = db.sequences.entry(vin).or_insert_with(|| Sequences::new(vin));
            sequences.claim(&user.to_owned(), federation, &mut effects);
        }
        if let Some(msp_token) = federation.msp_token().copied() {
            db.tokens.insert(msp_token, user.to_owned());
        }
        // In the order of events: the worker takes them one after the other.
        let _ = self.outbox.send((user.to_owned(), effects, self.work.begin()));
        Ok(())
    }

    async fn execute(&self, user: &str, effect: Effect) {
        match effect {
            Effect::CallMsp {
                msp_token,
                correlation_id,
                call,
                ..
            } => {
                let transaction = correlation_id.map_or(Transaction::New, Transaction::Of);
                self.call_msp(user, msp_token, transaction, call).await;
            }
            Effect::SendToVehicle(message) => self.send_to_vehicle(message).await,
            Effect::Alarm(alarm) => self.story.act("CMP", format_args!("alarm: {alarm:?}")),
            Effect::Log(log) => self.story.act("CMP", format_args!("log: {log:?}")),
            other => self.story.act("CMP", format_args!("cannot do {other:?}")),
        }
    }

    async fn call_msp(&self, user: &str, msp_token: MspToken, transaction: Transaction, call: MspCall) {
        match call {
            MspCall::RequestActivationCode(request) => {
                let candidate = request
                    .replace_iccid
                    .map_or_else(|| "null".to_owned(), |iccid| iccid.to_string());
                let said = format!(
                    "Request activation code (eid {}, replaceIccid {candidate})",
                    request.eid
                );
                self.story.message("CMP", "MSP", said);
                let reply = self
                    .msp
                    .request_activation_code(&msp_token, &request, transaction)
                    .await;
                self.told(reply.as_ref().map(|reply| match reply.value {
                    aid_types::ActivationCodeReply::Ready(_) => "200 with the activation code",
                    aid_types::ActivationCodeReply::Accepted => "201, the activation code follows",
                }));
                let event = Event::ActivationCodeReply {
                    activation_code_request_id: request.activation_code_request_id,
                    reply: reply.map(|reply| reply.value).map_err(|error| failure(&error)),
                };
                let _ = self.handle(user, event);
            }
            MspCall::SendCsimStatus(status) => {
                let said = format!("Send CSIM status ({} {})", status.iccid, status.status);
                self.story.message("CMP", "MSP", said);
                let reply = self.msp.send_csim_status(&msp_token, &status, transaction).await;
                self.told(reply.as_ref().map(|_| "201"));
            }
            MspCall::RequestInvalidateMspToken(_) => {
                self.story.message("CMP", "MSP", "Request invalidate MSP token");
                let reply = self.msp.request_invalidate_msp_token(&msp_token, transaction).await;
                self.told(reply.as_ref().map(|_| "204"));
            }
            MspCall::RequestProfileStatus(request) => {
                self.story.message("CMP", "MSP", "Request profile status");
                let reply = self.msp.request_profile_status(&msp_token, &request, transaction).await;
                let reply = reply.map(|reply| reply.value);
                let said = reply.as_ref().map(|statuses| {
                    let one = |profile: &aid_types::ProfileStatus| format!("{} {}", profile.iccid, profile.status);
                    format!(
                        "200 [{}]",
                        statuses.profiles.iter().map(one).collect::<Vec<_>>().join(", ")
                    )
                });
                self.told(said.as_deref().map_err(|error| *error));
                let reply = reply.map_err(|error| failure(&error));
                let _ = self.handle(user, Event::ProfileStatusReply { request, reply });
            }
            other => self.story.act("CMP", format_args!("cannot call {other:?}")),
        }
    }

    fn told(&self, reply: Result<&str, &Error>) {
        match reply {
            Ok(said) => self.story.message("MSP", "CMP", said),
            Err(error) => self.story.message("MSP", "CMP", error),
        }
    }

    async fn send_to_vehicle(&self, message: ToVehicle) {
        let request_id = message.request_id();
        let vin = request_id.vehicle_id;
        let offline = if self.link.is_online(&vin) {
            ""
        } else {
            " [offline, stays ordered]"
        };
        let say = |what: &str| self.story.message("CMP", vin.as_str(), format_args!("{what}{offline}"));
        let sent = match message {
            ToVehicle::SendActivationCode(message) => {
                say("Send activation code");
                self.link.order(&message).await
            }
            ToVehicle::RefuseActivationCode { response, .. } => {
                say(&format!("Request activation code response: {}", response.result));
                self.link.refuse(request_id, response).await
            }
            ToVehicle::RequestDeleteProfile(message) => {
                say(&format!("Request delete profile ({})", message.iccid));
                self.link.order(&message).await
            }
            ToVehicle::RequestDeleteAllProfiles(message) => {
                say("Request delete all profiles");
                self.link.order(&message).await
            }
            ToVehicle::RequestCsimInfo(message) => {
                say("Request CSIM info");
                self.link.order(&message).await
            }
            other => return self.story.act("CMP", format_args!("cannot send {other:?}")),
        };
        if let Err(error) = sent {
            self.story.act("CMP", format_args!("cannot send to {vin}: {error}"));
        }
    }

    /// A vehicle has answered a request.
    fn answered(&self, name: &'static str, request_id: RequestId, result: impl std::fmt::Display, event: Event) {
        let vin = request_id.vehicle_id;
        self.story.message(vin.as_str(), "CMP", result);
        let sequences = self.db().sequences.get(&vin).cloned();
        if let Some(user) = sequences.as_ref().and_then(|sequences| sequences.owner(request_id)) {
            let _ = self.handle(user, event);
        }
        self.link.ended(name, request_id);
    }

    fn users(&self) -> Vec<User> {
        self.db().federations.keys().cloned().collect()
    }

    fn user_of(&self, msp_token: &MspToken) -> Result<User, Refusal> {
        self.db()
            .tokens
            .get(msp_token)
            .cloned()
            .ok_or_else(|| Condition::UnknownMspToken.into())
    }

    fn db(&self) -> MutexGuard<'_, Db> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The vehicles that are sent something.
fn vehicles(effects: &[Effect]) -> BTreeSet<Vin> {
    let messages = effects.iter().filter_map(|effect| match effect {
        Effect::SendToVehicle(message) => Some(message.request_id().vehicle_id),
        _ => None,
    });
    messages.collect()
}

/// What the procedures need to know of a call that failed.
pub(crate) fn failure(error: &Error) -> CallFailure {
    match error.api_error() {
        Some(error) => CallFailure::refused(error.status().as_u16(), error.code()),
        None if error.is_timeout() || error.is_transport() => CallFailure::NoAnswer,
        None => CallFailure::Undecodable,
    }
}

/// The CMP API: what the MSP calls.
pub(crate) struct CmpPort(pub(crate) Arc<Cmp>);

impl CmpApi for CmpPort {
    async fn send_msp_token(&self, _: Call, account_id: AccountId, body: SendMspToken) -> Result<(), Refusal> {
        let cmp = &*self.0;
        let vers: Vec<String> = cmp.db().sessions.values().map(|(_, ver)| ver.clone()).collect();
        let vers: Vec<&str> = vers.iter().map(String::as_str).collect();
        let claims = cmp
            .verifier
            .verify_at(account_id.as_str(), cmp.clock.now(), Ver::AgreedAny(&vers))
            .map_err(|error| {
                let condition = match error.code() {
                    11 => Condition::ExpiredAccountId,
                    12 => Condition::AccountIdSignature,
                    _ => Condition::AccountIdOther,
                };
                Refusal::new(condition).internal(error.to_string())
            })?;
        let assigned = match &body {
            SendMspToken::Issued(issued) => {
                // An msp_token comes with a phone number that can be decrypted, or not at all.
                cmp.phone_cipher
                    .decrypt(&issued.phone_number)
                    .map_err(|_| Condition::PhoneNumber)?;
                cmp.user_of(&issued.msp_token).ok()
            }
            SendMspToken::Failed(_) => None,
        };
        let session = cmp.db().sessions.get(&claims.sid).cloned();
        let (user, _) = session.ok_or(Condition::UnknownAccountId)?;
        let assigned_elsewhere = assigned.is_some_and(|other| other != user);
        cmp.handle(
            &user,
            Event::SendMspToken {
                sid: claims.sid,
                assigned_elsewhere,
                body,
            },
        )
    }

    async fn notify_msp_token_invalid(
        &self,
        _: Call,
        msp_token: MspToken,
        body: NotifyMspTokenInvalid,
    ) -> Result<(), Refusal> {
        self.0
            .handle(&self.0.user_of(&msp_token)?, Event::NotifyMspTokenInvalid(body))
    }

    async fn send_profile_information(
        &self,
        _: Call,
        msp_token: MspToken,
        body: SendProfileInformation,
    ) -> Result<(), Refusal> {
        self.0
            .handle(&self.0.user_of(&msp_token)?, Event::SendProfileInformation(body))
    }

    async fn update_subscription_info(
        &self,
        _: Call,
        msp_token: MspToken,
        body: UpdateSubscriptionInfo,
    ) -> Result<(), Refusal> {
        if let Some(phone_number) = &body.phone_number {
            self.0
                .phone_cipher
                .decrypt(phone_number)
                .map_err(|_| Condition::PhoneNumber)?;
        }
        self.0
            .handle(&self.0.user_of(&msp_token)?, Event::UpdateSubscriptionInfo(body))
    }

    async fn send_activation_code(
        &self,
        call: Call,
        msp_token: MspToken,
        body: SendActivationCode,
    ) -> Result<(), Refusal> {
        let correlation_id = Some(call.ids.correlation_id);
        self.0.handle(
            &self.0.user_of(&msp_token)?,
            Event::SendActivationCode { body, correlation_id },
        )
    }
}

/// The AiD2 backend: what vehicles send.
impl CmpBackend for CmpPort {
    async fn request_activation_code(
        &self,
        message: RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeError>, NotHandled> {
        use RequestActivationCodeResult as R;
        let cmp = &*self.0;
        let known = cmp.db().vehicles.get(&message.request_id.vehicle_id).copied();
        let user = message.cmp_user_id.as_str().to_owned();
        let refusal = match known {
            None => Some(R::UNKNOWN_VIN),
            Some(eid) if eid != message.eid => Some(R::UNKNOWN_EID),
            Some(_) if cmp.federation(&user).is_none() => Some(R::UNKNOWN_USER),
            Some(_) => None,
        };
        let request_id = message.request_id;
        if refusal.is_some() {
            // It goes with the return of this function.
            cmp.link.ordered(RequestActivationCodeError::NAME, request_id);
        } else {
            let fresh_id = Uuid::new_v4().into();
            let _ = cmp.handle(&user, Event::RequestActivationCode { message, fresh_id });
        }
        cmp.link.handled_by_cmp(RequestActivationCode::NAME, request_id);
        Ok(refusal.map(Into::into))
    }

    async fn send_profile_download_install_info(
        &self,
        message: SendProfileDownloadInstallInfo,
    ) -> Result<(), NotHandled> {
        let user = message.cmp_user_id.as_str().to_owned();
        let request_id = message.request_id;
        let _ = self.0.handle(&user, Event::DownloadInstallInfo(message));
        // That is how an activation code ends.
        self.0.link.ended(aid2_proto::SendActivationCode::NAME, request_id);
        self.0
            .link
            .handled_by_cmp(SendProfileDownloadInstallInfo::NAME, request_id);
        Ok(())
    }

    async fn send_csim_status(&self, message: SendCsimStatus) -> Result<(), NotHandled> {
        for user in self.0.users() {
            let _ = self.0.handle(&user, Event::CsimStatus(message.clone()));
        }
        self.0.link.handled_by_cmp(SendCsimStatus::NAME, message.request_id);
        Ok(())
    }

    async fn send_enable_profile_error_report(&self, message: SendEnableProfileErrorReport) -> Result<(), NotHandled> {
        let user = message.profile.cmp_user_id.as_str().to_owned();
        let request_id = message.request_id;
        let _ = self.0.handle(&user, Event::EnableProfileError(message));
        self.0
            .link
            .handled_by_cmp(SendEnableProfileErrorReport::NAME, request_id);
        Ok(())
    }

    async fn send_disable_profile_error_report(
        &self,
        message: SendDisableProfileErrorReport,
    ) -> Result<(), NotHandled> {
        let user = message.profile.cmp_user_id.as_str().to_owned();
        let request_id = message.request_id;
        let _ = self.0.handle(&user, Event::DisableProfileError(message));
        self.0
            .link
            .handled_by_cmp(SendDisableProfileErrorReport::NAME, request_id);
        Ok(())
    }
}

/// What vehicles answer.
impl CmpReplies for CmpPort {
    async fn request_delete_profile_response(
        &self,
        request_id: RequestId,
        response: RequestDeleteProfileResponse,
    ) -> Result<(), NotHandled> {
        let event = Event::DeleteProfileResponse { request_id, response };
        self.0
            .answered(RequestDeleteProfile::NAME, request_id, response.result, event);
        Ok(())
    }

    async fn request_csim_info_response(
        &self,
        request_id: RequestId,
        response: RequestCsimInfoResponse,
    ) -> Result<(), NotHandled> {
        let event = Event::CsimInfoResponse { request_id, response };
        self.0
            .answered(RequestCsimInfo::NAME, request_id, response.result, event);
        Ok(())
    }

    async fn request_delete_all_profiles_response(
        &self,
        request_id: RequestId,
        response: RequestDeleteAllProfilesResponse,
    ) -> Result<(), NotHandled> {
        let event = Event::DeleteAllProfilesResponse { request_id, response };
        self.0
            .answered(RequestDeleteAllProfiles::NAME, request_id, response.result, event);
        Ok(())
    }
}
