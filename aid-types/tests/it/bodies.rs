//! Every body against `test-vectors/aid1-bodies.json`, at both levels of leniency, in both directions.

use aid_types::*;
use serde_json::Value;

use crate::vectors;

/// Calls `$check::<Operation>` with the operation that has this `operationId`.
macro_rules! with_operation {
    ($operation_id:expr, $check:ident($($argument:expr),*)) => {
        match OperationId::from_operation_id($operation_id).unwrap() {
            OperationId::SendMspToken => $check::<SendMspToken>($($argument),*),
            OperationId::NotifyMspTokenInvalid => $check::<NotifyMspTokenInvalid>($($argument),*),
            OperationId::SendProfileInformation => $check::<SendProfileInformation>($($argument),*),
            OperationId::UpdateSubscriptionInfo => $check::<UpdateSubscriptionInfo>($($argument),*),
            OperationId::SendActivationCode => $check::<SendActivationCode>($($argument),*),
            OperationId::RequestActivationCode => $check::<RequestActivationCode>($($argument),*),
            OperationId::SendCsimStatus => $check::<SendCsimStatus>($($argument),*),
            OperationId::RequestInvalidateMspToken => $check::<RequestInvalidateMspToken>($($argument),*),
            OperationId::RequestProfileStatus => $check::<RequestProfileStatus>($($argument),*),
            other => panic!("{other} is not tested"),
        }
    };
}
#[cfg(feature = "http")]
pub(crate) use with_operation;

fn strict() -> Decoding {
    Decoding::new(Leniency::Strict).on_unlisted(OnUnlisted::Refuse)
}

fn field() -> Decoding {
    Decoding::new(Leniency::Field).on_unlisted(OnUnlisted::Refuse)
}

fn tolerated(decoding: &Decoding) -> Vec<String> {
    decoding.tolerated().iter().map(ToString::to_string).collect()
}

fn expected(case: &Value) -> Vec<String> {
    case["tolerated"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

/// What counts as not sent, by its place.
fn unreadable(decoding: &Decoding) -> Value {
    let kept = decoding.tolerated().iter().filter_map(|tolerated| {
        let unreadable = tolerated.unreadable.as_deref()?;
        assert_eq!(unreadable.at(), tolerated.at);
        assert!(unreadable.error().starts_with(&*tolerated.at));
        Some((unreadable.at().to_owned(), Value::from(unreadable.text())))
    });
    Value::Object(kept.collect())
}

fn expected_unreadable(case: &Value) -> Value {
    let none = || Value::Object(serde_json::Map::new());
    case.get("unreadable").cloned().unwrap_or_else(none)
}

fn accepted_request<O: Operation + std::fmt::Debug + PartialEq>(case: &Value) {
    let body = case["body"].as_str().unwrap();
    let sent = case["sent"].as_str().unwrap_or(body);
    let mut decoding = field();
    let value = O::read(None, body.as_bytes(), &mut decoding).unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!(tolerated(&decoding), expected(case), "{case}");
    assert_eq!(unreadable(&decoding), expected_unreadable(case), "{case}");

    let written = value.body().unwrap();
    assert_eq!(std::str::from_utf8(&written).unwrap(), sent, "{case}");
    assert_eq!(O::read(None, &written, &mut field()).unwrap(), value, "{case}");

    let result = O::read(None, body.as_bytes(), &mut strict());
    match case["strict"].as_str() {
        None => assert_eq!(result.unwrap(), value, "{case}"),
        Some(at) => assert_eq!(result.unwrap_err().at(), at, "{case}"),
    }
}

fn refused_request<O: Operation + std::fmt::Debug>(case: &Value) {
    let body = case["body"].as_str().unwrap().as_bytes();
    assert!(O::read(None, body, &mut strict()).is_err(), "{case}");
    let error = O::read(None, body, &mut field())
        .map(|value| panic!("{case} was read as {value:?}"))
        .unwrap_err();
    assert_eq!(error.at(), case["at"].as_str().unwrap(), "{case}: {error}");
    let (status, code) = error.condition().reply(Some(O::DECLARATION.id));
    assert_eq!(u64::from(status), case["status"].as_u64().unwrap(), "{case}: {error}");
    assert_eq!(
        u64::from(code.number()),
        case["code"].as_u64().unwrap(),
        "{case}: {error}"
    );
}

fn accepted_reply<O: Operation>(case: &Value) {
    let (status, body) = (
        u16::try_from(case["status"].as_u64().unwrap()).unwrap(),
        case["body"].as_str().unwrap(),
    );
    let mut decoding = Decoding::new(Leniency::Field);
    let value = O::read_reply(status, body.as_bytes(), &mut decoding).unwrap_or_else(|error| panic!("{case}: {error}"));
    // The status itself is judged where the whole reply is read.
    let of_body: Vec<_> = expected(case)
        .into_iter()
        .filter(|item| item != "A-49 at status" && item != "A-48 at ")
        .collect();
    assert_eq!(tolerated(&decoding), of_body, "{case}");
    assert_eq!(unreadable(&decoding), expected_unreadable(case), "{case}");

    let (status, written) = O::write_reply(&value);
    assert_eq!(
        written.is_some(),
        O::DECLARATION.success_with_body.contains(&status),
        "{case}"
    );
    let sent = case["sent"].as_str().unwrap_or(body);
    assert_eq!(
        std::str::from_utf8(&written.unwrap_or_default()).unwrap(),
        sent,
        "{case}"
    );
    assert!(O::DECLARATION.success.contains(&status), "{case}");
}

fn refused_reply<O: Operation>(case: &Value) {
    let status = u16::try_from(case["status"].as_u64().unwrap()).unwrap();
    let result = O::read_reply(
        status,
        case["body"].as_str().unwrap().as_bytes(),
        &mut Decoding::default(),
    );
    let Err(error) = result else {
        panic!("{case} was accepted")
    };
    assert_eq!(error.at(), case["at"].as_str().unwrap(), "{case}: {error}");
}

// R-018, R-072, R-077, R-120, R-162, R-223, R-225 to R-230, R-232, R-233, R-238, R-243, R-261, R-262, R-265 to R-269,
// R-281 to R-286, R-303
#[test]
fn requests() {
    let vectors = vectors::read("aid1-bodies.json");
    for (operation_id, cases) in vectors["requests"].as_object().unwrap() {
        for case in cases["accept"].as_array().unwrap() {
            with_operation!(operation_id, accepted_request(case));
        }
        for case in cases["refuse"].as_array().unwrap() {
            with_operation!(operation_id, refused_request(case));
        }
    }
    let with_body = OperationId::ALL
        .iter()
        .filter(|id| id.declaration().body != BodyRule::None)
        .count();
    assert_eq!(vectors["requests"].as_object().unwrap().len(), with_body);
}

// R-061, R-066, R-292, R-293, R-311, R-312
#[test]
fn replies() {
    let vectors = vectors::read("aid1-bodies.json");
    for (operation_id, cases) in vectors["replies"].as_object().unwrap() {
        for case in cases["accept"].as_array().unwrap() {
            with_operation!(operation_id, accepted_reply(case));
        }
        for case in cases["refuse"].as_array().unwrap() {
            with_operation!(operation_id, refused_reply(case));
        }
    }
    assert_eq!(vectors["replies"].as_object().unwrap().len(), OperationId::ALL.len());
}

#[test]
fn error_bodies_are_read_whatever_they_are() {
    for case in vectors::read("aid1-bodies.json")["errors"].as_array().unwrap() {
        let body = ErrorBody::read(case["body"].as_str().unwrap().as_bytes());
        assert_eq!(
            body.code.map(|code| u64::from(code.number())),
            case["code"].as_u64(),
            "{case}"
        );
        assert_eq!(body.error.as_deref(), case["error"].as_str(), "{case}");
        let tolerated: Vec<_> = body.tolerated.iter().map(ToString::to_string).collect();
        assert_eq!(tolerated, expected(case), "{case}");
    }
    assert_eq!(ErrorBody::read(&[0xff, 0xfe]), ErrorBody::default());
}

#[test]
fn invalid_utf8_is_refused() {
    for id in ["sendMspToken", "sendCsimStatus"] {
        fn refused<O: Operation>() {
            let Err(error) = O::read(None, b"{\"error\":\"\xff\xfe\"}", &mut field()) else {
                panic!("accepted")
            };
            assert!(matches!(error.problem(), BodyProblem::Json { .. }));
        }
        with_operation!(id, refused());
    }
}

#[test]
fn bodies_go_through_the_same_rules_in_serde() {
    let json = r#"{"iccid":"8944500805172032953","eid":"89049032000001000000000831934057","status":"deleted"}"#;
    let status: SendCsimStatus = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&status).unwrap(), json);
    let error = serde_json::from_str::<SendCsimStatus>(r#"{"iccid":"12"}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("iccid: ICCID: expected 18 to 22 digits, found 2"),
        "{error}"
    );
}

// A-20: what a newer update does not state stays.
#[test]
fn updates_add_up() {
    let read = |json: &str| UpdateSubscriptionInfo::read(None, json.as_bytes(), &mut field()).unwrap();
    let number = r#""phoneNumber":"enjzI1TPN4Dtf10uAnpfitDxJzf7SBsXNEDzdA==","iv":"5FRF9spUpq/25/gr""#;
    let mut known = read(&format!(
        r#"{{{number},"subscriptionType":"private","customerGroup":"gold"}}"#
    ));
    let before = known.clone();
    known.update(read("{}"));
    assert_eq!(known, before);
    known.update(read(r#"{"subscriptionType":"business","customerGroup":7}"#));
    assert_eq!(known.phone_number(), before.phone_number());
    assert_eq!(known.subscription_type(), Some(&SubscriptionType::Business));
    assert_eq!(known.customer_group, before.customer_group);
    known.update(read(r#"{"customerGroup":""}"#));
    assert_eq!(known.customer_group, CustomerGroupChange::Keep);
}

// A list that is not complete must not become one in a store.
#[test]
fn what_could_not_be_read_survives_serde() {
    let json =
        r#"{"profiles":[{"iccid":"8944500805172032953","status":"enabled"},{"iccid":"N/A","status":"enabled"}]}"#;
    let statuses: ProfileStatuses = serde_json::from_str(json).unwrap();
    assert_eq!((statuses.profiles.len(), statuses.unreadable.len()), (1, 1));
    assert_eq!(serde_json::to_string(&statuses).unwrap(), json);
    let through_value: ProfileStatuses = serde_json::from_value(serde_json::to_value(&statuses).unwrap()).unwrap();
    assert_eq!(through_value, statuses);
    let duplicate = r#"{"profiles":[],"a":{"b":1,"b":2}}"#;
    assert!(serde_json::from_str::<ProfileStatuses>(duplicate).is_err());

    let [unreadable] = &*statuses.unreadable else { panic!() };
    let stored = serde_json::to_string(unreadable).unwrap();
    assert_eq!(&serde_json::from_str::<Unreadable>(&stored).unwrap(), unreadable);
}

#[test]
fn what_could_not_be_read_is_bounded_and_shown_to_nobody() {
    let long = "é".repeat(Unreadable::MAX_TEXT);
    let unreadable = Unreadable::new("swappedIccid", &long, "swappedIccid: no ICCID");
    assert_eq!(unreadable.text().len(), Unreadable::MAX_TEXT);
    let shown = format!(
        "{unreadable:?} {unreadable} {:?}",
        Tolerated::unreadable(unreadable.clone())
    );
    assert!(!shown.contains('é') && shown.contains("no ICCID"), "{shown}");

    let body = format!(r#"{{"profiles":[{{"iccid":"{long}"}}]}}"#);
    let statuses = RequestProfileStatus::read_reply(200, body.as_bytes(), &mut Decoding::default()).unwrap();
    let written = RequestProfileStatus::write_reply(&statuses).1.unwrap();
    let again = RequestProfileStatus::read_reply(200, &written, &mut Decoding::default()).unwrap();
    assert_eq!(
        (again.profiles.len(), again.unreadable.len()),
        (0, 1),
        "cut, it is still no profile"
    );
}

#[test]
fn the_query_of_request_profile_status() {
    let iccid: Iccid = "8944500805172032953".parse().unwrap();
    let read = |query| RequestProfileStatus::read(query, b"", &mut field());
    assert_eq!(read(None).unwrap(), RequestProfileStatus::all());
    assert_eq!(read(Some("")).unwrap(), RequestProfileStatus::all());
    assert_eq!(read(Some("iccid=")).unwrap(), RequestProfileStatus::all());
    assert_eq!(
        read(Some("a=b&iccid=8944500805172032953")).unwrap(),
        RequestProfileStatus::one(iccid)
    );
    assert_eq!(
        RequestProfileStatus::one(iccid).query().as_deref(),
        Some("iccid=8944500805172032953")
    );
    assert_eq!(RequestProfileStatus::all().query(), None);
    // A-173
    for query in [
        "iccid=%38944500805172032953",
        "%69ccid=8944500805172032953",
        "a=%ff&%zz=1&iccid=894450080517203295%33",
    ] {
        assert_eq!(read(Some(query)).unwrap(), RequestProfileStatus::one(iccid), "{query}");
    }
    for query in [
        "iccid=%",
        "iccid=8944500805172032953%",
        "iccid=%ff",
        "iccid=%2538944500805172032953",
    ] {
        assert_eq!(read(Some(query)).unwrap_err().at(), "iccid", "{query}");
    }
    assert_eq!(read(Some("iccid=12")).unwrap_err().at(), "iccid");
    assert_eq!(
        read(Some("iccid=8944500805172032953&iccid=8944500805172032953"))
            .unwrap_err()
            .at(),
        "iccid"
    );
    assert_eq!(
        RequestProfileStatus::read(Some("iccid="), b"", &mut strict())
            .unwrap_err()
            .at(),
        "iccid"
    );
}
