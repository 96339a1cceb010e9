//! Every operation, from the method call to the bytes and back.

use aid_types::{
    ActivationCode, ActivationCodeReply, EncryptedPhoneNumber, ErrorText, IssuedActivationCode, IssuedMspToken,
    NotifyMspTokenInvalid, OperationId, ProfileInformation, ProfileInformationStatus, ProfileType, ReadyActivationCode,
    RequestProfileStatus, Role, SendActivationCode, SendMspToken, SendProfileInformation, SubscriptionType,
    UpdateSubscriptionInfo, http::bytes::Bytes, http::http::Request,
};
use aid1_client::{
    Transaction, aid_types,
    test_util::{ScriptedHttpClient, Step},
};

use crate::fixtures::{account_id, cmp, deleted, iccid, msp, request_id, token, wanted};

/// The one request that was sent: method and path as the operation declares them, and its body.
fn sent(http: &ScriptedHttpClient, id: OperationId) -> String {
    let requests: Vec<Request<Bytes>> = http.requests();
    let [request] = &requests[..] else {
        panic!("{} requests", requests.len())
    };
    let declaration = id.declaration();
    let path = request.uri().path().strip_prefix("/aid").unwrap();
    let subject = declaration.match_path(path).unwrap();
    let expected = match declaration.path_parameter() {
        "account_id" => account_id().to_string(),
        _ => token().to_string(),
    };
    assert_eq!((request.method().as_str(), subject), (declaration.method, &*expected));
    assert_eq!(request.uri().host(), Some("peer.example"));
    // R-182
    for header in ["client-id", "target-id", "api-key", "cmp-request-id", "correlation-id"] {
        assert!(request.headers().contains_key(header), "{header}");
    }
    String::from_utf8(request.body().to_vec()).unwrap()
}

fn phone_number() -> EncryptedPhoneNumber {
    EncryptedPhoneNumber::new(
        "b3YsYkQqi5xw1xRLsDxcfaRC1PANhnhG".parse().unwrap(),
        "N1RnMnHhudFLgi1l".parse().unwrap(),
    )
}

// R-146
#[tokio::test]
async fn send_msp_token() {
    let (http, cmp) = cmp([Step::status(201)]);
    let issued = IssuedMspToken::new(token(), phone_number(), SubscriptionType::Private);
    let reply = cmp
        .send_msp_token(&account_id(), &SendMspToken::Issued(issued), Transaction::New)
        .await
        .unwrap();
    assert_eq!((reply.attempts, reply.tolerated), (1, vec![]));
    assert!(sent(&http, OperationId::SendMspToken).contains(&token().to_string()));
}

#[tokio::test]
async fn notify_msp_token_invalid() {
    let (http, cmp) = cmp([Step::status(204)]);
    let body = NotifyMspTokenInvalid::new(Some("moved".parse().unwrap()));
    let _ = cmp
        .notify_msp_token_invalid(&token(), &body, Transaction::New)
        .await
        .unwrap();
    assert_eq!(sent(&http, OperationId::NotifyMspTokenInvalid), r#"{"reason":"moved"}"#);
}

#[tokio::test]
async fn send_profile_information() {
    let (http, cmp) = cmp([Step::status(200)]);
    let suspended = ProfileInformation::new(iccid(), ProfileInformationStatus::Suspended);
    let body = SendProfileInformation::new(vec![suspended]).unwrap();
    let _ = cmp
        .send_profile_information(&token(), &body, Transaction::New)
        .await
        .unwrap();
    assert!(sent(&http, OperationId::SendProfileInformation).contains("suspended"));
}

#[tokio::test]
async fn update_subscription_info() {
    let (http, cmp) = cmp([Step::status(201)]);
    let body = UpdateSubscriptionInfo::new(phone_number(), SubscriptionType::Business);
    let _ = cmp
        .update_subscription_info(&token(), &body, Transaction::New)
        .await
        .unwrap();
    assert!(sent(&http, OperationId::UpdateSubscriptionInfo).contains("business"));
}

#[tokio::test]
async fn send_activation_code() {
    let code: ActivationCode = "1$smdp.example$K2-1A2B".parse().unwrap();
    for body in [
        SendActivationCode::Issued(IssuedActivationCode::new(
            request_id(),
            code,
            ProfileType::PERSONAL,
            iccid(),
        )),
        SendActivationCode::failed(request_id(), "49: no code left".parse::<ErrorText>().unwrap()),
    ] {
        let (http, cmp) = cmp([Step::status(200)]);
        let _ = cmp
            .send_activation_code(&token(), &body, Transaction::New)
            .await
            .unwrap();
        assert!(sent(&http, OperationId::SendActivationCode).contains(&request_id().to_string()));
    }
}

/// 200 brings the code, 201 promises it.
#[tokio::test]
async fn request_activation_code() {
    let ready = r#"{"iccid":"8944500805172032953","activationCode":"1$smdp.example$K2-1A2B","profileType":"personal","swappedIccid":null}"#;
    let expected = ReadyActivationCode::new(iccid(), "1$smdp.example$K2-1A2B".parse().unwrap());
    for (step, expected) in [
        (Step::json(200, ready), ActivationCodeReply::Ready(expected)),
        (Step::status(201), ActivationCodeReply::Accepted),
    ] {
        let (http, msp) = msp([step]);
        let reply = msp
            .request_activation_code(&token(), &wanted(), Transaction::New)
            .await
            .unwrap();
        assert_eq!((reply.value, reply.tolerated), (expected, vec![]));
        assert!(sent(&http, OperationId::RequestActivationCode).contains(&request_id().to_string()));
    }
}

#[tokio::test]
async fn send_csim_status() {
    let (http, msp) = msp([Step::status(201)]);
    let _ = msp
        .send_csim_status(&token(), &deleted(), Transaction::New)
        .await
        .unwrap();
    assert!(sent(&http, OperationId::SendCsimStatus).contains("deleted"));
}

#[tokio::test]
async fn request_invalidate_msp_token() {
    let (http, msp) = msp([Step::status(204)]);
    let reply = msp
        .request_invalidate_msp_token(&token(), Transaction::New)
        .await
        .unwrap();
    assert_eq!(reply.tolerated, []);
    assert_eq!(sent(&http, OperationId::RequestInvalidateMspToken), "");
}

#[tokio::test]
async fn request_profile_status() {
    let profiles = r#"{"profiles":[{"iccid":"8944500805172032953","status":"installed"}]}"#;
    for (body, query) in [
        (RequestProfileStatus::all(), None),
        (RequestProfileStatus::one(iccid()), Some("iccid=8944500805172032953")),
    ] {
        let (http, msp) = msp([Step::json(200, profiles)]);
        let reply = msp
            .request_profile_status(&token(), &body, Transaction::New)
            .await
            .unwrap();
        assert_eq!(reply.value.profiles[0].iccid, iccid());
        assert_eq!(http.requests()[0].uri().query(), query);
        assert_eq!(sent(&http, OperationId::RequestProfileStatus), "");
    }
}

/// The tests above are as many as there are operations.
#[test]
fn both_apis_are_covered() {
    assert_eq!(OperationId::offered_by(Role::Cmp).count(), 5);
    assert_eq!(OperationId::offered_by(Role::Msp).count(), 4);
}
