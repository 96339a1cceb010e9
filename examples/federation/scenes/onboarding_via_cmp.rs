//! "Onboarding via CMP touchpoint": first with the wrong secret knowledge, then with the right one.

use super::{ALICE, Outcome};
use crate::{touchpoints::CMP_HOST, world::World};

pub(super) async fn play(world: &World) -> Outcome {
    world.story.scene("Onboarding via CMP touchpoint", "figure 4");
    let page = world
        .open(ALICE, &format!("https://{CMP_HOST}/onboarding?ver=0000"))
        .await?;
    world.check(
        page.text.starts_with("failed"),
        "with the wrong secret knowledge the MSP refuses the account_id",
    );
    world.check(!world.is_federated(ALICE).await, "and nothing is federated");

    let page = world
        .open(ALICE, &format!("https://{CMP_HOST}/onboarding?ver=5678"))
        .await?;
    world.check(
        page.status == 200 && page.url.contains(CMP_HOST),
        "the browser is back at the CMP",
    );
    world.check(
        world.is_federated(ALICE).await,
        "both accounts are linked by one msp_token",
    );
    let shown = world.cmp.phone_number(ALICE).await;
    world.check(
        shown.as_deref() == Some("4915112345678"),
        "the CMP can show the decrypted phone number",
    );
    Ok(())
}
