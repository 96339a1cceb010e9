//! "Send profile information": a profile is suspended, valid again, and invalid for good.

use std::error::Error;

use aid_procedures::msp;
use aid_types::{ProfileInformation, ProfileInformationStatus, SendProfileInformation};

use super::{ALICE, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world
        .story
        .scene("Send profile information: suspended, valid, invalid", "figure 12");
    let Some((iccid, _)) = world.profile_in(ALICE, &world.first) else {
        return Err("no profile to speak of".into());
    };
    let inform = |status| {
        let body = SendProfileInformation::new(vec![ProfileInformation::new(iccid, status)])?;
        world.msp.decide(ALICE, msp::Event::ProfileInformation(body))?;
        Ok::<_, Box<dyn Error>>(())
    };
    inform(ProfileInformationStatus::Suspended)?;
    world.settled().await;
    world.check(
        world.first.holds(&iccid).await,
        "a suspended profile stays in the vehicle",
    );
    inform(ProfileInformationStatus::Valid)?;
    world.settled().await;
    inform(ProfileInformationStatus::Invalid)?;
    world.settled().await;
    world.check(
        !world.first.holds(&iccid).await,
        "an invalid profile is deleted from the vehicle",
    );
    world.check(world.slots_taken(ALICE) == 0, "and its slot is free");
    world.check(inform(ProfileInformationStatus::Valid).is_err(), "invalid is final");
    Ok(())
}
