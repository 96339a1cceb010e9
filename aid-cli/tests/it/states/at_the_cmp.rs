//! The five operations of the CMP.

use account_id::{NewAccountId, SecretKey, uuid::Uuid};
use aid_types::{AesGcmPhoneCipher, PhoneCipher as _, PhoneKey};

use super::*;
use crate::tool::{SECRET, SID};

fn new(changes: Value) -> Server {
    start("cmp", &changes)
}

/// One that is valid for long, but for another second than 1.
fn account_id(sid: &str, secret: &str, ver: Option<&str>) -> String {
    let new = NewAccountId::new(sid.parse::<Uuid>().unwrap(), 1000).lifetime(4_000_000_000);
    let new = ver.map_or(new, |ver| new.ver(ver));
    new.mint(&SecretKey::from_text(secret).unwrap()).unwrap().into_string()
}

fn issued(token: &str) -> Value {
    json!({"msp_token": token, "phoneNumber": "RJcqwBSVqNbqAwGJ1ODOiV4E/A3+3wQ6jWBy4A==",
           "iv": "N1RnMnHhudFLgi1l", "subscriptionType": "private", "error": null})
}

fn send(cmp: &Server, account_id: &str, body: &Value) -> (u64, u64) {
    outcome(&about(cmp, "sendMspToken", account_id, body))
}

/// The session of the seed ends with this msp_token.
pub(crate) fn federate(cmp: &Server, msp_token: &str) -> (u64, u64) {
    send(cmp, &account_id(SID, SECRET, None), &issued(msp_token))
}

fn profiles(cmp: &Server, msp_token: &str, profiles: &[(&str, &str)]) -> (u64, u64) {
    let profiles: Vec<Value> = profiles
        .iter()
        .map(|(iccid, status)| json!({"iccid": iccid, "status": status, "reason": null}))
        .collect();
    outcome(&about(
        cmp,
        "sendProfileInformation",
        msp_token,
        &json!({"profiles": profiles}),
    ))
}

fn code(cmp: &Server, msp_token: &str, id: Value, code: Option<&str>) -> (u64, u64) {
    let (error, kind) = code.map_or((json!("49: none"), Value::Null), |_| (Value::Null, json!("personal")));
    let iccid = code.map(|_| OTHER_ICCID);
    let body = json!({"activationCode": code, "profileType": kind, "error": error,
        "activationCodeRequestID": id, "iccid": iccid, "swappedIccid": null});
    outcome(&about(cmp, "submitActivationCode", msp_token, &body))
}

#[test]
fn an_account_id_is_verified() {
    let cmp = &new(json!({}));
    let good = account_id(SID, SECRET, None);
    let issued = issued(OTHER_TOKEN);
    let expired = NewAccountId::new(SID.parse::<Uuid>().unwrap(), 1000);
    let expired = expired
        .mint(&SecretKey::from_text(SECRET).unwrap())
        .unwrap()
        .into_string();
    assert_eq!(send(cmp, &expired, &issued), (422, 11));
    let foreign = account_id(SID, "another secret of at least 32 bytes", None);
    assert_eq!(send(cmp, &foreign, &issued), (422, 12));
    assert_eq!(send(cmp, "opaque", &issued), (422, 19));
    assert_eq!(send(cmp, &account_id(REQUEST, SECRET, None), &issued), (404, 10));
    assert_eq!(send(cmp, &good, &issued), (0, 0));
}

//
#[test]
fn ver_that_nobody_agreed_on_is_no_reason_to_refuse() {
    let cmp = &new(json!({}));
    assert_eq!(
        send(cmp, &account_id(SID, SECRET, Some("1")), &issued(OTHER_TOKEN)),
        (0, 0)
    );
}

#[test]
fn ver_is_verified_where_it_is_agreed() {
    let cmp = &new(json!({"ver": "6789"}));
    let issued = issued(OTHER_TOKEN);
    assert_eq!(send(cmp, &account_id(SID, SECRET, None), &issued), (422, 19));
    assert_eq!(send(cmp, &account_id(SID, SECRET, Some("6789")), &issued), (0, 0));
}

#[test]
fn without_a_secret_an_account_id_is_a_text() {
    let cmp = &new(json!({"account_id_secret": null, "sids": ["Opaque"]}));
    assert_eq!(send(cmp, "opaque", &issued(OTHER_TOKEN)), (404, 10));
    assert_eq!(send(cmp, "Opaque", &issued(OTHER_TOKEN)), (0, 0));
}

#[test]
fn a_session_ends_with_one_msp_token() {
    let cmp = &new(json!({"sids": [SID.to_uppercase(), REQUEST]}));
    let (one, two) = (account_id(SID, SECRET, None), account_id(REQUEST, SECRET, None));
    assert_eq!(send(cmp, &one, &issued(TOKEN)), (422, 23));
    assert_eq!(send(cmp, &one, &issued(OTHER_TOKEN)), (0, 0));
    assert_eq!(send(cmp, &one, &issued(OTHER_TOKEN)), (0, 0));
    assert_eq!(send(cmp, &one, &issued(REQUEST)), (422, 24));
    assert_eq!(send(cmp, &two, &issued(OTHER_TOKEN)), (422, 23));
    // That there is none ends it, too.
    let failed = json!({"msp_token": null, "phoneNumber": null, "iv": null, "subscriptionType": null,
                        "error": "19: no"});
    assert_eq!(send(cmp, &two, &failed), (0, 0));
    assert_eq!(send(cmp, &two, &issued(REQUEST)), (422, 11));
    assert_eq!(profiles(cmp, REQUEST, &[(ICCID, "valid")]), (404, 20));
}

#[test]
fn phone_numbers_are_decrypted_where_there_is_a_key() {
    let cipher = AesGcmPhoneCipher::new(PhoneKey::aes_256(&[7; 32]));
    let encrypted = cipher
        .encrypt(&"4918974020143".parse().unwrap(), &mut |bytes: &mut [u8]| {
            bytes.fill(1);
            Ok::<_, std::convert::Infallible>(())
        })
        .unwrap();
    let update = json!({"phoneNumber": encrypted.ciphertext().as_str(), "iv": encrypted.iv().as_str(),
                        "subscriptionType": "private"});
    let other = json!({"phoneNumber": "RJcqwBSVqNbqAwGJ1ODOiV4E/A3+3wQ6jWBy4A==", "iv": "N1RnMnHhudFLgi1l",
                       "subscriptionType": "private"});
    let update_at = |cmp: &Server, body| outcome(&about(cmp, "updateSubscriptionInfo", TOKEN, body));
    for key in [
        json!({"key": "07".repeat(32)}),
        json!({"key": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="}),
    ] {
        let cmp = &new(json!({"phone": key}));
        assert_eq!(update_at(cmp, &update), (0, 0));
        assert_eq!(update_at(cmp, &other), (422, 91));
        assert_eq!(
            send(cmp, &account_id(SID, SECRET, None), &issued(OTHER_TOKEN)),
            (422, 91)
        );
    }
    for none in [json!("4989"), json!({"number": "4989"})] {
        assert_eq!(update_at(&new(json!({"phone": none})), &other), (0, 0));
    }
}

#[test]
fn profile_information_is_all_or_nothing_and_invalid_is_final() {
    let cmp = &new(json!({"iccids": [ICCID, OTHER_ICCID]}));
    let unknown = "8944500805172032999";
    assert_eq!(profiles(cmp, TOKEN, &[(unknown, "valid")]), (404, 61));
    assert_eq!(
        profiles(cmp, TOKEN, &[(ICCID, "invalid"), (unknown, "valid")]),
        (404, 65)
    );
    assert_eq!(profiles(cmp, TOKEN, &[(ICCID, "valid")]), (0, 0));
    assert_eq!(profiles(cmp, TOKEN, &[(ICCID, "suspended")]), (0, 0));
    assert_eq!(
        profiles(cmp, TOKEN, &[(ICCID, "invalid"), (OTHER_ICCID, "suspended")]),
        (0, 0)
    );
    assert_eq!(profiles(cmp, TOKEN, &[(ICCID, "invalid")]), (0, 0));
    assert_eq!(profiles(cmp, TOKEN, &[(ICCID, "valid")]), (422, 63));
    assert_eq!(
        profiles(cmp, TOKEN, &[(OTHER_ICCID, "invalid"), (ICCID, "suspended")]),
        (422, 63)
    );
    assert_eq!(profiles(cmp, TOKEN, &[(OTHER_ICCID, "valid")]), (0, 0));
}

#[test]
fn a_profile_belongs_to_its_msp_token() {
    let cmp = &new(json!({"msp_tokens": [TOKEN, OTHER_TOKEN]}));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), Some("1$smdp.example$A")), (0, 0));
    assert_eq!(profiles(cmp, OTHER_TOKEN, &[(OTHER_ICCID, "valid")]), (404, 61));
    assert_eq!(profiles(cmp, TOKEN, &[(OTHER_ICCID, "valid")]), (0, 0));
}

#[test]
fn a_request_is_answered_with_one_activation_code() {
    let cmp = &new(json!({"msp_tokens": [TOKEN, OTHER_TOKEN]}));
    let (a, b) = (Some("1$smdp.example$A"), Some("1$smdp.example$B"));
    assert_eq!(code(cmp, TOKEN, json!(SID), a), (422, 30));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), a), (0, 0));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), a), (0, 0));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), b), (422, 48));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), None), (422, 48));
    // Each msp_token has the request. That there is no code ends it.
    assert_eq!(code(cmp, OTHER_TOKEN, json!(REQUEST), None), (0, 0));
    assert_eq!(code(cmp, OTHER_TOKEN, json!(REQUEST), None), (0, 0));
    assert_eq!(code(cmp, OTHER_TOKEN, json!(REQUEST), a), (422, 31));
    assert_eq!(code(cmp, REQUEST, json!(REQUEST), a), (404, 20));
}

#[test]
fn a_failure_without_a_request_id_is_of_the_only_open_request() {
    assert_eq!(code(&new(json!({})), TOKEN, Value::Null, None), (0, 0));
    let two = json!({"activation_request_ids": [REQUEST, SID]});
    assert_eq!(code(&new(two), TOKEN, Value::Null, None), (422, 30));
    assert_eq!(
        code(&new(json!({"activation_request_ids": []})), TOKEN, Value::Null, None),
        (422, 30)
    );
}

#[test]
fn after_invalidation_the_token_is_no_good() {
    let cmp = &new(json!({}));
    let invalidate = |token: &str| outcome(&about(cmp, "notifyMspTokenInvalid", token, &json!({"reason": null})));
    assert_eq!(invalidate(OTHER_TOKEN), (404, 20));
    assert_eq!(invalidate(TOKEN), (0, 0));
    assert_eq!(invalidate(TOKEN), (0, 0));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), Some("1$smdp.example$A")), (404, 21));
    // They are invalid already, and are being deleted.
    assert_eq!(profiles(cmp, TOKEN, &[(ICCID, "invalid")]), (0, 0));
    assert_eq!(send(cmp, &account_id(SID, SECRET, None), &issued(TOKEN)), (422, 23));
}
