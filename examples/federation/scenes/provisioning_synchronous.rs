//! "Car provisioning", synchronous: the first login brings a profile, the next one finds it.

use aid_procedures::cmp;

use super::{ALICE, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world
        .story
        .scene("Car provisioning, synchronous, in the first vehicle", "figure 6");
    world.login(&world.first, ALICE).await?;
    let profile = world.profile_in(ALICE, &world.first).await;
    world.check(
        profile.is_some_and(|(_, state)| state == cmp::ProfileState::Enabled),
        "the CMP knows the profile enabled",
    );
    world.check(
        world.first.enabled().await == profile.map(|(iccid, _)| iccid),
        "it is enabled on the eUICC",
    );
    world.logout(&world.first, ALICE).await?;
    world.check(
        world.first.enabled().await.is_none(),
        "the service is not active after logout",
    );
    let profile = world.profile_in(ALICE, &world.first).await;
    world.check(
        profile.is_some_and(|(_, state)| state == cmp::ProfileState::Disabled),
        "the CMP knows the profile disabled",
    );

    world.login(&world.first, ALICE).await?;
    world.check(
        world.slots_taken(ALICE).await == 1,
        "the next login needs no new profile",
    );
    world.logout(&world.first, ALICE).await?;
    Ok(())
}
