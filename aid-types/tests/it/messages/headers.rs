//! Headers and credentials.

use aid_types::{
    http::{
        BasicCredentials, CMP_REQUEST_ID, CORRELATION_ID, CallHeaders, Credentials, Endpoint, HeaderError,
        HeaderProblem, TARGET_ID,
        http::{HeaderMap, Request, header::AUTHORIZATION},
        is_request_json, single, tolerated_charset,
    },
    *,
};

use super::{api_key, endpoint, ids};

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

//
#[test]
fn ids_are_echoed_as_they_came() {
    let echoed = |headers: &[(&'static str, &str)]| {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let mut reply = HeaderMap::new();
        CallHeaders::find(&map).echo(&mut reply);
        let shown = reply
            .iter()
            .map(|(name, value)| format!("{name} {}", value.to_str().unwrap()));
        let mut shown: Vec<_> = shown.collect();
        shown.sort();
        shown
    };
    let both = [
        ("cmp-request-id", "no UUID"),
        ("correlation-id", "nor this"),
        ("client-id", "x"),
    ];
    assert_eq!(echoed(&both), ["cmp-request-id no UUID", "correlation-id nor this"]);
    assert_eq!(
        echoed(&[("correlation-id", "a"), ("correlation-id", "b")]),
        ["correlation-id a"]
    );
    assert!(echoed(&[]).is_empty());
}

//
#[test]
fn one_value_of_a_header() {
    let mut headers = HeaderMap::new();
    assert_eq!(single(&headers, &TARGET_ID), Ok(None));
    headers.append(TARGET_ID, "a".parse().unwrap());
    assert_eq!(single(&headers, &TARGET_ID), Ok(headers.get(TARGET_ID)));
    headers.append(TARGET_ID, "a".parse().unwrap());
    assert_eq!(single(&headers, &TARGET_ID), Err(HeaderProblem::Repeated));
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
    let known = ["other", "dk3kdwkef1"].map(|id| id.parse::<ClientId>().unwrap());
    let parties = found.parties(&known, &[]).unwrap();
    assert_eq!(parties, found.parties(&[], &[]).unwrap());
    assert!(std::ptr::eq(parties.client_id.as_str(), known[1].as_str()));
    assert!(format!("{found:?}").len() < 30, "no value of a header");
}

#[test]
fn long_credentials_are_not_decoded() {
    let value = |length: usize, behind: &str| {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        format!("Basic {}{behind}", STANDARD.encode("x".repeat(length))).into_bytes()
    };
    let decoded = |value: Vec<u8>| BasicCredentials::decode(&value).map(|decoded| decoded.len());
    assert_eq!(decoded(value(512, "")), Some(512));
    assert_eq!(decoded(value(512, "  ")), Some(512));
    assert_eq!(decoded(value(513, "   ")), None);
    assert_eq!(decoded(value(600, "")), None);
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
    // Two kinds of credentials at once are none.
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

// one way to prove itself, never two.
#[test]
fn a_request_carries_one_kind_of_credentials() {
    let basic = Credentials::Basic(BasicCredentials::new("msp", "password").unwrap());
    for (credentials, sent, not_sent) in [
        (basic, "authorization", "api-key"),
        (api_key(), "api-key", "authorization"),
    ] {
        let endpoint = Endpoint::new(
            "https://peer.example".parse().unwrap(),
            "dk3kdwkef1".parse().unwrap(),
            "gKl32ko4".parse().unwrap(),
            credentials,
        );
        let token = "25bca1e2-338f-11d6-ac61-9e71138fd521".parse().unwrap();
        let request = endpoint.request(&token, &RequestInvalidateMspToken::new(), ids());
        assert_eq!(request.headers().get_all(sent).iter().count(), 1, "{sent}");
        assert!(!request.headers().contains_key(not_sent), "{not_sent}");
    }
}

//
#[test]
fn media_types_of_requests() {
    for (content_type, accepted, item) in [
        ("application/json", true, None),
        ("Application/JSON", true, None),
        ("application/json; charset=utf-8", true, None),
        ("application/json;charset=\"UTF-8\"", true, None),
        ("application/json; profile=x", true, None),
        ("application/json; charset=utf8", true, Some(172)),
        ("application/json; charset=UTF8", true, Some(172)),
        ("application/json; charset=\"utf8\"", true, Some(172)),
        ("application/json; CHARSET=Utf_8", true, Some(172)),
        ("application/json; charset=utf-16", false, None),
        ("application/json; charset=utf8; charset=latin1", false, None),
        ("application/json; charset=", false, None),
        ("application/aid+json", false, None),
        ("text/json", false, None),
    ] {
        let bytes = content_type.as_bytes();
        assert_eq!(is_request_json(bytes), accepted, "{content_type}");
        assert_eq!(tolerated_charset(bytes), item.map(Ambiguity::new), "{content_type}");
    }
}
