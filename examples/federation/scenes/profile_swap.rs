//! "Profile swap": a pool of one, and a second vehicle.

use super::{BOB, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world
        .story
        .scene("Profile swap: a pool of one, and a second vehicle", "figure 7");
    let old = world.iccid_in(BOB, &world.first).await;
    world.login(&world.second, BOB).await?;
    let new = world.iccid_in(BOB, &world.second).await;
    world.check(
        new.is_some() && new != old,
        "the second vehicle has a profile of its own",
    );
    world.check(world.second.enabled().await == new, "and it is enabled");
    let kept = match old {
        Some(iccid) => world.first.holds(&iccid).await,
        None => true,
    };
    world.check(!kept, "the swapped profile is deleted from the first vehicle");
    world.check(world.slots_taken(BOB).await == 1, "the pool holds one profile");
    world.logout(&world.second, BOB).await?;
    Ok(())
}
