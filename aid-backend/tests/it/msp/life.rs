//! The life of a subscription, from the onboarding to the end.

use std::{num::NonZeroUsize, sync::atomic::Ordering};

use aid_backend::engine::UnitError;
use aid_procedures::msp::{Event, Options, Subscription, TokenState};
use aid_types::{Condition, CsimStatus, RequestInvalidateMspToken, SendCsimStatus};
use aid1_server_traits::{Call, Caller, Means, MspApi as _};
use tokio::time::sleep;

use super::{EID, SECOND, World, backend, call, onboard, request, token};

#[tokio::test(start_paused = true)]
async fn a_subscription_is_pending_until_the_cmp_took_the_token() {
    let world = World::new();
    let backend = backend(&world);
    onboard(&backend).await;
    let state = backend
        .subscription(&token())
        .await
        .unwrap()
        .unwrap()
        .subscription
        .state();
    assert_eq!(state, TokenState::Pending);
    let workers = backend.start();
    sleep(SECOND).await;
    let state = backend
        .subscription(&token())
        .await
        .unwrap()
        .unwrap()
        .subscription
        .state();
    assert_eq!(state, TokenState::Active);
    assert_eq!(world.asked(), ["Send MSP token", "log Onboarded"]);
    workers.stop().await;
}

//
#[tokio::test(start_paused = true)]
async fn every_attempt_of_a_call_has_the_same_ids_and_another_call_has_others() {
    let world = World::new();
    let backend = backend(&world);
    world.cmp_down.store(true, Ordering::SeqCst);
    onboard(&backend).await;
    let workers = backend.start();
    sleep(SECOND * 60).await;
    world.cmp_down.store(false, Ordering::SeqCst);
    sleep(SECOND * 600).await;
    let attempts = world.ids.lock().unwrap().len();
    backend
        .decide(&token(), Event::EndService { reason: None })
        .await
        .unwrap();
    sleep(SECOND).await;
    let ids = world.ids.lock().unwrap().clone();
    assert!(attempts > 3, "{ids:?}");
    let (onboarding, end) = ids.split_at(attempts);
    assert!(onboarding.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(end.len() == 1 && end[0] != ids[0], "{ids:?}");
    workers.stop().await;
}

//
#[tokio::test(start_paused = true)]
async fn a_token_that_the_cmp_may_have_is_sent_until_it_answers_and_then_its_end() {
    let world = World::new();
    let backend = backend(&world);
    world.cmp_down.store(true, Ordering::SeqCst);
    onboard(&backend).await;
    let workers = backend.start();
    sleep(SECOND * 60).await;
    let end = Event::EndService { reason: None };
    backend.decide(&token(), end).await.unwrap();
    world.cmp_down.store(false, Ordering::SeqCst);
    sleep(SECOND * 600).await;
    let asked = world.asked();
    let calls: Vec<_> = asked.iter().filter(|asked| !asked.starts_with("log")).collect();
    assert_eq!(calls, ["Send MSP token", "call POST"]);
    workers.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_token_that_was_never_sent_stays_unsent_once_it_is_dead() {
    let world = World::new();
    let backend = backend(&world);
    onboard(&backend).await;
    let end = Event::EndService { reason: None };
    backend.decide(&token(), end).await.unwrap();
    let workers = backend.start();
    sleep(SECOND * 600).await;
    let asked = world.asked();
    let calls: Vec<_> = asked.iter().filter(|asked| !asked.starts_with("log")).collect();
    assert_eq!(calls, ["call POST"]);
    workers.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_subscription_of_another_system_is_adopted_once_and_nobody_is_told() {
    let world = World::new();
    let backend = backend(&world);
    let adopt = async |customer: &str| {
        let subscription = Subscription::new(token(), Options::new(NonZeroUsize::MIN));
        let cmp = "cmp1".parse().unwrap();
        backend.adopt(cmp, customer.to_owned(), subscription).await
    };
    adopt("customer 1").await.unwrap();
    let again = adopt("customer 2").await.unwrap_err();
    let UnitError::Refused(refusal) = again else {
        panic!("{again}")
    };
    assert_eq!(refusal.condition(), Some(Condition::MspTokenAssigned));
    assert_eq!(
        backend.subscription(&token()).await.unwrap().unwrap().customer,
        "customer 1"
    );
    let workers = backend.start();
    sleep(SECOND).await;
    assert_eq!(world.asked(), [""; 0]);
    workers.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_the_cmp_ends_is_taken_out_of_service_and_is_no_longer_served() {
    let world = World::new();
    let backend = backend(&world);
    let workers = backend.start();
    onboard(&backend).await;
    backend
        .request_activation_code(call(), token(), request())
        .await
        .unwrap();
    let view = backend.subscription(&token()).await.unwrap().unwrap();
    let iccid = view.subscription.profiles()[0].iccid().to_owned();
    let status = SendCsimStatus::new(iccid, EID.parse().unwrap(), CsimStatus::Enabled);
    backend.send_csim_status(call(), token(), status).await.unwrap();
    let end = RequestInvalidateMspToken::new();
    backend
        .request_invalidate_msp_token(call(), token(), end)
        .await
        .unwrap();
    //
    backend
        .request_invalidate_msp_token(call(), token(), end)
        .await
        .unwrap();
    let refusal = backend
        .request_activation_code(call(), token(), request())
        .await
        .unwrap_err();
    assert_eq!(refusal.condition(), Some(Condition::InvalidatedMspToken));
    sleep(SECOND * 2).await;
    assert_eq!(
        world
            .asked()
            .iter()
            .filter(|asked| **asked == format!("deactivate {iccid}"))
            .count(),
        1
    );
    // statuses are taken.
    let status = SendCsimStatus::new(iccid, EID.parse().unwrap(), CsimStatus::Deleted);
    backend.send_csim_status(call(), token(), status).await.unwrap();
    let view = backend.subscription(&token()).await.unwrap().unwrap();
    assert_eq!(view.subscription.state(), TokenState::Purgeable);
    sleep(SECOND * 3600 * 3).await;
    assert!(
        backend.subscription(&token()).await.unwrap().is_none(),
        "forgotten in the end"
    );
    workers.stop().await;
}

//
#[tokio::test(start_paused = true)]
async fn what_the_sm_dp_makes_for_a_token_that_died_meanwhile_is_taken_out_of_service() {
    let mut world = World::new();
    // Longer than one execution may take, so that it is asked for again.
    world.preparation = SECOND * 45;
    let backend = backend(&world);
    onboard(&backend).await;
    let workers = backend.start();
    sleep(SECOND).await;
    backend
        .request_activation_code(call(), token(), request())
        .await
        .unwrap();
    sleep(SECOND * 15).await;
    let end = Event::EndService { reason: None };
    backend.decide(&token(), end).await.unwrap();
    sleep(SECOND * 60).await;
    let asked = world.asked();
    let times = |what: &str| asked.iter().filter(|asked| asked.starts_with(what)).count();
    assert_eq!((times("prepare"), times("deactivate")), (2, 1), "{asked:#?}");
    workers.stop().await;
}

#[tokio::test(start_paused = true)]
async fn another_cmps_token_is_unknown() {
    let world = World::new();
    let backend = backend(&world);
    onboard(&backend).await;
    let caller = Caller::new("cmp2".parse().unwrap(), Means::ApiKey);
    let foreign = Call::new(call().ids, caller, "msp1".parse().unwrap());
    let refusal = backend
        .request_activation_code(foreign, token(), request())
        .await
        .unwrap_err();
    assert_eq!(refusal.condition(), Some(Condition::UnknownMspToken));
}

#[tokio::test(start_paused = true)]
async fn the_customer_ends_the_service_and_the_cmp_is_told_or_is_erased_and_nothing_is_left() {
    let world = World::new();
    let backend = backend(&world);
    let workers = backend.start();
    onboard(&backend).await;
    sleep(SECOND).await;
    backend
        .decide(&token(), Event::EndService { reason: None })
        .await
        .unwrap();
    sleep(SECOND).await;
    assert!(
        world.asked().iter().any(|asked| asked.starts_with("call ")),
        "{:?}",
        world.asked()
    );
    assert_eq!(backend.subscriptions_of("customer 1").await.unwrap().len(), 1);
    backend.erase("customer 1").await.unwrap();
    assert!(backend.subscriptions_of("customer 1").await.unwrap().is_empty());
    workers.stop().await;
}
