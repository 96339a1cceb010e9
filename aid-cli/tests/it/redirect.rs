//! `aid redirect check`.

use serde_json::{Value, json};

use crate::tool::answer;

fn check(domains: &[&str], schemes: &[&str], uri: &str) -> Value {
    let allow = json!({"domains": domains, "schemes": schemes});
    answer("redirect check", &json!({"allow": allow, "redirect_uri": uri}))
}

#[test]
fn what_is_agreed_is_allowed() {
    for uri in [
        "https://www.cmp.de/back?a=b#c",
        "https://a.b.cmp.de",
        "mycmp://return",
        "MYCMP:return",
    ] {
        assert_eq!(check(&["*.cmp.de"], &["mycmp"], uri), json!({"ok": true}), "{uri}");
    }
}

#[test]
fn what_is_not_agreed_is_denied_with_a_reason() {
    for (uri, why) in [
        ("https://cmp.de/", "host_not_agreed"),
        ("https://www.cmp.de.evil.example/", "host_not_agreed"),
        ("http://www.cmp.de/", "scheme_not_agreed"),
        ("https://www.cmp.de:444/", "port_not_agreed"),
        ("https://www.cmp.de@evil.example/", "user_info"),
        ("https://www.cmp.de\\@evil.example/", "backslash"),
        ("https://www.cmp.de/?id=1", "reserved_parameter"),
        ("javascript:alert(1)", "scheme_not_agreed"),
        ("", "empty"),
    ] {
        assert_eq!(
            check(&["*.cmp.de"], &["mycmp"], uri),
            json!({"ok": false, "why": why}),
            "{uri}"
        );
    }
    let nothing = answer(
        "redirect check",
        &json!({"allow": {}, "redirect_uri": "https://www.cmp.de/"}),
    );
    assert_eq!(nothing, json!({"ok": false, "why": "host_not_agreed"}));
}

//
#[test]
fn a_cmps_own_may_have_the_parameters_that_come_from_it() {
    let check = |to: Value, schemes: &[&str], uri: &str| {
        let allow = json!({"domains": ["*.cmp.de"], "schemes": schemes});
        answer(
            "redirect check",
            &json!({"to": to, "allow": allow, "redirect_uri": uri}),
        )
    };
    for parameter in ["id=1", "code=1", "error=1"] {
        let uri = format!("https://www.cmp.de/?{parameter}");
        assert_eq!(check(json!("cmp"), &[], &uri), json!({"ok": true}), "{uri}");
        for to in [json!("msp"), json!(null)] {
            let why = json!({"ok": false, "why": "reserved_parameter"});
            assert_eq!(check(to, &[], &uri), why, "{uri}");
        }
    }
    let why = json!({"ok": false, "why": "host_not_agreed"});
    assert_eq!(check(json!("cmp"), &[], "https://cmp.de/?id=1"), why);
    let config = json!({"ok": false, "config": "scheme_to_cmp", "entry": "mycmp"});
    assert_eq!(check(json!("cmp"), &["mycmp"], "https://www.cmp.de/"), config);
    for to in [json!("CMP"), json!(""), json!(1)] {
        let answer = check(to, &[], "https://www.cmp.de/");
        assert!(answer["error"].as_str().unwrap().starts_with("to: "), "{answer}");
    }
}

#[test]
fn what_looks_escaped_has_a_hint() {
    for (uri, ok, hint) in [
        ("https://www.cmp.de/?a=1&amp;b=2", true, "escaped for HTML"),
        ("https://www.cmp.de/?a=1&#38;b=2", true, "escaped for HTML"),
        ("https%3A%2F%2Fwww.cmp.de%2F", false, "still percent-encoded"),
        ("\"https://www.cmp.de/\"", false, "quotes"),
    ] {
        let answer = check(&["*.cmp.de"], &[], uri);
        assert_eq!(answer["ok"], ok, "{uri}");
        assert!(answer["hint"].as_str().unwrap().contains(hint), "{uri}");
    }
}

#[test]
fn nonsense_cannot_be_agreed_on() {
    let domains = [
        "",
        "*",
        "*.",
        "*.de",
        "*.co.uk",
        "w*.cmp.de",
        "www.*.de",
        "*cmp.de",
        "**.cmp.de",
        "127.0.0.1",
        "[::1]",
        "https://www.cmp.de",
        "www.cmp.de/back",
        "www.cmp.de:443",
        "de",
        "localhost",
        "www.cmp.de.",
        "cmp .de",
    ];
    for domain in domains {
        let answer = check(&["www.cmp.de", domain], &[], "https://www.cmp.de/");
        assert_eq!(answer["ok"], false, "{domain}");
        assert!(answer["config"].is_string(), "{domain}: {answer}");
    }
    for scheme in [
        "",
        "javascript",
        "DATA",
        "vbscript",
        "file",
        "http",
        "https",
        "ftp",
        "ws",
        "intent",
        "my cmp",
        "mycmp:",
        "*",
    ] {
        let answer = check(&["www.cmp.de"], &["mycmp", scheme], "https://www.cmp.de/");
        assert!(answer["config"].is_string(), "{scheme}: {answer}");
    }
}

#[test]
fn a_line_of_another_form_is_an_error() {
    for line in [
        json!({"redirect_uri": "https://www.cmp.de/"}),
        json!({"allow": {"domains": ["www.cmp.de"]}}),
        json!({"allow": ["www.cmp.de"], "redirect_uri": "x"}),
        json!({"allow": {"domains": "www.cmp.de"}, "redirect_uri": "x"}),
        json!({"allow": {"domains": [1]}, "redirect_uri": "x"}),
        json!({"allow": {"domains": []}, "redirect_uri": null}),
    ] {
        let answer = answer("redirect check", &line);
        assert_eq!(answer["ok"], false, "{line}");
        assert!(answer["error"].is_string(), "{line}");
    }
}
