//! "Withdraw onboarding via MSP touchpoint", while the vehicle is out of reach; and onboarding again.

use aid_procedures::{cmp, msp};

use super::{BOB, Outcome};
use crate::{touchpoints::CMP_HOST, world::World};

pub(super) async fn play(world: &World) -> Outcome {
    world.story.scene(
        "Withdraw onboarding via MSP touchpoint, the vehicle offline",
        "figure 9",
    );
    let held = world.iccid_in(BOB, &world.second).await;
    world.second.disconnect().await;
    world
        .msp
        .decide(
            BOB,
            msp::Event::EndService {
                reason: Some("user subscription ended".parse()?),
            },
        )
        .await?;
    world.settled().await;
    world.check(
        world.cmp_state(BOB).await == Some(cmp::TokenState::Invalidated),
        "the CMP keeps the token for the deletion",
    );
    let holds = match held {
        Some(iccid) => world.second.holds(&iccid).await,
        None => false,
    };
    world.check(holds, "the vehicle still holds the profile");
    world.second.connect().await?;
    world.settled().await;
    world.check(
        world.second.profiles().await.is_empty(),
        "the vehicle that comes back deletes it",
    );
    world.check(
        world.cmp_state(BOB).await == Some(cmp::TokenState::Removed),
        "then the token is gone on the CMP's side",
    );
    world.check(
        world.msp_state(BOB).await == Some(msp::TokenState::Purgeable),
        "and may be erased on the MSP's",
    );

    let page = world
        .open(BOB, &format!("https://{CMP_HOST}/onboarding?ver=4321"))
        .await?;
    world.check(
        page.status == 200 && world.is_federated(BOB).await,
        "a new onboarding starts from nothing",
    );
    Ok(())
}
