//! "Withdraw onboarding via CMP touchpoint", while one of the two vehicles is out of reach.

use aid_procedures::{cmp, msp};
use aid_sandbox::now;
use aid_types::{ErrorCode, RequestActivationCode};
use aid1_client::Transaction;
use uuid::Uuid;

use super::{ALICE, Outcome, SILENCE};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world.story.scene(
        "Withdraw onboarding via CMP touchpoint, one vehicle offline",
        "figure 8",
    );
    for car in [&world.first, &world.second] {
        world.login(car, ALICE).await?;
        world.logout(car, ALICE).await?;
    }
    world.check(
        world.slots_taken(ALICE).await == 2,
        "there is a profile in each vehicle",
    );
    let old_token = world.msp.msp_token(ALICE).await;
    world.second.disconnect().await;
    world.wish(ALICE, cmp::Event::Withdraw).await;
    world.check(
        world.first.profiles().await.is_empty(),
        "the vehicle that is online has deleted its profile",
    );
    world.check(
        world.cmp_state(ALICE).await == Some(cmp::TokenState::Invalidated),
        "the CMP keeps the token for the other",
    );
    world.check(
        world.msp_state(ALICE).await == Some(msp::TokenState::Invalidated),
        "so does the MSP",
    );
    world.check(
        world.slots_taken(ALICE).await == 0,
        "the MSP deactivated every profile at once",
    );

    world.login(&world.first, ALICE).await?;
    world.check(world.first.enabled().await.is_none(), "no profile is issued any more");
    world.logout(&world.first, ALICE).await?;
    if let Some(msp_token) = old_token {
        let eid = world.first.eid();
        let request = RequestActivationCode::new(eid, Uuid::new_v4().into());
        let client = world.intruder(false, None, None)?;
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

    world.story.act("time", "a month passes");
    let silent = || {
        let since = |alarm| match alarm {
            cmp::Alarm::VehicleSilent { vin, since } if vin == world.second.vin() => Some(since),
            _ => None,
        };
        world.cmp.alarms().into_iter().find_map(since)
    };
    world.comes(async || silent().is_some()).await;
    world.check(
        silent().is_some(),
        "the CMP has told somebody that the vehicle is silent",
    );
    let waited = silent().map(|since| now().as_secs() - since.as_secs());
    world.check(waited >= Some(SILENCE), "and has waited for it for long before");
    world.second.connect().await?;
    world.settled().await;
    world.check(
        world.second.profile_free_of(ALICE),
        "the vehicle that comes back deletes its profile",
    );
    world.check(
        world.cmp_state(ALICE).await == Some(cmp::TokenState::Removed),
        "then the token is gone on the CMP's side",
    );
    world.check(
        world.msp_state(ALICE).await == Some(msp::TokenState::Purgeable),
        "and may be erased on the MSP's",
    );
    Ok(())
}
