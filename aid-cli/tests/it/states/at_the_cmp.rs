//! The five operations of the CMP.

use account_id::{NewAccountId, SecretKey, uuid::Uuid};
use aid_types::{
    AccountId, AesGcmPhoneCipher, PhoneCipher as _, PhoneKey, SendActivationCode, SendMspToken, SendProfileInformation,
    UpdateSubscriptionInfo,
};

use super::*;
use crate::tool::{SECRET, SID};

fn new(changes: Value) -> Cmp {
    Cmp::new(parsed_seed(changes), Leniency::Field)
}

fn account_id(sid: &str, secret: &str, ver: Option<&str>) -> AccountId {
    let new = NewAccountId::new(sid.parse::<Uuid>().unwrap(), 1000);
    let new = ver.map_or(new, |ver| new.ver(ver));
    new.mint(&SecretKey::from_text(secret).unwrap())
        .unwrap()
        .as_str()
        .parse()
        .unwrap()
}

fn issued(token: &str) -> SendMspToken {
    body(
        json!({"msp_token": token, "phoneNumber": "RJcqwBSVqNbqAwGJ1ODOiV4E/A3+3wQ6jWBy4A==",
                "iv": "N1RnMnHhudFLgi1l", "subscriptionType": "private", "error": null}),
    )
}

fn send(cmp: &mut Cmp, account_id: &AccountId, body: &SendMspToken, now: u64) -> (u16, u32) {
    outcome(OperationId::SendMspToken, cmp.send_msp_token(account_id, body, now))
}

fn profiles(cmp: &mut Cmp, msp_token: &str, profiles: &[(&str, &str)]) -> (u16, u32) {
    let profiles: Vec<Value> = profiles
        .iter()
        .map(|(iccid, status)| json!({"iccid": iccid, "status": status, "reason": null}))
        .collect();
    let body: SendProfileInformation = body(json!({"profiles": profiles}));
    outcome(
        OperationId::SendProfileInformation,
        cmp.send_profile_information(&token(msp_token), &body),
    )
}

fn code(cmp: &mut Cmp, msp_token: &str, id: Value, code: Option<&str>) -> (u16, u32) {
    let (error, kind) = code.map_or((json!("49: none"), Value::Null), |_| (Value::Null, json!("personal")));
    let iccid = code.map(|_| OTHER_ICCID);
    let body: SendActivationCode = body(json!({"activationCode": code, "profileType": kind, "error": error,
        "activationCodeRequestID": id, "iccid": iccid, "swappedIccid": null}));
    outcome(
        OperationId::SendActivationCode,
        cmp.send_activation_code(&token(msp_token), &body),
    )
}

#[test]
fn an_account_id_is_verified() {
    let cmp = &mut new(json!({}));
    let good = account_id(SID, SECRET, None);
    let issued = issued(OTHER_TOKEN);
    assert_eq!(send(cmp, &good, &issued, 1000 + 3660), (422, 11));
    assert_eq!(
        send(
            cmp,
            &account_id(SID, "another secret of at least 32 bytes", None),
            &issued,
            1000
        ),
        (422, 12)
    );
    assert_eq!(send(cmp, &"opaque".parse().unwrap(), &issued, 1000), (422, 19));
    assert_eq!(send(cmp, &account_id(REQUEST, SECRET, None), &issued, 1000), (404, 10));
    assert_eq!(send(cmp, &good, &issued, 1000), (0, 0));
}

//
#[test]
fn ver_that_nobody_agreed_on_is_no_reason_to_refuse() {
    let cmp = &mut new(json!({}));
    let with_ver = account_id(SID, SECRET, Some("1"));
    assert_eq!(send(cmp, &with_ver, &issued(OTHER_TOKEN), 1000), (0, 0));
}

#[test]
fn ver_is_verified_where_it_is_agreed() {
    let cmp = &mut new(json!({"ver": "6789"}));
    assert_eq!(
        send(cmp, &account_id(SID, SECRET, None), &issued(OTHER_TOKEN), 1000),
        (422, 19)
    );
    assert_eq!(
        send(cmp, &account_id(SID, SECRET, Some("6789")), &issued(OTHER_TOKEN), 1000),
        (0, 0)
    );
}

#[test]
fn without_a_secret_an_account_id_is_a_text() {
    let cmp = &mut new(json!({"account_id_secret": null, "sids": ["Opaque"]}));
    assert_eq!(send(cmp, &"Opaque".parse().unwrap(), &issued(OTHER_TOKEN), 0), (0, 0));
    assert_eq!(
        send(cmp, &"opaque".parse().unwrap(), &issued(OTHER_TOKEN), 0),
        (404, 10)
    );
}

#[test]
fn a_session_ends_with_one_msp_token() {
    let cmp = &mut new(json!({"sids": [SID.to_uppercase(), REQUEST]}));
    let (one, two) = (account_id(SID, SECRET, None), account_id(REQUEST, SECRET, None));
    let failed: SendMspToken = body(json!({"msp_token": null, "phoneNumber": null, "iv": null,
                                           "subscriptionType": null, "error": "19: no"}));
    assert_eq!(send(cmp, &one, &failed, 1000), (0, 0));
    assert_eq!(profiles(cmp, OTHER_TOKEN, &[(ICCID, "valid")]), (404, 20));
    assert_eq!(send(cmp, &one, &issued(TOKEN), 1000), (422, 23));
    assert_eq!(send(cmp, &one, &issued(OTHER_TOKEN), 1000), (0, 0));
    assert_eq!(send(cmp, &one, &issued(OTHER_TOKEN), 1000), (0, 0));
    assert_eq!(send(cmp, &one, &issued(REQUEST), 1000), (422, 24));
    assert_eq!(send(cmp, &two, &issued(OTHER_TOKEN), 1000), (422, 23));
    assert_eq!(code(cmp, OTHER_TOKEN, json!(REQUEST), Some("1$smdp.example$A")), (0, 0));
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
    let update: UpdateSubscriptionInfo = body(json!({"phoneNumber": encrypted.ciphertext().as_str(),
        "iv": encrypted.iv().as_str(), "subscriptionType": "private"}));
    let other: UpdateSubscriptionInfo = body(json!({"phoneNumber": "RJcqwBSVqNbqAwGJ1ODOiV4E/A3+3wQ6jWBy4A==",
        "iv": "N1RnMnHhudFLgi1l", "subscriptionType": "private"}));
    let update_with = |key: Value, body| {
        let cmp = new(json!({"phone": key}));
        outcome(
            OperationId::UpdateSubscriptionInfo,
            cmp.update_subscription_info(&token(TOKEN), body),
        )
    };
    for key in [
        json!({"key": "07".repeat(32)}),
        json!({"key": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="}),
    ] {
        assert_eq!(update_with(key.clone(), &update), (0, 0));
        assert_eq!(update_with(key.clone(), &other), (422, 91));
        let cmp = &mut new(json!({"phone": key}));
        assert_eq!(
            send(cmp, &account_id(SID, SECRET, None), &issued(OTHER_TOKEN), 1000),
            (422, 91)
        );
    }
    assert_eq!(update_with(json!("4989"), &other), (0, 0));
    assert_eq!(update_with(json!({"number": "4989"}), &other), (0, 0));
}

#[test]
fn profile_information_is_all_or_nothing_and_invalid_is_final() {
    let cmp = &mut new(json!({"iccids": [ICCID, OTHER_ICCID]}));
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
    let cmp = &mut new(json!({"msp_tokens": [TOKEN, OTHER_TOKEN]}));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), Some("1$smdp.example$A")), (0, 0));
    assert_eq!(profiles(cmp, OTHER_TOKEN, &[(OTHER_ICCID, "valid")]), (422, 62));
    assert_eq!(profiles(cmp, TOKEN, &[(OTHER_ICCID, "valid")]), (0, 0));
}

#[test]
fn a_request_is_answered_with_one_activation_code() {
    let cmp = &mut new(json!({"msp_tokens": [TOKEN, OTHER_TOKEN]}));
    let (a, b) = (Some("1$smdp.example$A"), Some("1$smdp.example$B"));
    assert_eq!(code(cmp, TOKEN, json!(SID), a), (422, 30));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), None), (0, 0));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), a), (0, 0));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), a), (0, 0));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), b), (422, 48));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), None), (0, 0));
    assert_eq!(code(cmp, OTHER_TOKEN, json!(REQUEST), a), (422, 30));
    assert_eq!(code(cmp, REQUEST, json!(REQUEST), a), (404, 20));
}

#[test]
fn a_failure_without_a_request_id_is_of_the_only_open_request() {
    assert_eq!(code(&mut new(json!({})), TOKEN, Value::Null, None), (0, 0));
    let two = json!({"activation_request_ids": [REQUEST, SID]});
    assert_eq!(code(&mut new(two), TOKEN, Value::Null, None), (422, 30));
    assert_eq!(
        code(
            &mut new(json!({"activation_request_ids": []})),
            TOKEN,
            Value::Null,
            None
        ),
        (422, 30)
    );
}

#[test]
fn after_invalidation_the_token_is_no_good() {
    let cmp = &mut new(json!({}));
    let invalidate = |cmp: &mut Cmp, text| {
        outcome(
            OperationId::NotifyMspTokenInvalid,
            cmp.notify_msp_token_invalid(&token(text)),
        )
    };
    assert_eq!(invalidate(cmp, OTHER_TOKEN), (404, 20));
    assert_eq!(invalidate(cmp, TOKEN), (0, 0));
    assert_eq!(invalidate(cmp, TOKEN), (0, 0));
    assert_eq!(code(cmp, TOKEN, json!(REQUEST), Some("1$smdp.example$A")), (404, 21));
    assert_eq!(profiles(cmp, TOKEN, &[(ICCID, "valid")]), (404, 21));
    assert_eq!(
        send(cmp, &account_id(SID, SECRET, None), &issued(TOKEN), 1000),
        (422, 23)
    );
}
