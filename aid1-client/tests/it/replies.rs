//! Replies that are not as they should be, and what becomes of them.

use aid_types::{ActivationCodeReply, Ambiguity, CallFailure, Leniency, RequestProfileStatus, Tolerated};
use aid1_client::{Error, ErrorKind, Options, Reply, RetryPolicy, Transaction, aid_types, test_util::Step};

use crate::fixtures::{iccid, msp, refusal, send, token, wanted};

fn items(tolerated: &[Tolerated]) -> Vec<u16> {
    tolerated
        .iter()
        .map(|tolerated| Ambiguity::number(tolerated.item))
        .collect()
}

pub(crate) async fn request_code(step: Step) -> Result<Reply<ActivationCodeReply>, Error> {
    msp([step])
        .1
        .with_options(Options::default().with_retry(RetryPolicy::never()))
        .request_activation_code(&token(), &wanted(), Transaction::New)
        .await
}

/// 204 where 201 is meant, and other statuses of success (A-49).
#[tokio::test]
async fn accepts_another_success() {
    for status in [200, 202, 204] {
        let reply = send([Step::status(status)]).await.unwrap();
        assert_eq!(items(&reply.tolerated), [49], "{status}");
        let (_, msp) = msp([Step::status(status)]);
        let msp = msp
            .with_leniency(Leniency::Strict)
            .with_options(Options::default().with_retry(RetryPolicy::never()));
        let error = msp
            .send_csim_status(&token(), &crate::fixtures::deleted(), Transaction::New)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreadable);
    }
    // A body where none belongs is reported (A-48).
    assert_eq!(items(&send([Step::json(201, "{}")]).await.unwrap().tolerated), [48]);
}

/// Only a 200 with a code is synchronous; without any body it counts as the promise of one (A-49).
#[tokio::test]
async fn tells_the_modes_apart() {
    for step in [Step::status(202), Step::status(204), Step::status(200)] {
        let reply = request_code(step).await.unwrap();
        assert_eq!(
            (reply.value, &*items(&reply.tolerated)),
            (ActivationCodeReply::Accepted, &[49][..])
        );
    }
}

/// What came is kept, with the place that is wrong, and never shown (A-50).
#[tokio::test]
async fn keeps_what_it_cannot_read() {
    let secret = r#"{"activationCode":"2$smdp.example$SECRET","iccid":"12","profileType":"personal"}"#;
    for (body, at, message) in [
        (
            "garbage",
            "",
            "Request activation code: 200 OK, but unusable: body: not JSON at line 1, column 1",
        ),
        (
            "[]",
            "",
            "Request activation code: 200 OK, but unusable: body: expected object, found array",
        ),
        (
            "{}",
            "activationCode",
            "Request activation code: 200 OK, but unusable: activationCode: \
             a success status without the body that belongs to it",
        ),
        (
            secret,
            "activationCode",
            "Request activation code: 200 OK, but unusable: activationCode: activation code: the format is not 1",
        ),
    ] {
        let error = request_code(Step::json(200, body)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unreadable);
        assert_eq!(error.body().unwrap(), body);
        assert_eq!(error.body_error().unwrap().at(), at);
        assert_eq!(error.to_string(), message);
        assert!(error.is_retryable());
        assert!(!format!("{error:?}").contains("SECRET"));
    }
}

/// A-55: what is gone already has been done.
#[tokio::test]
async fn an_invalidation_may_have_been_done_before() {
    for (status, code) in [(404, 20), (404, 21), (422, 21)] {
        let (_, msp) = msp([refusal(status, code)]);
        let reply = msp
            .request_invalidate_msp_token(&token(), Transaction::New)
            .await
            .unwrap();
        assert_eq!((items(&reply.tolerated), reply.attempts), (vec![55], 1));
    }
    for step in [
        refusal(404, 91),
        refusal(404, 93),
        refusal(422, 91),
        refusal(401, 20),
        Step::status(404),
    ] {
        let (_, msp) = msp([step]);
        let _ = msp
            .request_invalidate_msp_token(&token(), Transaction::New)
            .await
            .unwrap_err();
    }
    // Of another operation it is an error.
    assert_eq!(send([refusal(404, 20)]).await.unwrap_err().code().unwrap().number(), 20);
}

/// A-54: 404/61 to a question for all profiles says that there are none. No other 404 says anything of profiles.
#[tokio::test(start_paused = true)]
async fn only_one_404_means_no_profiles() {
    async fn ask(step: Step, what: RequestProfileStatus, known_peer: bool, leniency: Leniency) -> Option<Vec<u16>> {
        let mut msp = msp([step]).1.with_leniency(leniency);
        if known_peer {
            msp = msp.with_bare_404_as_no_profiles();
        }
        let reply = msp
            .request_profile_status(&token(), &what, Transaction::New)
            .await
            .ok()?;
        assert_eq!(reply.value.profiles, []);
        Some(items(&reply.tolerated))
    }
    let (all, one) = (RequestProfileStatus::all(), RequestProfileStatus::one(iccid()));
    for known_peer in [false, true] {
        assert_eq!(
            ask(refusal(404, 61), all, known_peer, Leniency::Field).await,
            Some(vec![54])
        );
        assert_eq!(ask(refusal(404, 61), all, known_peer, Leniency::Strict).await, None);
        assert_eq!(ask(refusal(404, 61), one, known_peer, Leniency::Field).await, None);
        // What had to be tolerated to read the refusal is told, too.
        let number = Step::json(404, r#"{"code":61,"error":"a number"}"#);
        assert_eq!(ask(number, all, known_peer, Leniency::Field).await, Some(vec![39, 54]));
        for step in [
            refusal(404, 10),
            refusal(404, 20),
            refusal(404, 21),
            refusal(404, 29),
            refusal(404, 65),
            refusal(404, 90),
            refusal(404, 91),
            refusal(404, 93),
            refusal(404, 94),
            refusal(404, 104),
            refusal(404, 230),
            refusal(404, 1000),
            refusal(422, 61),
            refusal(410, 61),
            Step::status(404).body("<html>nothing here</html>"),
            Step::json(404, "[]"),
            Step::status(204),
        ] {
            let shown = format!("{step:?}");
            assert_eq!(ask(step, all, known_peer, Leniency::Field).await, None, "{shown}");
        }
    }
    // Of a peer that is known to say it so, and of no other.
    for bare in [
        Step::status(404),
        Step::json(404, "{}"),
        Step::json(404, r#"{"message":"no profiles"}"#),
    ] {
        assert_eq!(ask(bare.clone(), all, false, Leniency::Field).await, None);
        assert_eq!(ask(bare.clone(), all, true, Leniency::Field).await, Some(vec![54]));
        assert_eq!(ask(bare, one, true, Leniency::Field).await, None);
    }
}

/// A-48: a status of success over a gateway's page or an error is no success; the call is repeated, then reported.
#[tokio::test(start_paused = true)]
async fn a_success_needs_evidence() {
    for body in [
        "<html>Please log in</html>",
        "OK",
        r#"{"code":"20","error":"The msp_token was not found"}"#,
        r#"{"code":20}"#,
        r#"{"code":"90"}"#,
        r#"{"code":"104"}"#,
        r#"{"code":"230"}"#,
    ] {
        let error = send([Step::json(201, body), Step::json(200, body), Step::json(204, body)])
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unreadable, 3), "{body}");
        assert_eq!(error.body().unwrap(), body);
        assert_eq!(CallFailure::from(&error), CallFailure::Unreadable);
        // The next attempt gets through to the peer.
        let reply = send([Step::json(201, body), Step::status(201)]).await.unwrap();
        assert_eq!((reply.attempts, reply.tolerated), (2, vec![]), "{body}");
        let (http, msp) = msp([Step::json(204, body), Step::status(204)]);
        let reply = msp
            .request_invalidate_msp_token(&token(), Transaction::New)
            .await
            .unwrap();
        assert_eq!((reply.attempts, http.requests().len()), (2, 2), "{body}");
    }
    for body in [
        "",
        "{}",
        "null",
        r#"{"code":"1000"}"#,
        r#"{"status":"ok"}"#,
        "\u{feff}{}",
    ] {
        let reply = send([Step::json(201, body)]).await.unwrap();
        assert_eq!(reply.attempts, 1, "{body}");
        assert_eq!(
            reply.tolerated.is_empty(),
            body.is_empty(),
            "a body where none is due is told: {body}"
        );
    }
}

/// A-171: what begins with a byte order mark is read behind it, and told; in a refusal as well.
#[tokio::test]
async fn a_byte_order_mark_is_told() {
    let ready = "\u{feff}{\"activationCode\":\"1$smdp.example$CODE\",\"iccid\":\"8944500805172032953\",\"profileType\":\"personal\",\"swappedIccid\":null}";
    let reply = request_code(Step::json(200, ready)).await.unwrap();
    assert!(items(&reply.tolerated).contains(&171), "{:?}", reply.tolerated);
    let error = send([Step::json(404, "\u{feff}{\"code\":\"20\"}")]).await.unwrap_err();
    assert_eq!(error.code().unwrap().number(), 20);
    assert_eq!(items(error.tolerated()), [171]);
}
