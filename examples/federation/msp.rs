//! The MSP's backend: an in-memory database around [`Subscription`], and the execution of its effects.

mod from_cmp;
mod to_cmp;

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use account_id::{Ver, Verifier};
use aid_procedures::msp::{Effect, Event, Options, Subscription};
use aid_types::{
    AccountId, ActivationCodeReply, ActivationCodeRequestId, Condition, Iccid, IssuedMspToken, Msisdn, MspToken,
    ProfileType, Refusal, RequestActivationCode, SubscriptionType, UpdateSubscriptionInfo,
    phone::{AesGcmPhoneCipher, EncryptedPhoneNumber, PhoneCipher as _},
};
use aid1_client::CmpClient;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::{
    cmp::User,
    smdp::Smdp,
    story::Story,
    work::{Job, Work},
    world::now,
};

pub(crate) struct Msp {
    story: Arc<Story>,
    work: Work,
    cmp: CmpClient,
    verifier: Verifier,
    phone_cipher: AesGcmPhoneCipher,
    pub(crate) smdp: Arc<Smdp>,
    db: Mutex<Db>,
    outbox: mpsc::UnboundedSender<(MspToken, Vec<Effect>, Job)>,
    next_iccid: AtomicUsize,
}

#[derive(Default)]
struct Db {
    customers: HashMap<User, Customer>,
    subscriptions: HashMap<MspToken, Subscription>,
    /// Callers of "Request activation code" who still wait.
    waiting: HashMap<ActivationCodeRequestId, oneshot::Sender<Result<ActivationCodeReply, Refusal>>>,
}

/// A customer with a contract.
#[derive(Clone)]
struct Customer {
    number: Msisdn,
    pool_size: NonZeroUsize,
    /// How long the SM-DP+ takes to prepare a profile.
    preparation: Duration,
    msp_token: Option<MspToken>,
}

impl Msp {
    pub(crate) fn start(
        story: Arc<Story>,
        work: Work,
        cmp: CmpClient,
        verifier: Verifier,
        phone_cipher: AesGcmPhoneCipher,
    ) -> Arc<Self> {
        let (outbox, mut jobs) = mpsc::unbounded_channel::<(MspToken, Vec<Effect>, Job)>();
        let msp = Arc::new(Self {
            story,
            work,
            cmp,
            verifier,
            phone_cipher,
            smdp: Arc::default(),
            db: Mutex::default(),
            outbox,
            next_iccid: AtomicUsize::new(1),
        });
        let worker = Arc::clone(&msp);
        tokio::spawn(async move {
            while let Some((msp_token, effects, job)) = jobs.recv().await {
                for effect in effects {
                    worker.execute(msp_token, effect).await;
                }
                drop(job);
            }
        });
        msp
    }

    pub(crate) fn add_customer(&self, user: &str, number: Msisdn, pool_size: NonZeroUsize, preparation: Duration) {
        let customer = Customer {
            number,
            pool_size,
            preparation,
            msp_token: None,
        };
        self.db().customers.insert(user.to_owned(), customer);
    }

    /// The onboarding page: verifies the account_id with what only the right user knows.
    pub(crate) fn verify(&self, user: &str, account_id: &AccountId) -> Result<(), String> {
        let number = self.customer(user).ok_or("no such customer")?.number;
        let digits = number.as_str();
        let ver = digits.get(digits.len().saturating_sub(4)..).unwrap_or_default();
        let verified = self
            .verifier
            .verify_at(account_id.as_str(), now().as_secs())
            .and_then(|token| token.check_ver(Ver::Agreed(ver)));
        verified.map(|_| ()).map_err(|error| error.to_string())
    }

    /// The user has confirmed the contract: "Send MSP token".
    pub(crate) fn onboard(&self, user: &str, account_id: AccountId) -> Result<(), String> {
        let customer = self.customer(user).ok_or("no such customer")?;
        let phone_number = self.encrypt(&customer.number)?;
        let msp_token = MspToken::from_uuid(Uuid::new_v4());
        let body = IssuedMspToken::new(msp_token, phone_number, SubscriptionType::Private);
        {
            let mut db = self.db();
            db.subscriptions.insert(
                msp_token,
                Subscription::new(msp_token, Options::new(customer.pool_size)),
            );
            if let Some(customer) = db.customers.get_mut(user) {
                customer.msp_token = Some(msp_token);
            }
        }
        self.handle(msp_token, Event::Onboard { account_id, body })
            .map_err(|refusal| refusal.to_string())
    }

    /// What customer care or the network decides about a user's subscription.
    pub(crate) fn decide(&self, user: &str, event: Event) -> Result<(), Refusal> {
        let msp_token = self.msp_token(user).ok_or(Condition::UnknownMspToken)?;
        self.handle(msp_token, event)
    }

    /// The customer has a new number.
    pub(crate) fn change_number(&self, user: &str, number: Msisdn) -> Result<(), String> {
        let phone_number = self.encrypt(&number)?;
        if let Some(customer) = self.db().customers.get_mut(user) {
            customer.number = number;
        }
        let update = UpdateSubscriptionInfo::new(phone_number, SubscriptionType::Business);
        self.decide(user, Event::UpdateSubscriptionInfo(update))
            .map_err(|refusal| refusal.to_string())
    }

    pub(crate) fn msp_token(&self, user: &str) -> Option<MspToken> {
        self.customer(user)?.msp_token
    }

    /// A copy, to look at.
    pub(crate) fn subscription(&self, user: &str) -> Option<Subscription> {
        let msp_token = self.msp_token(user)?;
        self.db().subscriptions.get(&msp_token).cloned()
    }

    fn encrypt(&self, number: &Msisdn) -> Result<EncryptedPhoneNumber, String> {
        let mut random = |bytes: &mut [u8]| getrandom::fill(bytes);
        self.phone_cipher
            .encrypt(number, &mut random)
            .map_err(|error| error.to_string())
    }

    /// Load, handle, save, and have the effects executed.
    fn handle(&self, msp_token: MspToken, event: Event) -> Result<(), Refusal> {
        let now = now();
        let mut db = self.db();
        let subscription = db.subscriptions.get_mut(&msp_token).ok_or(Condition::UnknownMspToken)?;
        let effects = subscription.handle(event, now)?;
        let _ = self.outbox.send((msp_token, effects, self.work.begin()));
        Ok(())
    }

    /// Ticks every subscription for which it is time.
    pub(crate) fn tick(&self) {
        let now = now();
        let is_due = |subscription: &Subscription| subscription.wake_at().is_some_and(|at| at <= now);
        let due: Vec<MspToken> = {
            let db = self.db();
            let due = db.subscriptions.iter().filter(|(_, subscription)| is_due(subscription));
            due.map(|(msp_token, _)| *msp_token).collect()
        };
        for msp_token in due {
            // A tick is never refused.
            let _ = self.handle(msp_token, Event::Tick);
        }
    }

    async fn execute(self: &Arc<Self>, msp_token: MspToken, effect: Effect) {
        match effect {
            Effect::PrepareProfile(request) => self.prepare(msp_token, request),
            Effect::Reply(answer) => {
                let id = answer.body().activation_code_request_id();
                let waiting = id.and_then(|id| self.db().waiting.remove(&id));
                if let Some(waiting) = waiting {
                    // Who hung up asks again.
                    let _ = waiting.send(answer.into_reply());
                }
            }
            Effect::ReplyAccepted {
                activation_code_request_id,
                ..
            } => {
                let waiting = self.db().waiting.remove(&activation_code_request_id);
                if let Some(waiting) = waiting {
                    let _ = waiting.send(Ok(ActivationCodeReply::Accepted));
                }
            }
            Effect::CallCmp {
                correlation_id, call, ..
            } => self.call_cmp(msp_token, correlation_id, call).await,
            Effect::DeactivateProfile { iccid, .. } => {
                self.story.act("MSP", format_args!("takes {iccid} out of the network"));
            }
            Effect::SuspendProfile { iccid, .. } => self.story.act("MSP", format_args!("blocks {iccid}")),
            Effect::RestoreProfile { iccid, .. } => self.story.act("MSP", format_args!("releases {iccid}")),
            Effect::Alarm(alarm) => self.story.act("MSP", format_args!("alarm: {alarm:?}")),
            Effect::Log(log) => self.story.act("MSP", format_args!("log: {log:?}")),
            other => self.story.act("MSP", format_args!("cannot do {other:?}")),
        }
    }

    /// The SM-DP+ takes its time.
    fn prepare(self: &Arc<Self>, msp_token: MspToken, request: RequestActivationCode) {
        let (msp, job) = (Arc::clone(self), self.work.begin());
        let preparation = self
            .customers_of(&msp_token)
            .map_or(Duration::ZERO, |customer| customer.preparation);
        tokio::spawn(async move {
            tokio::time::sleep(preparation).await;
            let iccid = msp.fresh_iccid();
            // The eUICC in software finds the ICCID in it.
            let matching_id = format!("{iccid}-{}", Uuid::new_v4().simple()).to_uppercase();
            msp.smdp.bind(&matching_id, request.eid, iccid);
            msp.story
                .act("SM-DP+", format_args!("binds {iccid} to {}", request.eid));
            if let Ok(activation_code) = format!("1$SMDP.MSP.EXAMPLE${matching_id}").parse() {
                let prepared = Event::ProfilePrepared {
                    activation_code_request_id: request.activation_code_request_id,
                    iccid,
                    activation_code,
                    profile_type: ProfileType::PERSONAL,
                };
                let _ = msp.handle(msp_token, prepared);
            }
            drop(job);
        });
    }

    fn fresh_iccid(&self) -> Iccid {
        let number = self.next_iccid.fetch_add(1, Ordering::Relaxed);
        let digits = format!("894900000000000{number:04}");
        // Nineteen digits are an ICCID.
        digits.parse().unwrap_or_else(|_| unreachable!("{digits} is an ICCID"))
    }

    fn customer(&self, user: &str) -> Option<Customer> {
        self.db().customers.get(user).cloned()
    }

    fn customers_of(&self, msp_token: &MspToken) -> Option<Customer> {
        self.db()
            .customers
            .values()
            .find(|customer| customer.msp_token.as_ref() == Some(msp_token))
            .cloned()
    }

    fn db(&self) -> MutexGuard<'_, Db> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Its API towards the CMP.
#[derive(Clone)]
pub(crate) struct MspPort(pub(crate) Arc<Msp>);
