//! Enabling fails on the eUICC, and works with the next login.

use aid2_proto::CsimErrorCode;

use super::{ALICE, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world
        .story
        .scene("Enabling fails", "figure 11, enable and disable profile");
    world.second.break_enable(CsimErrorCode::from_status_word(0x6985));
    world.login(&world.second, ALICE).await?;
    world.check(
        world.second.enabled().await.is_none(),
        "the profile is not enabled, and the backend was told",
    );
    world.second.logout(ALICE).await?;
    world.login(&world.second, ALICE).await?;
    world.check(world.second.enabled().await.is_some(), "the next login enables it");
    world.logout(&world.second, ALICE).await?;
    Ok(())
}
