//! "Update subscription info": the user gets another phone number.

use super::{ALICE, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world.story.scene("Update subscription info", "figure 13");
    world.msp.change_number(ALICE, "4915100000001".parse()?).await?;
    world.settled().await;
    let shown = world.cmp.phone_number(ALICE).await;
    world.check(
        shown.as_deref() == Some("4915100000001"),
        "the CMP shows the new phone number",
    );
    Ok(())
}
