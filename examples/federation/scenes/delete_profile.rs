//! "Delete operational profile", while it is in use.

use aid_procedures::cmp;

use super::{ALICE, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world
        .story
        .scene("Delete operational profile, while it is in use", "figure 10");
    world.login(&world.second, ALICE).await?;
    let Some((iccid, _)) = world.profile_in(ALICE, &world.second).await else {
        return Err("no profile to delete".into());
    };
    world.wish(ALICE, cmp::Event::DeleteProfile { iccid }).await;
    world.check(
        !world.second.holds(&iccid).await,
        "it was disabled and deleted on the eUICC",
    );
    let at_msp = world
        .msp
        .subscription(ALICE)
        .await
        .and_then(|subscription| subscription.profile(&iccid).map(|profile| profile.state().takes_slot()));
    world.check(at_msp != Some(true), "the MSP has released the slot");
    world.check(
        world.profile_in(ALICE, &world.first).await.is_some(),
        "the other profile is untouched",
    );
    world.logout(&world.second, ALICE).await?;
    Ok(())
}
