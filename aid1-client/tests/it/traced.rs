//! What a log of `tracing` has of a call.

use aid1_client::test_util::Step;

use crate::{
    fixtures::{TOKEN, send},
    lines,
    replies::request_code,
};

#[tokio::test(start_paused = true)]
async fn each_attempt_is_one_event_of_the_level_that_it_deserves() {
    let ((), lines) = lines::of(async {
        let _ = send([Step::json(503, r#"{"code":"90","error":"busy"}"#), Step::status(201)])
            .await
            .unwrap();
        let ready = "\u{feff}{\"activationCode\":\"1$smdp.example$CODE\",\"iccid\":\"8944500805172032953\",\"profileType\":\"personal\",\"swappedIccid\":null}";
        let _ = request_code(Step::json(200, ready)).await.unwrap();
    })
    .await;
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, parts) in lines.iter().zip([
        &[
            "WARN",
            "operation=\"sendCsimStatus\"",
            "attempt=1",
            "ok=false",
            "status=503",
            "busy",
            "cmp_request_id=",
            "correlation_id=",
        ][..],
        &["DEBUG", "attempt=2", "ok=true"],
        &[
            "WARN",
            "operation=\"requestActivationCode\"",
            "ok=true",
            "tolerated=A-171",
        ],
    ]) {
        for part in parts {
            assert!(line.contains(part), "{part} in {line}");
        }
        for secret in [TOKEN, "1234abcdefghij0123456789", "8944500805172032953", "smdp.example"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_a_span_with_the_names_of_opentelemetry() {
    let busy = Step::json(503, r#"{"code":"90","error":"busy"}"#);
    let (_, spans) = lines::spans(send([busy, Step::Fail, Step::status(201)])).await;
    assert_eq!(spans.len(), 3, "{spans:?}");
    let each = [
        &[
            "http.response.status_code=503",
            "otel.status_code=\"ERROR\"",
            "error.type=\"503\"",
        ][..],
        &["http.request.resend_count=1", "error.type=\"no reply\""],
        &["http.request.resend_count=2", "http.response.status_code=201"],
    ];
    for (span, parts) in spans.iter().zip(each) {
        let every = [
            "attempt otel.kind=\"client\"",
            "otel.name=\"POST /v1/statuses/{msp_token}\"",
            "http.request.method=\"POST\"",
            "url.template=\"/v1/statuses/{msp_token}\"",
            "server.address=\"peer.example\"",
            "cmp_request_id=",
        ];
        for part in every.iter().chain(parts) {
            assert!(span.contains(part), "{part} in {span}");
        }
        assert!(
            !span.contains(TOKEN) && !span.contains("1234abcdefghij0123456789"),
            "{span}"
        );
    }
    assert!(
        !spans[0].contains("resend_count") && !spans[2].contains("error.type"),
        "{spans:?}"
    );
}
