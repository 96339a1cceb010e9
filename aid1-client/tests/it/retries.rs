//! When a request is repeated, with which ids, and after how long a pause.

use std::time::Duration;

use aid_types::{
    CmpRequestId, CorrelationId,
    http::{
        CallHeaders, CallIds,
        http::{HeaderName, HeaderValue, header},
    },
};
use aid1_client::{
    Error, Options, Reply, RetryPolicy, Transaction, aid_types,
    test_util::{ScriptedHttpClient, Step},
};
use tokio::time::Instant;

use crate::fixtures::{deleted, msp, refusal, send, token};

fn header(name: HeaderName, value: &str) -> (HeaderName, HeaderValue) {
    (name, HeaderValue::from_str(value).unwrap())
}

fn with(step: Step, headers: &[(HeaderName, &str)]) -> Step {
    headers.iter().fold(step, |step, (name, value)| {
        let (name, value) = header(name.clone(), value);
        step.header(name, value)
    })
}

/// The outcome, the transport, and how much time has passed.
async fn timed(options: Options, steps: Vec<Step>) -> (Result<Reply<()>, Error>, ScriptedHttpClient, Duration) {
    let (http, msp) = msp(steps);
    let begin = Instant::now();
    let outcome = msp
        .with_options(options)
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await;
    (outcome, http, begin.elapsed())
}

/// A-58: the same request, byte for byte.
#[tokio::test(start_paused = true)]
async fn repeats_the_same_request() {
    let (http, msp) = msp([Step::Fail, Step::status(503), Step::status(201), Step::status(201)]);
    let reply = msp
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    assert_eq!(reply.attempts, 3);
    let requests = http.requests();
    for request in &requests {
        assert_eq!(CallHeaders::find(request.headers()).ids().unwrap(), reply.ids);
        assert_eq!(
            (request.method(), request.uri(), request.headers(), request.body()),
            (
                requests[0].method(),
                requests[0].uri(),
                requests[0].headers(),
                requests[0].body()
            ),
        );
    }

    // The next intent has ids of its own.
    let next = msp
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    assert_ne!(next.ids.cmp_request_id, reply.ids.cmp_request_id);
    assert_ne!(next.ids.correlation_id, reply.ids.correlation_id);
}

#[tokio::test]
async fn carries_the_ids_of_its_transaction() {
    let correlation_id: CorrelationId = "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap();
    let cmp_request_id: CmpRequestId = "14abc1e2-338f-11e6-ac61-9e71128cae77".parse().unwrap();
    let (http, msp) = msp([Step::status(201), Step::status(422), Step::status(201)]);
    let first = msp
        .send_csim_status(&token(), &deleted(), correlation_id.into())
        .await
        .unwrap();
    assert_eq!(first.ids.correlation_id, correlation_id);

    let ids = CallIds::new(cmp_request_id, correlation_id);
    let error = msp
        .send_csim_status(&token(), &deleted(), Transaction::Repeat(ids))
        .await
        .unwrap_err();
    assert_eq!(error.ids(), ids);
    let repeated = msp
        .send_csim_status(&token(), &deleted(), error.repeat())
        .await
        .unwrap();
    assert_eq!(repeated.ids, ids);
    let requests = http.requests();
    assert_eq!(requests[1].headers(), requests[2].headers());
}

/// After a restart a call is repeated from the ids that were stored (A-58).
#[tokio::test]
async fn a_call_is_repeated_from_stored_ids() {
    let (http, msp) = msp([Step::status(201), Step::status(201)]);
    let (token, deleted) = (token(), deleted());
    let call = |transaction| msp.send_csim_status(&token, &deleted, transaction);
    let first = call(Transaction::New).await.unwrap();
    let stored = serde_json::to_string(&first.ids).unwrap();
    let ids: CallIds = serde_json::from_str(&stored).unwrap();
    assert_eq!(call(ids.into()).await.unwrap().ids, first.ids);
    let requests = http.requests();
    assert_eq!(requests[0].headers(), requests[1].headers());
    for broken in [
        r#"{"CMP-request-id":"14abc1e2-338f-11e6-ac61-9e71128cae77"}"#,
        r#"{}"#,
        r#"{"correlation-id":"x"}"#,
    ] {
        assert!(serde_json::from_str::<CallIds>(broken).is_err(), "{broken}");
    }
}

/// Only what may go better next time is repeated (A-34).
#[tokio::test(start_paused = true)]
async fn repeats_by_status() {
    for status in [408, 429, 500, 502, 503, 504, 599] {
        let reply = send([Step::status(status), Step::status(201)]).await.unwrap();
        assert_eq!(reply.attempts, 2, "{status}");
    }
    for status in [300, 307, 400, 401, 403, 404, 405, 413, 415, 422, 423, 501] {
        let error = send([Step::status(status), Step::status(201)]).await.unwrap_err();
        assert_eq!((error.attempts(), error.is_retryable()), (1, false), "{status}");
        assert_eq!(error.status().unwrap().as_u16(), status);
    }
    // A-48: who sent a success that cannot be read may not have been the peer.
    let (http, msp) = msp([Step::json(200, "{}"), Step::status(201)]);
    let wanted = crate::fixtures::wanted();
    let reply = msp
        .request_activation_code(&token(), &wanted, Transaction::New)
        .await
        .unwrap();
    assert_eq!((reply.attempts, http.requests().len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn stops_after_the_last_attempt() {
    for (attempts, made) in [(0, 1), (1, 1), (2, 2), (5, 5)] {
        let options = Options::default().with_retry(RetryPolicy::default().with_attempts(attempts));
        let (outcome, http, _) = timed(options, vec![Step::status(503); 9]).await;
        let error = outcome.unwrap_err();
        assert_eq!((error.attempts(), http.requests().len()), (made, made as usize));
    }
    let (outcome, ..) = timed(Options::default(), vec![Step::status(503); 9]).await;
    assert_eq!(
        outcome.unwrap_err().to_string(),
        "Send CSIM status: 503 Service Unavailable (after 3 attempts)"
    );
}

/// Pauses double up to the longest, less up to one half.
#[tokio::test(start_paused = true)]
async fn pauses_grow() {
    let retry = RetryPolicy::default()
        .with_attempts(6)
        .with_first_delay(Duration::from_secs(1))
        .with_max_delay(Duration::from_secs(4));
    let (_, _, took) = timed(Options::default().with_retry(retry.clone()), vec![Step::status(503); 6]).await;
    // 1 + 2 + 4 + 4 + 4 seconds.
    assert!(
        (Duration::from_millis(7_500)..=Duration::from_millis(15_020)).contains(&took),
        "{took:?}"
    );
    assert!(took < Duration::from_millis(14_900), "nothing was left out: {took:?}");

    let never = retry.with_attempts(1);
    let (_, _, took) = timed(Options::default().with_retry(never), vec![Step::status(503)]).await;
    assert_eq!(took, Duration::ZERO);
}

/// Seconds, or a date that is compared with the reply's own.
#[tokio::test(start_paused = true)]
async fn honours_retry_after() {
    const DATE: (HeaderName, &str) = (header::DATE, "Tue, 15 Nov 2022 08:12:31 GMT");
    let later = |value| (header::RETRY_AFTER, value);
    let short = Duration::from_millis(210);
    for (headers, least, most) in [
        (vec![later("7")], Duration::from_secs(7), Duration::from_secs(7)),
        (vec![later(" 0 ")], Duration::ZERO, short),
        (
            vec![later("Tue, 15 Nov 2022 08:12:41 GMT"), DATE],
            Duration::from_secs(10),
            Duration::from_secs(10),
        ),
        // It has passed.
        (
            vec![later("Tue, 15 Nov 2022 08:11:31 GMT"), DATE],
            Duration::ZERO,
            short,
        ),
        // It cannot be compared, or read.
        (vec![later("Tue, 15 Nov 2022 08:12:41 GMT")], Duration::ZERO, short),
        (vec![later("soon"), DATE], Duration::ZERO, short),
        (vec![later("-1")], Duration::ZERO, short),
        (vec![later("")], Duration::ZERO, short),
    ] {
        let (outcome, _, took) = timed(
            Options::default(),
            vec![with(Step::status(429), &headers), Step::status(201)],
        )
        .await;
        assert_eq!(outcome.unwrap().attempts, 2);
        assert!(
            took >= least && took <= most + Duration::from_millis(2),
            "{headers:?}: {took:?}"
        );
    }
}

/// Whoever asks for more than the longest pause is left alone, and the caller learns for how long.
#[tokio::test(start_paused = true)]
async fn does_not_wait_too_long() {
    for (value, seconds) in [("61", 61), ("99999999999999999999999", u64::MAX)] {
        let step = with(refusal(503, 90), &[(header::RETRY_AFTER, value)]);
        let (outcome, http, took) = timed(Options::default(), vec![step, Step::status(201)]).await;
        let error = outcome.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(seconds)));
        assert!(error.is_retryable());
        assert_eq!((http.requests().len(), took), (1, Duration::ZERO));
    }
}

const CAUSE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A-183: all attempts are one step of the trace, which the logs know by its CMP-request-id.
#[tokio::test(start_paused = true)]
async fn a_call_says_which_trace_it_belongs_to_and_one_without_a_cause_says_nothing() {
    let (http, msp) = msp([Step::Fail, Step::status(201), Step::status(201)]);
    let caused = msp.clone().caused_by(CAUSE.parse().ok());
    let reply = caused
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    let _ = msp
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    let sent: Vec<_> = http
        .requests()
        .iter()
        .map(|request| request.headers().get("traceparent").cloned())
        .collect();
    let (_, half) = reply.ids.cmp_request_id.as_uuid().as_u64_pair();
    let step = CAUSE.replace("00f067aa0ba902b7", &format!("{half:016x}"));
    let step = Some(HeaderValue::from_str(&step).unwrap());
    assert_eq!(sent, [step.clone(), step, None]);
    assert!(
        http.requests()
            .iter()
            .all(|request| !request.headers().contains_key("tracestate"))
    );
}
