//! What of calls is counted.

use aid1_client::test_util::Step;
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::fixtures::send;

#[tokio::test(start_paused = true)]
async fn each_attempt_is_counted_by_how_it_ended() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _here = metrics::set_default_local_recorder(&recorder);
    aid1_client::ATTEMPTS.describe();
    let busy = Step::json(503, r#"{"code":"90","error":"busy"}"#);
    let _ = send([busy, Step::status(201)]).await.unwrap();
    let text = recorder.handle().render();
    for line in [
        "{operation=\"sendCsimStatus\",outcome=\"refused\",status=\"503\",attempt=\"first\"} 1\n",
        "{operation=\"sendCsimStatus\",outcome=\"success\",status=\"-\",attempt=\"repeated\"} 1\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}
