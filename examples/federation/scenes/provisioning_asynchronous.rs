//! "Car provisioning", asynchronous: the activation code takes longer than the call that asks for it.

use aid_procedures::cmp;

use super::{BOB, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world
        .story
        .scene("Car provisioning, asynchronous, in the first vehicle", "figure 6");
    world.login(&world.first, BOB).await?;
    let profile = world.profile_in(BOB, &world.first).await;
    world.check(
        profile.is_some_and(|(_, state)| state == cmp::ProfileState::Enabled),
        "the CMP knows the profile enabled",
    );
    world.check(
        world.first.enabled().await == profile.map(|(iccid, _)| iccid),
        "only the profile of the user is enabled",
    );
    world.logout(&world.first, BOB).await?;
    Ok(())
}
