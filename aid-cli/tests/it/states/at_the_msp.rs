//! The four operations of the MSP.

use aid_types::Iccid;
use uuid::Uuid;

use super::*;

pub(crate) fn new(changes: &Value) -> Server {
    start("msp", changes)
}

/// The body of the reply.
pub(crate) fn request(
    msp: &Server,
    msp_token: &str,
    id: u128,
    eid: &str,
    replace: Option<&str>,
) -> Result<Value, (u64, u64)> {
    let body = json!({"profileType": "personal", "deviceType": "tcu", "eid": eid, "replaceIccid": replace,
                      "activationCodeRequestID": Uuid::from_u128(id).to_string()});
    let line = about(msp, "requestActivationCode", msp_token, &body);
    match outcome(&line) {
        (0, 0) => Ok(line["body"].clone()),
        refused => Err(refused),
    }
}

fn report(msp: &Server, msp_token: &str, iccid: &str, status: &str) -> (u64, u64) {
    let body = json!({"iccid": iccid, "eid": EID, "status": status});
    outcome(&about(msp, "sendCsimStatus", msp_token, &body))
}

pub(crate) fn all(msp: &Server) -> Vec<(String, String)> {
    let (_, line) = msp.call("requestProfileStatus", &[]);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let profiles = line["body"]["profiles"].as_array().unwrap().iter();
    profiles
        .map(|profile| (text(&profile["iccid"]), text(&profile["status"])))
        .collect()
}

fn one(msp: &Server, iccid: &str) -> (u64, u64) {
    let query = json!({"iccid": iccid});
    outcome(&about(msp, "requestProfileStatus", TOKEN, &query))
}

fn invalidate(msp: &Server, msp_token: &str) -> (u64, u64) {
    outcome(&call(&msp.url, "requestInvalidateFederatedID", &["--id", msp_token]).1)
}

#[test]
fn every_request_has_its_own_code_and_profile_and_keeps_them() {
    let msp = &new(&json!({}));
    let first = request(msp, TOKEN, 1, EID, None).unwrap();
    let second = request(msp, TOKEN, 2, EID, None).unwrap();
    assert_ne!(first["iccid"], second["iccid"]);
    assert_ne!(first["activationCode"], second["activationCode"]);
    let iccid: Iccid = first["iccid"].as_str().unwrap().parse().unwrap();
    assert!(iccid.luhn_is_valid());
    // A software eUICC installs what the MSP has told.
    let code = first["activationCode"].as_str().unwrap();
    assert!(code.starts_with(&format!("1$smdp.example${iccid}-")), "{code}");
    assert_eq!(request(msp, TOKEN, 1, EID, None).unwrap(), first);
    assert_eq!(
        request(msp, TOKEN, 1, "89034011560010000000000000000121", None),
        Err((422, 39))
    );
    assert_eq!(request(msp, OTHER_TOKEN, 3, EID, None), Err((404, 20)));
    assert_eq!(all(msp).len(), 3);
}

#[test]
fn a_full_pool_swaps_where_the_cmp_names_a_candidate() {
    let msp = &new(&json!({"pool": 2, "iccids": [ICCID, OTHER_ICCID]}));
    assert_eq!(request(msp, TOKEN, 1, EID, None), Err((422, 49)));
    // There is none for this request: also later.
    assert_eq!(request(msp, TOKEN, 1, EID, Some(OTHER_ICCID)), Err((422, 49)));
    let swap = request(msp, TOKEN, 2, EID, Some(OTHER_ICCID)).unwrap();
    assert_eq!(swap["swappedIccid"], OTHER_ICCID);
    assert_eq!(request(msp, TOKEN, 2, EID, Some(OTHER_ICCID)).unwrap(), swap);
    // An unknown candidate is no error: the one that was quiet for longest goes.
    let swap = request(msp, TOKEN, 3, EID, Some("8944500805172032999")).unwrap();
    assert_eq!(swap["swappedIccid"], ICCID);
    // The deletion of what was swapped is still reported, and makes no more room.
    assert_eq!(report(msp, TOKEN, ICCID, "deleted"), (0, 0));
    assert_eq!(request(msp, TOKEN, 4, EID, None), Err((422, 49)));
    let profile = all(msp)[0].0.clone();
    assert_eq!(report(msp, TOKEN, &profile, "deleted"), (0, 0));
    let room = request(msp, TOKEN, 5, EID, None).unwrap();
    assert_eq!(room["swappedIccid"], Value::Null);
    let empty = &new(&json!({"pool": 0, "iccids": []}));
    assert_eq!(request(empty, TOKEN, 1, EID, Some(ICCID)), Err((422, 49)));
}

#[test]
fn a_candidate_is_not_swapped_while_there_is_room() {
    let msp = &new(&json!({"pool": 2}));
    let ready = request(msp, TOKEN, 1, EID, Some(ICCID)).unwrap();
    assert_eq!(ready["swappedIccid"], Value::Null);
}

#[test]
fn installed_is_what_was_reported_and_deleted_is_final() {
    let msp = &new(&json!({"msp_tokens": [TOKEN, OTHER_TOKEN]}));
    let made = request(msp, TOKEN, 1, EID, None).unwrap()["iccid"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut expected = vec![
        (ICCID.to_owned(), "installed".to_owned()),
        (made.clone(), "prepared".to_owned()),
    ];
    assert_eq!(all(msp), expected);
    "installed".clone_into(&mut expected[1].1);
    // Whether it is in use, its network would know.
    for status in ["installed", "enabled", "disabled"] {
        assert_eq!(report(msp, TOKEN, &made, status), (0, 0));
        assert_eq!(all(msp), expected);
    }
    assert_eq!(report(msp, TOKEN, &made, "installation_failed"), (0, 0));
    assert_eq!(report(msp, TOKEN, &made, "deleted"), (0, 0));
    assert_eq!(report(msp, TOKEN, &made, "enabled"), (0, 0));
    assert_eq!(all(msp), &expected[..1]);
    assert_eq!(one(msp, &made), (404, 61));
    assert_eq!(one(msp, ICCID), (0, 0));

    assert_eq!(report(msp, TOKEN, "8944500805172032999", "enabled"), (422, 61));
    assert_eq!(report(msp, OTHER_TOKEN, &made, "enabled"), (422, 62));
    assert_eq!(report(msp, REQUEST, &made, "enabled"), (404, 20));
}

#[test]
fn after_invalidation_only_reports_are_taken() {
    let msp = &new(&json!({}));
    assert_eq!(invalidate(msp, OTHER_TOKEN), (404, 20));
    assert_eq!(invalidate(msp, TOKEN), (0, 0));
    assert_eq!(invalidate(msp, TOKEN), (0, 0));
    assert_eq!(request(msp, TOKEN, 1, EID, None), Err((404, 21)));
    assert_eq!(one(msp, ICCID), (404, 21));
    assert_eq!(report(msp, TOKEN, ICCID, "deleted"), (0, 0));
    assert_eq!(report(msp, TOKEN, "8944500805172032999", "deleted"), (422, 61));
}
