//! "Request activation code", in time and late.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use aid_backend::msp::MspBackend;
use aid_types::ActivationCodeReply;
use aid1_server_traits::MspApi as _;
use tokio::time::{Instant, sleep};

use super::{SECOND, World, backend, call, customer, onboard, onboard_as, over, request, token};

fn count(asked: &[String], what: &str) -> usize {
    asked.iter().filter(|asked| asked.starts_with(what)).count()
}

//
#[tokio::test(start_paused = true)]
async fn a_code_in_time_is_the_reply_and_the_same_again_when_the_call_is_repeated() {
    let mut world = World::new();
    world.preparation = SECOND;
    let backend = backend(&world);
    let workers = backend.start();
    onboard(&backend).await;
    let (call, request) = (call(), request());
    let first = backend
        .request_activation_code(call.clone(), token(), request.clone())
        .await
        .unwrap();
    let ActivationCodeReply::Ready(first) = first else {
        panic!("{first:?}")
    };
    let second = backend.request_activation_code(call, token(), request).await.unwrap();
    assert_eq!(second, ActivationCodeReply::Ready(first));
    assert_eq!(count(&world.asked(), "prepare"), 1);
    workers.stop().await;
}

/// To the millisecond of the clock that the test moves.
#[tokio::test(start_paused = true)]
async fn whoever_waits_has_the_code_at_once_and_from_another_process_soon() {
    let mut world = World::new();
    world.preparation = Duration::from_millis(70);
    let store = Arc::new(crate::memory());
    let waits = over(&world, Arc::clone(&store));
    onboard(&waits).await;
    let took = async |backend: &MspBackend<_, World>| {
        let asked = Instant::now();
        let reply = backend.request_activation_code(call(), token(), request()).await;
        assert!(matches!(reply, Ok(ActivationCodeReply::Ready(_))), "{reply:?}");
        asked.elapsed()
    };
    let executes = over(&world, store);
    let workers = waits.start();
    assert_eq!(took(&waits).await, world.preparation);
    workers.stop().await;

    // It notices what the other committed within its poll of a second; what it did is noticed in less than twice the time.
    let workers = executes.start();
    let elapsed = took(&waits).await;
    assert!(
        elapsed < SECOND + world.preparation + Duration::from_millis(256),
        "{elapsed:?}"
    );
    workers.stop().await;
}

//
#[tokio::test(start_paused = true)]
async fn a_code_that_takes_longer_follows_the_201() {
    let mut world = World::new();
    world.preparation = SECOND * 10;
    let backend = backend(&world);
    let workers = backend.start();
    onboard(&backend).await;
    let reply = backend
        .request_activation_code(call(), token(), request())
        .await
        .unwrap();
    assert_eq!(reply, ActivationCodeReply::Accepted);
    assert_eq!(count(&world.asked(), "Send activation code"), 0);
    sleep(SECOND * 20).await;
    assert_eq!(count(&world.asked(), "Send activation code issued"), 1);
    workers.stop().await;
}

/// The process ends after the 201 and before anybody noted that it was written.
#[tokio::test(start_paused = true)]
async fn a_promised_code_survives_a_crash_between_the_201_and_the_code() {
    let world = World::new();
    let backend = backend(&world);
    onboard(&backend).await;
    // Nobody executes anything yet, so the wait is for nothing.
    let reply = backend
        .request_activation_code(call(), token(), request())
        .await
        .unwrap();
    assert_eq!(reply, ActivationCodeReply::Accepted);
    world.store_down.store(true, Ordering::SeqCst);
    sleep(Duration::from_millis(50)).await;
    world.store_down.store(false, Ordering::SeqCst);
    let workers = backend.start();
    sleep(SECOND * 10).await;
    assert_eq!(count(&world.asked(), "prepare"), 1);
    assert_eq!(
        count(&world.asked(), "Send activation code"),
        0,
        "the caller may still be there"
    );
    sleep(SECOND * 120).await;
    assert_eq!(count(&world.asked(), "Send activation code issued"), 1);
    workers.stop().await;
}

/// That a 201 was written is said for several requests at once; each gets its code by a call with ids of its own.
//
#[tokio::test(start_paused = true)]
async fn requests_that_come_together_are_answered_one_by_one() {
    let mut world = World::new();
    world.preparation = SECOND * 5;
    let backend = backend(&world);
    let workers = backend.start();
    for number in 0..3 {
        onboard_as(&backend, customer(number)).await;
    }
    sleep(SECOND).await;
    let ask = |number| backend.request_activation_code(call(), customer(number), request());
    let replies = tokio::join!(ask(0), ask(1), ask(2), ask(0));
    for reply in [replies.0, replies.1, replies.2, replies.3] {
        assert_eq!(reply.unwrap(), ActivationCodeReply::Accepted);
    }
    sleep(SECOND * 60).await;
    assert_eq!(count(&world.asked(), "Send activation code issued"), 4);
    let ids = world.ids.lock().unwrap().clone();
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!((ids.len(), distinct.len()), (7, 7), "three onboardings, four codes");
    workers.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_cmp_that_is_down_gets_its_code_when_it_is_back() {
    let mut world = World::new();
    world.preparation = SECOND * 5;
    let backend = backend(&world);
    let workers = backend.start();
    onboard(&backend).await;
    sleep(SECOND).await;
    world.cmp_down.store(true, Ordering::SeqCst);
    let reply = backend
        .request_activation_code(call(), token(), request())
        .await
        .unwrap();
    assert_eq!(reply, ActivationCodeReply::Accepted);
    sleep(SECOND * 3600).await;
    // It holds up nothing but itself.
    let status = backend
        .request_profile_status(call(), token(), aid_types::RequestProfileStatus::all())
        .await
        .unwrap();
    assert_eq!(status.profiles.len(), 1);
    world.cmp_down.store(false, Ordering::SeqCst);
    sleep(SECOND * 600).await;
    assert_eq!(count(&world.asked(), "Send activation code issued"), 1);
    workers.stop().await;
}
