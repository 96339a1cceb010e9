//! What a log of `tracing` has of an engine.

use std::time::Duration;

use aid_backend::{
    engine::{Engine, Executed, NoObserver, Options},
    store::Load,
};
use tokio::time::sleep;

use crate::{
    engine::{Does, count_up, key},
    lines, memory,
    runtime::Tokio,
};

#[tokio::test(start_paused = true)]
async fn each_execution_of_an_effect_is_a_span() {
    let (_, spans) = lines::spans(async {
        let engine = Engine::new(memory(), Tokio, NoObserver, Options::default(), 7);
        engine.unit(Load::keys([key("a/1")]), count_up).await.unwrap();
        let workers = engine.start(Does(|_: &str, attempts| match attempts {
            0 => Executed::Later(None, "not now"),
            _ => Executed::Done,
        }));
        sleep(Duration::from_secs(3)).await;
        workers.stop().await;
    })
    .await;
    let [first, second] = &spans[..] else {
        panic!("{spans:?}")
    };
    for part in [
        "effect otel.kind=\"consumer\"",
        "to=\"to\"",
        "attempt=1",
        "age_seconds=0",
        "put_off=\"not now\"",
    ] {
        assert!(first.contains(part), "{part} in {first}");
    }
    assert!(second.contains("attempt=2") && !second.contains("put_off"), "{second}");
}
