//! The four operations of the MSP.

use aid_types::{ActivationCodeReply, Iccid, ReadyActivationCode, RequestProfileStatus};
use uuid::Uuid;

use super::*;

fn new(changes: Value) -> Msp {
    Msp::new(parsed_seed(changes))
}

fn request(
    msp: &mut Msp,
    msp_token: &str,
    id: u128,
    eid: &str,
    replace: Option<&str>,
) -> Result<ReadyActivationCode, (u16, u32)> {
    let body = body(
        json!({"profileType": "personal", "deviceType": "tcu", "eid": eid, "replaceIccid": replace,
                           "activationCodeRequestID": Uuid::from_u128(id)
                           .to_string()}),
    );
    // Each time another, as a random one would be.
    let random = Uuid::from_u128(id << 64 | 0xFACE);
    match msp.request_activation_code(&token(msp_token), &body, random) {
        Ok(ActivationCodeReply::Ready(ready)) => Ok(ready),
        Ok(ActivationCodeReply::Accepted) => panic!("there is nothing to wait for"),
        Err(refusal) => Err(outcome::<()>(OperationId::RequestActivationCode, Err(refusal))),
    }
}

fn report(msp: &mut Msp, msp_token: &str, iccid: &str, status: &str) -> (u16, u32) {
    let body = body(json!({"iccid": iccid, "eid": EID, "status": status}));
    outcome(
        OperationId::SendCsimStatus,
        msp.send_csim_status(&token(msp_token), &body),
    )
}

fn all(msp: &mut Msp) -> Vec<(String, String)> {
    let statuses = msp
        .request_profile_status(&token(TOKEN), &RequestProfileStatus::all())
        .unwrap();
    statuses
        .profiles
        .iter()
        .map(|profile| (profile.iccid.to_string(), profile.status.to_string()))
        .collect()
}

fn one(msp: &mut Msp, iccid: &str) -> (u16, u32) {
    let body = RequestProfileStatus::one(iccid.parse().unwrap());
    outcome(
        OperationId::RequestProfileStatus,
        msp.request_profile_status(&token(TOKEN), &body),
    )
}

fn invalidate(msp: &mut Msp, msp_token: &str) -> (u16, u32) {
    outcome(
        OperationId::RequestInvalidateMspToken,
        msp.request_invalidate_msp_token(&token(msp_token)),
    )
}

#[test]
fn every_request_has_its_own_code_and_profile_and_keeps_them() {
    let msp = &mut new(json!({}));
    let first = request(msp, TOKEN, 1, EID, None).unwrap();
    let second = request(msp, TOKEN, 2, EID, None).unwrap();
    assert_ne!(first.iccid, second.iccid);
    assert_ne!(first.activation_code, second.activation_code);
    assert!(first.iccid.as_ref().is_some_and(Iccid::luhn_is_valid));
    assert_eq!(first.activation_code.tolerated(), None);
    // A software eUICC installs what the MSP has told.
    let iccid = first.iccid.unwrap();
    assert!(first.activation_code.matching_id().starts_with(iccid.as_str()));
    assert_eq!(request(msp, TOKEN, 1, EID, None).unwrap(), first);
    assert_eq!(
        request(msp, TOKEN, 1, "89034011560010000000000000000121", None),
        Err((422, 49))
    );
    assert_eq!(request(msp, OTHER_TOKEN, 3, EID, None), Err((404, 20)));
    assert_eq!(all(msp).len(), 3);
}

#[test]
fn a_full_pool_swaps_where_the_cmp_names_a_candidate() {
    let msp = &mut new(json!({"pool": 2, "iccids": [ICCID, OTHER_ICCID]}));
    assert_eq!(request(msp, TOKEN, 1, EID, None), Err((422, 49)));
    let swap = request(msp, TOKEN, 1, EID, Some(OTHER_ICCID)).unwrap();
    assert_eq!(swap.swapped_iccid.unwrap().as_str(), OTHER_ICCID);
    assert_eq!(request(msp, TOKEN, 1, EID, Some(OTHER_ICCID)).unwrap(), swap);
    // An unknown candidate is no error: the oldest goes.
    let swap = request(msp, TOKEN, 2, EID, Some("8944500805172032999")).unwrap();
    assert_eq!(swap.swapped_iccid.unwrap().as_str(), ICCID);
    // The deletion of what was swapped is still reported, and makes no more room.
    assert_eq!(report(msp, TOKEN, ICCID, "deleted"), (0, 0));
    assert_eq!(request(msp, TOKEN, 3, EID, None), Err((422, 49)));
    let profile = all(msp)[0].0.clone();
    assert_eq!(report(msp, TOKEN, &profile, "deleted"), (0, 0));
    assert_eq!(request(msp, TOKEN, 3, EID, None).unwrap().swapped_iccid, None);
    assert_eq!(
        request(&mut new(json!({"pool": 0, "iccids": []})), TOKEN, 1, EID, Some(ICCID)),
        Err((422, 49))
    );
}

#[test]
fn a_candidate_is_not_swapped_while_there_is_room() {
    let msp = &mut new(json!({"pool": 2}));
    assert_eq!(request(msp, TOKEN, 1, EID, Some(ICCID)).unwrap().swapped_iccid, None);
}

#[test]
fn the_last_report_counts_and_deleted_is_final() {
    let msp = &mut new(json!({"msp_tokens": [TOKEN, OTHER_TOKEN]}));
    let made = request(msp, TOKEN, 1, EID, None).unwrap().iccid.unwrap().to_string();
    let mut expected = vec![
        (ICCID.to_owned(), "installed".to_owned()),
        (made.clone(), "prepared".to_owned()),
    ];
    assert_eq!(all(msp), expected);
    for status in ["installed", "enabled", "disabled"] {
        assert_eq!(report(msp, TOKEN, &made, status), (0, 0));
        status.clone_into(&mut expected[1].1);
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
    let msp = &mut new(json!({}));
    assert_eq!(invalidate(msp, OTHER_TOKEN), (404, 20));
    assert_eq!(invalidate(msp, TOKEN), (0, 0));
    assert_eq!(invalidate(msp, TOKEN), (0, 0));
    assert_eq!(request(msp, TOKEN, 1, EID, None), Err((404, 21)));
    assert_eq!(one(msp, ICCID), (404, 21));
    assert_eq!(report(msp, TOKEN, ICCID, "deleted"), (0, 0));
    assert_eq!(report(msp, TOKEN, "8944500805172032999", "deleted"), (422, 61));
}
