//! The vectors of `test-vectors/redirects.json`.

use aid_types::{
    AccountId, ErrorCode, Leniency, Tolerated,
    redirect::{
        PolicyError, PolicyFault, Received, RedirectBackToCmp, RedirectBackToMsp, RedirectDenied, RedirectError,
        RedirectFailure, RedirectPolicy, RedirectToCmpContent, RedirectToMspContent, Touchpoint,
    },
};
use serde_json::Value;

use crate::vectors::read;

fn vectors(list: &str) -> Vec<Value> {
    let list = read("redirects.json")[list].as_array().unwrap().clone();
    assert!(!list.is_empty());
    list
}

fn text<'a>(vector: &'a Value, member: &str) -> Option<&'a str> {
    vector.get(member).and_then(Value::as_str)
}

/// The policy of a vector: `{"domains": ["*.cmp.de", {"domain": …, "ports": [8443]}], "schemes": ["mycmp"]}`.
fn policy(vector: &Value) -> Result<RedirectPolicy, PolicyError> {
    let mut policy = if text(vector, "to") == Some("cmp") {
        RedirectPolicy::to_cmp()
    } else {
        RedirectPolicy::to_msp()
    };
    for entry in vector["allow"]["domains"].as_array().into_iter().flatten() {
        policy = match entry {
            Value::String(domain) => policy.allow_domain(domain)?,
            entry => {
                let ports: Vec<u16> = serde_json::from_value(entry["ports"].clone()).unwrap();
                policy.allow_domain_on_ports(text(entry, "domain").unwrap(), &ports)?
            }
        };
    }
    for scheme in vector["allow"]["schemes"].as_array().into_iter().flatten() {
        policy = policy.allow_scheme(scheme.as_str().unwrap())?;
    }
    Ok(policy)
}

//
#[test]
fn policies_accept_only_entries_that_can_be_meant() {
    for vector in vectors("policy") {
        let fault = policy(&vector).err().map(|error| error.fault.name());
        assert_eq!(fault, text(&vector, "config_error"), "{vector}");
    }
}

#[test]
fn errors_of_policies_name_the_entry() {
    let error = RedirectPolicy::to_msp().allow_domain("*.de").unwrap_err();
    assert_eq!(error.fault, PolicyFault::WildcardTooWide);
    assert_eq!(
        error.to_string(),
        "redirects to `*.de` cannot be agreed on: the wildcard covers names that strangers can register"
    );
}

//
#[test]
fn only_agreed_uris_are_allowed_and_they_stay_as_they_are() {
    for vector in vectors("check") {
        let uri = text(&vector, "redirect_uri").unwrap();
        match policy(&vector).unwrap().check(uri) {
            Ok(allowed) => {
                assert_eq!(vector["ok"], true, "{vector}");
                assert_eq!(allowed.as_str(), uri);
            }
            Err(denied) => assert_eq!(
                (Some(denied.name()), &vector["ok"]),
                (text(&vector, "why"), &Value::Bool(false)),
                "{vector}"
            ),
        }
    }
}

#[test]
fn every_reason_has_a_vector() {
    let checks = vectors("check");
    for reason in RedirectDenied::ALL {
        // What no known input reaches: the second look at the parser's reading.
        if *reason != RedirectDenied::ReadDifferently {
            assert!(
                checks.iter().any(|vector| text(vector, "why") == Some(reason.name())),
                "{reason:?}"
            );
        }
    }
}

fn touchpoint(vector: &Value) -> Result<Touchpoint, RedirectDenied> {
    text(vector, "touchpoint").unwrap().parse()
}

//
#[test]
fn redirects_to_the_msp_are_built() {
    for vector in vectors("build_to_msp") {
        let id: AccountId = text(&vector, "id").unwrap().parse().unwrap();
        let uri = text(&vector, "redirect_uri").unwrap();
        let url = touchpoint(&vector)
            .and_then(|touchpoint| Ok(RedirectToMspContent::new(id.clone(), uri)?.to_url(&touchpoint)));
        assert_eq!(
            url.as_deref().map_err(|denied| Some(denied.name())),
            text(&vector, "url").ok_or(text(&vector, "why")),
            "{vector}"
        );
        if let Ok(url) = url {
            let read = RedirectToMspContent::parse_url(&url, Leniency::Strict).unwrap();
            assert_eq!(
                (read.value.account_id(), read.value.unchecked_redirect_uri()),
                (&id, uri)
            );
            assert_eq!(read.tolerated, []);
        }
    }
}

//
#[test]
fn redirects_to_the_cmp_are_built() {
    for vector in vectors("build_to_cmp") {
        let uri = text(&vector, "redirect_uri").unwrap();
        let url = touchpoint(&vector).and_then(|touchpoint| Ok(RedirectToCmpContent::new(uri)?.to_url(&touchpoint)));
        assert_eq!(
            url.as_deref().map_err(|denied| Some(denied.name())),
            text(&vector, "url").ok_or(text(&vector, "why")),
            "{vector}"
        );
        if let Ok(url) = url {
            let read = RedirectToCmpContent::parse_url(&url, Leniency::Strict).unwrap();
            assert_eq!(read.value.unchecked_redirect_uri(), uri);
        }
    }
}

fn failure(vector: &Value) -> Option<RedirectFailure> {
    let code: ErrorCode = text(vector, "code")?.parse().unwrap();
    Some(RedirectFailure::new(code, text(vector, "error").unwrap()).unwrap())
}

//
#[test]
fn redirects_back_append_to_the_url_and_change_nothing_else() {
    for vector in vectors("build_back") {
        let to = policy(&vector)
            .unwrap()
            .check(text(&vector, "redirect_uri").unwrap())
            .unwrap();
        let url = if text(&vector, "to") == Some("cmp") {
            let redirect = failure(&vector).map_or(RedirectBackToCmp::Done, RedirectBackToCmp::Failure);
            let url = redirect.to_url(&to);
            assert_eq!(
                RedirectBackToCmp::parse_url(&url, Leniency::Strict).unwrap().value,
                redirect
            );
            url
        } else {
            let redirect = match failure(&vector) {
                Some(failure) => RedirectBackToMsp::Failure(failure),
                None => RedirectBackToMsp::Success {
                    account_id: text(&vector, "id").unwrap().parse().unwrap(),
                },
            };
            let url = redirect.to_url(&to);
            assert_eq!(
                RedirectBackToMsp::parse_url(&url, Leniency::Strict).unwrap().value,
                redirect
            );
            url
        };
        assert_eq!(Some(url.as_str()), text(&vector, "url"), "{vector}");
    }
}

/// What a redirect was read as: id, redirect_uri, code and error, each if there is one.
type Read = [Option<String>; 4];

fn read_to_msp(read: &RedirectToMspContent) -> Read {
    [
        Some(read.account_id().to_string()),
        Some(read.unchecked_redirect_uri().to_owned()),
        None,
        None,
    ]
}

fn read_failure(failure: &RedirectFailure) -> Read {
    [
        None,
        None,
        Some(failure.code().to_string()),
        Some(failure.error().to_owned()),
    ]
}

fn read_back_to_msp(read: &RedirectBackToMsp) -> Read {
    match read {
        RedirectBackToMsp::Success { account_id } => [Some(account_id.to_string()), None, None, None],
        RedirectBackToMsp::Failure(failure) => read_failure(failure),
    }
}

fn read_back_to_cmp(read: &RedirectBackToCmp) -> Read {
    match read {
        RedirectBackToCmp::Done => Read::default(),
        RedirectBackToCmp::Failure(failure) => read_failure(failure),
    }
}

fn split<T>(
    received: Result<Received<T>, RedirectError>,
    read: impl Fn(&T) -> Read,
) -> Result<(Read, Vec<Tolerated>), RedirectError> {
    received.map(|received| (read(&received.value), received.tolerated))
}

#[test]
fn redirects_are_read() {
    for vector in vectors("parse") {
        let query = text(&vector, "query").unwrap();
        let leniency = if vector["strict"] == true {
            Leniency::Strict
        } else {
            Leniency::Field
        };
        let url = format!("https://touchpoint.example/path?{query}#fragment?id=1");
        let (by_query, by_url) = match text(&vector, "kind").unwrap() {
            "to_msp" => (
                split(RedirectToMspContent::parse_query(query, leniency), read_to_msp),
                split(RedirectToMspContent::parse_url(&url, leniency), read_to_msp),
            ),
            "to_cmp" => {
                let read =
                    |read: &RedirectToCmpContent| [None, Some(read.unchecked_redirect_uri().to_owned()), None, None];
                (
                    split(RedirectToCmpContent::parse_query(query, leniency), read),
                    split(RedirectToCmpContent::parse_url(&url, leniency), read),
                )
            }
            "back_to_msp" => (
                split(RedirectBackToMsp::parse_query(query, leniency), read_back_to_msp),
                split(RedirectBackToMsp::parse_url(&url, leniency), read_back_to_msp),
            ),
            "back_to_cmp" => (
                split(RedirectBackToCmp::parse_query(query, leniency), read_back_to_cmp),
                split(RedirectBackToCmp::parse_url(&url, leniency), read_back_to_cmp),
            ),
            kind => panic!("{kind}"),
        };
        assert_eq!(by_query, by_url, "{vector}");
        match by_query {
            Ok((read, tolerated)) => {
                let expected = ["id", "redirect_uri", "code", "error_text"].map(|member| text(&vector, member));
                assert_eq!(read.each_ref().map(Option::as_deref), expected, "{vector}");
                let tolerated: Vec<_> = tolerated
                    .iter()
                    .map(|tolerated| format!("{} {}", tolerated.item, tolerated.at))
                    .collect();
                let expected: Vec<String> = vector
                    .get("tolerated")
                    .map(|list| serde_json::from_value(list.clone()).unwrap())
                    .unwrap_or_default();
                assert_eq!(tolerated, expected, "{vector}");
                assert_eq!(vector.get("error"), None, "{vector}");
            }
            Err(error) => {
                assert_eq!(Some(error.name()), text(&vector, "error"), "{vector}");
                assert_eq!(error.parameter(), text(&vector, "parameter"), "{vector}");
            }
        }
    }
}

#[test]
fn failures_are_sent_without_control_characters_and_within_the_limit() {
    let code = ErrorCode::new(100);
    let invalid = Err(RedirectError::Invalid { parameter: "error" });
    assert_eq!(RedirectFailure::new(code, "a\r\nb"), invalid);
    assert_eq!(RedirectFailure::new(code, &"a".repeat(513)), invalid);
    let received = format!("code=100&error={}", "a".repeat(4097));
    assert_eq!(
        RedirectBackToMsp::parse_query(&received, Leniency::Field).map(|_| ()),
        invalid.map(|_| ())
    );
}

#[test]
fn queries_have_a_limit() {
    let query = format!("x={}&redirect_uri=x", "a".repeat(32 * 1024));
    assert_eq!(
        RedirectToCmpContent::parse_query(&query, Leniency::Field),
        Err(RedirectError::TooLong)
    );
}

#[test]
fn debug_shows_neither_account_ids_nor_session_state() {
    let read = RedirectToMspContent::parse_query(
        "id=secret&redirect_uri=https%3A%2F%2Fwww.cmp.de%2Fesim%3Fstate%3Dsecret",
        Leniency::Field,
    )
    .unwrap();
    let allowed = read
        .value
        .allowed_by(&RedirectPolicy::to_cmp().allow_domain("*.cmp.de").unwrap())
        .unwrap();
    let shown = format!("{read:?} {allowed:?}");
    assert!(!shown.contains("secret"), "{shown}");
    assert!(shown.contains("https://www.cmp.de/esim"), "{shown}");
}

/// Where both parties run on one machine: nothing with http leads anywhere else.
#[test]
fn http_leads_only_to_the_machine_itself_and_only_where_that_is_allowed() {
    let policy = RedirectPolicy::to_cmp()
        .allow_domain("*.cmp.de")
        .unwrap()
        .allow_loopback(8081)
        .unwrap();
    for uri in [
        "http://localhost:8081/",
        "HTTP://LOCALHOST:8081",
        "http://cmp.localhost:8081/done?a=1",
        "http://127.0.0.1:8081/",
        "https://www.cmp.de/",
    ] {
        assert!(policy.check(uri).is_ok(), "{uri}");
    }
    for (uri, why) in [
        ("http://localhost/", RedirectDenied::PortNotAgreed),
        ("http://localhost:8082/", RedirectDenied::PortNotAgreed),
        ("http://www.cmp.de:8081/", RedirectDenied::SchemeNotAgreed),
        ("http://localhost.evil.example:8081/", RedirectDenied::SchemeNotAgreed),
        ("http://evillocalhost:8081/", RedirectDenied::SchemeNotAgreed),
        ("http://127.0.0.2:8081/", RedirectDenied::SchemeNotAgreed),
        ("http://127.1:8081/", RedirectDenied::SchemeNotAgreed),
        ("http://0x7f000001:8081/", RedirectDenied::SchemeNotAgreed),
        ("http://[::1]:8081/", RedirectDenied::IpAddress),
        ("http://evil@localhost:8081/", RedirectDenied::UserInfo),
        ("http://localhost:8081@evil.example/", RedirectDenied::UserInfo),
        ("http://localhost.:8081/", RedirectDenied::TrailingDot),
        ("https://localhost:8081/", RedirectDenied::HostNotAgreed),
        ("http:localhost:8081/", RedirectDenied::NoAuthority),
    ] {
        assert_eq!(policy.check(uri), Err(why), "{uri}");
    }
    let without = RedirectPolicy::to_cmp().allow_domain("*.cmp.de").unwrap();
    assert_eq!(
        without.check("http://localhost:8081/"),
        Err(RedirectDenied::SchemeNotAgreed)
    );
    let error = RedirectPolicy::to_msp().allow_loopback(0).unwrap_err();
    assert_eq!(error.fault, PolicyFault::Ports);

    let touchpoint: Touchpoint = "http://msp.localhost:8082/arrive".parse().unwrap();
    assert_eq!(touchpoint.origin(), "http://msp.localhost:8082");
    assert!(RedirectToCmpContent::new("http://msp.localhost:8082/back").is_ok());
    assert!("http://192.168.1.1/".parse::<Touchpoint>().is_err());
}

#[test]
fn what_is_agreed_can_be_listed_for_a_browser() {
    let policy = RedirectPolicy::to_msp()
        .allow_domain_on_ports("*.msp.de", &[443, 8443])
        .unwrap()
        .allow_scheme("mymsp")
        .unwrap()
        .allow_loopback(8082)
        .unwrap();
    assert_eq!(
        policy.csp_sources(),
        [
            "https://*.msp.de:443",
            "https://*.msp.de:8443",
            "mymsp:",
            "http://localhost:8082",
            "http://*.localhost:8082",
            "http://127.0.0.1:8082",
        ]
    );
    for (url, origin) in [
        (
            "https://www.msp.de/login?x=https://other.example/",
            "https://www.msp.de",
        ),
        ("https://www.msp.de?x=1", "https://www.msp.de"),
        ("https://www.msp.de:8443#top", "https://www.msp.de:8443"),
        ("https://www.msp.de", "https://www.msp.de"),
    ] {
        assert_eq!(url.parse::<Touchpoint>().unwrap().origin(), origin);
    }
}
