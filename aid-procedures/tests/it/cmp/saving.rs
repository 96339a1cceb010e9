//! What is saved, and what is never shown.

use aid_procedures::cmp::{Effect, Federation, MspCall};
use aid_types::*;

use crate::common::{code, request, token, user};

use super::backend::*;

#[test]
fn another_format_is_refused_on_loading() {
    let mut json = serde_json::to_value(&Cmp::federated().federation).unwrap();
    json["format"] = 2.into();
    let error = serde_json::from_value::<Federation>(json).unwrap_err();
    assert_eq!(error.to_string(), "saved in format 2, this version reads format 1");
}

#[test]
fn debug_shows_no_secret() {
    let mut cmp = Cmp::federated();
    cmp.asks(1);
    cmp.on(code_sent(1, 1, None));
    let text = format!("{:?} {:?}", cmp.federation, cmp.last);
    for secret in [
        token(1).to_string(),
        code(1).to_string(),
        user().to_string(),
        "+xSpEv0z".to_owned(),
    ] {
        assert!(!text.contains(&secret), "{secret}");
    }
}

#[test]
fn calls_of_one_provisioning_share_a_correlation_id() {
    //
    let mut cmp = Cmp::federated();
    let mut seen = Vec::new();
    cmp.asks(1);
    seen.extend(cmp.last.clone());
    cmp.on(code_sent(1, 1, None));
    cmp.on(installed(1, 1));
    seen.extend(cmp.last.clone());
    let ids: Vec<_> = seen
        .iter()
        .filter_map(|effect| match effect {
            Effect::CallMsp {
                correlation_id, call, ..
            } => {
                assert!(matches!(
                    call,
                    MspCall::RequestActivationCode(_) | MspCall::SendCsimStatus(_)
                ));
                *correlation_id
            }
            _ => None,
        })
        .collect();
    assert_eq!(ids, [CorrelationId::from_uuid(*request(1).as_uuid()); 2]);
}
