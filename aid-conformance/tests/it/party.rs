//! A run against parties that are scripted.

use std::{future::ready, time::Duration};

use aid_conformance::{
    Options, Profile, Report, Role, Selection, Verdict,
    aid_types::http::{
        bytes::Bytes,
        http::{Request, Response},
    },
    run,
};

use crate::suite::PROFILE;

type Answer = fn(&Request<Bytes>) -> Result<Response<Bytes>, &'static str>;

fn report(only: &str, strict: bool, answer: Answer) -> Report {
    let mut options = Options::default();
    options.selection = Selection::only([only.to_owned()]);
    options.strict = strict;
    let http = move |request: Request<Bytes>| ready(answer(&request));
    let profile = Profile::parse(PROFILE).unwrap();
    let base_url = "https://msp.example".parse().unwrap();
    let timer = |_: Duration| std::future::pending();
    let run = run(Role::Msp, &http, &timer, &base_url, &profile, &options, |_| {});
    futures_executor::block_on(run).unwrap()
}

/// A reply that echoes what has to be echoed.
fn reply(request: &Request<Bytes>, status: u16, body: &'static str) -> Result<Response<Bytes>, &'static str> {
    let mut response = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    for name in ["cmp-request-id", "correlation-id"] {
        response = response.header(name, request.headers()[name].clone());
    }
    Ok(response.body(Bytes::from_static(body.as_bytes())).unwrap())
}

const CODE: &str = r#"{"iccid":"8944500805172032953","activationCode":"1$smdp.example$04386-AGYFT","profileType":"personal","swappedIccid":null}"#;

#[test]
fn what_is_right_passes_and_shows_no_activation_code() {
    let report = report("R-288/1", true, |request| reply(request, 200, CODE));
    assert_eq!(report.counts().of(Verdict::Pass), 1, "{report:?}");
    assert!(report.conforms());
    let all = [report.to_json().unwrap(), report.to_junit(), report.to_html()].concat();
    for secret in ["04386-AGYFT", "25bca1e2", "0123456789abcdef"] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert!(all.contains("{msp_token}"));
}

#[test]
fn what_is_wrong_fails_by_its_requirement() {
    for (only, answer, item) in [
        ("R-288/1", (|request| reply(request, 201, "")) as Answer, "R-288"),
        (
            "R-288/1",
            |request| reply(request, 200, r#"{"activationCode":"nonsense"}"#),
            "A-50",
        ),
        (
            "R-140/1 requestProfileStatus",
            |request| {
                let mut request = request.clone();
                request.headers_mut().insert("cmp-request-id", "1".parse().unwrap());
                reply(&request, 200, r#"{"profiles":[]}"#)
            },
            "R-140",
        ),
        (
            "R-142/1 requestProfileStatus",
            |request| reply(request, 401, "<html>"),
            "R-161",
        ),
        (
            "R-142/1 requestProfileStatus",
            |request| reply(request, 418, r#"{"code":"104","error":"x"}"#),
            "A-43",
        ),
    ] {
        let report = report(only, false, answer);
        let outcome = &report.outcomes[0];
        assert_eq!(outcome.verdict, Verdict::Fail, "{only}");
        assert!(
            outcome.findings.iter().any(|finding| finding.item == item),
            "{outcome:?}"
        );
        assert!(!report.conforms());
    }
}

#[test]
fn what_is_tolerated_warns_and_fails_only_where_it_is_strict() {
    let answer: Answer = |_| {
        let reply = Response::builder()
            .status(200)
            .header("content-type", "application/json");
        Ok(reply.body(Bytes::from_static(CODE.as_bytes())).unwrap())
    };
    let lenient = report("R-288/1", false, answer);
    assert_eq!(lenient.outcomes[0].verdict, Verdict::Warning);
    assert_eq!(lenient.outcomes[0].findings[0].item, "A-59");
    assert_eq!(report("R-288/1", true, answer).outcomes[0].verdict, Verdict::Fail);
}

#[test]
fn without_a_connection_nothing_is_told_of_the_party() {
    let report = report("R-288", false, |_| Err("refused"));
    assert_eq!(report.outcomes[0].verdict, Verdict::Error);
    assert!(!report.conforms());
}

#[test]
fn what_the_profile_does_not_declare_is_skipped_with_that_reason() {
    let report = report("R-294/1", false, |_| panic!("nothing is sent"));
    assert_eq!(report.outcomes[0].verdict, Verdict::Skipped);
    assert!(report.outcomes[0].findings[0].what.contains("asynchronous"));
}

#[test]
fn a_result_that_was_changed_is_noticed_and_two_are_compared() {
    let good = report("R-288/1", false, |request| reply(request, 200, CODE));
    let bad = report("R-288/1", false, |request| reply(request, 201, ""));
    let text = good.to_json().unwrap();
    let (read, hash) = Report::from_json(&text).unwrap();
    assert_eq!(read, good);
    assert!(hash.is_some());
    let (_, hash) = Report::from_json(&text.replace("\"pass\"", "\"fail\"")).unwrap();
    assert_eq!(hash, None);
    let changes = bad.since(&good);
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (changes[0].before, changes[0].now),
        (Some(Verdict::Pass), Some(Verdict::Fail))
    );
    assert_eq!(good.since(&good), []);
}
