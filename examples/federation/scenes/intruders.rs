//! What must not work: a strange certificate, wrong credentials, the name of somebody else.

use aid_types::{RequestProfileStatus, http::Credentials};
use aid1_client::Transaction;

use super::{ALICE, Outcome};
use crate::world::World;

pub(super) async fn play(world: &World) -> Outcome {
    world
        .story
        .scene("What must not work", "section General API requirements");
    let Some(msp_token) = world.msp.msp_token(ALICE).await else {
        return Err("no msp_token".into());
    };
    let all = RequestProfileStatus::all();
    let wrong = Credentials::ApiKey("0000000000000000".parse()?);
    for (what, client, expected) in [
        (
            "a certificate of another authority",
            world.intruder(true, None, None)?,
            None,
        ),
        (
            "wrong credentials",
            world.intruder(false, Some(wrong), None)?,
            Some(401),
        ),
        (
            "the client-id of somebody else",
            world.intruder(false, None, Some("other"))?,
            Some(401),
        ),
    ] {
        let error = client
            .request_profile_status(&msp_token, &all, Transaction::New)
            .await
            .err();
        let status = error
            .as_ref()
            .and_then(aid1_client::Error::status)
            .map(|status| status.as_u16());
        if let Some(error) = &error {
            world.story.message("MSP", "intruder", error);
        }
        world.check(error.is_some() && status == expected, &format!("{what} is refused"));
    }
    Ok(())
}
