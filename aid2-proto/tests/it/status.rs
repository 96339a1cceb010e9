//! The FunctionExecutionStatus in all its notations.

use aid2_proto::{ExecutionStatus, FunctionExecutionStatus, StatusCodeData};
use proptest::prelude::*;

const SAMPLE: &str =
    "status : Failed, statusCodeData : { subjectCode : 8.2.5, reasonCode : 3.7, message : No more Profile";

fn failed(message: &str) -> FunctionExecutionStatus {
    let data = StatusCodeData::new("8.2.5", "3.7").with_message(message);
    FunctionExecutionStatus::new(ExecutionStatus::FAILED, Some(data))
}

/// R-338.
#[test]
fn notations() {
    let compact = failed("No more Profile").as_str().to_owned();
    assert_eq!(
        FunctionExecutionStatus::from_peer(&compact),
        (failed("No more Profile"), None)
    );
    let spaced = compact.replace(':', " : ");
    assert_eq!(
        FunctionExecutionStatus::from_peer(&spaced),
        (failed("No more Profile"), None)
    );

    let accepted = |text: &str| {
        let (status, deviation) = FunctionExecutionStatus::from_peer(text);
        assert_eq!(deviation.map(aid_types::Ambiguity::number), Some(131), "{text}");
        status
    };
    assert_eq!(accepted(SAMPLE), failed("No more Profile"));
    assert_eq!(accepted(&format!("{{ {SAMPLE} }} }}")), failed("No more Profile"));
    assert_eq!(
        accepted(&format!("{SAMPLE}, sorry: none")),
        failed("No more Profile, sorry: none")
    );
    assert_eq!(
        accepted(&format!("{{\"functionExecutionStatus\":{compact}}}")),
        failed("No more Profile")
    );
    assert_eq!(
        accepted(&format!("{{\"header\":{{\"functionExecutionStatus\":{compact}}}}}")),
        failed("No more Profile")
    );
    assert_eq!(
        accepted("status: Executed-Success").status(),
        Some(&ExecutionStatus::EXECUTED_SUCCESS)
    );

    for unreadable in [
        "",
        "Failed",
        "null",
        "[]",
        "subjectCode : 8.2.5, reasonCode : 3.7",
        "status : Failed, subjectCode : 8.2.5",
        "status : Failed, status : Expired",
        // Numbers have lost their zeros: 3.10 reads as 3.1.
        r#"{"status":"Failed","statusCodeData":{"subjectCode":"8.2.6","reasonCode":3.10}}"#,
        r#"{"status":"Failed","statusCodeData":{"subjectCode":"8.2.6"}}"#,
        r#"{"status":"Failed","status":"Expired"}"#,
    ] {
        let status = accepted(unreadable);
        assert_eq!(status.status(), None, "{unreadable}");
        assert_eq!(status.as_str(), unreadable);
    }
}

#[test]
fn codes_are_text() {
    let meaning = |subject: &str, reason: &str| StatusCodeData::new(subject, reason).meaning();
    assert_eq!(meaning("8.2.6", "3.10"), Some("another MatchingID is bound already"));
    assert_eq!(meaning("8.2.6", "3.1"), None);
    assert_eq!(meaning("8.8.5", "4.10"), Some("download order expired"));
    assert_eq!(meaning("8.2.5", "3.7"), Some("no more profiles of this type"));
}

#[test]
fn debug_shows_the_codes_only() {
    let data = StatusCodeData::new("8.2.6", "3.8")
        .with_subject_identifier("SECRET")
        .with_message("SECRET");
    let status = FunctionExecutionStatus::new(ExecutionStatus::FAILED, Some(data));
    let debug = format!("{status:?} {:?}", FunctionExecutionStatus::from_peer("SECRET").0);
    assert!(debug.contains("8.2.6") && !debug.contains("SECRET"), "{debug}");
}

proptest! {
    #[test]
    fn what_is_sent_is_read(
        status in ".*", subject in ".*", reason in ".*",
        identifier in proptest::option::of(".*"), message in proptest::option::of(".*"),
    ) {
        let mut data = StatusCodeData::new(subject, reason);
        (data.subject_identifier, data.message) = (identifier, message);
        let status = FunctionExecutionStatus::new(status.as_str().into(), Some(data));
        prop_assert_eq!(FunctionExecutionStatus::from_peer(status.as_str()), (status, None));
    }

    #[test]
    fn any_text_is_accepted_once_and_for_all(
        text in r#"(status|statusCodeData|subjectCode|reasonCode|message|[ :,{}"'.]|[0-9é]){0,30}"#,
    ) {
        let (status, _) = FunctionExecutionStatus::from_peer(&text);
        prop_assert_eq!(FunctionExecutionStatus::from_peer(status.as_str()).0, status);
    }
}
