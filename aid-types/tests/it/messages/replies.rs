//! Replies and refusals: what comes back is what was sent.

use aid_types::{
    http::{
        ApiError, ReplyError,
        bytes::Bytes,
        http::{Response, StatusCode},
        read_reply, write_refusal, write_reply,
    },
    *,
};
use serde_json::Value;

use crate::{bodies::with_operation, vectors};

/// Replies of the vectors, through a whole `http` message.
fn reply<O: Operation>(case: &Value) {
    let status = u16::try_from(case["status"].as_u64().unwrap()).unwrap();
    let mut response = Response::new(Bytes::from(case["body"].as_str().unwrap().to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();

    let received = read_reply::<O>(&response, Leniency::Field).unwrap();
    let tolerated: Vec<_> = received.tolerated.iter().map(ToString::to_string).collect();
    let expected: Vec<_> = case["tolerated"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| item.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(tolerated, expected, "{case}");

    let strict = read_reply::<O>(&response, Leniency::Strict);
    match (case["strict"].as_str(), strict) {
        (None, result) => assert!(result.is_ok(), "{case}"),
        (Some(at), Err(ReplyError::Unreadable { error, .. })) => assert_eq!(error.at(), at, "{case}"),
        (Some(_), _) => panic!("{case} was accepted at the strict level"),
    }

    let written = write_reply::<O>(&received.value);
    let again = read_reply::<O>(&written, Leniency::Strict);
    // An element that could not be read is passed on as it came.
    let passed_on = || {
        case["unreadable"]
            .as_object()
            .is_some_and(|kept| kept.keys().any(|at| at.starts_with("profiles[")))
    };
    assert!(again.is_ok() || case["sent"].is_null() || passed_on(), "{case}");
    assert_eq!(
        written.headers().contains_key("content-type"),
        !written.body().is_empty()
    );
}

// R-288, R-294
#[test]
fn replies() {
    for (operation_id, cases) in vectors::read("aid1-bodies.json")["replies"].as_object().unwrap() {
        for case in cases["accept"].as_array().unwrap() {
            with_operation!(operation_id, reply(case));
        }
    }
}

fn with_status<O: Operation>(status: u16, body: &str, leniency: Leniency) -> Result<Vec<String>, ReplyError> {
    let mut response = Response::new(Bytes::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let received = read_reply::<O>(&response, leniency)?;
    Ok(received.tolerated.iter().map(ToString::to_string).collect())
}

fn refused<O: Operation>(status: u16, body: &str) -> ApiError {
    match with_status::<O>(status, body, Leniency::Field) {
        Err(ReplyError::Api(error)) => error,
        _ => panic!("{status} {body} is no refusal"),
    }
}

#[test]
fn what_an_error_says() {
    let body =
        r#"{"code":"20","error":"token 25bca1e2-338f-11d6-ac61-9e71138fd521\n25bca1e2-338f-11d6-ac61-9e71138fd52, "}"#;
    let error = refused::<RequestActivationCode>(404, body);
    assert_eq!(error.status(), StatusCode::NOT_FOUND);
    assert_eq!(error.code(), Some(ErrorCode::MSP_TOKEN_NOT_FOUND));
    assert_eq!(error.failure().code(), error.code());
    assert!(error.text().unwrap().starts_with("token 25bca1e2-"));
    assert!(error.tolerated().is_empty());
    // In a log, no token, and no second line. What is a character short is none.
    assert_eq!(
        error.to_string(),
        "Request activation code: 404 Not Found, code 20: token (hidden) 25bca1e2-338f-11d6-ac61-9e71138fd52, "
    );
    // A-39: a number for a text.
    let error = refused::<RequestActivationCode>(404, r#"{"code":20}"#);
    assert_eq!((error.text(), error.tolerated().len()), (None, 1));
}

// A-48, A-49: whatever stands between the two, a success needs evidence.
#[test]
fn what_makes_a_success() {
    fn check<O: Operation>(case: &Value, status: u16) {
        let body = case["body"].as_str().unwrap();
        for leniency in [Leniency::Field, Leniency::Strict] {
            let usual = O::DECLARATION.success.contains(&status);
            match (with_status::<O>(status, body, leniency), case["at"].as_str()) {
                (Ok(tolerated), None) => {
                    let mut expected = Vec::new();
                    if !usual {
                        assert_eq!(leniency, Leniency::Field, "{status} {case}");
                        expected.push("A-49 at status");
                    }
                    if !body.trim().is_empty() {
                        expected.push("A-48 at ");
                    }
                    assert_eq!(tolerated, expected, "{status} {case}");
                }
                (Err(ReplyError::Unreadable { error, .. }), Some(at)) => assert_eq!(error.at(), at, "{case}"),
                (Err(ReplyError::Unreadable { error, .. }), None) if leniency == Leniency::Strict && !usual => {
                    assert_eq!(error.at(), "status", "{case}");
                }
                (result, _) => panic!("{status} {case}: {result:?}"),
            }
        }
    }
    for case in vectors::read("aid1-bodies.json")["evidence"]["cases"]
        .as_array()
        .unwrap()
    {
        for id in OperationId::ALL.iter().map(|id| id.declaration()) {
            for status in [200, 201, 202, 204, 206, 299] {
                if id.success_with_body.is_empty() {
                    with_operation!(id.operation_id, check(case, status));
                }
            }
        }
        // Where the success has a body, too, no refusal is one.
        if case["at"] == "code" {
            let body = case["body"].as_str().unwrap();
            let code = with_status::<RequestActivationCode>(200, body, Leniency::Field);
            let profiles = with_status::<RequestProfileStatus>(200, body, Leniency::Field);
            let accepted = with_status::<RequestActivationCode>(201, body, Leniency::Field);
            assert!(code.is_err() && profiles.is_err() && accepted.is_err(), "{case}");
        }
    }
    let both = r#"{"profiles":[],"code":"20","error":"x"}"#;
    assert!(with_status::<RequestProfileStatus>(200, both, Leniency::Field).is_err());
}

// A-54: nothing else says that there are no profiles.
#[test]
fn what_means_no_profiles() {
    let (all, one) = (
        RequestProfileStatus::all(),
        RequestProfileStatus::one("8944500805172032953".parse().unwrap()),
    );
    let error = refused::<RequestProfileStatus>(404, r#"{"code":"61","error":"x"}"#);
    assert!(error.means_no_profiles(&all));
    assert!(!error.means_no_profiles(&one));
    for (status, body) in [
        (422, r#"{"code":"61","error":"x"}"#),
        (410, r#"{"code":"61","error":"x"}"#),
        (404, ""),
        (404, "{}"),
        (404, r#"{"error":"no profiles"}"#),
        (404, r#"{"message":"no route matched"}"#),
        (404, "<html>not found</html>"),
    ] {
        assert!(
            !refused::<RequestProfileStatus>(status, body).means_no_profiles(&all),
            "{status} {body}"
        );
    }
    for code in ErrorCode::LISTED
        .iter()
        .filter(|code| **code != ErrorCode::PROFILE_NOT_FOUND)
    {
        let body = format!(r#"{{"code":"{code}","error":"x"}}"#);
        assert!(
            !refused::<RequestProfileStatus>(404, &body).means_no_profiles(&all),
            "{code}"
        );
    }
    assert!(!refused::<SendCsimStatus>(404, r#"{"code":"61","error":"x"}"#).means_no_profiles(&all));
}

// A-31, A-37
#[test]
fn statuses_that_say_more_than_the_code() {
    let body = |code: &str| format!(r#"{{"code":"{code}","error":"x"}}"#);
    for text in ["", "<html>", &body("49"), &body("91"), &body("1000")] {
        let error = refused::<RequestActivationCode>(423, text);
        assert_eq!(
            (error.condition(), error.is_retryable()),
            (Some(Condition::InvalidEid), false),
            "{text}"
        );
    }
    assert_eq!(refused::<SendCsimStatus>(423, "").condition(), None);
    let no_code = refused::<RequestActivationCode>(422, &body("49")).condition();
    assert_eq!(no_code, Some(Condition::NoActivationCode));
    assert_eq!(refused::<RequestActivationCode>(404, "").condition(), None);

    for id in OperationId::ALL {
        let status = if id.declaration().errors.contains(&403) {
            403
        } else {
            401
        };
        let (sent, code) = Condition::Forbidden.reply(Some(*id));
        assert_eq!((sent, code.number()), (status, 104), "{id}");
        assert_eq!(Condition::of(*id, 403, Some(code)), Some(Condition::Forbidden), "{id}");
        assert_eq!(
            Condition::of(*id, 401, Some(code)),
            Some(Condition::Unauthorized),
            "{id}"
        );
    }
    assert_eq!(Condition::Forbidden.reply(Some(OperationId::SendMspToken)).0, 403);
    assert_eq!(
        Condition::Forbidden.reply(Some(OperationId::NotifyMspTokenInvalid)).0,
        401
    );
    assert_eq!(
        Condition::Forbidden.reply(Some(OperationId::RequestProfileStatus)).0,
        401
    );
}

// R-160, R-161, R-235, R-240, R-259, R-263, R-270, R-287, R-289, R-304, R-308, R-315
#[test]
fn refusals_come_back_as_what_they_were() {
    for &id in OperationId::ALL {
        let declaration = id.declaration();
        for &condition in declaration.conditions {
            let (status, code) = condition.reply(Some(id));
            assert!(
                declaration.errors.contains(&status),
                "{id} {condition:?}: {status} is not in Annex B"
            );
            let read = Condition::of(id, status, Some(code)).unwrap();
            assert_eq!(read.reply(Some(id)), (status, code), "{id}");

            let response = write_refusal(&Refusal::new(condition).internal("secret").reply(Some(id)));
            assert_eq!(response.status().as_u16(), status);
            assert!(!std::str::from_utf8(response.body()).unwrap().contains("secret"));
            fn read_back<O: Operation>(response: &Response<Bytes>) -> ApiError {
                match read_reply::<O>(response, Leniency::Strict) {
                    Err(ReplyError::Api(error)) => error,
                    _ => panic!("a refusal was read as something else"),
                }
            }
            let error = with_operation!(declaration.operation_id, read_back(&response));
            assert_eq!((error.operation(), error.code()), (id, Some(code)));
            assert!(error.to_string().contains(&format!("code {code}")), "{error}");
        }
    }
}

#[test]
fn the_general_pairs() {
    let pair = |condition: Condition, id| {
        let (status, code) = condition.reply(id);
        (status, code.number())
    };
    assert_eq!(pair(Condition::UnknownPath, None), (404, 91));
    assert_eq!(pair(Condition::WrongMethod, None), (405, 91));
    assert_eq!(pair(Condition::Unauthorized, None), (401, 104));
    assert_eq!(pair(Condition::UnknownTarget, None), (404, 93));
    assert_eq!(pair(Condition::MediaType, None), (415, 91));
    assert_eq!(pair(Condition::TooLarge, None), (413, 91));
    assert_eq!(pair(Condition::Internal, None), (500, 90));
    for &id in OperationId::ALL {
        let syntax = if id == OperationId::NotifyMspTokenInvalid {
            400
        } else {
            422
        };
        assert_eq!(pair(Condition::Syntax, Some(id)), (syntax, 91));
        assert_eq!(pair(Condition::Header, Some(id)), (syntax, 91));
        assert!(id.declaration().errors.contains(&syntax), "{id}");
    }
}

#[test]
fn a_gateway_answers_for_the_peer() {
    let mut response = Response::new(Bytes::from_static(b"<html>502 Bad Gateway</html>"));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    let Err(ReplyError::Api(error)) = read_reply::<SendCsimStatus>(&response, Leniency::Field) else {
        panic!()
    };
    assert_eq!((error.code(), error.is_retryable()), (None, true));
    assert_eq!(error.raw_body(), response.body());
    assert!(!format!("{error:?}").contains("html"));
}

#[test]
fn which_statuses_are_worth_a_repetition() {
    for status in 300..600 {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let Err(ReplyError::Api(error)) = read_reply::<SendCsimStatus>(&response, Leniency::Field) else {
            panic!()
        };
        let expected = matches!(status, 408 | 429) || (status >= 500 && status != 501);
        assert_eq!(error.is_retryable(), expected, "{status}");
    }
}

#[test]
fn an_invalidation_that_has_happened_before() {
    for (status, body, expected) in [
        (404, r#"{"code":"20","error":""}"#, true),
        (404, r#"{"code":"21","error":""}"#, true),
        (422, r#"{"code":"21","error":""}"#, true),
        (422, r#"{"code":"91","error":""}"#, false),
        (404, "", false),
    ] {
        let mut response = Response::new(Bytes::from_static(body.as_bytes()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let Err(ReplyError::Api(error)) = read_reply::<RequestInvalidateMspToken>(&response, Leniency::Field) else {
            panic!()
        };
        assert_eq!(error.is_already_done(), expected, "{status} {body}");
    }
}

#[test]
fn replies_of_another_media_type() {
    let body = r#"{"profiles":[]}"#;
    for (content_type, at_field, at_strict) in [
        ("application/json", 0, true),
        ("application/json; charset=UTF-8", 0, true),
        ("application/problem+json", 0, true),
        ("application/json; charset=utf8", 1, false),
        ("text/plain", 1, false),
        ("application/json; charset=latin1", 1, false),
    ] {
        let response = Response::builder()
            .header("content-type", content_type)
            .body(Bytes::from_static(body.as_bytes()));
        let response = response.unwrap();
        let received = read_reply::<RequestProfileStatus>(&response, Leniency::Field).unwrap();
        assert_eq!(received.tolerated.len(), at_field, "{content_type}");
        assert_eq!(
            read_reply::<RequestProfileStatus>(&response, Leniency::Strict).is_ok(),
            at_strict,
            "{content_type}"
        );
    }
}
