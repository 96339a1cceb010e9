//! What other releases have saved.

use aid_backend::{
    engine::{Engine, NoObserver, Options},
    msp::{MspBackend, MspOptions},
    store::{Effect, Key, Lane, Load, MemoryStore, Save, Store as _, Unit, Version},
};
use aid_procedures::msp::TokenState;
use aid_types::Condition;
use aid1_server_traits::MspApi as _;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{SECOND, World, call, request, token};
use crate::{memory, runtime::Tokio};

/// A database with a subscription that the customer has ended, as it was before records and effects had a format.
fn saved() -> Value {
    serde_json::from_str(include_str!("../../saved/msp.json")).unwrap()
}

async fn store(saved: &Value) -> MemoryStore {
    let key = key();
    let mut unit = Unit::default().save(Save::new(key.clone(), Version::NONE, saved["state"].to_string()));
    for effect in saved["effects"].as_array().unwrap() {
        let lane = Lane::new(effect[0].as_str().unwrap(), &key).unwrap();
        unit = unit.effect(Effect::new(lane, effect[1].to_string()));
    }
    let store = memory();
    store.commit(unit).await.unwrap();
    store
}

fn key() -> Key {
    Key::try_from(format!("subscription/{}", token()).as_str()).unwrap()
}

fn backend(store: MemoryStore, world: &World) -> MspBackend<MemoryStore, World> {
    let engine = Engine::new(store, Tokio, NoObserver, Options::default(), 1);
    MspBackend::new(engine, world.clone(), MspOptions::default())
}

async fn kept(backend: &MspBackend<MemoryStore, World>) -> Value {
    let snapshot = backend.engine().store().load(Load::keys([key()])).await.unwrap();
    serde_json::from_slice(snapshot.aggregates[0].state.as_ref().unwrap()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_the_previous_format_has_is_read_executed_and_saved_in_the_present_one() {
    let world = World::new();
    let backend = backend(store(&saved()).await, &world);
    let view = backend.subscription(&token()).await.unwrap().unwrap();
    assert_eq!(view.subscription.state(), TokenState::Invalidated);
    let workers = backend.start();
    sleep(SECOND * 10).await;
    let asked = world.asked();
    for expected in [
        "deactivate 8944500805172030000",
        "call POST",
        "Send activation code failed",
    ] {
        assert_eq!(
            asked.iter().filter(|asked| asked.starts_with(expected)).count(),
            1,
            "{expected}: {asked:?}"
        );
    }
    assert!(backend.engine().store().backlog().await.unwrap().is_empty());
    let kept = kept(&backend).await;
    assert_eq!(kept["format"], 1);
    assert_eq!(kept["subscription"]["preparing"].as_array().map(Vec::len), Some(0));
    workers.stop().await;
}

/// As where an operator goes back two releases: nothing is misread, overwritten or thrown away.
#[tokio::test(start_paused = true)]
async fn what_a_format_to_come_has_is_refused_and_left_as_it_is() {
    let world = World::new();
    for at in ["/state/format", "/state/subscription/format", "/effects"] {
        let mut newer = saved();
        match newer.pointer_mut(at) {
            Some(Value::Array(effects)) => effects.iter_mut().for_each(|effect| effect[1]["format"] = json!(9)),
            Some(format) => *format = json!(9),
            None => newer["state"]["format"] = json!(9),
        }
        let backend = backend(store(&newer).await, &world);
        let workers = backend.start();
        if at != "/effects" {
            let refusal = backend
                .request_activation_code(call(), token(), request())
                .await
                .unwrap_err();
            assert_eq!(refusal.condition(), Some(Condition::Internal), "{at}");
        }
        sleep(SECOND * 3600).await;
        assert_eq!(kept(&backend).await, newer["state"], "{at}");
        let backlog = backend.engine().store().backlog().await.unwrap();
        assert_eq!(backlog.iter().map(|backlog| backlog.lanes).sum::<u64>(), 3, "{at}");
        workers.stop().await;
    }
    assert_eq!(world.asked(), [""; 0]);
}
