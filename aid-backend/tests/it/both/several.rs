//! A user with a federation at each of two MSPs, and what one MSP must not learn of another.

use std::sync::Arc;

use aid_backend::{cmp::FederationId, store::MemoryStore};
use aid_procedures::cmp::{Event, TokenState};
use aid_types::{
    AccountId, CmpUserId, Condition, IssuedMspToken, Leniency, MspToken, NotifyMspTokenInvalid, PhoneCipher as _,
    SendMspToken, SubscriptionType, http::CallIds, phone::EncryptedPhoneNumber, redirect::RedirectToMspContent,
};
use aid1_server_traits::{Call, Caller, CmpApi as _, Means};
use aid2_proto::{Profile, ProfileStatus, RequestId, SendCsimStatus, Timestamp, session::ToCmp};
use uuid::Uuid;

use super::world::{Trouble, Weather, World, car, client_id, cmp::cipher, eid, token, user, vin};
use crate::memory;

pub(super) const OTHER: &str = "35bca1e2-338f-11d6-ac61-9e71138fd521";

pub(super) fn call(msp: &str) -> Call {
    let ids = CallIds::new(Uuid::new_v4().into(), Uuid::new_v4().into());
    Call::new(ids, Caller::new(client_id(msp), Means::ApiKey), "cmp1".parse().unwrap())
}

pub(super) fn number() -> EncryptedPhoneNumber {
    let mut random = |bytes: &mut [u8]| {
        bytes.fill(1);
        Ok::<(), std::convert::Infallible>(())
    };
    cipher().encrypt(&"919961345678".parse().unwrap(), &mut random).unwrap()
}

pub(super) fn issued(token: MspToken) -> SendMspToken {
    SendMspToken::Issued(IssuedMspToken::new(token, number(), SubscriptionType::Private))
}

pub(super) async fn begins(world: &World<MemoryStore>, user: CmpUserId, msp: &str) -> (FederationId, AccountId) {
    let back = "https://www.cmp.example/done";
    let began = world.cmp().onboard(user, &client_id(msp), None, back).await.unwrap();
    let arrived = RedirectToMspContent::parse_url(&began.url, Leniency::Field)
        .unwrap()
        .value;
    (began.federation, arrived.account_id().clone())
}

pub(super) async fn world() -> (Arc<World<MemoryStore>>, FederationId) {
    let world = World::new(memory(), memory(), Weather::default());
    world.run(Trouble::default(), Trouble::default());
    let id = world.onboards().await;
    (world, id)
}

#[tokio::test(start_paused = true)]
async fn a_car_asks_the_msp_that_came_last_and_the_profiles_of_the_other_are_no_strangers() {
    let (world, first) = world().await;
    let iccid = world.gets_a_profile().await;
    // Which came last is known to the second.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let (second, account_id) = begins(&world, user(), "msp2").await;
    assert_ne!(first, second);
    let body = issued(OTHER.parse().unwrap());
    world
        .cmp()
        .send_msp_token(call("msp2"), account_id, body)
        .await
        .unwrap();
    car::ask(&world).await;
    let requested = |view: Option<aid_backend::cmp::FederationView>| view.unwrap().federation.profiles().len();
    assert_eq!(requested(world.cmp().federation(first).await.unwrap()), 1);
    assert_eq!(requested(world.cmp().federation(second).await.unwrap()), 1);

    // Both hear the status: the second has asked for a profile in this eUICC, too.
    let id = RequestId::new(vin(), Timestamp::from_secs(world.now().as_secs() + 1000));
    let profile = Profile::new(iccid, user(), ProfileStatus::DISABLED);
    let status = SendCsimStatus::new(id, eid(), vec![profile]);
    world.cmp().hear(ToCmp::SendCsimStatus(status)).await.unwrap();
    let strange = Profile::new("8944500805172039999".parse().unwrap(), user(), ProfileStatus::DISABLED);
    let status = SendCsimStatus::new(id, eid(), vec![strange]);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let alarms = || {
        world
            .told()
            .iter()
            .filter(|told| told.contains("UnknownProfile"))
            .count()
    };
    assert_eq!(alarms(), 0, "{:#?}", world.told());
    world.cmp().hear(ToCmp::SendCsimStatus(status)).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert!(alarms() > 0, "a stranger is one: {:#?}", world.told());
}

//
#[tokio::test(start_paused = true)]
async fn what_is_one_msps_is_unknown_to_the_other_and_no_token_is_taken_twice() {
    let (world, first) = world().await;
    let cmp = world.cmp();
    let invalid = cmp.notify_msp_token_invalid(call("msp2"), token(), NotifyMspTokenInvalid::new(None));
    assert_eq!(invalid.await.unwrap_err().condition(), Some(Condition::UnknownMspToken));

    let other: CmpUserId = "customer-4712".parse().unwrap();
    let (_, account_id) = begins(&world, other.clone(), "msp1").await;
    let foreign = cmp.send_msp_token(call("msp2"), account_id.clone(), issued(OTHER.parse().unwrap()));
    assert_eq!(
        foreign.await.unwrap_err().condition(),
        Some(Condition::UnknownAccountId)
    );
    let taken = cmp.send_msp_token(call("msp1"), account_id, issued(token()));
    assert_eq!(taken.await.unwrap_err().condition(), Some(Condition::MspTokenAssigned));

    // Also when it is over and its user forgotten.
    world.wishes(first, Event::Withdraw).await;
    let view = cmp.federation(first).await.unwrap().unwrap();
    assert_eq!(view.federation.state(), TokenState::Removed);
    cmp.erase(&user()).await.unwrap();
    let (_, account_id) = begins(&world, other, "msp1").await;
    let taken = cmp.send_msp_token(call("msp1"), account_id, issued(token()));
    assert_eq!(taken.await.unwrap_err().condition(), Some(Condition::MspTokenAssigned));
}

/// A call that comes again gets the same reply, and a deviating body under its id changes nothing.
//
#[tokio::test(start_paused = true)]
async fn a_repeated_call_has_no_second_effect() {
    let (world, first) = world().await;
    let once = call("msp1");
    let invalid = || NotifyMspTokenInvalid::new(None);
    world
        .cmp()
        .notify_msp_token_invalid(once.clone(), token(), invalid())
        .await
        .unwrap();
    world
        .cmp()
        .notify_msp_token_invalid(once, token(), invalid())
        .await
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let view = world.cmp().federation(first).await.unwrap().unwrap();
    assert_eq!(view.federation.state(), TokenState::Removed);
    let said = world
        .told()
        .iter()
        .filter(|told| told.contains("WithdrawnByMsp"))
        .count();
    assert_eq!(said, 1, "{:#?}", world.told());
}
