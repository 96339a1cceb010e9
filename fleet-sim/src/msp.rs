//! The MSPs: each the real backend over a store in memory, and what everybody can see of its subscriptions.

use std::{num::NonZeroUsize, sync::Arc};

use aid_backend::{
    engine::Workers,
    msp::{MspBackend, MspOptions, MspPorts, NotPrepared, Onboarding, PreparedProfile},
    store::{MemoryStore, Save, Unit},
};
use aid_procedures::{
    ServiceState, Timestamp,
    msp::{Alarm, Answer, CmpCall, Effect, Event, Options, Subscription as Machine},
};
use aid_types::{AccountId, ClientId, Iccid, MspToken, Refusal, RequestActivationCode, UpdateSubscriptionInfo};
use aid1_client::CmpClient;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Fault, calls,
    clock::Wall,
    cmp::{Waiting, saved},
    host::{Desk, Host, Want},
    kept::Kept,
    names,
    party::{Party, Process},
    world::World,
};

pub(crate) type Backend = MspBackend<Kept, Ports>;

/// An MSP.
#[derive(Debug)]
pub(crate) struct Msp {
    pub(crate) process: Process,
    pub(crate) wall: Wall,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) host: Host,
    pub(crate) backend: Option<Backend>,
    workers: Option<Workers>,
}

/// What everybody can see of a subscription: what its store held last, and what the world remembers of it.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) msp: usize,
    pub(crate) user: usize,
    /// What the contract says.
    pub(crate) pool_size: usize,
    pub(crate) machine: Machine,
    /// The process died in the middle of the onboarding.
    pub(crate) abandoned: bool,
    /// Whether its msp_token was ever invalidated.
    pub(crate) invalidated: bool,
    /// It was over, and its row is deleted.
    pub(crate) purged: bool,
    /// How often its phone number changed.
    pub(crate) changes: usize,
}

/// The subscription in a record.
#[derive(Deserialize)]
struct SavedSubscription {
    subscription: Machine,
}

impl Msp {
    pub(crate) fn new(wall: Wall) -> Self {
        Self {
            process: Process::default(),
            store: Arc::new(wall.store()),
            wall,
            host: Host::default(),
            backend: None,
            workers: None,
        }
    }
}

// ---- what a process of an MSP brings ----------------------------------------------------------------------------------

pub(crate) struct Ports {
    desk: Desk,
    wall: Wall,
    cmp: CmpClient,
}

impl MspPorts for Ports {
    fn now(&self) -> Timestamp {
        self.wall.timestamp()
    }

    fn fresh_id(&self) -> Uuid {
        self.wall.fresh_id()
    }

    fn cmp(&self, _: &ClientId) -> Option<&CmpClient> {
        Some(&self.cmp)
    }

    async fn prepare(
        &self,
        msp_token: &MspToken,
        request: &RequestActivationCode,
    ) -> Result<PreparedProfile, NotPrepared> {
        let (token, request) = (*msp_token, request.clone());
        let prepared = self.desk.ask(|answer| Want::Prepare(token, request, answer)).await;
        prepared.unwrap_or(Err(NotPrepared::NotNow("the SM-DP+ hung up")))
    }

    async fn deactivate(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.desk.want(Want::Serve(*iccid, ServiceState::Invalid));
        Ok(())
    }

    async fn suspend(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.desk.want(Want::Serve(*iccid, ServiceState::Suspended));
        Ok(())
    }

    async fn restore(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.desk.want(Want::Serve(*iccid, ServiceState::Valid));
        Ok(())
    }

    /// Seen where it is stored.
    fn alarm(&self, _: &MspToken, _: &Alarm) {}
}

impl World {
    pub(crate) fn msp_starts(&mut self, msp: usize) {
        let host = Host::default();
        let wall = self.msps[msp].wall.clone();
        let ports = Ports {
            desk: host.desk.clone(),
            cmp: CmpClient::new(
                calls::Way(host.desk.clone()),
                calls::endpoint(&format!("msp-{msp}"), "cmp"),
                calls::timer(&host.desk),
                wall.ids(),
            ),
            wall,
        };
        let engine = self.engine(Party::Msp(msp), &self.msps[msp].store, &host.desk);
        let backend = MspBackend::new(engine, ports, MspOptions::default());
        let this = &mut self.msps[msp];
        this.workers = Some(backend.start());
        this.backend = Some(backend);
        this.host = host;
    }

    pub(crate) fn crash_msp(&mut self, msp: usize) {
        let this = &mut self.msps[msp];
        this.workers = None;
        this.backend = None;
        this.host = Host::default();
    }

    // ---- what it is asked ---------------------------------------------------------------------------------------------

    /// The MSP whose token it is.
    pub(crate) fn subscription_of(&self, token: &MspToken) -> Option<usize> {
        let s = (token.as_uuid().as_u128() - names::token(0).as_uuid().as_u128()) as usize;
        Some(s).filter(|s| *s < self.subscriptions.len())
    }

    /// The customer is onboarded. `None` if the process died over it, or is down.
    pub(crate) fn add_subscription(&mut self, msp: usize, user: usize, account_id: AccountId) {
        let s = self.subscriptions.len();
        let pool_size = msp + 1;
        let mut options = Options::new(NonZeroUsize::MIN.saturating_add(msp));
        options.always_swap = msp == 2;
        if self.has(Fault::SwapIgnoresPoolSize) {
            options.pool_size = NonZeroUsize::MAX;
        }
        let token = names::token(s);
        self.subscriptions.push(Subscription {
            msp,
            user,
            pool_size,
            machine: Machine::new(token, options.clone()),
            abandoned: false,
            invalidated: false,
            purged: false,
            changes: 0,
        });
        let (cmp, customer) = ("cmp".parse().unwrap(), format!("customer {user}"));
        let onboarding = Onboarding::new(cmp, customer, account_id, names::issued(token), options);
        let backend = self.msps[msp].backend.clone();
        let onboarded =
            backend.and_then(|backend| self.ask(Party::Msp(msp), async move { backend.onboard(onboarding).await }));
        // Saved or not: the customer tries again another time, and the contract ends.
        self.subscriptions[s].abandoned = onboarded.is_none();
    }

    /// What the MSP decides about a subscription. `None` if the process died over it, or is down.
    pub(crate) fn subscription(&mut self, s: usize, event: Event) -> Option<Result<(), Refusal>> {
        let msp = self.subscriptions[s].msp;
        let backend = self.msps[msp].backend.clone()?;
        let token = names::token(s);
        let outcome = self.ask(Party::Msp(msp), async move { backend.decide(&token, event).await })?;
        Some(outcome.map_err(calls::refused))
    }

    // ---- what is stored -----------------------------------------------------------------------------------------------

    /// A process of an MSP has stored something.
    pub(crate) fn msp_stored(&mut self, unit: &Unit) {
        for save in unit.saves.iter().filter(|save| save.key.kind() == "subscription") {
            self.subscription_stored(save, unit);
        }
    }

    fn subscription_stored(&mut self, save: &Save, unit: &Unit) {
        let token = save
            .key
            .as_str()
            .split_once('/')
            .map(|(_, token)| token.parse().unwrap());
        let Some(s) = token.and_then(|token| self.subscription_of(&token)) else {
            return;
        };
        let Some(state) = &save.state else {
            self.subscriptions[s].purged = true;
            return self.note(|| format!("    subscription {s} is deleted"));
        };
        self.subscriptions[s].machine = saved::<SavedSubscription>(state).subscription;
        let mut effects: Vec<Effect> = unit
            .effects
            .iter()
            .map(|effect| saved::<Waiting<Effect>>(&effect.body).effect)
            .collect();
        // What is kept of other calls is no answer to "Request activation code".
        let replied = unit
            .seen
            .as_ref()
            .and_then(|seen| serde_json::from_slice::<Answer>(&seen.reply).ok());
        effects.extend(replied.map(Effect::Reply));
        self.watch_subscription(s, &effects);
        for effect in &effects {
            match effect {
                Effect::CallCmp { call, .. } => {
                    if let CmpCall::UpdateSubscriptionInfo(body) = call {
                        self.told_phone(s, body);
                    }
                    let msp = self.subscriptions[s].msp;
                    self.note(|| format!("    MSP {msp} calls: {}", crate::text::cmp_call(s, call)));
                }
                Effect::Alarm(alarm) => self.note(|| format!("    MSP alarm for subscription {s}: {alarm:?}")),
                _ => {}
            }
        }
    }

    /// The CMP is to be told another phone number.
    fn told_phone(&mut self, s: usize, body: &UpdateSubscriptionInfo) {
        let changes = self.subscriptions[s].changes + 1;
        if body.phone_number() == names::info(changes).phone_number() {
            self.subscriptions[s].changes = changes;
        }
    }

    /// The network of the MSP lets a profile be used, or does not.
    pub(crate) fn serve(&mut self, iccid: &Iccid, service: ServiceState) {
        let number = names::profile_number(iccid);
        self.note(|| format!("    the network: profile {number} is {service:?}"));
        self.bound[number].service = service;
    }

    /// The server of an MSP.
    pub(crate) fn msp_server(&self, msp: usize) -> Option<aid1_server_traits::MspServer<Backend>> {
        let backend = self.msps[msp].backend.clone()?;
        Some(aid1_server_traits::MspServer::new(
            backend,
            calls::accepts(&["cmp".to_owned()]),
        ))
    }
}
