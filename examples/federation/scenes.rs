//! The scenes: one after the other, each with its end conditions.

use std::{error::Error, num::NonZeroUsize, sync::Arc, time::Duration};

use aid_procedures::{
    cmp::{self, Event as CmpEvent},
    msp::{self, Event as MspEvent},
};
use aid_types::{
    CsimStatus, ErrorCode, Iccid, ProfileInformation, ProfileInformationStatus, RequestActivationCode,
    RequestProfileStatus, SendProfileInformation, http::Credentials,
};
use aid1_client::Transaction;
use aid2_proto::CsimErrorCode;
use uuid::Uuid;

use crate::{
    Intruder,
    car::Car,
    cmp::Cmp,
    link::Link,
    msp::Msp,
    story::Story,
    touchpoints::{CMP_HOST, MSP_HOST, Site, wish},
    web::Browser,
    world::{Clock, Work},
};

/// Every party, and the two vehicles.
pub(crate) struct World {
    pub(crate) story: Arc<Story>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) work: Work,
    pub(crate) link: Arc<Link>,
    pub(crate) cmp: Arc<Cmp>,
    pub(crate) msp: Arc<Msp>,
    pub(crate) site: Site,
    pub(crate) browser: Browser,
    pub(crate) first: Arc<Car>,
    pub(crate) second: Arc<Car>,
    pub(crate) intruder: Intruder,
}

/// Has room for two profiles, which the MSP has at hand. Onboards at the CMP.
const ALICE: &str = "alice";
/// Has room for one profile, which takes the MSP a while. Onboards at the MSP.
const BOB: &str = "bob";

type Outcome = Result<(), Box<dyn Error>>;

pub(crate) async fn play(world: &World) -> Outcome {
    let mut options = cmp::Options::default();
    options.forward.extend([CsimStatus::Enabled, CsimStatus::Disabled]);
    for user in [ALICE, BOB] {
        world.cmp.add_user(user, options.clone());
    }
    let pool = |size| NonZeroUsize::new(size).ok_or("a pool has one slot at least");
    world
        .msp
        .add_customer(ALICE, "4915112345678".parse()?, pool(2)?, Duration::from_millis(1));
    world
        .msp
        .add_customer(BOB, "4915187654321".parse()?, pool(1)?, Duration::from_millis(900));

    onboarding_via_cmp(world).await?;
    provisioning_synchronous(world).await?;
    onboarding_via_msp(world).await?;
    provisioning_asynchronous(world).await?;
    swap(world).await?;
    failed_download(world).await?;
    enable_error(world).await?;
    delete_one(world).await?;
    synchronisation(world).await?;
    profile_information(world).await?;
    subscription_info(world).await?;
    csim_info_and_delete_all(world).await?;
    intruders(world).await?;
    withdraw_via_cmp(world).await?;
    withdraw_via_msp(world).await
}

impl World {
    /// Disconnects everybody from the broker.
    pub(crate) async fn stop(&self) {
        for car in [&self.first, &self.second] {
            car.stop().await;
        }
        self.link.close().await;
    }

    async fn settled(&self) {
        self.work.settled().await;
    }

    fn check(&self, holds: bool, condition: &str) {
        self.story.check(holds, condition);
    }

    fn cmp_state(&self, user: &str) -> Option<cmp::TokenState> {
        Some(self.cmp.federation(user)?.state())
    }

    fn msp_state(&self, user: &str) -> Option<msp::TokenState> {
        Some(self.msp.subscription(user)?.state())
    }

    /// Whether both sides name the user by the same msp_token.
    fn is_federated(&self, user: &str) -> bool {
        let at_cmp = self
            .cmp
            .federation(user)
            .and_then(|federation| federation.msp_token().copied());
        at_cmp.is_some() && at_cmp == self.msp.msp_token(user)
    }

    /// The user's profile in a vehicle, as the CMP knows it.
    fn profile_in(&self, user: &str, car: &Car) -> Option<(Iccid, cmp::ProfileState)> {
        let federation = self.cmp.federation(user)?;
        let eid = car.euicc().eid;
        let here = |profile: &&cmp::Profile| *profile.eid() == eid && profile.state().is_on_euicc();
        let profile = federation.profiles().iter().rfind(here)?;
        Some((*profile.iccid()?, profile.state()))
    }

    fn slots_taken(&self, user: &str) -> usize {
        self.msp
            .subscription(user)
            .map_or(0, |subscription| subscription.slots_taken())
    }
}

async fn onboarding_via_cmp(world: &World) -> Outcome {
    world.story.scene("Onboarding via CMP touchpoint", "figure 4");
    let page = world
        .browser
        .open(ALICE, &format!("https://{CMP_HOST}/onboarding?ver=0000"))
        .await?;
    world.settled().await;
    world.check(
        page.text.starts_with("failed"),
        "with the wrong secret knowledge the MSP refuses the account_id",
    );
    world.check(!world.is_federated(ALICE), "and nothing is federated");

    let page = world
        .browser
        .open(ALICE, &format!("https://{CMP_HOST}/onboarding?ver=5678"))
        .await?;
    world.settled().await;
    world.check(
        page.status == 200 && page.url.contains(CMP_HOST),
        "the browser is back at the CMP",
    );
    world.check(world.is_federated(ALICE), "both accounts are linked by one msp_token");
    let shown = world.cmp.phone_number(ALICE);
    world.check(
        shown.as_deref() == Some("4915112345678"),
        "the CMP can show the decrypted phone number",
    );
    Ok(())
}

async fn provisioning_synchronous(world: &World) -> Outcome {
    world
        .story
        .scene("Car provisioning, synchronous, in the first vehicle", "figure 6");
    world.first.login(ALICE);
    world.settled().await;
    let profile = world.profile_in(ALICE, &world.first);
    world.check(
        profile.is_some_and(|(_, state)| state == cmp::ProfileState::Enabled),
        "the CMP knows the profile enabled",
    );
    world.check(
        world.first.enabled() == profile.map(|(iccid, _)| iccid),
        "it is enabled on the eUICC",
    );
    world.first.logout(ALICE);
    world.settled().await;
    world.check(
        world.first.enabled().is_none(),
        "the service is not active after logout",
    );
    let profile = world.profile_in(ALICE, &world.first);
    world.check(
        profile.is_some_and(|(_, state)| state == cmp::ProfileState::Disabled),
        "the CMP knows the profile disabled",
    );

    world.first.login(ALICE);
    world.settled().await;
    world.check(world.slots_taken(ALICE) == 1, "the next login needs no new profile");
    world.first.logout(ALICE);
    world.settled().await;
    Ok(())
}

async fn onboarding_via_msp(world: &World) -> Outcome {
    world.story.scene("Onboarding via MSP touchpoint", "figure 5");
    let page = world
        .browser
        .open(BOB, &format!("https://{MSP_HOST}/cars?session=41&give-up=1"))
        .await?;
    world.settled().await;
    world.check(
        page.text.starts_with("failed: 102"),
        "a user who gives up comes back with code 102",
    );
    world.check(!world.is_federated(BOB), "and nothing is federated");

    let page = world
        .browser
        .open(BOB, &format!("https://{MSP_HOST}/cars?session=42&ver=4321"))
        .await?;
    world.settled().await;
    world.check(
        page.url.contains("session=42"),
        "the MSP's own parameters came back untouched",
    );
    world.check(
        page.text == "onboarded" && world.is_federated(BOB),
        "both accounts are linked by one msp_token",
    );

    let evil = format!("https://{CMP_HOST}/portal/login?redirect_uri=https%3A%2F%2Fwww.msp.example.evil.example%2F");
    let page = world.browser.open(BOB, &evil).await?;
    world.check(page.status == 400, "the CMP redirects to no domain that was not agreed");
    Ok(())
}

async fn provisioning_asynchronous(world: &World) -> Outcome {
    world
        .story
        .scene("Car provisioning, asynchronous, in the first vehicle", "figure 6");
    world.first.login(BOB);
    world.settled().await;
    let profile = world.profile_in(BOB, &world.first);
    world.check(
        profile.is_some_and(|(_, state)| state == cmp::ProfileState::Enabled),
        "the CMP knows the profile enabled",
    );
    world.check(
        world.first.enabled() == profile.map(|(iccid, _)| iccid),
        "only the profile of the user is enabled",
    );
    world.first.logout(BOB);
    world.settled().await;
    Ok(())
}

async fn swap(world: &World) -> Outcome {
    world
        .story
        .scene("Profile swap: a pool of one, and a second vehicle", "figure 7");
    let old = world.profile_in(BOB, &world.first).map(|(iccid, _)| iccid);
    world.second.login(BOB);
    world.settled().await;
    let new = world.profile_in(BOB, &world.second).map(|(iccid, _)| iccid);
    world.check(
        new.is_some() && new != old,
        "the second vehicle has a profile of its own",
    );
    world.check(world.second.enabled() == new, "and it is enabled");
    let gone = old.is_some_and(|iccid| !world.first.euicc().holds(&iccid));
    world.check(gone, "the swapped profile is deleted from the first vehicle");
    world.check(world.slots_taken(BOB) == 1, "the pool holds one profile");
    world.second.logout(BOB);
    world.settled().await;
    Ok(())
}

async fn failed_download(world: &World) -> Outcome {
    world
        .story
        .scene("A download fails, and the next one is tried", "figure 6, steps 7 to 10");
    world.msp.smdp.break_next();
    world.second.login(ALICE);
    world.settled().await;
    let failed = world.cmp.federation(ALICE).is_some_and(|federation| {
        federation
            .profiles()
            .iter()
            .any(|profile| profile.state() == cmp::ProfileState::Failed)
    });
    world.check(failed, "the CMP knows that the installation failed");
    world.check(world.second.enabled().is_none(), "nothing is enabled");
    world.second.logout(ALICE);
    world.second.login(ALICE);
    world.settled().await;
    let profile = world.profile_in(ALICE, &world.second).map(|(iccid, _)| iccid);
    world.check(
        profile.is_some() && world.second.enabled() == profile,
        "the next login brings the profile",
    );
    world.check(world.slots_taken(ALICE) == 2, "the pool of two is not exceeded");
    world.second.logout(ALICE);
    world.settled().await;
    Ok(())
}

async fn enable_error(world: &World) -> Outcome {
    world
        .story
        .scene("Enabling fails", "figure 11, enable and disable profile");
    world.second.euicc().fault = Some(CsimErrorCode::from_status_word(0x6985));
    world.second.login(ALICE);
    world.settled().await;
    world.check(
        world.second.enabled().is_none(),
        "the profile is not enabled, and the backend was told",
    );
    world.second.logout(ALICE);
    world.second.login(ALICE);
    world.settled().await;
    world.check(world.second.enabled().is_some(), "the next login enables it");
    world.second.logout(ALICE);
    world.settled().await;
    Ok(())
}

async fn delete_one(world: &World) -> Outcome {
    world
        .story
        .scene("Delete operational profile, while it is in use", "figure 10");
    world.second.login(ALICE);
    world.settled().await;
    let Some((iccid, _)) = world.profile_in(ALICE, &world.second) else {
        return Err("no profile to delete".into());
    };
    wish(&world.site, ALICE, CmpEvent::DeleteProfile { iccid });
    world.settled().await;
    world.check(
        !world.second.euicc().holds(&iccid),
        "it was disabled and deleted on the eUICC",
    );
    let at_msp = world
        .msp
        .subscription(ALICE)
        .and_then(|subscription| subscription.profile(&iccid).map(|profile| profile.state().takes_slot()));
    world.check(at_msp != Some(true), "the MSP has released the slot");
    world.check(
        world.profile_in(ALICE, &world.first).is_some(),
        "the other profile is untouched",
    );
    world.second.logout(ALICE);
    world.settled().await;
    Ok(())
}

async fn synchronisation(world: &World) -> Outcome {
    world.story.scene("Profile status synchronisation", "figure 11");
    wish(
        &world.site,
        ALICE,
        CmpEvent::SyncProfiles {
            request: RequestProfileStatus::all(),
        },
    );
    world.settled().await;
    let known = world.profile_in(ALICE, &world.first).map(|(iccid, _)| iccid);
    let listed = world.msp.subscription(ALICE).and_then(|subscription| {
        let statuses = subscription.profile_statuses(&RequestProfileStatus::all()).ok()?;
        Some(
            statuses
                .profiles
                .iter()
                .map(|profile| profile.iccid)
                .collect::<Vec<_>>(),
        )
    });
    world.check(
        known.is_some() && listed == known.map(|iccid| vec![iccid]),
        "both sides know the same profiles",
    );
    Ok(())
}

async fn profile_information(world: &World) -> Outcome {
    world
        .story
        .scene("Send profile information: suspended, valid, invalid", "figure 12");
    let Some((iccid, _)) = world.profile_in(ALICE, &world.first) else {
        return Err("no profile to speak of".into());
    };
    let inform = |status| {
        let body = SendProfileInformation::new(vec![ProfileInformation::new(iccid, status)])?;
        world.msp.decide(ALICE, MspEvent::ProfileInformation(body))?;
        Ok::<_, Box<dyn Error>>(())
    };
    inform(ProfileInformationStatus::Suspended)?;
    world.settled().await;
    world.check(
        world.first.euicc().holds(&iccid),
        "a suspended profile stays in the vehicle",
    );
    inform(ProfileInformationStatus::Valid)?;
    world.settled().await;
    inform(ProfileInformationStatus::Invalid)?;
    world.settled().await;
    world.check(
        !world.first.euicc().holds(&iccid),
        "an invalid profile is deleted from the vehicle",
    );
    world.check(world.slots_taken(ALICE) == 0, "and its slot is free");
    world.check(inform(ProfileInformationStatus::Valid).is_err(), "invalid is final");
    Ok(())
}

async fn subscription_info(world: &World) -> Outcome {
    world.story.scene("Update subscription info", "figure 13");
    world.msp.change_number(ALICE, "4915100000001".parse()?)?;
    world.settled().await;
    let shown = world.cmp.phone_number(ALICE);
    world.check(
        shown.as_deref() == Some("4915100000001"),
        "the CMP shows the new phone number",
    );
    Ok(())
}

async fn csim_info_and_delete_all(world: &World) -> Outcome {
    world.story.scene(
        "Request CSIM info, and delete all profiles",
        "figures 12 and 13 of AiD2",
    );
    world.first.login(ALICE);
    world.settled().await;
    let vin = world.first.vin();
    wish(&world.site, ALICE, CmpEvent::SyncVehicle { vin });
    world.settled().await;
    wish(&world.site, ALICE, CmpEvent::DeleteAllProfiles { vin });
    world.settled().await;
    world.check(world.first.euicc().is_empty(), "no profile is left in the vehicle");
    world.check(world.slots_taken(ALICE) == 0, "and every slot is free");
    world.first.logout(ALICE);
    world.settled().await;
    Ok(())
}

async fn intruders(world: &World) -> Outcome {
    world
        .story
        .scene("What must not work", "section General API requirements");
    let Some(msp_token) = world.msp.msp_token(ALICE) else {
        return Err("no msp_token".into());
    };
    let all = RequestProfileStatus::all();
    let wrong = Credentials::ApiKey("0000000000000000".parse()?);
    for (what, client, expected) in [
        (
            "a certificate of another authority",
            world.intruder.client(true, None, None)?,
            None,
        ),
        (
            "wrong credentials",
            world.intruder.client(false, Some(wrong), None)?,
            Some(401),
        ),
        (
            "the client-id of somebody else",
            world.intruder.client(false, None, Some("other"))?,
            Some(401),
        ),
    ] {
        let error = client
            .request_profile_status(&msp_token, &all, Transaction::New)
            .await
            .err();
        let status = error
            .as_ref()
            .and_then(aid1_client::Error::status)
            .map(|status| status.as_u16());
        if let Some(error) = &error {
            world.story.message("MSP", "intruder", error);
        }
        world.check(error.is_some() && status == expected, &format!("{what} is refused"));
    }
    Ok(())
}

async fn withdraw_via_cmp(world: &World) -> Outcome {
    world.story.scene(
        "Withdraw onboarding via CMP touchpoint, one vehicle offline",
        "figure 8",
    );
    for car in [&world.first, &world.second] {
        car.login(ALICE);
        world.settled().await;
        car.logout(ALICE);
        world.settled().await;
    }
    world.check(world.slots_taken(ALICE) == 2, "there is a profile in each vehicle");
    let old_token = world.msp.msp_token(ALICE);
    world.second.disconnect().await;
    wish(&world.site, ALICE, CmpEvent::Withdraw);
    world.settled().await;
    world.check(
        world.first.euicc().is_empty(),
        "the vehicle that is online has deleted its profile",
    );
    world.check(
        world.cmp_state(ALICE) == Some(cmp::TokenState::Invalidated),
        "the CMP keeps the token for the other",
    );
    world.check(
        world.msp_state(ALICE) == Some(msp::TokenState::Invalidated),
        "so does the MSP",
    );
    world.check(
        world.slots_taken(ALICE) == 0,
        "the MSP deactivated every profile at once",
    );

    world.first.login(ALICE);
    world.settled().await;
    world.check(world.first.enabled().is_none(), "no profile is issued any more");
    world.first.logout(ALICE);
    world.settled().await;
    if let Some(msp_token) = old_token {
        let eid = world.first.euicc().eid;
        let request = RequestActivationCode::new(eid, Uuid::new_v4().into());
        let client = world.intruder.client(false, None, None)?;
        let error = client
            .request_activation_code(&msp_token, &request, Transaction::New)
            .await
            .err();
        let code = error.as_ref().and_then(aid1_client::Error::code);
        world.check(
            code == Some(ErrorCode::MSP_TOKEN_INVALIDATED),
            "and the MSP refuses the token with code 21",
        );
    }

    world.clock.advance(6 * 7 * 24 * 3600);
    world.story.act("time", "six weeks pass");
    world.second.connect().await?;
    world.settled().await;
    world.check(
        world.second.profile_free_of(ALICE),
        "the vehicle that comes back deletes its profile",
    );
    world.check(
        world.cmp_state(ALICE) == Some(cmp::TokenState::Removed),
        "then the token is gone on the CMP's side",
    );
    world.check(
        world.msp_state(ALICE) == Some(msp::TokenState::Purgeable),
        "and may be erased on the MSP's",
    );
    Ok(())
}

async fn withdraw_via_msp(world: &World) -> Outcome {
    world.story.scene(
        "Withdraw onboarding via MSP touchpoint, the vehicle offline",
        "figure 9",
    );
    let held = world.profile_in(BOB, &world.second).map(|(iccid, _)| iccid);
    world.second.disconnect().await;
    world.msp.decide(
        BOB,
        MspEvent::EndService {
            reason: Some("user subscription ended".parse()?),
        },
    )?;
    world.settled().await;
    world.check(
        world.cmp_state(BOB) == Some(cmp::TokenState::Invalidated),
        "the CMP keeps the token for the deletion",
    );
    world.check(
        held.is_some_and(|iccid| world.second.euicc().holds(&iccid)),
        "the vehicle still holds the profile",
    );
    world.second.connect().await?;
    world.settled().await;
    world.check(
        world.second.euicc().is_empty(),
        "the vehicle that comes back deletes it",
    );
    world.check(
        world.cmp_state(BOB) == Some(cmp::TokenState::Removed),
        "then the token is gone on the CMP's side",
    );
    world.check(
        world.msp_state(BOB) == Some(msp::TokenState::Purgeable),
        "and may be erased on the MSP's",
    );

    let page = world
        .browser
        .open(BOB, &format!("https://{CMP_HOST}/onboarding?ver=4321"))
        .await?;
    world.settled().await;
    world.check(
        page.status == 200 && world.is_federated(BOB),
        "a new onboarding starts from nothing",
    );
    Ok(())
}
