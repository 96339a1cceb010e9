//! The MSP: what is its own, and [`MspBackend`].

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use account_id::{Ver, Verifier};
use aid_backend::{
    engine::Engine,
    msp::{MspBackend, MspOptions, MspPorts, NotPrepared, Onboarding, PreparedProfile, SubscriptionView},
    store::BoxStore,
};
use aid_procedures::{
    Timestamp,
    msp::{Alarm, Event, Log, Options, Subscription},
};
use aid_types::{
    AccountId, ClientId, Iccid, IssuedMspToken, Msisdn, MspToken, RequestActivationCode, SubscriptionType,
    UpdateSubscriptionInfo,
    phone::{AesGcmPhoneCipher, EncryptedPhoneNumber, PhoneCipher as _},
};
use aid1_client::CmpClient;
use uuid::Uuid;

use crate::{Audience, Failed, Smdp, now::now};

/// Whom the CMP knows as a user, by the same name.
type User = String;

/// The MSP's backend, and what its pages and its customer care do with it. Clones share it.
#[derive(Debug, Clone)]
pub struct Msp(MspBackend<BoxStore, MspStage>);

/// What this MSP brings.
pub struct MspStage {
    audience: Arc<dyn Audience>,
    smdp: Arc<Smdp>,
    cmp_id: ClientId,
    cmp: CmpClient,
    verifier: Verifier,
    phone_cipher: AesGcmPhoneCipher,
    customers: Mutex<HashMap<User, Customer>>,
}

impl fmt::Debug for MspStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MspStage")
            .field("cmp_id", &self.cmp_id)
            .finish_non_exhaustive()
    }
}

/// A customer with a contract.
#[derive(Clone)]
struct Customer {
    number: Msisdn,
    pool_size: NonZeroUsize,
    /// How long the SM-DP+ takes to prepare a profile.
    preparation: Duration,
    /// The latest.
    msp_token: Option<MspToken>,
}

impl MspStage {
    pub(crate) fn new(
        audience: Arc<dyn Audience>,
        smdp: Arc<Smdp>,
        cmp_id: ClientId,
        cmp: CmpClient,
        verifier: Verifier,
        phone_cipher: AesGcmPhoneCipher,
    ) -> Self {
        Self {
            audience,
            smdp,
            cmp_id,
            cmp,
            verifier,
            phone_cipher,
            customers: Mutex::default(),
        }
    }

    /// The only CMP: its client-id at the MSP's server.
    #[must_use]
    pub const fn cmp_id(&self) -> &ClientId {
        &self.cmp_id
    }

    /// The download server.
    #[must_use]
    pub fn smdp(&self) -> &Smdp {
        &self.smdp
    }

    fn encrypt(&self, number: &Msisdn) -> Result<EncryptedPhoneNumber, Failed> {
        let mut random = |bytes: &mut [u8]| getrandom::fill(bytes);
        Ok(self.phone_cipher.encrypt(number, &mut random)?)
    }

    fn customers(&self) -> MutexGuard<'_, HashMap<User, Customer>> {
        self.customers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MspPorts for MspStage {
    fn now(&self) -> Timestamp {
        now()
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn cmp(&self, client_id: &ClientId) -> Option<&CmpClient> {
        (*client_id == self.cmp_id).then_some(&self.cmp)
    }

    /// The SM-DP+ takes its time.
    async fn prepare(
        &self,
        msp_token: &MspToken,
        request: &RequestActivationCode,
    ) -> Result<PreparedProfile, NotPrepared> {
        let preparation = {
            let customers = self.customers();
            let mut theirs = customers.values();
            let of_token = theirs.find(|customer| customer.msp_token.as_ref() == Some(msp_token));
            of_token.map_or(Duration::ZERO, |customer| customer.preparation)
        };
        tokio::time::sleep(preparation).await;
        let prepared = self.smdp.prepare(request).await.map_err(NotPrepared::NotNow)?;
        let said = format!("binds {} to {}", prepared.iccid, request.eid);
        self.audience.act("SM-DP+", &said);
        Ok(prepared)
    }

    async fn deactivate(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.audience
            .act("MSP", &format_args!("takes {iccid} out of the network"));
        Ok(())
    }

    async fn suspend(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.audience.act("MSP", &format_args!("blocks {iccid}"));
        Ok(())
    }

    async fn restore(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.audience.act("MSP", &format_args!("releases {iccid}"));
        Ok(())
    }

    fn alarm(&self, _: &MspToken, alarm: &Alarm) {
        self.audience.act("MSP", &format_args!("alarm: {alarm:?}"));
    }

    fn log(&self, _: &MspToken, log: &Log) {
        self.audience.act("MSP", &format_args!("log: {log:?}"));
    }
}

impl Msp {
    pub(crate) fn new(engine: Engine<BoxStore>, stage: MspStage, options: MspOptions) -> Self {
        Self(MspBackend::new(engine, stage, options))
    }

    /// The backend itself.
    #[must_use]
    pub const fn backend(&self) -> &MspBackend<BoxStore, MspStage> {
        &self.0
    }

    /// The MSP has this customer, who may have so many profiles, each prepared in so much time.
    pub fn add_customer(&self, user: &str, number: Msisdn, pool_size: NonZeroUsize, preparation: Duration) {
        let customer = Customer {
            number,
            pool_size,
            preparation,
            msp_token: None,
        };
        self.0.ports().customers().insert(user.to_owned(), customer);
    }

    /// The onboarding page: verifies the account_id with what only the right user knows, the last four digits of the number.
    ///
    /// # Errors
    ///
    /// If there is no such customer, or as [`Verifier::verify_at`].
    pub fn verify(&self, user: &str, account_id: &AccountId) -> Result<(), Failed> {
        let number = self.customer(user)?.number;
        let digits = number.as_str();
        let ver = digits.get(digits.len().saturating_sub(4)..).unwrap_or_default();
        let verifier = &self.0.ports().verifier;
        let token = verifier.verify_at(account_id.as_str(), now().as_secs())?;
        Ok(token.check_ver(Ver::Agreed(ver)).map(drop)?)
    }

    /// The user has confirmed the contract: "Send MSP token".
    ///
    /// # Errors
    ///
    /// If there is no such customer, or as [`MspBackend::onboard`].
    pub async fn onboard(&self, user: &str, account_id: AccountId) -> Result<(), Failed> {
        let (ports, customer) = (self.0.ports(), self.customer(user)?);
        let msp_token = MspToken::from_uuid(Uuid::new_v4());
        let number = ports.encrypt(&customer.number)?;
        let body = IssuedMspToken::new(msp_token, number, SubscriptionType::Private);
        if let Some(customer) = ports.customers().get_mut(user) {
            customer.msp_token = Some(msp_token);
        }
        let contract = Options::new(customer.pool_size);
        let onboarding = Onboarding::new(ports.cmp_id.clone(), user.to_owned(), account_id, body, contract);
        Ok(self.0.onboard(onboarding).await?)
    }

    /// What customer care or the network decides about a user's subscription.
    ///
    /// # Errors
    ///
    /// If there is no subscription, or as [`MspBackend::decide`].
    pub async fn decide(&self, user: &str, event: Event) -> Result<(), Failed> {
        let msp_token = self.msp_token(user).await.ok_or("no subscription")?;
        Ok(self.0.decide(&msp_token, event).await?)
    }

    /// The customer has a new number.
    ///
    /// # Errors
    ///
    /// As [`decide`](Self::decide).
    pub async fn change_number(&self, user: &str, number: Msisdn) -> Result<(), Failed> {
        let encrypted = self.0.ports().encrypt(&number)?;
        if let Some(customer) = self.0.ports().customers().get_mut(user) {
            customer.number = number;
        }
        let update = UpdateSubscriptionInfo::new(encrypted, SubscriptionType::Business);
        self.decide(user, Event::UpdateSubscriptionInfo(update)).await
    }

    /// What the CMP calls the customer's subscription.
    pub async fn msp_token(&self, user: &str) -> Option<MspToken> {
        Some(*self.subscription(user).await?.msp_token())
    }

    /// A copy of the customer's subscription, to look at: of the one that is in force, or else of one that is over.
    pub async fn subscription(&self, user: &str) -> Option<Subscription> {
        let views = self.0.subscriptions_of(user).await.ok()?;
        let in_force = |view: &SubscriptionView| view.subscription.state().is_live();
        Some(views.into_iter().max_by_key(in_force)?.subscription)
    }

    fn customer(&self, user: &str) -> Result<Customer, &'static str> {
        let customers = self.0.ports().customers();
        customers.get(user).cloned().ok_or("no such customer")
    }
}
