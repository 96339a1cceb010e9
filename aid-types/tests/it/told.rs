//! What is told of a body that deviates: the place and the kind, never the value.

use aid_types::*;

/// What was tolerated, or what is wrong.
fn told<O: Operation>(leniency: Leniency, body: &str) -> String {
    let mut decoding = Decoding::new(leniency);
    match O::read(None, body.as_bytes(), &mut decoding) {
        Ok(_) => {
            let tolerated = decoding.tolerated().iter().map(ToString::to_string);
            format!("tolerated: {}", tolerated.collect::<Vec<_>>().join(", "))
        }
        Err(error) => error.to_string(),
    }
}

/// A request with these members in the place of the usual ones.
fn request(leniency: Leniency, members: &str) -> String {
    let usual = [
        ("profileType", "\"personal\""),
        ("deviceType", "\"tcu\""),
        ("eid", "\"89049032000001000000000831934057\""),
        ("replaceIccid", "null"),
        ("activationCodeRequestID", "\"3a3f2f7e-5b1e-4a50-8f0a-0d9a4f3f6c11\""),
    ];
    let usual = usual.iter().filter(|(name, _)| !members.contains(name));
    let all = usual
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .chain([members.to_owned()]);
    let all: Vec<_> = all.filter(|member| !member.is_empty()).collect();
    told::<RequestActivationCode>(leniency, &format!("{{{}}}", all.join(",")))
}

#[test]
fn a_value_of_another_type_is_told_by_its_type() {
    use Leniency::{Field, Strict};
    for (leniency, members, expected) in [
        (Field, r#""imei":5"#, "tolerated: A-170 at imei"),
        (Field, r#""imei":[]"#, "tolerated: A-170 at imei"),
        (Strict, r#""imei":5"#, "imei: expected string, found number"),
        (Strict, r#""imei":{}"#, "imei: expected string, found object"),
        (Strict, r#""imei":null"#, "imei: expected string, found null"),
        (Strict, r#""imei":"""#, "tolerated: "),
        (Field, r#""imei":{"a":1,"a":2}"#, "body: a member stands twice"),
        (Field, r#""eid":5"#, "eid: expected string, found number"),
        (Field, r#""eid":-5"#, "eid: expected string, found number"),
        (Field, r#""eid":{}"#, "eid: expected string, found object"),
        (Field, r#""eid":true"#, "eid: expected string, found boolean"),
        (Field, r#""eid":"""#, "eid: no value"),
        (Field, r#""eid":null"#, "eid: no value"),
        (
            Strict,
            r#""deviceType":null"#,
            "deviceType: expected string, found null",
        ),
        (
            Strict,
            r#""deviceType":"""#,
            "deviceType: expected null or a value, found empty string",
        ),
    ] {
        assert_eq!(request(leniency, members), expected, "{members}");
    }
}

#[test]
fn a_list_that_is_none_is_told_by_its_type() {
    for (body, expected) in [
        (r#"{"profiles":null}"#, "profiles: no value"),
        (r#"{"profiles":{}}"#, "profiles: expected array, found object"),
        (r#"{"profiles":"x"}"#, "profiles: expected array, found string"),
        (r#"{"profiles":-1}"#, "profiles: expected array, found number"),
        (r#"{"profiles":{"a":1,"a":1}}"#, "body: a member stands twice"),
        ("{}", "profiles: no value"),
    ] {
        assert_eq!(
            told::<SendProfileInformation>(Leniency::Field, body),
            expected,
            "{body}"
        );
    }
}

#[test]
fn a_value_that_may_be_absent_is_told_where_its_absence_is_written_another_way() {
    let code = |iccid: &str, swapped_iccid: &str| {
        format!(
            r#"{{"activationCode":"1$smdp.example$X","profileType":"personal","error":null,
            "activationCodeRequestID":"3a3f2f7e-5b1e-4a50-8f0a-0d9a4f3f6c11","iccid":{iccid},"swappedIccid":{swapped_iccid}}}"#
        )
    };
    let strict = |iccid, swapped_iccid| told::<SendActivationCode>(Leniency::Strict, &code(iccid, swapped_iccid));
    assert_eq!(strict("null", "null"), "tolerated: ");
    let empty = "expected null or a value, found empty string";
    assert_eq!(strict("\"\"", "null"), format!("iccid: {empty}"));
    assert_eq!(
        strict("\"8944500805172032953\"", "\"\""),
        format!("swappedIccid: {empty}")
    );
}

#[test]
fn what_was_read_can_be_asked_for() {
    let mut decoding = Decoding::default();
    let body = br#"{"profiles":[{"iccid":"8944500805172032953","status":"valid","reason":null}]}"#;
    let information = SendProfileInformation::read(None, body, &mut decoding).unwrap();
    assert_eq!(information.profiles().len(), 1);

    let id = "3a3f2f7e-5b1e-4a50-8f0a-0d9a4f3f6c11";
    let body = format!(
        r#"{{"activationCode":null,"profileType":null,"error":"49: none","activationCodeRequestID":"{id}","iccid":null,"swappedIccid":null}}"#
    );
    let failed = SendActivationCode::read(None, body.as_bytes(), &mut decoding).unwrap();
    assert_eq!(failed.activation_code_request_id().unwrap().to_string(), id);

    let body = br#"{"phoneNumber":"enjzI1TPN4Dtf10uAnpfitDxJzf7SBsXNEDzdA==","iv":"5FRF9spUpq/25/gr","subscriptionType":"private"}"#;
    let update = UpdateSubscriptionInfo::read(None, body, &mut decoding).unwrap();
    assert!(update.phone_number().is_some());
}

#[test]
fn a_refusal_says_why_to_the_peer_and_to_the_log() {
    let refusal = Refusal::new(Condition::UnknownProfile);
    assert_eq!(refusal.condition(), Some(Condition::UnknownProfile));
    assert_eq!(refusal.to_string(), "refused: UnknownProfile");
    let refusal = refusal.internal("header x");
    assert_eq!(refusal.to_string(), "refused: UnknownProfile (header x)");
    for condition in Condition::all() {
        let reply = Refusal::new(condition).reply(None);
        assert!(!reply.error.contains("%s"), "{condition:?}: {}", reply.error);
        assert!(!reply.error.is_empty(), "{condition:?}");
    }
}
