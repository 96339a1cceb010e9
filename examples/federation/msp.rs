//! The MSP: what is its own, and [`MspBackend`].

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use account_id::{Ver, Verifier};
use aid_backend::{
    engine::Engine,
    msp::{MspBackend, MspOptions, MspPorts, NotPrepared, Onboarding, PreparedProfile},
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

use crate::{Failed, smdp::Smdp, story::Story, world::now};

/// After this time "Request activation code" is answered with 201: the 3 seconds of the document, shortened so that nobody
/// has to wait for the asynchronous mode.
const WAIT: Duration = Duration::from_millis(400);

/// Whom the CMP knows as a user, by the same name.
type User = String;

/// The MSP's backend, and what its pages and its customer care do with it.
#[derive(Clone)]
pub(crate) struct Msp(pub(crate) MspBackend<BoxStore, Ports>);

/// What an MSP brings.
pub(crate) struct Ports {
    story: Arc<Story>,
    pub(crate) smdp: Arc<Smdp>,
    cmp_id: ClientId,
    cmp: CmpClient,
    verifier: Verifier,
    phone_cipher: AesGcmPhoneCipher,
    customers: Mutex<HashMap<User, Customer>>,
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

impl Ports {
    pub(crate) fn new(
        story: Arc<Story>,
        cmp_id: ClientId,
        cmp: CmpClient,
        verifier: Verifier,
        phone_cipher: AesGcmPhoneCipher,
    ) -> Self {
        Self {
            story,
            smdp: Arc::default(),
            cmp_id,
            cmp,
            verifier,
            phone_cipher,
            customers: Mutex::default(),
        }
    }

    fn encrypt(&self, number: &Msisdn) -> Result<EncryptedPhoneNumber, Failed> {
        let mut random = |bytes: &mut [u8]| getrandom::fill(bytes);
        Ok(self.phone_cipher.encrypt(number, &mut random)?)
    }

    fn customers(&self) -> MutexGuard<'_, HashMap<User, Customer>> {
        self.customers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MspPorts for Ports {
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
        let prepared = self.smdp.prepare(request).map_err(NotPrepared::NotNow)?;
        let said = format_args!("binds {} to {}", prepared.iccid, request.eid);
        self.story.act("SM-DP+", said);
        Ok(prepared)
    }

    async fn deactivate(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.story.act("MSP", format_args!("takes {iccid} out of the network"));
        Ok(())
    }

    async fn suspend(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.story.act("MSP", format_args!("blocks {iccid}"));
        Ok(())
    }

    async fn restore(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.story.act("MSP", format_args!("releases {iccid}"));
        Ok(())
    }

    fn alarm(&self, _: &MspToken, alarm: &Alarm) {
        self.story.act("MSP", format_args!("alarm: {alarm:?}"));
    }

    fn log(&self, _: &MspToken, log: &Log) {
        self.story.act("MSP", format_args!("log: {log:?}"));
    }
}

impl Msp {
    pub(crate) fn new(engine: Engine<BoxStore>, ports: Ports) -> Self {
        let mut options = MspOptions::default();
        options.wait = WAIT;
        Self(MspBackend::new(engine, ports, options))
    }

    /// A new customer. What a run before has left of them in the database is gone.
    pub(crate) async fn add_customer(
        &self,
        user: &str,
        number: Msisdn,
        pool_size: NonZeroUsize,
        preparation: Duration,
    ) -> Result<(), Failed> {
        let customer = Customer {
            number,
            pool_size,
            preparation,
            msp_token: None,
        };
        self.0.ports().customers().insert(user.to_owned(), customer);
        Ok(self.0.erase(user).await?)
    }

    /// The onboarding page: verifies the account_id with what only the right user knows.
    pub(crate) fn verify(&self, user: &str, account_id: &AccountId) -> Result<(), Failed> {
        let number = self.customer(user)?.number;
        let digits = number.as_str();
        let ver = digits.get(digits.len().saturating_sub(4)..).unwrap_or_default();
        let token = self
            .0
            .ports()
            .verifier
            .verify_at(account_id.as_str(), now().as_secs())?;
        Ok(token.check_ver(Ver::Agreed(ver)).map(drop)?)
    }

    /// The user has confirmed the contract: "Send MSP token".
    pub(crate) async fn onboard(&self, user: &str, account_id: AccountId) -> Result<(), Failed> {
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
    pub(crate) async fn decide(&self, user: &str, event: Event) -> Result<(), Failed> {
        let msp_token = self.msp_token(user).ok_or("no subscription")?;
        Ok(self.0.decide(&msp_token, event).await?)
    }

    /// The customer has a new number.
    pub(crate) async fn change_number(&self, user: &str, number: Msisdn) -> Result<(), Failed> {
        let encrypted = self.0.ports().encrypt(&number)?;
        if let Some(customer) = self.0.ports().customers().get_mut(user) {
            customer.number = number;
        }
        let update = UpdateSubscriptionInfo::new(encrypted, SubscriptionType::Business);
        self.decide(user, Event::UpdateSubscriptionInfo(update)).await
    }

    pub(crate) fn msp_token(&self, user: &str) -> Option<MspToken> {
        self.customer(user).ok()?.msp_token
    }

    /// A copy, to look at.
    pub(crate) async fn subscription(&self, user: &str) -> Option<Subscription> {
        let view = self.0.subscription(&self.msp_token(user)?).await.ok()??;
        Some(view.subscription)
    }

    fn customer(&self, user: &str) -> Result<Customer, &'static str> {
        let customers = self.0.ports().customers();
        customers.get(user).cloned().ok_or("no such customer")
    }
}
