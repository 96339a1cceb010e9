//! Replies that are not as they should be, and what becomes of them.

use aid_types::{ActivationCodeReply, Ambiguity, Leniency, RequestProfileStatus, Tolerated};
use aid1_client::{Error, ErrorKind, Options, Reply, RetryPolicy, Transaction, aid_types, test_util::Step};

use crate::fixtures::{iccid, msp, refusal, send, token, wanted};

fn items(tolerated: &[Tolerated]) -> Vec<u16> {
    tolerated
        .iter()
        .map(|tolerated| Ambiguity::number(tolerated.item))
        .collect()
}

async fn request_code(step: Step) -> Result<Reply<ActivationCodeReply>, Error> {
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
        let strict = Options::default()
            .with_leniency(Leniency::Strict)
            .with_retry(RetryPolicy::never());
        let (_, msp) = msp([Step::status(status)]);
        let msp = msp.with_options(strict);
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

/// A-54: an MSP may say "no profiles" by 404, but not every 404 says that.
#[tokio::test]
async fn no_profiles_may_be_a_404() {
    async fn ask(step: Step, what: RequestProfileStatus, leniency: Leniency) -> Option<Vec<u16>> {
        let (_, msp) = msp([step]);
        let msp = msp.with_options(Options::default().with_leniency(leniency));
        let reply = msp
            .request_profile_status(&token(), &what, Transaction::New)
            .await
            .ok()?;
        assert_eq!(reply.value.profiles, []);
        Some(items(&reply.tolerated))
    }
    let all = RequestProfileStatus::all();
    for step in [
        refusal(404, 61),
        refusal(404, 65),
        refusal(404, 230),
        Step::status(404),
        Step::json(404, "{}"),
    ] {
        assert_eq!(ask(step.clone(), all, Leniency::Field).await, Some(vec![54]));
        assert_eq!(ask(step.clone(), all, Leniency::Strict).await, None);
        assert_eq!(
            ask(step, RequestProfileStatus::one(iccid()), Leniency::Field).await,
            None
        );
    }
    for step in [
        refusal(404, 20),
        refusal(404, 21),
        refusal(404, 91),
        refusal(404, 93),
        refusal(422, 61),
        Step::status(404).body("<html>nothing here</html>"),
    ] {
        assert_eq!(ask(step, all, Leniency::Field).await, None);
    }
}
