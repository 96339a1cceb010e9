//! "Send profile information": a profile is suspended, valid again, and invalid for good.

use aid_procedures::msp;
use aid_types::{ProfileInformation, ProfileInformationStatus, SendProfileInformation};

use super::{ALICE, Outcome};
use crate::{Failed, world::World};

pub(super) async fn play(world: &World) -> Outcome {
    world
        .story
        .scene("Send profile information: suspended, valid, invalid", "figure 12");
    let Some((iccid, _)) = world.profile_in(ALICE, &world.first).await else {
        return Err("no profile to speak of".into());
    };
    let inform = async |status| {
        let body = SendProfileInformation::new(vec![ProfileInformation::new(iccid, status)])?;
        world.msp.decide(ALICE, msp::Event::ProfileInformation(body)).await?;
        Ok::<_, Failed>(())
    };
    inform(ProfileInformationStatus::Suspended).await?;
    world.settled().await;
    world.check(
        world.first.holds(&iccid).await,
        "a suspended profile stays in the vehicle",
    );
    inform(ProfileInformationStatus::Valid).await?;
    world.settled().await;
    inform(ProfileInformationStatus::Invalid).await?;
    world.settled().await;
    world.check(
        !world.first.holds(&iccid).await,
        "an invalid profile is deleted from the vehicle",
    );
    world.check(world.slots_taken(ALICE).await == 0, "and its slot is free");
    world.check(
        inform(ProfileInformationStatus::Valid).await.is_err(),
        "invalid is final",
    );
    Ok(())
}
