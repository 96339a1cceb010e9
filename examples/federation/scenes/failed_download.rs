//! A download fails, and the next login brings another profile.

use aid_procedures::cmp;

use super::{ALICE, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world
        .story
        .scene("A download fails, and the next one is tried", "figure 6, steps 7 to 10");
    world.msp.backend().ports().smdp().break_next();
    world.login(&world.second, ALICE).await?;
    let failed = world.cmp.federation(ALICE).await.is_some_and(|federation| {
        federation
            .profiles()
            .iter()
            .any(|profile| profile.state() == cmp::ProfileState::Failed)
    });
    world.check(failed, "the CMP knows that the installation failed");
    world.check(world.second.enabled().await.is_none(), "nothing is enabled");
    world.second.logout(ALICE).await?;
    world.login(&world.second, ALICE).await?;
    let profile = world.iccid_in(ALICE, &world.second).await;
    world.check(
        profile.is_some() && world.second.enabled().await == profile,
        "the next login brings the profile",
    );
    world.check(world.slots_taken(ALICE).await == 2, "the pool of two is not exceeded");
    world.logout(&world.second, ALICE).await?;
    Ok(())
}
