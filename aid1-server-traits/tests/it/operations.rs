//! Every operation from a client's request to a client's reply, and every refusal that its declaration lists.

use aid1_server_traits::{
    Call,
    aid_types::{
        ActivationCodeReply, CsimStatus, EncryptedPhoneNumber, ErrorCode, ErrorText, Leniency, NotifyMspTokenInvalid,
        Operation, OperationId, ProfileInformation, ProfileInformationStatus, ProfileStatuses, Refusal,
        RequestInvalidateMspToken, RequestProfileStatus, Role, SendActivationCode, SendCsimStatus, SendMspToken,
        SendProfileInformation, SubscriptionType, UpdateSubscriptionInfo,
        http::{ReplyError, read_reply},
    },
    bytes::Bytes,
    http::{Request, Response},
};

use crate::support::{Backend, Nothing, ac_request, cmp, endpoint, ids, msp, msp_token, options, ready, ready_code};

fn answer(backend: &Backend, role: Role, request: Request<Bytes>) -> Response<Bytes> {
    match role {
        Role::Cmp => ready(cmp(backend).handle_bytes(request)),
        Role::Msp => ready(msp(backend).handle_bytes(request)),
    }
}

/// Sends the operation, expects `reply`, and then every refusal.
fn through<O: Operation + std::fmt::Debug>(subject: &O::Subject, body: &O, reply: &O::Reply) -> (Call, String)
where
    O::Subject: ToString,
    O::Reply: PartialEq + std::fmt::Debug,
{
    let declaration = O::DECLARATION;
    let request = || endpoint().request(subject, body, ids());
    let backend = Backend::default();
    let response = answer(&backend, declaration.provider, request());
    for name in ["cmp-request-id", "correlation-id"] {
        assert_eq!(response.headers().get(name), request().headers().get(name), "A-59");
    }
    assert!(declaration.success.contains(&response.status().as_u16()));
    assert_eq!(
        response.headers().contains_key("content-type"),
        !response.body().is_empty()
    );
    let received = read_reply::<O>(&response, Leniency::Strict).unwrap();
    assert_eq!(received.value, *reply);
    let (operation, call, seen) = backend.last();
    assert_eq!(operation, declaration.id);
    assert_eq!(seen, format!("{} {body:?}", subject.to_string()));

    for condition in declaration.conditions {
        let backend = Backend {
            refusal: Some(Refusal::new(*condition).internal("never sent")),
            ..Backend::default()
        };
        let response = answer(&backend, declaration.provider, request());
        assert!(!String::from_utf8_lossy(response.body()).contains("never sent"));
        let Err(ReplyError::Api(error)) = read_reply::<O>(&response, Leniency::Strict) else {
            panic!("{condition:?} of {} is no refusal", declaration.id);
        };
        assert_eq!(error.status().as_u16(), condition.reply(Some(declaration.id)).0);
        assert!(
            declaration.errors.contains(&error.status().as_u16()),
            "{condition:?} of {}",
            declaration.id
        );
        let (_, code) = condition.reply(Some(declaration.id));
        assert_eq!(error.code(), Some(code));
    }
    (call, seen)
}

#[test]
fn every_operation_reaches_its_handler_and_answers() {
    let token = msp_token();
    let mut called = Vec::new();
    let mut count = |id: OperationId, (call, _): (Call, String)| {
        assert_eq!(call.ids, ids());
        assert_eq!(call.caller.client_id().as_str(), "dk3kdwkef1");
        assert_eq!(call.target_id.as_str(), "gKl32ko4");
        assert_eq!(call.tolerated, []);
        called.push(id);
    };
    let error = ErrorText::new(ErrorCode::new(201), "not today").unwrap();
    let account_id = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".parse().unwrap();
    count(
        OperationId::SendMspToken,
        through(&account_id, &SendMspToken::Failed(error.clone()), &()),
    );
    count(
        OperationId::NotifyMspTokenInvalid,
        through(&token, &NotifyMspTokenInvalid::default(), &()),
    );
    let phone_number = EncryptedPhoneNumber::new(
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==".parse().unwrap(),
        "AAECAwQFBgcICQoL".parse().unwrap(),
    );
    let iccid = "8944500805172032953".parse().unwrap();
    let information = ProfileInformation::new(iccid, ProfileInformationStatus::Invalid);
    count(
        OperationId::SendProfileInformation,
        through(&token, &SendProfileInformation::new(vec![information]).unwrap(), &()),
    );
    count(
        OperationId::UpdateSubscriptionInfo,
        through(
            &token,
            &UpdateSubscriptionInfo::new(phone_number, SubscriptionType::Private),
            &(),
        ),
    );
    let failed = SendActivationCode::failed(ac_request().activation_code_request_id, error);
    count(OperationId::SendActivationCode, through(&token, &failed, &()));
    count(
        OperationId::RequestActivationCode,
        through(&token, &ac_request(), &ActivationCodeReply::Ready(ready_code())),
    );
    let eid = "89049032000001000000000831934057".parse().unwrap();
    count(
        OperationId::SendCsimStatus,
        through(&token, &SendCsimStatus::new(iccid, eid, CsimStatus::Deleted), &()),
    );
    count(
        OperationId::RequestInvalidateMspToken,
        through(&token, &RequestInvalidateMspToken::default(), &()),
    );
    count(
        OperationId::RequestProfileStatus,
        through(&token, &RequestProfileStatus::one(iccid), &ProfileStatuses::default()),
    );
    called.sort();
    assert_eq!(called, OperationId::ALL);
}

#[test]
fn what_is_not_written_is_not_offered() {
    use aid1_server_traits::{CmpServer, MspServer};
    let notify = endpoint().request(&msp_token(), &NotifyMspTokenInvalid::default(), ids());
    let response = ready(CmpServer::<Nothing>::new(Nothing, options()).handle_bytes(notify));
    assert_eq!(crate::support::verdict(&response), (501, 90));
    let request = endpoint().request(&msp_token(), &ac_request(), ids());
    let response = ready(MspServer::<Nothing>::new(Nothing, options()).handle_bytes(request));
    assert_eq!(crate::support::verdict(&response), (501, 90));
}

#[test]
fn a_panic_is_500_and_the_server_goes_on() {
    let broken = msp(&Backend {
        panics: true,
        ..Backend::default()
    });
    let request = || endpoint().request(&msp_token(), &ac_request(), ids());
    for _ in 0..2 {
        let response = ready(broken.handle_bytes(request()));
        assert_eq!(crate::support::verdict(&response), (500, 90));
        assert!(response.headers().contains_key("correlation-id"));
        assert!(!String::from_utf8_lossy(response.body()).contains("broke"));
    }
}

#[test]
fn a_prefix_and_percent_encoding_are_understood() {
    let backend = Backend::default();
    let server = aid1_server_traits::MspServer::<Backend>::new(backend.clone(), options().prefix("aid/"));
    let mut request = endpoint().request(&msp_token(), &ac_request(), ids());
    assert_eq!(ready(server.handle_bytes(request.clone())).status(), 404);
    *request.uri_mut() = "/aid/v1/activation-code-requests/%325bca1e2%2D338f-11d6-ac61-9e71138fd521"
        .parse()
        .unwrap();
    assert_eq!(ready(server.handle_bytes(request)).status(), 200);
    assert!(backend.last().2.starts_with("25bca1e2-338f-11d6-ac61-9e71138fd521 "));
}

#[test]
fn what_was_tolerated_is_told_and_refused_when_strict() {
    let backend = Backend::default();
    let request = || {
        let mut request = endpoint().request(&msp_token(), &ac_request(), ids());
        *request.body_mut() = Bytes::from_static(
            br#"{"profileType":"personal","deviceType":"tcu","eid":"89049032000001000000000831934057",
            "activationCodeRequestID":"31715660-01ac-4411-8f15-6f7ad4c269be","imei":"N/A"}"#,
        );
        request
    };
    assert_eq!(ready(msp(&backend).handle_bytes(request())).status(), 200);
    let tolerated = backend.last().1.tolerated;
    let items: Vec<u16> = tolerated.iter().map(|it| it.item.number()).collect();
    assert_eq!(items, [170, 4]);
    assert_eq!(tolerated[0].unreadable.as_ref().unwrap().text(), "N/A");
    let strict = aid1_server_traits::MspServer::<Backend>::new(backend, options().leniency(Leniency::Strict));
    assert_eq!(ready(strict.handle_bytes(request())).status(), 422);
}

// A-171, A-172
#[test]
fn what_libraries_write_by_default_is_understood_and_told() {
    let backend = Backend::default();
    let request = || {
        let mut request = endpoint().request(&msp_token(), &ac_request(), ids());
        let mark = [b"\xef\xbb\xbf", &request.body()[..]].concat();
        *request.body_mut() = Bytes::from(mark);
        let headers = request.headers_mut();
        headers.insert("content-type", "application/json; charset=utf8".parse().unwrap());
        headers.insert("content-encoding", "identity".parse().unwrap());
        request
    };
    assert_eq!(ready(msp(&backend).handle_bytes(request())).status(), 200);
    let tolerated: Vec<_> = backend.last().1.tolerated.iter().map(ToString::to_string).collect();
    assert_eq!(tolerated, ["A-172 at content-type", "A-171 at "]);
    let strict = aid1_server_traits::MspServer::<Backend>::new(backend, options().leniency(Leniency::Strict));
    assert_eq!(ready(strict.handle_bytes(request())).status(), 415);
}
