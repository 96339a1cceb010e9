//! The MSP: [`MspBackend`] with the subscriptions of the seed, and an SM-DP+ that is always there.

use std::{num::NonZeroUsize, time::Duration};

use aid_backend::{
    engine::{self, Engine, UnitError},
    msp::{MspBackend, MspOptions, MspPorts, NotPrepared, PreparedProfile},
    store::BoxStore,
};
use aid_procedures::{
    Timestamp,
    msp::{Alarm, Event, Options, Subscription},
};
use aid_types::{
    ActivationCode, ClientId, Condition, CsimStatus, Eid, ErrorCode, ErrorText, Iccid, MspToken, ProfileType, Refusal,
    RequestActivationCode, SendCsimStatus,
};
use aid1_axum::TokioRuntime;
use aid1_client::CmpClient;
use serde_json::Value;
use uuid::Uuid;

use super::{observer, peer::Peer, seed::Seed, state};
use crate::{account_id::now, args::Usage, writer::LOG};

pub(crate) type Msp = MspBackend<BoxStore, Ports>;

/// The operator's word for every customer of the seed.
const CUSTOMER: &str = "seed";

/// What this MSP brings: profiles as many as are asked for.
pub(crate) struct Ports {
    /// Whoever is admitted is the only CMP.
    cmp: Option<CmpClient>,
    /// Whether the contract has no profile at all.
    none: bool,
}

/// On the runtime that calls this. What the database knows of an msp_token counts more than the seed.
pub(crate) async fn open(
    seed: &Seed,
    peer: Option<Peer>,
    asynchronous: bool,
    database: BoxStore,
) -> Result<Msp, Usage> {
    let failed = |error: &dyn std::fmt::Display| Usage(format!("serve: {error}"));
    let runtime = TokioRuntime::current().map_err(|error| failed(&error))?;
    let number = Uuid::new_v4().as_u64_pair().0;
    let engine = Engine::new(database, runtime, observer(), engine::Options::default(), number);
    let ports = Ports {
        cmp: peer.map(|peer| peer.cmp_client()),
        none: seed.pool == 0,
    };
    let mut options = MspOptions::default();
    if asynchronous {
        options.wait = Duration::ZERO;
    }
    let msp = MspBackend::new(engine, ports, options);
    for token in &seed.msp_tokens {
        let subscription = subscription(*token, seed).map_err(|refusal| failed(&refusal))?;
        let adopted = msp
            .adopt(seed.client_id.clone(), CUSTOMER.to_owned(), subscription)
            .await;
        match adopted {
            Err(UnitError::Refused(refusal)) if refusal.condition() == Some(Condition::MspTokenAssigned) => {}
            other => other.map_err(|error| failed(&error))?,
        }
    }
    Ok(msp)
}

/// What is known of each subscription.
pub(crate) async fn state(msp: &Msp) -> Result<Value, Refusal> {
    let views = msp.subscriptions_of(CUSTOMER).await?;
    Ok(views.iter().map(state::of_subscription).collect())
}

/// One with the profiles of the seed, installed: by what happens to any other.
fn subscription(msp_token: MspToken, seed: &Seed) -> Result<Subscription, Refusal> {
    let mut subscription = Subscription::new(msp_token, Options::new(NonZeroUsize::MAX));
    let now = Timestamp::from_secs(now());
    let eid = seed.eid.map_or_else(|| "89049032000001000000000831934057".parse(), Ok);
    let eid: Eid = eid.map_err(|_| Condition::Internal)?;
    for iccid in &seed.iccids {
        let activation_code_request_id = Uuid::new_v4().into();
        subscription.handle(
            Event::RequestActivationCode(RequestActivationCode::new(eid, activation_code_request_id)),
            now,
        )?;
        let prepared = Event::ProfilePrepared {
            activation_code_request_id,
            iccid: *iccid,
            activation_code: activation_code(iccid)?,
            profile_type: ProfileType::PERSONAL,
        };
        subscription.handle(prepared, now)?;
        let body = SendCsimStatus::new(*iccid, eid, CsimStatus::Installed);
        subscription.handle(Event::SendCsimStatus { body, foreign: false }, now)?;
    }
    subscription.set_options(Options::new(NonZeroUsize::new(seed.pool).unwrap_or(NonZeroUsize::MIN)));
    Ok(subscription)
}

/// Nobody can guess it. What `aid serve vehicle --service` downloads with it has that ICCID.
fn activation_code(iccid: &Iccid) -> Result<ActivationCode, Condition> {
    let random = Uuid::new_v4().simple();
    format!("1$smdp.example${iccid}-{random:X}")
        .parse()
        .map_err(|_| Condition::Internal)
}

/// 18 digits, twelve of them random, and the check digit that fits.
fn fresh_iccid() -> Option<Iccid> {
    let digits = format!("898800{:012}", Uuid::new_v4().as_u128() % 1_000_000_000_000);
    let all = (0..10).filter_map(|check| format!("{digits}{check}").parse().ok());
    all.into_iter().find(Iccid::luhn_is_valid)
}

impl MspPorts for Ports {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(now())
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn cmp(&self, _: &ClientId) -> Option<&CmpClient> {
        self.cmp.as_ref()
    }

    async fn prepare(&self, _: &MspToken, _: &RequestActivationCode) -> Result<PreparedProfile, NotPrepared> {
        if self.none {
            let none = ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER);
            return Err(NotPrepared::Never(none));
        }
        let iccid = fresh_iccid().ok_or(NotPrepared::NotNow("no check digit fits"))?;
        let code = activation_code(&iccid).map_err(|_| NotPrepared::NotNow("the activation code is none"))?;
        Ok(PreparedProfile::new(iccid, code))
    }

    async fn deactivate(&self, _: &Iccid) -> Result<(), &'static str> {
        Ok(())
    }

    async fn suspend(&self, _: &Iccid) -> Result<(), &'static str> {
        Ok(())
    }

    async fn restore(&self, _: &Iccid) -> Result<(), &'static str> {
        Ok(())
    }

    fn alarm(&self, _: &MspToken, alarm: &Alarm) {
        LOG.tell(format!("alarm: {alarm:?}"));
    }
}
