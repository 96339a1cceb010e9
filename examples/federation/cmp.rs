//! The CMP's backend: an in-memory database around [`cmp::Federation`], and the execution of its effects.

mod from_msp;
mod from_vehicles;
mod to_msp;
mod to_vehicles;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use account_id::{NewAccountId, SecretKey, Verifier};
use aid_procedures::{
    Timestamp,
    cmp::{self, Effect, Event, Federation, Sequences},
};
use aid_types::{
    AccountId, Condition, Eid, MspToken, Refusal, Vin,
    phone::{AesGcmPhoneCipher, PhoneCipher as _},
};
use aid1_client::{MspClient, Transaction};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    link::Link,
    story::Story,
    work::{Job, Work},
    world::now,
};

/// A user of the CMP, by the name he logs in with; also his cmp_user_id.
pub(crate) type User = String;

pub(crate) struct Cmp {
    story: Arc<Story>,
    work: Work,
    link: Arc<Link>,
    msp: MspClient,
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
        work: Work,
        link: Arc<Link>,
        msp: MspClient,
        account_id_key: SecretKey,
        phone_cipher: AesGcmPhoneCipher,
    ) -> Arc<Self> {
        let (outbox, mut jobs) = mpsc::unbounded_channel::<(User, Vec<Effect>, Job)>();
        let verifier = Verifier::new(account_id_key.clone());
        let db = Mutex::default();
        let cmp = Arc::new(Self {
            story,
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
                    // What waited may be obsolete: the msp_token may have died meanwhile.
                    if worker.federation(&user).is_none_or(|now| now.still_wanted(&effect)) {
                        worker.execute(&user, effect).await;
                    }
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
        let (sid, now) = (Uuid::new_v4(), now().as_secs());
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
        let encrypted = self.federation(user)?.subscription()?.phone_number()?.clone();
        let decrypted = self.phone_cipher.decrypt(&encrypted).ok()?;
        Some(decrypted.number.as_str().to_owned())
    }

    /// A copy, to look at.
    pub(crate) fn federation(&self, user: &str) -> Option<Federation> {
        self.db().federations.get(user).cloned()
    }

    /// Load, handle, save, and have the effects executed.
    fn handle(&self, user: &str, event: Event) -> Result<(), Refusal> {
        let now = now();
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

    /// Ticks every federation for which it is time.
    pub(crate) fn tick(&self) {
        for user in self.due() {
            // A tick is never refused.
            let _ = self.handle(&user, Event::Tick);
        }
    }

    /// Whose federation is to be ticked.
    pub(crate) fn due(&self) -> Vec<User> {
        let now = now();
        let db = self.db();
        let is_due = |federation: &Federation| federation.wake_at().is_some_and(|at| at <= now);
        let due = db.federations.iter().filter(|(_, federation)| is_due(federation));
        due.map(|(user, _)| user.clone()).collect()
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
            Effect::CancelOrder { request_id, order, .. } => self.cancel(request_id, order).await,
            Effect::MakeRoom { eid, .. } => self.make_room(user, eid),
            Effect::Alarm(alarm) => self.story.act("CMP", format_args!("alarm: {alarm:?}")),
            Effect::Log(log) => self.story.act("CMP", format_args!("log: {log:?}")),
            other => self.story.act("CMP", format_args!("cannot do {other:?}")),
        }
    }

    /// An eUICC is full, and nothing there is this user's to spare: another user's profile goes.
    fn make_room(&self, user: &str, eid: Eid) {
        let mut others = self.users().into_iter().filter(|other| other != user);
        if !others.any(|other| self.handle(&other, Event::MakeRoom { eid }).is_ok()) {
            self.story
                .act("CMP", format_args!("the eUICC is full, and no profile is to spare"));
        }
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

/// Its API towards the MSP and the vehicles.
pub(crate) struct CmpPort(pub(crate) Arc<Cmp>);
