//! The operations as `http` messages, against `test-vectors/aid1-messages.json`.

use std::collections::BTreeMap;

use aid_types::{
    http::{
        bytes::Bytes,
        http::{HeaderMap, Method, Request, Response, StatusCode, header::AUTHORIZATION},
        *,
    },
    *,
};
use serde_json::Value;

use crate::{bodies::with_operation, vectors};

fn headers(map: &HeaderMap) -> BTreeMap<String, String> {
    map.iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect()
}

fn api_key() -> Credentials {
    Credentials::ApiKey("1234abcdefghij0123456789".parse().unwrap())
}

fn ids() -> CallIds {
    CallIds::new(
        "14abc1e2-338f-11e6-ac61-9e71128cae77".parse().unwrap(),
        "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap(),
    )
}

fn endpoint(base_url: &str) -> Endpoint {
    Endpoint::new(
        base_url.parse().unwrap(),
        "dk3kdwkef1".parse().unwrap(),
        "gKl32ko4".parse().unwrap(),
        api_key(),
    )
}

fn both_ways<O: Operation + PartialEq + std::fmt::Debug>(case: &Value) {
    let subject: O::Subject = case["subject"].as_str().unwrap().parse().unwrap();
    let body = case["body"].as_str().unwrap_or_default();
    let value = O::read(case["query"].as_str(), body.as_bytes(), &mut Decoding::default()).unwrap();

    // The client's side.
    let request = endpoint(case["base_url"].as_str().unwrap()).request(&subject, &value, ids());
    assert_eq!(request.method().as_str(), case["method"].as_str().unwrap());
    assert_eq!(request.uri(), case["url"].as_str().unwrap());
    assert_eq!(request.body(), body);
    let expected: BTreeMap<String, String> = serde_json::from_value(case["headers"].clone()).unwrap();
    assert_eq!(headers(request.headers()), expected, "{case}");

    // The server's side.
    let prefix = if request.uri().path().starts_with("/aid/") {
        "/aid"
    } else {
        ""
    };
    let provider = O::DECLARATION.provider;
    let route = Route::find(provider, prefix, request.method(), request.uri().path()).unwrap();
    assert_eq!(route.operation, O::DECLARATION.id);
    assert_eq!(route.parameter, case["subject"].as_str().unwrap());
    let found = CallHeaders::find(request.headers());
    assert_eq!(found.ids().unwrap(), ids());
    let parties = found.parties(&[], &[]).unwrap();
    assert_eq!(
        (parties.client_id.as_str(), parties.target_id.as_str()),
        ("dk3kdwkef1", "gKl32ko4")
    );
    assert!(api_key().matches(&found.credentials().unwrap()));
    assert_eq!(
        O::read(request.uri().query(), request.body(), &mut Decoding::default()).unwrap(),
        value
    );

    // No other method, and nothing for the other role.
    for method in [Method::PUT, Method::HEAD, Method::OPTIONS] {
        let found = Route::find(provider, prefix, &method, request.uri().path());
        assert_eq!(found, Err(RouteError::WrongMethod(O::DECLARATION.id)));
    }
    let other = if provider == Role::Cmp { Role::Msp } else { Role::Cmp };
    let found = Route::find(other, prefix, request.method(), request.uri().path());
    assert_eq!(found, Err(RouteError::UnknownPath));
}

// R-140 to R-145, R-181, R-220, R-236, R-241, R-260, R-264, R-280, R-301, R-305, R-309
#[test]
fn requests() {
    let vectors = vectors::read("aid1-messages.json");
    let cases = vectors["requests"].as_array().unwrap();
    for case in cases {
        with_operation!(case["operation"].as_str().unwrap(), both_ways(case));
    }
    for id in OperationId::ALL {
        assert!(
            cases
                .iter()
                .any(|case| case["operation"] == id.declaration().operation_id),
            "{id}"
        );
    }
}

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
    assert!(again.is_ok() || case["sent"].is_null(), "{case}");
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
            let read = Condition::of(id, status, code).unwrap();
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

#[test]
fn headers_that_are_not_right() {
    let good = endpoint("https://peer.example").request(
        &"25bca1e2-338f-11d6-ac61-9e71138fd521".parse().unwrap(),
        &RequestInvalidateMspToken::new(),
        ids(),
    );
    let with = |change: &dyn Fn(&mut HeaderMap)| {
        let mut headers = good.headers().clone();
        change(&mut headers);
        let found = CallHeaders::find(&headers);
        let error = found.ids().err().or_else(|| found.parties(&[], &[]).err());
        error.map(|error| error.to_string())
    };
    let says = |change: &dyn Fn(&mut HeaderMap), expected: &str| assert_eq!(with(change).as_deref(), Some(expected));
    assert_eq!(with(&|_| {}), None);
    says(&|h| drop(h.remove(CMP_REQUEST_ID)), "header CMP-request-id: missing");
    says(&|h| drop(h.remove("client-id")), "header client-id: missing");
    says(
        &|h| assert!(h.append(CORRELATION_ID, "31715660-01ac-4411-8f15-6f7ad4c269be".parse().unwrap())),
        "header correlation-id: stands more than once",
    );
    says(
        &|h| {
            drop(h.insert(
                CORRELATION_ID,
                "{31715660-01ac-4411-8f15-6f7ad4c269be}".parse().unwrap(),
            ));
        },
        "header correlation-id: correlation-id: expected 36 characters, found 38",
    );
    says(
        &|h| drop(h.insert(TARGET_ID, "".parse().unwrap())),
        "header target-id: target-id: empty",
    );
}

/// Every header that must stand once, in a call that is right but for this one standing twice, first and last.
#[test]
fn headers_that_come_twice() {
    let basic = Credentials::Basic(BasicCredentials::new("msp", "password").unwrap());
    let right: Vec<_> = [
        (
            "cmp-request-id",
            "CMP-request-id",
            "14abc1e2-338f-11e6-ac61-9e71128cae77",
        ),
        (
            "correlation-id",
            "correlation-id",
            "31715660-01ac-4411-8f15-6f7ad4c269be",
        ),
        ("client-id", "client-id", "dk3kdwkef1"),
        ("target-id", "target-id", "gKl32ko4"),
        ("content-type", "content-type", "application/json"),
        ("authorization", "authorization", "Basic bXNwOnBhc3N3b3Jk"),
    ]
    .to_vec();
    let error = |map: &HeaderMap| {
        let found = CallHeaders::find(map);
        let all = || {
            found.ids()?;
            found.parties(&[], &[])?;
            found.content_type()?;
            assert!(basic.matches(&found.credentials()?));
            Ok::<_, HeaderError>(())
        };
        all().err().map(|error| error.to_string())
    };
    for turn in 0..right.len() {
        let mut headers = right.clone();
        headers.rotate_left(turn);
        let map = |headers: &[(&'static str, &str, &str)]| {
            let mut map = HeaderMap::new();
            for (name, _, value) in headers {
                map.append(*name, value.parse().unwrap());
            }
            map.insert("x-other", "1".parse().unwrap());
            map
        };
        assert_eq!(error(&map(&headers)), None, "the order does not matter");
        let (_, shown, _) = headers[0];
        headers.push(headers[0]);
        assert_eq!(
            error(&map(&headers)),
            Some(format!("header {shown}: stands more than once"))
        );
    }
}

#[test]
fn ids_that_are_known_are_shared() {
    let request = endpoint("https://peer.example").request(
        &"25bca1e2-338f-11d6-ac61-9e71138fd521".parse().unwrap(),
        &RequestInvalidateMspToken::new(),
        ids(),
    );
    let known = ["other", "gKl32ko4"].map(|id| id.parse::<TargetId>().unwrap());
    let found = CallHeaders::find(request.headers());
    let parties = found.parties(&[], &known).unwrap();
    assert_eq!(parties, found.parties(&[], &[]).unwrap());
    assert!(std::ptr::eq(parties.target_id.as_str(), known[1].as_str()));
    assert!(format!("{found:?}").len() < 30, "no value of a header");
}

#[test]
fn credentials() {
    let basic = Credentials::Basic(BasicCredentials::new("msp", "päss:word").unwrap());
    let presented_by = |headers: &[(&'static str, &str)]| {
        let mut request = Request::new(());
        for (name, value) in headers {
            request.headers_mut().append(*name, value.parse().unwrap());
        }
        request.into_parts().0.headers
    };
    let matches = |credentials: &Credentials, headers: &[(&'static str, &str)]| {
        credentials.matches(&CallHeaders::find(&presented_by(headers)).credentials().unwrap())
    };
    for credentials in [&basic, &api_key()] {
        let (name, value) = credentials.to_header();
        assert!(value.is_sensitive());
        let mut headers = HeaderMap::new();
        headers.insert(name, value);
        assert!(credentials.matches(&CallHeaders::find(&headers).credentials().unwrap()));
        assert!(!format!("{credentials:?}").contains("1234"));
    }
    let (_, value) = basic.to_header();
    let encoded = value.to_str().unwrap().to_owned();
    assert!(matches(
        &basic,
        &[("authorization", &encoded.replace("Basic", "bAsIc"))]
    ));
    assert!(!matches(
        &basic,
        &[("authorization", &encoded.replace("Basic", "Bearer"))]
    ));
    assert!(!matches(&basic, &[("authorization", "Basic bXNwOndyb25n")]));
    assert!(!matches(&basic, &[("authorization", "Basic !!")]));
    assert!(!matches(&basic, &[]));
    // Two kinds of credentials at once are none (A-155).
    assert!(!matches(
        &api_key(),
        &[("api-key", "1234abcdefghij0123456789"), ("authorization", &encoded)]
    ));
    let twice = presented_by(&[
        ("api-key", "1234abcdefghij0123456789"),
        ("api-key", "1234abcdefghij0123456789"),
    ]);
    assert_eq!(CallHeaders::find(&twice).credentials().unwrap_err().header, "api-key");
    assert!(twice.contains_key("api-key") && !twice.contains_key(AUTHORIZATION));

    assert!(BasicCredentials::new("a:b", "c").is_err());
    assert!(BasicCredentials::new("a", "c\n").is_err());
}

#[test]
fn base_urls() {
    for (text, shown) in [
        ("https://msp.example", "https://msp.example"),
        ("https://msp.example/", "https://msp.example"),
        ("https://msp.example:8443/a/b//", "https://msp.example:8443/a/b"),
        ("http://127.0.0.1:80", "http://127.0.0.1:80"),
    ] {
        assert_eq!(text.parse::<BaseUrl>().unwrap().to_string(), shown);
    }
    for (text, error) in [
        ("msp.example", InvalidBaseUrl::NotAbsolute),
        ("/v1", InvalidBaseUrl::NotAbsolute),
        ("", InvalidBaseUrl::NotAbsolute),
        ("ftp://msp.example", InvalidBaseUrl::Scheme),
        ("https://user:word@msp.example", InvalidBaseUrl::UserInformation),
        ("https://msp.example/?a=b", InvalidBaseUrl::QueryOrFragment),
        ("https://msp.example/#a", InvalidBaseUrl::QueryOrFragment),
    ] {
        assert_eq!(text.parse::<BaseUrl>().unwrap_err(), error, "{text}");
    }
}

#[test]
fn paths_of_no_operation() {
    for path in [
        "",
        "/",
        "/v1/users",
        "/v1/users/",
        "/v1/users/a/b",
        "/cesim/msp/v1/users/a/invalidate/",
        "/cesim/msp/v1/users//invalidate",
        "/cesim/msp/v2/users/a",
        "//v1/users/a",
    ] {
        for role in [Role::Cmp, Role::Msp] {
            assert_eq!(
                Route::find(role, "", &Method::POST, path),
                Err(RouteError::UnknownPath),
                "{path}"
            );
        }
    }
}
