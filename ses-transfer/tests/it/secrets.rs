//! What is personal or secret is never printed.

use ses_transfer::{BearerToken, Credentials, TransferPrimaryDeviceEsimSub};

use crate::support::{callers, endpoint, text, vectors};

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
fn debug_hides_credentials() {
    let bearer = Credentials::Bearer(BearerToken::new("not-a-real-token").unwrap());
    let printed = format!("{bearer:?} {:?} {:?}", callers(), endpoint());
    assert!(
        !printed.contains("not-a-real") && !printed.contains("c2Vz"),
        "{printed}"
    );
}
