//! What people may see of a body.

use aid_types::{ErrorBody, Holds, Member, OperationId, Shown};

fn shown(members: &'static [Member], body: &str) -> String {
    limited(members, body, 4096).0
}

fn limited(members: &'static [Member], body: &str, limit: usize) -> (String, usize) {
    let mut notice = |_: &str, _: &str| {};
    let mut shown = Shown::new(limit, &mut notice);
    shown.body(members, body.as_bytes());
    let left_out = shown.left_out();
    (shown.into_json(), left_out)
}

fn request(id: OperationId) -> &'static [Member] {
    id.declaration().request
}

#[test]
fn secrets_are_hidden_by_their_type() {
    let secrets = [
        "25bca1e2-338f-11d6-ac61-9e71138fd521",
        "BnHhudFLgi1lN1RnMnHh",
        "1$SMDP.EXAMPLE$ABC",
    ];
    let [token, phone, code] = secrets;
    let body = format!(
        r#"{{"msp_token":"{token}","phoneNumber":"{phone}","subscriptionType":"personal","activationCode":"{code}"}}"#
    );
    for id in OperationId::ALL {
        for members in [id.declaration().request, id.declaration().reply] {
            let shown = shown(members, &body);
            assert!(!secrets.iter().any(|secret| shown.contains(secret)), "{id}: {shown}");
        }
    }
    let shown = shown(request(OperationId::SendMspToken), &body);
    assert_eq!(
        shown,
        r#"{"msp_token":"(redacted)","phoneNumber":"(redacted)","subscriptionType":"personal","activationCode":"(redacted)"}"#
    );
}

#[test]
fn what_is_no_secret_is_shown_as_it_came() {
    let body = r#"{"profileType":"personal","deviceType":"tcu","eid":"89049032000001000000000831934057","activationCodeRequestID":"0b4a2a3e-5d41-4ab4-9e1c-0d6a2f4f9a11","replaceIccid":null}"#;
    assert_eq!(shown(request(OperationId::RequestActivationCode), body), body);
    let body = r#"{"profiles":[{"iccid":"8944500805172032953","status":"invalid","reason":null}]}"#;
    assert_eq!(shown(request(OperationId::SendProfileInformation), body), body);
    assert_eq!(
        shown(ErrorBody::MEMBERS, r#"{"code":61,"error":"profile"}"#),
        r#"{"code":61,"error":"profile"}"#
    );
}

#[test]
fn a_secret_in_a_wrong_place_is_not_shown() {
    let token = "25bca1e2-338f-11d6-ac61-9e71138fd521";
    let jwt = "eyJhbGciOiJIUzI1NiJ9.e30.x";
    for (id, body) in [
        // In a member of another type.
        (
            OperationId::SendCsimStatus,
            format!(r#"{{"iccid":"{token}","eid":["{token}"],"status":{{"{token}":1}}}}"#),
        ),
        // In a text for people, or as a key.
        (
            OperationId::NotifyMspTokenInvalid,
            format!(r#"{{"reason":"{token} and {jwt}, 1$smdp.example$ABC"}}"#),
        ),
        (
            OperationId::SendCsimStatus,
            format!(r#"{{"{token}":"{jwt}","{jwt}":[{{}}]}}"#),
        ),
        // Where there should be a list, or an object in one.
        (
            OperationId::SendProfileInformation,
            format!(r#"{{"profiles":"{token}"}}"#),
        ),
        (
            OperationId::SendProfileInformation,
            format!(r#"{{"profiles":["{token}",{{"reason":["{jwt}"]}}]}}"#),
        ),
        // In a body that is none.
        (
            OperationId::SendCsimStatus,
            format!(r#"{{"iccid":"8944500805172032953","x":"{token}""#),
        ),
        (OperationId::SendCsimStatus, format!(r#"["{token}"]"#)),
        (OperationId::SendCsimStatus, format!(r#""{token}""#)),
        (OperationId::SendCsimStatus, token.to_owned()),
    ] {
        let shown = shown(request(id), &body);
        for secret in [token, jwt, "smdp.example"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(serde_json::from_str::<serde_json::Value>(&shown).is_ok(), "{shown}");
    }
}

#[test]
fn what_has_no_room_is_counted() {
    let profile = r#"{"iccid":"8944500805172032953","status":"invalid","reason":null}"#;
    let body = format!(r#"{{"profiles":[{}]}}"#, [profile; 100].join(","));
    let (shown, left_out) = limited(request(OperationId::SendProfileInformation), &body, 512);
    let value: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let there = value["profiles"].as_array().unwrap().len();
    assert!(shown.len() < 600, "{}", shown.len());
    assert!(there > 2 && there + left_out >= 100, "{there} and {left_out}");
    let long = format!(r#"{{"reason":"{}"}}"#, "x".repeat(4000));
    assert!(limited(request(OperationId::NotifyMspTokenInvalid), &long, 512).0.len() < 400);
}

#[test]
fn whom_a_body_is_about_is_noticed() {
    let mut noticed = Vec::new();
    let mut notice = |what: &'static str, text: &str| noticed.push((what, text.to_owned()));
    let mut shown = Shown::new(0, &mut notice);
    shown.query(
        request(OperationId::RequestProfileStatus),
        "iccid=8944500805172032953&msp_token=x",
    );
    assert_eq!((shown.json(), shown.left_out()), ("{}", 2));
    let mut shown = Shown::new(99, &mut notice);
    shown.query(
        request(OperationId::RequestProfileStatus),
        "iccid=8944500805172032953&pin=x",
    );
    assert_eq!(shown.json(), r#"{"iccid":"8944500805172032953","pin":"(redacted)"}"#);
    assert_eq!(noticed, [("ICCID", "8944500805172032953".to_owned())]);
}

#[test]
fn members_are_secret_by_their_type() {
    for id in OperationId::ALL {
        for member in id.declaration().request.iter().chain(id.declaration().reply) {
            let secret = ["msp_token", "phoneNumber", "activationCode"].contains(&member.key);
            match member.holds {
                Holds::Text(text) => assert_eq!(text.is_secret, secret, "{id}: {}", member.key),
                Holds::Objects(members) => assert!(!members.is_empty()),
                other => panic!("{other:?}"),
            }
        }
    }
}
