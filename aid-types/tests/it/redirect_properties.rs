//! Properties of the redirects that hold for any input.

use aid_types::{
    ErrorCode, Leniency,
    redirect::{
        RedirectBackToCmp, RedirectBackToMsp, RedirectFailure, RedirectPolicy, RedirectToCmpContent,
        RedirectToMspContent, Touchpoint,
    },
};
use proptest::prelude::*;
use url::Url;

fn policy() -> RedirectPolicy {
    RedirectPolicy::to_msp()
        .allow_domain("*.msp.de")
        .and_then(|policy| policy.allow_domain_on_ports("test.msp.com", &[8443]))
        .and_then(|policy| policy.allow_scheme("mymsp"))
        .unwrap()
}

/// Whether a browser would go where the policy says, by a reading of its own.
fn leads_to_an_agreed_place(uri: &str) -> bool {
    let url = Url::parse(uri).unwrap();
    let plain = url.username().is_empty() && url.password().is_none();
    match (url.scheme(), url.host_str()) {
        ("https", Some(host)) => {
            plain
                && (host.strip_suffix(".msp.de").is_some_and(|labels| !labels.is_empty()) && url.port().is_none()
                    || host == "test.msp.com" && url.port() == Some(8443))
        }
        ("mymsp", _) => plain,
        _ => false,
    }
}

/// URIs in the neighbourhood of agreed ones: pieces that attackers shuffle.
fn shuffled() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(vec![
            "https", "HTTPS", "http", "mymsp", "javascript", ":", "//", "/", "\\", "@", ".", "?", "#", "%", "[", "]",
            "www.msp.de", "msp.de", "test.msp.com", ":8443", ":443", "evil.example", "127.0.0.1", "0x7f", "%2e", "%2f",
            "%40", "\t", "\n", " ", "\0", "\u{3002}", "\u{ff0f}", "xn--", "-", "&", ";", "=", "id", "code", "error",
            "%69d", "+", "*", "[0]",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{0,4}",
    ];
    let start = prop_oneof![
        Just("https://"),
        Just("https://www.msp.de"),
        Just("https://test.msp.com:8443/"),
        Just("mymsp:"),
        Just("")
    ];
    (start, prop::collection::vec(piece, 0..8)).prop_map(|(start, pieces)| format!("{start}{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_allowed_leads_to_an_agreed_place_and_comes_back(uri in shuffled(), text in "\\PC{0,40}") {
        if let Ok(allowed) = policy().check(&uri) {
            prop_assert_eq!(allowed.as_str(), &uri);
            prop_assert!(leads_to_an_agreed_place(&uri));

            let failure = RedirectFailure::new(ErrorCode::new(100), &text).unwrap();
            for redirect in [
                RedirectBackToMsp::Success { account_id: "a.b-c._".parse().unwrap() },
                RedirectBackToMsp::Failure(failure.clone()),
            ] {
                let url = redirect.to_url(&allowed);
                prop_assert!(leads_to_an_agreed_place(&url));
                prop_assert_eq!(RedirectBackToMsp::parse_url(&url, Leniency::Strict).unwrap().value, redirect.clone());
                // The reader of the URL standard finds the same parameters.
                let pairs: Vec<(String, String)> =
                    Url::parse(&url).unwrap().query_pairs().into_owned().filter(|(name, _)| {
                        ["id", "code", "error"].contains(&name.as_str())
                    }).collect();
                let expected: Vec<(String, String)> = match &redirect {
                    RedirectBackToMsp::Success { account_id } => vec![("id".into(), account_id.to_string())],
                    RedirectBackToMsp::Failure(failure) => {
                        vec![("code".into(), "100".into()), ("error".into(), failure.error().into())]
                    }
                };
                prop_assert_eq!(pairs, expected);
                // Taking away what was added leaves the URI as it was.
                let fragment = uri.find('#').unwrap_or(uri.len());
                prop_assert!(url.starts_with(&uri[..fragment]) && url.ends_with(&uri[fragment..]));
            }
            let url = RedirectBackToCmp::Failure(failure.clone()).to_url(&allowed);
            prop_assert_eq!(
                RedirectBackToCmp::parse_url(&url, Leniency::Strict).unwrap().value,
                RedirectBackToCmp::Failure(failure)
            );
        }
    }

    #[test]
    fn nothing_panics(text in any::<String>(), uri in shuffled()) {
        for text in [text, uri] {
            let _ = policy().check(&text);
            let _ = RedirectPolicy::to_msp().allow_domain(&text);
            let _ = RedirectPolicy::to_msp().allow_scheme(&text);
            let _ = text.parse::<Touchpoint>();
            for leniency in [Leniency::Field, Leniency::Strict] {
                let _ = RedirectToMspContent::parse_query(&text, leniency);
                let _ = RedirectToCmpContent::parse_query(&text, leniency);
                let _ = RedirectBackToMsp::parse_url(&text, leniency);
                let _ = RedirectBackToCmp::parse_query(&text, leniency);
            }
        }
    }

    #[test]
    fn redirects_to_content_come_back(path in "[a-zA-Z0-9/?&=%+;#._~-]{0,60}", id in "[A-Za-z0-9_-][A-Za-z0-9._-]{0,79}") {
        let uri = format!("https://www.cmp.de/{path}");
        if let Ok(redirect) = RedirectToMspContent::new(id.parse().unwrap(), &uri) {
            let touchpoint: Touchpoint = "https://www.msp.de/login?lang=de#top".parse().unwrap();
            let url = redirect.to_url(&touchpoint);
            let read = RedirectToMspContent::parse_url(&url, Leniency::Strict).unwrap();
            prop_assert_eq!(&read.value, &redirect);
            let policy = RedirectPolicy::to_cmp().allow_domain("*.cmp.de").unwrap();
            let allowed = read.value.allowed_by(&policy).unwrap();
            prop_assert_eq!(allowed.as_str(), &uri);
        }
    }

    #[test]
    fn a_policy_never_matches_a_host_that_only_looks_alike(labels in "[a-z0-9.-]{0,20}", tail in "[a-z0-9.-]{1,10}") {
        let policy = policy();
        let suffixed = format!("https://{labels}msp.de{tail}/");
        prop_assert!(policy.check(&suffixed).is_err() || tail.ends_with(".msp.de"));
        if !labels.is_empty() && !labels.ends_with('.') {
            let glued = format!("https://{labels}msp.de/");
            prop_assert!(policy.check(&glued).is_err());
        }
    }
}
