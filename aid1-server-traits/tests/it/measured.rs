//! What of calls is counted.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use aid1_server_traits::{
    MspServer, ServerMetrics, ServerOptions,
    aid_types::{Condition, Refusal},
};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::support::{Backend, ac_http, options, ready};

/// A clock that is three seconds later each time it is read.
fn clocked(options: ServerOptions) -> ServerOptions {
    let read = AtomicU64::new(7);
    options.clock(move || Duration::from_secs(read.fetch_add(3, Ordering::SeqCst)))
}

#[test]
fn each_call_is_counted_and_measured_where_there_is_a_clock() {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&[1.0, 10.0])
        .unwrap()
        .build_recorder();
    let _here = metrics::set_default_local_recorder(&recorder);
    let refusing = Backend {
        refusal: Some(Refusal::new(Condition::NoActivationCode)),
        ..Backend::default()
    };
    let observed = || options().observe(ServerMetrics::new());
    for server in [
        MspServer::<Backend>::new(Backend::default(), clocked(observed())),
        MspServer::<Backend>::new(refusing, clocked(observed())),
        MspServer::<Backend>::new(Backend::default(), observed()),
    ] {
        ready(server.handle_bytes(ac_http()));
    }
    let text = recorder.handle().render();
    for line in [
        "calls_total{operation=\"requestActivationCode\",status=\"200\",code=\"-\"} 2\n",
        "calls_total{operation=\"requestActivationCode\",status=\"422\",code=\"49\"} 1\n",
        "call_seconds_bucket{operation=\"requestActivationCode\",status=\"200\",le=\"1\"} 0\n",
        "call_seconds_bucket{operation=\"requestActivationCode\",status=\"200\",le=\"10\"} 1\n",
        "call_seconds_count{operation=\"requestActivationCode\",status=\"422\"} 1\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}
