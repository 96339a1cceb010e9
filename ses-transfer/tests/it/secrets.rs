//! What is personal or secret is never printed.

use ses_transfer::{
    BearerToken, Credentials, ReplyError, TransferPrimaryDeviceEsimSub,
    bytes::Bytes,
    http::{Response, StatusCode},
    read_reply,
};

use crate::support::{callers, endpoint, id, text, vectors};

#[test]
fn debug_hides_personal_data() {
    let vectors = vectors();
    let sample = text(&vectors["bodies"][0], "body");
    let transfer = TransferPrimaryDeviceEsimSub::from_json(sample.as_bytes())
        .unwrap()
        .value;
    let printed = format!("{transfer:?}");
    for hidden in [
        "460019876543210",
        "8613922114719",
        "460019876543211",
        "8613922114720",
        "Account A",
    ] {
        assert!(sample.contains(hidden) && !printed.contains(hidden), "{hidden}");
    }
    assert!(printed.contains("Apple"));
}

#[test]
fn errors_hide_what_the_backend_says_of_the_subscriber() {
    let json =
        r#"{"error":"Primary_Device_Not_Found","error_description":"460019876543210 é +8613922114719, row 17\n"}"#;
    let mut response = Response::new(Bytes::from_static(json.as_bytes()));
    *response.status_mut() = StatusCode::NOT_FOUND;
    let ReplyError::Api(error) = read_reply(&response, &id("T-1")).unwrap_err() else {
        panic!("no refusal");
    };
    let shown = "404 Not Found: Primary_Device_Not_Found: (hidden) é +(hidden), row 17 ";
    assert_eq!(error.to_string(), shown);
    assert!(format!("{error:?}").contains(shown));
    assert_eq!(error.description(), Some("460019876543210 é +8613922114719, row 17\n"));
}

#[test]
fn debug_hides_credentials() {
    let bearer = Credentials::Bearer(BearerToken::new("not-a-real-token").unwrap());
    let printed = format!("{bearer:?} {:?} {:?}", callers(), endpoint());
    assert!(
        !printed.contains("not-a-real") && !printed.contains("c2Vz"),
        "{printed}"
    );
}
