//! The suite is sound.

use std::collections::BTreeSet;

use aid_conformance::{Options, Profile, Role, Selection, replay, suite};

pub(crate) const PROFILE: &str = r#"
    client_id = "caller"
    target_id = "called"
    api_key = "0123456789abcdef"
    modes = ["synchronous"]
    eid = "89049032000001000000000831934057"
    msp_tokens = ["25bca1e2-338f-11d6-ac61-9e71138fd521", "25bca1e2-338f-11d6-ac61-9e71138fd522"]
"#;

#[test]
fn every_test_has_an_id_of_its_own_that_names_what_it_proves() {
    for role in [Role::Cmp, Role::Msp] {
        let cases = suite(role).unwrap();
        let ids: BTreeSet<_> = cases.iter().map(|case| &case.id).collect();
        assert_eq!(ids.len(), cases.len());
        assert!(cases.len() > 100, "{}", cases.len());
        for case in &cases {
            let items = case.items.iter().map(String::as_str);
            for item in items.chain([case.id.split('/').next().unwrap()]) {
                let (kind, number) = item.split_at(2);
                assert!(matches!(kind, "R-" | "A-"), "{item}");
                assert!(number.parse::<u16>().is_ok(), "{item}");
            }
        }
    }
}

#[test]
fn what_is_selected_is_named_by_requirement_test_or_operation() {
    let count = |only: &str| {
        let selection = Selection::only([only.to_owned()]);
        let cases = suite(Role::Msp).unwrap();
        cases.iter().filter(|case| selection.takes(case)).count()
    };
    assert_eq!(count("R-140"), 12);
    assert_eq!(count("R-140/1"), 4);
    assert_eq!(count("R-140/1 sendCsimStatus"), 1);
    assert_eq!(count("R-14"), 0);
}

#[test]
fn a_call_for_curl_shows_no_credentials() {
    let mut options = Options::default();
    options.selection = Selection::only(["R-288/1".to_owned(), "R-142/2 requestProfileStatus".to_owned()]);
    let base_url = "https://msp.example/base".parse().unwrap();
    let profile = Profile::parse(PROFILE).unwrap();
    let lines = replay(Role::Msp, &base_url, &profile, &options).unwrap();
    assert_eq!(lines.len(), 4);
    assert!(lines[3].starts_with("curl -i -X POST 'https://msp.example/base/v1/activation-code-requests/25bca1e2"));
    assert!(lines[3].contains("\"api-key: $AID_CREDENTIALS\""), "{}", lines[3]);
    assert!(!lines.concat().contains("0123456789abcdef'"));
}

#[test]
fn a_profile_names_the_member_that_is_wrong_and_shows_no_value() {
    for (more, named) in [
        ("nonsense = 1", "nonsense"),
        ("basic = [\"a\", \"b\"]", "either api_key or basic"),
        ("account_ids = [\"se cret\"]", "account_id"),
    ] {
        let error = Profile::parse(&format!("{PROFILE}\n{more}")).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
        assert!(!error.contains("se cret"), "{error}");
    }
}
