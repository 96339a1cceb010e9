//! What the declarations and the table of conditions say, against `test-vectors/aid1-operations.json`, which was made from
//! Annex B.

use std::collections::BTreeSet;

use aid_types::*;
use serde_json::{Value, json};

use crate::vectors;

fn statuses(list: &Value) -> BTreeSet<u16> {
    let list = list.as_array().unwrap().iter();
    list.map(|status| u16::try_from(status.as_u64().unwrap()).unwrap())
        .collect()
}

/// Every condition, by its name in the vectors.
fn condition(name: &str) -> Condition {
    let found = Condition::all().find(|condition| format!("{condition:?}") == name);
    found.unwrap_or_else(|| panic!("{name}"))
}

//
#[test]
fn the_declarations_are_annex_b() {
    let vectors = vectors::read("aid1-operations.json");
    let operations = vectors["operations"].as_array().unwrap();
    assert_eq!(operations.len(), OperationId::ALL.len());
    for case in operations {
        let operation_id = case["operation"].as_str().unwrap();
        let id = OperationId::from_operation_id(operation_id).unwrap();
        let declaration = id.declaration();
        let provider = if declaration.provider == Role::Cmp {
            "CMP"
        } else {
            "MSP"
        };
        let body = match declaration.body {
            BodyRule::None => "none",
            BodyRule::Required => "required",
            BodyRule::Optional => "optional content",
            other => panic!("{other:?}"),
        };
        let said = json!([provider, declaration.method, declaration.path, body]);
        assert_eq!(
            said,
            json!([case["provider"], case["method"], case["path"], case["body"]]),
            "{id}"
        );

        let declared = |list: &[u16]| list.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(declared(declaration.success), statuses(&case["success"]), "{id}");
        assert_eq!(
            declared(declaration.success_with_body),
            statuses(&case["success_with_body"]),
            "{id}"
        );
        assert_eq!(declared(declaration.errors), statuses(&case["errors"]), "{id}");

        let names: BTreeSet<_> = declaration
            .conditions
            .iter()
            .map(|condition| format!("{condition:?}"))
            .collect();
        let expected: BTreeSet<_> = case["conditions"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, expected, "{id}");
        for list in ["conditions", "general"] {
            for (name, pair) in case[list].as_object().unwrap() {
                let condition = condition(name);
                let (status, code) = condition.reply(Some(id));
                assert_eq!(&json!([status, code.to_string()]), pair, "{id} {name}");
                assert!(declaration.may_meet(condition), "{id} {name}");
            }
        }
        // What only others meet is not met here, and its code says nothing here.
        for other in operations {
            for (name, pair) in other["conditions"].as_object().unwrap() {
                if expected.contains(name) {
                    continue;
                }
                let condition = condition(name);
                assert!(!declaration.may_meet(condition), "{id} {name}");
                let status = u16::try_from(pair[0].as_u64().unwrap()).unwrap();
                let code = pair[1].as_str().unwrap().parse().unwrap();
                assert_ne!(Condition::of(id, status, Some(code)), Some(condition), "{id} {name}");
            }
        }
        // The pairs that Annex B shows mean something here, too.
        for (status, code) in case["example_codes"].as_object().unwrap() {
            let code = code.as_str().unwrap().parse().unwrap();
            let condition = Condition::of(id, status.parse().unwrap(), Some(code)).unwrap();
            assert_eq!(condition.reply(Some(id)).1, code, "{id} {status}");
        }
    }
}

//
#[test]
fn the_error_codes_are_table_10() {
    let vectors = vectors::read("error-codes.json");
    let listed: Vec<_> = ErrorCode::LISTED
        .iter()
        .map(|code| json!({ "code": code.to_string(), "text": code.text() }))
        .collect();
    assert_eq!(Value::from(listed), vectors["codes"]);
    for number in 0..400 {
        let code = ErrorCode::new(number);
        let is_proprietary = (200..=300).contains(&number);
        let expected = match (is_proprietary, code.text()) {
            (true, None) => CodeClass::Proprietary,
            (false, Some(_)) => CodeClass::Listed,
            (false, None) => CodeClass::Other,
            (true, Some(_)) => panic!("{number}"),
        };
        assert_eq!(code.class(), expected, "{number}");
        let text = number.to_string();
        let mut listed = vectors["codes"].as_array().unwrap().iter();
        let is_listed = listed.any(|listed| listed["code"] == *text);
        assert_eq!(is_listed, expected == CodeClass::Listed, "{number}");
    }

    let iccid: Iccid = "8944500805172032953".parse().unwrap();
    let token: MspToken = "25bca1e2-338f-11d6-ac61-9e71138fd521".parse().unwrap();
    let target: TargetId = "gKl32ko4".parse().unwrap();
    let refusals = [
        Refusal::unknown_profile(&iccid),
        Refusal::foreign_profile(&iccid, &token),
        Refusal::profile_stays_invalid(&iccid),
        Refusal::unknown_target(&target),
    ];
    let rendered = vectors["rendered"].as_array().unwrap();
    assert_eq!(rendered.len(), refusals.len());
    for (case, refusal) in rendered.iter().zip(refusals) {
        let arguments: Vec<_> = case["arguments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap())
            .collect();
        let code: ErrorCode = case["code"].as_str().unwrap().parse().unwrap();
        assert_eq!(code.render(&arguments), case["text"].as_str().unwrap());
        let reply = refusal.reply(None);
        assert_eq!((reply.code, &*reply.error), (code, case["text"].as_str().unwrap()));
    }
}

// no padding, whatever the peer wrote.
#[test]
fn a_code_is_sent_as_a_plain_number() {
    for (number, text) in [(9, "9"), (20, "20"), (104, "104"), (250, "250")] {
        let refusal = Refusal::with_code(422, ErrorCode::new(number), "x").reply(None);
        let body: Value = serde_json::from_slice(&ErrorBody::write(&refusal)).unwrap();
        assert_eq!(body, json!({ "code": text, "error": "x" }));
    }
    assert_eq!("020".parse::<ErrorCode>().unwrap().to_string(), "20");
}

//
#[test]
fn no_refusal_looks_like_a_success() {
    let own = ErrorCode::new(250);
    for status in (0..700)
        .step_by(7)
        .chain([100, 199, 200, 201, 204, 299, 300, 302, 399, 400, 499, 500, 599, 600])
    {
        let is_error = (400..600).contains(&status);
        let reply = Refusal::with_code(status, own, "no").reply(None);
        assert_eq!(reply.status, if is_error { status } else { 422 }, "{status}");
        assert_eq!(Refusal::proprietary(status, own, "no").is_ok(), is_error, "{status}");
    }
    for number in [0, 20, 104, 199, 301, 1000] {
        let refused = Refusal::proprietary(422, ErrorCode::new(number), "no");
        assert_eq!(refused.unwrap_err(), InvalidProprietary::Code, "{number}");
    }
    for number in [200, 300] {
        let reply = Refusal::proprietary(422, ErrorCode::new(number), "no")
            .unwrap()
            .reply(None);
        assert_eq!((reply.status, reply.code.number()), (422, number));
    }
}

#[test]
fn what_is_sent_as_an_error_has_a_code_and_a_length() {
    let listed = ErrorText::new(ErrorCode::ACTIVATION_CODE_OTHER, "none left").unwrap();
    assert_eq!(listed.to_string(), "49: none left");
    let long = "x".repeat(ErrorText::MAX_SENT - "250: ".len());
    assert!(ErrorText::new(ErrorCode::new(250), &long).is_ok());
    assert!(format!("250: {long}").parse::<ErrorText>().is_ok());
    let too_long = InvalidErrorText::TooLong { limit: 512 };
    assert_eq!(ErrorText::new(ErrorCode::new(250), &format!("{long}x")), Err(too_long));
    assert_eq!(format!("250: {long}x").parse::<ErrorText>(), Err(too_long));
    for code in [0, 1, 22, 105, 199, 301, 1000] {
        assert_eq!(
            ErrorText::new(ErrorCode::new(code), "x"),
            Err(InvalidErrorText::Code),
            "{code}"
        );
        assert_eq!(
            format!("{code}: x").parse::<ErrorText>(),
            Err(InvalidErrorText::Code),
            "{code}"
        );
        assert!(ErrorText::from_peer(&format!("{code}: x")).is_ok());
    }
    assert_eq!("no code".parse::<ErrorText>(), Err(InvalidErrorText::Code));
    assert!(ErrorText::from_peer(&"ä".repeat(ErrorText::MAX_RECEIVED)).is_ok());
    let limit = ErrorText::MAX_RECEIVED;
    assert_eq!(
        ErrorText::from_peer(&"ä".repeat(limit + 1)),
        Err(InvalidErrorText::TooLong { limit })
    );
}

#[test]
fn a_path_has_the_parameter_that_its_declaration_names() {
    for id in OperationId::ALL {
        let declaration = id.declaration();
        let named = format!("{{{}}}", declaration.path_parameter());
        assert_eq!(declaration.path.matches(&named).count(), 1, "{id}");
    }
}

#[test]
fn a_code_that_one_condition_has_names_it() {
    assert_eq!(
        Condition::with_code(ErrorCode::new(11)),
        Some(Condition::ExpiredAccountId)
    );
    assert_eq!(Condition::with_code(ErrorCode::INTERNAL), None);
    assert_eq!(Condition::with_code(ErrorCode::new(250)), None);
}
