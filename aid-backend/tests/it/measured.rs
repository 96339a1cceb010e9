//! What an engine does, counted.

use std::time::Duration;

use aid_backend::{
    engine::{Engine, EngineMetrics, Executed, Options},
    store::Load,
};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::time::sleep;

use crate::{
    engine::{Does, count_up, key},
    memory,
    runtime::Tokio,
};

#[tokio::test(start_paused = true)]
async fn what_waits_what_fails_and_what_is_done_is_counted() {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&[1.0, 10.0])
        .unwrap()
        .build_recorder();
    let _here = metrics::set_default_local_recorder(&recorder);
    let expect = |lines: &[&str]| {
        let text = recorder.handle().render();
        for line in lines {
            assert!(text.lines().any(|found| found == *line), "{line} in {text}");
        }
    };
    let engine = Engine::new(memory(), Tokio, EngineMetrics::new(), Options::default(), 7);
    engine.unit(Load::keys([key("a/1")]), count_up).await.unwrap();
    sleep(Duration::from_secs(4)).await;
    engine.tell_backlog().await.unwrap();
    expect(&[
        "aid_backend_lanes_waiting{to=\"to\"} 1",
        "aid_backend_oldest_effect_seconds{to=\"to\"} 4",
    ]);

    let workers = engine.start(Does(|_: &str, attempts| match attempts {
        0 => Executed::Later(None, "not now"),
        _ => Executed::Done,
    }));
    sleep(Duration::from_secs(3)).await;
    workers.stop().await;
    engine.tell_backlog().await.unwrap();
    expect(&[
        "# HELP aid_backend_effects_put_off_total Executions that failed, and are tried again later.",
        "aid_backend_effects_put_off_total{to=\"to\"} 1",
        "aid_backend_effect_wait_seconds_bucket{to=\"to\",le=\"1\"} 0",
        "aid_backend_effect_wait_seconds_bucket{to=\"to\",le=\"10\"} 1",
        "aid_backend_lanes_waiting{to=\"to\"} 0",
        "aid_backend_oldest_effect_seconds{to=\"to\"} 0",
    ]);
}
