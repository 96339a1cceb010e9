//! "Profile status synchronisation": both sides know the same profiles.

use aid_procedures::cmp;
use aid_types::RequestProfileStatus;

use super::{ALICE, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world.story.scene("Profile status synchronisation", "figure 11");
    world
        .wish(
            ALICE,
            cmp::Event::SyncProfiles {
                request: RequestProfileStatus::all(),
            },
        )
        .await;
    let known = world.iccid_in(ALICE, &world.first).await;
    let listed = world.msp.subscription(ALICE).await.and_then(|subscription| {
        let statuses = subscription.profile_statuses(&RequestProfileStatus::all()).ok()?;
        Some(
            statuses
                .profiles
                .iter()
                .map(|profile| profile.iccid)
                .collect::<Vec<_>>(),
        )
    });
    world.check(
        known.is_some() && listed == known.map(|iccid| vec![iccid]),
        "both sides know the same profiles",
    );
    Ok(())
}
