//! "Request CSIM info" and "Request delete all profiles", in the vehicle that is in use.

use aid_procedures::cmp;

use super::{ALICE, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world.story.scene(
        "Request CSIM info, and delete all profiles",
        "figures 12 and 13 of AiD2",
    );
    world.login(&world.first, ALICE).await?;
    let vin = world.first.vin();
    world.wish(ALICE, cmp::Event::SyncVehicle { vin }).await;
    world.wish(ALICE, cmp::Event::DeleteAllProfiles { vin }).await;
    world.check(
        world.first.profiles().await.is_empty(),
        "no profile is left in the vehicle",
    );
    world.check(world.slots_taken(ALICE).await == 0, "and every slot is free");
    world.logout(&world.first, ALICE).await?;
    Ok(())
}
