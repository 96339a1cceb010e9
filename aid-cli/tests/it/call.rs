//! `aid call` against `aid serve`, and its command line.

use std::process::Output;

use serde_json::json;

use crate::tool::{EID, ICCID, PARTIES, REQUEST, SECRET, Server, TOKEN, call, line, run, seed};

fn minted() -> String {
    let output: Output = run(["account-id", "mint", "--secret", SECRET]);
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn all_nine_operations() {
    let account_id = minted();
    let cmp = Server::start("cmp", &seed(), &[]);
    let msp = Server::start("msp", &seed(), &[]);
    let token_body = r#"{"msp_token":null,"phoneNumber":null,"subscriptionType":null,"error":"19: no","iv":null}"#;
    // The session of a random sid is unknown: the call arrived, and was understood.
    let (exit, line) = cmp.call("sendMspToken", &["--id", &account_id, "--body", token_body]);
    assert_eq!((exit, &line["status"], &line["code"]), (1, &json!(404), &json!("10")));

    let profiles = format!(r#"{{"profiles":[{{"iccid":"{ICCID}","status":"suspended","reason":null}}]}}"#);
    let subscription = r#"{"phoneNumber":"RJcqwBSVqNbqAwGJ1ODOiV4E/A3+3wQ6jWBy4A==","subscriptionType":"private","iv":"N1RnMnHhudFLgi1l"}"#;
    let code = format!(
        r#"{{"activationCode":"1$smdp.example$A1","profileType":"personal","activationCodeRequestID":"{REQUEST}","error":null,"iccid":"8988000000000000016","swappedIccid":null}}"#
    );
    let request = format!(
        r#"{{"profileType":"personal","deviceType":"tcu","eid":"{EID}","activationCodeRequestID":"{REQUEST}","replaceIccid":null}}"#
    );
    let status = format!(r#"{{"iccid":"{ICCID}","eid":"{EID}","status":"enabled"}}"#);
    for (server, operation, body, expected) in [
        (&cmp, "sendProfileInformation", Some(&*profiles), 200),
        (&cmp, "updateSubscriptionInfo", Some(subscription), 201),
        (&cmp, "submitActivationCode", Some(&*code), 200),
        (&cmp, "notifyMspTokenInvalid", None, 204),
        (&cmp, "notifyMspTokenInvalid", Some(r#"{"reason":"over"}"#), 204),
        (&msp, "requestActivationCode", Some(&*request), 200),
        (&msp, "sendCsimStatus", Some(&*status), 201),
        (&msp, "requestProfileStatus", None, 200),
        (&msp, "requestInvalidateFederatedID", None, 204),
    ] {
        let more: Vec<&str> = body.iter().flat_map(|body| ["--body", body]).collect();
        let (exit, line) = server.call(operation, &more);
        assert_eq!(
            (exit, &line["ok"], &line["status"]),
            (0, &json!(true), &json!(expected)),
            "{operation}: {line}"
        );
        assert!(line["code"].is_null() && line["error"].is_null());
        assert_eq!(
            line["body"].is_object(),
            matches!(operation, "requestActivationCode" | "requestProfileStatus")
        );
    }
}

#[test]
fn one_profile_can_be_asked_for_in_two_ways() {
    let msp = Server::start("msp", &seed(), &[]);
    let body = format!(r#"{{"iccid":"{ICCID}"}}"#);
    for more in [["--iccid", ICCID], ["--body", &body]] {
        let (exit, line) = msp.call("requestProfileStatus", &more);
        assert_eq!((exit, &line["body"]["profiles"][0]["iccid"]), (0, &json!(ICCID)));
    }
    let (exit, line) = msp.call("requestProfileStatus", &["--iccid", "8944500805172032999"]);
    assert_eq!((exit, &line["status"], &line["code"]), (1, &json!(404), &json!("61")));
    assert_eq!(line["body"]["code"], "61");
}

#[test]
fn credentials_of_either_kind() {
    let msp = Server::start("msp", &seed(), &[]);
    let basic = |user: &str| {
        let args = [
            "call",
            "requestProfileStatus",
            "--base-url",
            &msp.url,
            "--basic",
            user,
            "--id",
            TOKEN,
        ];
        line(&run(args.into_iter().chain(PARTIES.iter().copied()))).1["status"].as_u64()
    };
    assert_eq!(basic("user:pass:word"), Some(200));
    assert_eq!(basic("user:word"), Some(401));
}

#[test]
fn a_wrong_command_line_is_a_line_too() {
    let url = "http://127.0.0.1:1";
    for (operation, more, why) in [
        ("sendEverything", &[][..], "invalid value 'sendEverything'"),
        ("sendCsimStatus", &[], "--body is missing"),
        ("sendCsimStatus", &["--body", "{"], "--body: body: not JSON"),
        ("sendCsimStatus", &["--body", r#"{"iccid":"1"}"#], "--body: iccid"),
        (
            "sendCsimStatus",
            &["--id", "no-uuid", "--body", "{}"],
            "--id: msp_token",
        ),
        ("requestInvalidateFederatedID", &["--id", "no-uuid"], "--id: msp_token"),
        (
            "requestInvalidateFederatedID",
            &["--body", r#"{"a":1}"#],
            "the operation has no body",
        ),
        (
            "requestInvalidateFederatedID",
            &["--iccid", ICCID],
            "--iccid is for requestProfileStatus",
        ),
        ("requestProfileStatus", &["--iccid", "1"], "ICCID"),
        ("requestProfileStatus", &["--timeout", "0"], "--timeout"),
        ("requestProfileStatus", &["--timeout", "soon"], "expected seconds"),
        ("requestProfileStatus", &["--timeout", "-1"], "--timeout"),
        (
            "requestProfileStatus",
            &["--basic", "user:password"],
            "cannot be used with",
        ),
        (
            "requestProfileStatus",
            &["--retries", "3"],
            "unexpected argument '--retries'",
        ),
    ] {
        let (exit, line) = call(url, operation, more);
        assert_eq!(
            (exit, &line["ok"], &line["status"], &line["body"]),
            (2, &json!(false), &json!(null), &json!(null))
        );
        assert!(
            line["error"].as_str().unwrap().contains(why),
            "{operation} {more:?}: {line}"
        );
    }
    for (url, why) in [
        ("http://192.0.2.1", "loopback only"),
        ("http://msp.example", "loopback only"),
        ("ftp://127.0.0.1", "base"),
        ("127.0.0.1:80", "base"),
        ("http://127.0.0.1/?a", "base"),
        ("http://u@127.0.0.1", "base"),
    ] {
        let (exit, line) = call(url, "requestProfileStatus", &[]);
        assert_eq!(exit, 2);
        assert!(line["error"].as_str().unwrap().contains(why), "{url}: {line}");
    }
    assert_eq!(line(&run(["call"])).0, 2);
}
