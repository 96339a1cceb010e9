//! What an error says of itself.

use std::error::Error as _;

use aid_types::{CallFailure, Condition, ErrorCode, OperationId, SendMspToken};
use aid1_client::{
    Error, ErrorKind, Options, RetryPolicy, Transaction, aid_types,
    test_util::{ScriptedFailure, Step},
};

use crate::fixtures::{TOKEN, account_id, cmp, deleted, msp, refusal, token};

async fn error(step: Step) -> Error {
    let (_, msp) = msp([step]);
    let msp = msp.with_options(Options::default().with_retry(RetryPolicy::never()));
    msp.send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap_err()
}

#[tokio::test(start_paused = true)]
async fn predicates() {
    // step, kind, status, code, retryable
    let table = [
        (Step::Fail, ErrorKind::Transport, None, None, true),
        (Step::Hang, ErrorKind::Timeout, None, None, true),
        (refusal(404, 20), ErrorKind::Api, Some(404), Some(20), false),
        (refusal(401, 104), ErrorKind::Api, Some(401), Some(104), false),
        (refusal(422, 1000), ErrorKind::Api, Some(422), Some(1000), false),
        (refusal(500, 90), ErrorKind::Api, Some(500), Some(90), true),
        (refusal(501, 90), ErrorKind::Api, Some(501), Some(90), false),
        (refusal(429, 91), ErrorKind::Api, Some(429), Some(91), true),
        (
            Step::status(502).body("<html>Bad Gateway</html>"),
            ErrorKind::Api,
            Some(502),
            None,
            true,
        ),
        (
            Step::json(422, r#"{"code":91,"error":"a number"}"#),
            ErrorKind::Api,
            Some(422),
            Some(91),
            false,
        ),
    ];
    for (step, kind, status, code, retryable) in table {
        let error = error(step).await;
        assert_eq!(error.kind(), kind);
        assert_eq!(error.status().map(|status| status.as_u16()), status);
        assert_eq!(error.code(), code.map(ErrorCode::new));
        assert_eq!(error.is_retryable(), retryable, "{error}");
        let failure = CallFailure::from(&error);
        assert_eq!(failure.is_final(), !retryable, "{error}");
        assert_eq!(failure.code(), error.code());
        assert_eq!(failure == CallFailure::NoReply, status.is_none());
        assert_eq!(error.is_timeout(), kind == ErrorKind::Timeout);
        assert_eq!(error.is_transport(), kind == ErrorKind::Transport);
        assert_eq!(error.api_error().is_some(), kind == ErrorKind::Api);
        assert_eq!(error.source().is_some(), kind == ErrorKind::Transport);
        assert_eq!(error.operation(), OperationId::SendCsimStatus);
        assert_eq!((error.attempts(), error.retry_after()), (1, None));
    }
}

#[tokio::test]
async fn messages() {
    let html = "<html>Bad Gateway</html>";
    let gateway = error(Step::status(502).body(html)).await;
    assert_eq!(gateway.to_string(), "Send CSIM status: 502 Bad Gateway");
    assert_eq!(gateway.body().unwrap(), html);

    let unknown = error(refusal(404, 20)).await;
    assert_eq!(
        unknown.to_string(),
        "Send CSIM status: 404 Not Found, code 20: some text"
    );
    assert_eq!(unknown.condition(), Some(Condition::UnknownMspToken));

    let broken = error(Step::Fail).await;
    assert_eq!(broken.to_string(), "Send CSIM status: no reply, the transport failed");
    assert!(broken.source().unwrap().is::<ScriptedFailure>());
}

/// The text of code 62 names the msp_token (A-42), and a text may try to write lines of its own into a log.
#[tokio::test]
async fn shows_no_secrets() {
    let body = format!(r#"{{"code":"62","error":"linked to {TOKEN}, not to\n{TOKEN}."}}"#);
    let error = error(Step::json(422, body)).await;
    assert_eq!(
        error.to_string(),
        "Send CSIM status: 422 Unprocessable Entity, code 62: linked to (hidden), not to (hidden)."
    );
    assert!(!format!("{error:?}").contains(TOKEN));
    assert!(error.api_error().unwrap().text().unwrap().contains(TOKEN));

    let (_, msp) = msp([]);
    let shown = format!("{msp:?}");
    assert!(!shown.contains("1234abcdefghij0123456789"), "{shown}");
}

/// A-45: "already assigned" after an attempt that was not answered is most likely our own doing.
#[tokio::test(start_paused = true)]
async fn a_lost_201_is_recognised() {
    let assigned = || refusal(422, 23);
    for (steps, expected) in [
        (vec![assigned()], false),
        (vec![Step::Hang, assigned()], true),
        (vec![Step::Fail, assigned()], true),
        // The peer said that it failed.
        (vec![Step::status(503), assigned()], false),
        (vec![Step::Hang, refusal(422, 24)], false),
        (vec![Step::Hang, refusal(404, 23)], false),
    ] {
        let (_, cmp) = cmp(steps);
        let body = SendMspToken::Failed("230: none".parse().unwrap());
        let error = cmp
            .send_msp_token(&account_id(), &body, Transaction::New)
            .await
            .unwrap_err();
        assert_eq!(error.is_probably_done(), expected, "{error}");
    }
    let (_, msp) = msp([Step::Hang, assigned()]);
    let error = msp
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap_err();
    assert!(!error.is_probably_done());
}

#[test]
fn is_small() {
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}
