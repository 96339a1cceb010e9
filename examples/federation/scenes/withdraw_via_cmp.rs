//! "Withdraw onboarding via CMP touchpoint", while one of the two vehicles is out of reach.

use std::time::Duration;

use aid_procedures::{cmp, msp};
use aid_types::{ErrorCode, RequestActivationCode};
use aid1_client::Transaction;
use tokio::time::sleep;
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
    world.check(world.slots_taken(ALICE) == 2, "there is a profile in each vehicle");
    let old_token = world.msp.msp_token(ALICE);
    world.second.disconnect().await;
    world.wish(ALICE, cmp::Event::Withdraw).await;
    world.check(
        world.first.profiles().await.is_empty(),
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

    world.login(&world.first, ALICE).await?;
    world.check(world.first.enabled().await.is_none(), "no profile is issued any more");
    world.logout(&world.first, ALICE).await?;
    if let Some(msp_token) = old_token {
        let eid = world.first.eid();
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

    sleep(Duration::from_secs(SILENCE + 1)).await;
    world.story.act("time", "a month passes");
    world.check(
        world.cmp.due().iter().any(|user| user == ALICE),
        "the CMP has waited for the vehicle for long",
    );
    world.settled().await;
    world.check(
        world.cmp.due().is_empty(),
        "and has told somebody that the vehicle is silent",
    );
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
