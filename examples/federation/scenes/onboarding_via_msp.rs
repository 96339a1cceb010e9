//! "Onboarding via MSP touchpoint": the user gives up, tries again, and somebody else wants to be redirected to.

use super::{BOB, Outcome};
use crate::{
    touchpoints::{CMP_HOST, MSP_HOST},
    world::World,
};

pub(super) async fn play(world: &World) -> Outcome {
    world.story.scene("Onboarding via MSP touchpoint", "figure 5");
    let page = world
        .open(BOB, &format!("https://{MSP_HOST}/cars?session=41&give-up=1"))
        .await?;
    world.check(
        page.text.starts_with("failed: 102"),
        "a user who gives up comes back with code 102",
    );
    world.check(!world.is_federated(BOB).await, "and nothing is federated");

    let page = world
        .open(BOB, &format!("https://{MSP_HOST}/cars?session=42&ver=4321"))
        .await?;
    world.check(
        page.url.contains("session=42"),
        "the MSP's own parameters came back untouched",
    );
    world.check(
        page.text == "onboarded" && world.is_federated(BOB).await,
        "both accounts are linked by one msp_token",
    );

    let evil = format!("https://{CMP_HOST}/portal/login?redirect_uri=https%3A%2F%2Fwww.msp.example.evil.example%2F");
    let page = world.open(BOB, &evil).await?;
    world.check(page.status == 400, "the CMP redirects to no domain that was not agreed");
    Ok(())
}
