//! The scenes: one after the other, each in the file of its name, with its end conditions.

mod csim_info_and_delete_all;
mod delete_profile;
mod enable_error;
mod failed_download;
mod intruders;
mod onboarding_via_cmp;
mod onboarding_via_msp;
mod profile_information;
mod profile_status_synchronisation;
mod profile_swap;
mod provisioning_asynchronous;
mod provisioning_synchronous;
mod subscription_info;
mod withdraw_via_cmp;
mod withdraw_via_msp;

use std::{num::NonZeroUsize, time::Duration};

use aid_backend::cmp::CmpOptions;
use aid_procedures::{cmp, msp};
use aid_sandbox::{Car, PATIENCE};
use aid_types::{CsimStatus, Iccid};

use tokio::time::{sleep, timeout};

use crate::{Failed, web::Page, world::World};

/// Has room for two profiles, which the MSP has at hand. Onboards at the CMP.
const ALICE: &str = "alice";
/// Has room for one profile, which takes the MSP a while. Onboards at the MSP.
const BOB: &str = "bob";

/// After so many seconds a vehicle is silent: what is a month by default, and nobody has to wait for.
const SILENCE: u64 = 3;

type Outcome = Result<(), Failed>;

/// What this CMP chooses.
pub(crate) fn cmp_options() -> CmpOptions {
    let mut options = CmpOptions::default();
    options.federation.silence = SILENCE;
    options
        .federation
        .forward
        .extend([CsimStatus::Enabled, CsimStatus::Disabled]);
    options
}

pub(crate) async fn play(world: &World) -> Outcome {
    // What a run before has left of them in the databases is gone.
    for user in [ALICE, BOB] {
        let id = user.parse()?;
        world.cmp.backend().erase(&id).await?;
        world.cmp.add_user(id);
        world.msp.backend().erase(user).await?;
    }
    let pool = |size| NonZeroUsize::new(size).ok_or("a pool has one slot at least");
    let (alice, bob) = ("4915112345678".parse()?, "4915187654321".parse()?);
    world.msp.add_customer(ALICE, alice, pool(2)?, Duration::from_millis(1));
    world.msp.add_customer(BOB, bob, pool(1)?, Duration::from_millis(900));

    onboarding_via_cmp::play(world).await?;
    provisioning_synchronous::play(world).await?;
    onboarding_via_msp::play(world).await?;
    provisioning_asynchronous::play(world).await?;
    profile_swap::play(world).await?;
    failed_download::play(world).await?;
    enable_error::play(world).await?;
    delete_profile::play(world).await?;
    profile_status_synchronisation::play(world).await?;
    profile_information::play(world).await?;
    subscription_info::play(world).await?;
    csim_info_and_delete_all::play(world).await?;
    intruders::play(world).await?;
    withdraw_via_cmp::play(world).await?;
    withdraw_via_msp::play(world).await
}

/// What users do; each returns when all that follows from it is done.
impl World {
    async fn open(&self, user: &str, url: &str) -> Result<Page, Failed> {
        let page = self.browser.open(user, url).await?;
        self.settled().await;
        Ok(page)
    }

    /// At the CMP's touchpoint.
    async fn wish(&self, user: &str, event: cmp::Event) {
        if let Err(refusal) = self.cmp.wish(user, event).await {
            self.story.act("CMP", refusal);
        }
        self.settled().await;
    }

    async fn login(&self, car: &Car, user: &str) -> Outcome {
        car.login(user).await?;
        self.settled().await;
        Ok(())
    }

    async fn logout(&self, car: &Car, user: &str) -> Outcome {
        car.logout(user).await?;
        self.settled().await;
        Ok(())
    }

    /// Returns when nothing is under way, but what waits for a vehicle that is out of reach. Gives up after a while: then the
    /// end conditions say what is wrong.
    async fn settled(&self) {
        if !self.comes(async || self.is_at_rest().await).await {
            self.story.act("time", "nothing comes to rest");
        }
    }

    async fn is_at_rest(&self) -> bool {
        for car in [&self.first, &self.second] {
            let owes = self.stage.rest.is_online(car.vin()) && self.cmp.is_owed_by(car.vin()).await;
            if owes || car.waiting() > 0 {
                return false;
            }
        }
        let waits = self.backends.backlog().await;
        let idle = waits.is_ok_and(|waits| waits.iter().all(Vec::is_empty));
        idle && self.backends.busy() == 0 && self.stage.rest.is_quiet()
    }

    /// Whether something becomes so before long.
    async fn comes(&self, is_so: impl AsyncFn() -> bool) -> bool {
        let waiting = async {
            while !is_so().await {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, waiting).await.is_ok()
    }
}

/// What the end conditions look at.
impl World {
    fn check(&self, holds: bool, condition: &str) {
        self.story.check(holds, condition);
    }

    async fn cmp_state(&self, user: &str) -> Option<cmp::TokenState> {
        Some(self.cmp.federation(user).await?.state())
    }

    async fn msp_state(&self, user: &str) -> Option<msp::TokenState> {
        Some(self.msp.subscription(user).await?.state())
    }

    /// Whether both sides name the user by the same msp_token.
    async fn is_federated(&self, user: &str) -> bool {
        let at_cmp = self.cmp.federation(user).await;
        let at_cmp = at_cmp.and_then(|federation| federation.msp_token().copied());
        at_cmp.is_some() && at_cmp == self.msp.msp_token(user).await
    }

    /// The user's profile in a vehicle, as the CMP knows it.
    async fn profile_in(&self, user: &str, car: &Car) -> Option<(Iccid, cmp::ProfileState)> {
        let federation = self.cmp.federation(user).await?;
        let eid = car.eid();
        let here = |profile: &&cmp::Profile| *profile.eid() == eid && profile.state().is_on_euicc();
        let profile = federation.profiles().iter().rfind(here)?;
        Some((*profile.iccid()?, profile.state()))
    }

    async fn iccid_in(&self, user: &str, car: &Car) -> Option<Iccid> {
        self.profile_in(user, car).await.map(|(iccid, _)| iccid)
    }

    async fn slots_taken(&self, user: &str) -> usize {
        let subscription = self.msp.subscription(user).await;
        subscription.map_or(0, |subscription| subscription.slots_taken())
    }
}
