//! What people may see of a message.

use aid_types::Shown;
use aid2_proto::{
    DownloadInstallResult, ExecutionStatus, FunctionExecutionStatus, Payload, SendProfileDownloadInstallInfo,
    StatusCodeData,
};

use crate::sample::{activation_code, csim_status, request_id};

fn shown(message: &impl Payload) -> String {
    let mut notice = |_: &str, _: &str| {};
    let mut shown = Shown::new(4096, &mut notice);
    message.show(&mut shown);
    shown.into_json()
}

#[test]
fn secrets_and_personal_data_are_hidden_by_their_type() {
    let shown = [
        shown(&activation_code("1$smdp.example.com$04386")),
        shown(&csim_status(2)),
    ]
    .concat();
    for secret in ["smdp.example", "04386", "customer"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let expected = r#"{"iccid":"8944500805172000001","cmpUserId":"(redacted)","status":"ENABLED","type":"DEFAULT","mcc":null,"mnc":null}"#;
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn of_what_the_download_server_says_the_codes_are_shown() {
    let data = StatusCodeData::new("8.2.5", "3.7").with_message("04386-AGYFT");
    let status = FunctionExecutionStatus::new(ExecutionStatus::FAILED, Some(data));
    let eid = "89034011560010000000000000000121".parse().unwrap();
    let mut info = SendProfileDownloadInstallInfo::new(
        request_id(),
        "customer-1".parse().unwrap(),
        eid,
        "1$smdp.example.com$04386".parse().unwrap(),
        DownloadInstallResult::PROFILE_INSTALLATION_UNKNOWN_ERROR,
    );
    info.function_execution_status = Some(status);
    let shown = shown(&info);
    assert!(!shown.contains("04386") && !shown.contains("customer"), "{shown}");
    let expected = r#""functionExecutionStatus":{"status":"Failed","subjectCode":"8.2.5","reasonCode":"3.7"}"#;
    assert!(shown.contains(expected), "{shown}");
}
