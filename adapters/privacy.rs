//! What somebody finds of a user who gets hold of a database: of a CMP and an MSP that are under way with them, and after they
//! were forgotten.

use std::sync::Arc;

use aid_backend::store::{EncryptedStore, StateCipher, Store};
use aid_procedures::cmp::TokenState;

use crate::world::{Trouble, Weather, World, car, client_id, story, token, until, user, vin};

/// What nobody is to find, with a name. The account_id is known by how every JWT begins.
fn secrets() -> Vec<(&'static str, String)> {
    let phone = serde_json::to_string(story::phone().ciphertext()).unwrap();
    vec![
        ("user", user().to_string()),
        ("msp_token", token().to_string()),
        ("account_id", "eyJ".to_owned()),
        ("activation code", "1$SMDP.EXAMPLE$".to_owned()),
        ("ICCID", "894450080517203".to_owned()),
        ("customer", "customer 1".to_owned()),
        ("phone number", phone.trim_matches('"').to_owned()),
        ("vehicle", vin().to_string()),
    ]
}

/// The names of the secrets that are there.
fn found(dump: &[u8]) -> Vec<&'static str> {
    let is_there = |text: &String| dump.windows(text.len()).any(|window| window == text.as_bytes());
    let found = secrets().into_iter().filter(|(_, text)| is_there(text));
    found.map(|(name, _)| name).collect()
}

pub(crate) async fn encrypted<S: Store>(store: S) -> EncryptedStore<S> {
    let random = |bytes: &mut [u8]| {
        let fresh = uuid::Uuid::new_v4();
        bytes
            .iter_mut()
            .zip(fresh.as_bytes())
            .for_each(|(to, from)| *to = *from);
        Ok::<(), std::convert::Infallible>(())
    };
    let cipher = StateCipher::new(&[1; 32], (1, &[2; 32]), random);
    EncryptedStore::open(store, cipher).await.unwrap()
}

/// What is found while everything is under way, and after the user was forgotten.
pub(crate) async fn before_and_after<S: Store>(
    (cmp, msp): (S, S),
    dump: impl AsyncFn() -> Vec<u8>,
) -> [Vec<&'static str>; 2] {
    let world = World::new(cmp, msp, Weather::default());
    world.run_without_car(Trouble::default(), Trouble::default());
    under_way(&world).await;
    let before = found(&dump().await);
    world.cmp().erase(&user()).await.unwrap();
    world.msp().erase("customer 1").await.unwrap();
    [before, found(&dump().await)]
}

/// An order waits for the vehicle, and an onboarding for a CMP that cannot be reached.
async fn under_way<S: Store>(world: &Arc<World<S>>) {
    world.onboards().await;
    car::ask(world).await;
    until("an order", || async { !car::orders(world).await.is_empty() }).await;
    let view = world.federation().await.unwrap();
    assert_eq!(view.federation.state(), TokenState::Active);
    let (cmp, msp) = (world.cmp(), client_id("msp2"));
    let began = cmp.onboard(user(), &msp, None, "https://www.cmp.example/done").await;
    let url = began.unwrap().url;
    let redirect = aid_types::redirect::RedirectToMspContent::parse_url(&url, aid_types::Leniency::Field).unwrap();
    let other = "35bca1e2-338f-11d6-ac61-9e71138fd521".parse().unwrap();
    let onboarding = story::customer("cmp2", other, redirect.value.account_id().clone());
    world.msp().onboard(onboarding).await.unwrap();
}
