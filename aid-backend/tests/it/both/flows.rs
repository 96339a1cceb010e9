//! Whole stories in fair and foul weather.

use std::{sync::atomic::Ordering, time::Duration};

use aid_backend::store::Store as _;
use aid_procedures::cmp::{Event, ProfileState, TokenState};
use tokio::time::sleep;

use super::world::{PURGE, Trouble, Weather, World, car, until, user, vin};
use crate::memory;

#[tokio::test(start_paused = true)]
async fn a_user_is_onboarded_drives_and_withdraws() {
    let world = World::new(memory(), memory(), Weather::default());
    world.run(Trouble::default(), Trouble::default());
    world.whole_story().await;
}

#[tokio::test(start_paused = true)]
async fn callers_that_hang_up_and_calls_that_come_twice_change_nothing() {
    for every in 2..6 {
        let weather = Weather {
            hangs_up: Some(every),
            twice: Some(3),
        };
        let world = World::new(memory(), memory(), weather);
        world.run(Trouble::default(), Trouble::default());
        world.whole_story().await;
    }
}

/// A federation that is over is kept for a time, and then only that its msp_token was taken; the MSP forgets its subscription.
#[tokio::test(start_paused = true)]
async fn what_is_over_is_forgotten_in_time() {
    let world = World::new(memory(), memory(), Weather::default());
    world.run(Trouble::default(), Trouble::default());
    let id = world.onboards().await;
    world.wishes(id, Event::Withdraw).await;
    sleep(Duration::from_secs(5)).await;
    let known = async || {
        let cmp = world.cmp().federations_of(&user()).await.unwrap().len();
        (cmp, world.msp().subscriptions_of("customer 1").await.unwrap().len())
    };
    sleep(PURGE - Duration::from_secs(60)).await;
    assert_eq!(known().await, (1, 1));
    sleep(Duration::from_secs(90)).await;
    assert_eq!(known().await, (0, 0));
}

//
#[tokio::test(start_paused = true)]
async fn what_waits_for_an_msp_that_is_away_is_not_executed_once_its_token_is_dead() {
    let world = World::new(memory(), memory(), Weather::default());
    world.run(Trouble::default(), Trouble::default());
    let id = world.onboards().await;
    world.msp_away.store(true, Ordering::SeqCst);
    car::ask(&world).await;
    sleep(Duration::from_secs(5)).await;
    world.wishes(id, Event::Withdraw).await;
    until("the vehicle has its answer", || async { world.car.refused() == 1 }).await;
    world.msp_away.store(false, Ordering::SeqCst);
    until("the MSP is told", || async {
        world.told().iter().any(|told| told.starts_with("MSP users"))
    })
    .await;
    sleep(Duration::from_secs(60)).await;
    let asked = world
        .told()
        .into_iter()
        .find(|told| told.starts_with("MSP activation-code"));
    assert_eq!(asked, None);
    assert!(world.cmp_store.backlog().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_msp_that_is_away_holds_up_no_vehicle() {
    let world = World::new(memory(), memory(), Weather::default());
    world.run(Trouble::default(), Trouble::default());
    let id = world.onboards().await;
    let iccid = world.gets_a_profile().await;
    world.msp_away.store(true, Ordering::SeqCst);
    world.wishes(id, Event::SyncVehicle { vin: vin() }).await;
    world.wishes(id, Event::DeleteProfile { iccid }).await;
    until("deleted", || async { world.car.profiles().is_empty() }).await;
    sleep(Duration::from_secs(5)).await;
    let view = world.cmp().federation(id).await.unwrap().unwrap();
    assert_eq!(view.federation.profile(&iccid).unwrap().state(), ProfileState::Deleted);
    world.msp_away.store(false, Ordering::SeqCst);
    world.loses_it().await;
}

//
#[tokio::test(start_paused = true)]
async fn a_user_who_comes_again_gets_another_federation_and_is_forgotten_on_request() {
    let world = World::new(memory(), memory(), Weather::default());
    world.run(Trouble::default(), Trouble::default());
    let first = world.onboards().await;
    // Two sessions while there is a federation are its own.
    let msp = super::world::client_id("msp1");
    let back = "https://www.cmp.example/done";
    let again = world.cmp().onboard(user(), &msp, None, back).await.unwrap();
    assert_eq!(again.federation, first);
    world.wishes(first, Event::Withdraw).await;
    until("removed", || async {
        let view = world.cmp().federation(first).await.unwrap().unwrap();
        view.federation.state() == TokenState::Removed
    })
    .await;
    let second = world.cmp().onboard(user(), &msp, None, back).await.unwrap();
    assert_ne!(second.federation, first);
    // The user gives up at the MSP.
    let came = world
        .cmp()
        .came_back(second.federation, second.sid, "code=80&error=x")
        .await
        .unwrap();
    assert!(matches!(came, aid_backend::cmp::CameBack::Failed(_)), "{came:?}");
    assert_eq!(world.cmp().federations_of(&user()).await.unwrap().len(), 2);
    world.cmp().erase(&user()).await.unwrap();
    assert!(world.cmp().federations_of(&user()).await.unwrap().is_empty());
}
