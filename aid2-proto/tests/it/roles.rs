//! The two roles behind their dispatchers.

use std::{
    future::Future,
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};

use aid_types::Leniency;
use aid2_proto::{
    CmpBackend, CsimErrorCode, DispatchError, Dispatched, NotHandled, Payload, RequestActivationCode,
    RequestActivationCodeError, RequestActivationCodeResult, RequestCsimInfo, RequestDeleteAllProfilesResponse,
    RequestDeleteAllProfilesResult, RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult,
    SendActivationCode, SendCsimStatus, Vehicle, codec, dispatch_to_cmp_backend, dispatch_to_vehicle,
};

use crate::sample;

/// Runs a future that never has to wait.
fn run<T>(future: impl Future<Output = T> + Send) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing here waits"),
    }
}

/// Keeps the codes and statuses that it is sent, and knows one user.
#[derive(Default)]
struct Recorder {
    codes: Mutex<Vec<SendActivationCode>>,
    statuses: Mutex<Vec<SendCsimStatus>>,
}

impl CmpBackend for Recorder {
    async fn request_activation_code(
        &self,
        message: RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeError>, NotHandled> {
        let is_known = message.cmp_user_id.as_str() == "customer-4711";
        Ok((!is_known).then(|| RequestActivationCodeResult::UNKNOWN_VIN.into()))
    }

    async fn send_csim_status(&self, message: SendCsimStatus) -> Result<(), NotHandled> {
        if message.profiles.is_empty() {
            return Err(NotHandled::new());
        }
        self.statuses.lock().unwrap().push(message);
        Ok(())
    }
}

impl Vehicle for Recorder {
    async fn send_activation_code(&self, message: SendActivationCode) -> Result<(), NotHandled> {
        self.codes.lock().unwrap().push(message);
        Ok(())
    }

    async fn request_delete_profile(
        &self,
        _: RequestDeleteProfile,
    ) -> Result<RequestDeleteProfileResponse, NotHandled> {
        Ok(
            RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_FAILED)
                .with_csim_error_code(CsimErrorCode::from_status_word(0x6985)),
        )
    }
}

struct Bare;
impl CmpBackend for Bare {}
impl Vehicle for Bare {}

fn to_backend(name: &str, payload: &[u8]) -> Result<Dispatched, DispatchError> {
    run(dispatch_to_cmp_backend(
        &Recorder::default(),
        name,
        payload,
        Leniency::Field,
    ))
}

/// an error is answered even where it takes no bytes; success is not answered.
#[test]
fn activation_code_requests_are_answered_on_error_only() {
    let eid = "89034011560010000000000000000121".parse().unwrap();
    let request = |user: &str| RequestActivationCode::new(sample::request_id(), user.parse().unwrap(), eid).encode();
    let known = to_backend("RequestActivationCode", &request("customer-4711")).unwrap();
    assert_eq!(known.response, None);
    let unknown = to_backend("RequestActivationCode", &request("nobody")).unwrap();
    assert_eq!(unknown.response, Some(Vec::new()));
}

#[test]
fn messages_reach_their_handler() {
    let recorder = Recorder::default();
    let status = sample::csim_status(2);
    let outcome = run(dispatch_to_cmp_backend(
        &recorder,
        SendCsimStatus::NAME,
        &status.encode(),
        Leniency::Strict,
    ));
    assert_eq!(outcome.unwrap().response, None);
    assert_eq!(*recorder.statuses.lock().unwrap(), [status]);

    let code = sample::activation_code("LPA:1$EXAMPLE.COM$ABC");
    let outcome = run(dispatch_to_vehicle(
        &recorder,
        SendActivationCode::NAME,
        &code.encode(),
        Leniency::Field,
    ))
    .unwrap();
    assert_eq!(
        outcome.tolerated.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["A-143 at activationCode"]
    );
    assert_eq!(*recorder.codes.lock().unwrap(), [code]);

    let iccid = "8944500805172032953".parse().unwrap();
    let delete = RequestDeleteProfile::new(sample::request_id(), "u".parse().unwrap(), iccid);
    let outcome = run(dispatch_to_vehicle(
        &recorder,
        RequestDeleteProfile::NAME,
        &delete.encode(),
        Leniency::Strict,
    ));
    let response = RequestDeleteProfileResponse::decode(&outcome.unwrap().response.unwrap(), Leniency::Strict).unwrap();
    assert_eq!(
        response.value.csim_error_code.meaning(),
        Some("conditions of use not satisfied")
    );
}

#[test]
fn what_cannot_be_handled_is_a_typed_error() {
    let error = to_backend("SendCSIMStatus", &sample::csim_status(0).encode()).unwrap_err();
    assert_eq!(error, DispatchError::NotHandled { name: "SendCSIMStatus" });
    assert!(error.is_retryable());

    let error = to_backend("SendCSIMStatus", b"").unwrap_err();
    assert_eq!(
        error.to_string(),
        "SendCSIMStatus: empty payload for a message with mandatory fields"
    );
    assert!(!error.is_retryable());

    // The other role's messages, responses and the names of the text are unknown.
    for name in [
        "SendActivationCode",
        "RequestActivationCode.Response",
        "Send CSIM Status",
        "",
    ] {
        let error = to_backend(name, b"").unwrap_err();
        assert_eq!(error.to_string(), format!("unknown message {name:?}"));
    }
    let DispatchError::UnknownMessage { name } = to_backend(&"é".repeat(1000), b"").unwrap_err() else {
        panic!("not unknown");
    };
    assert_eq!(name.chars().count(), 64);
}

#[test]
fn default_bodies_refuse_and_ignore() {
    let info = RequestCsimInfo::new(sample::request_id()).encode();
    let outcome = run(dispatch_to_vehicle(
        &Bare,
        "RequestDeleteAllProfiles",
        &info,
        Leniency::Strict,
    ))
    .unwrap();
    let response = RequestDeleteAllProfilesResponse::decode(&outcome.response.unwrap(), Leniency::Strict).unwrap();
    assert_eq!(
        response.value.result,
        RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_FAILED
    );

    let status = sample::csim_status(1).encode();
    let outcome = run(dispatch_to_cmp_backend(
        &Bare,
        "SendCSIMStatus",
        &status,
        Leniency::Strict,
    ))
    .unwrap();
    assert_eq!(outcome.response, None);
}

/// A message of the proto files that no dispatcher knows would show here.
#[test]
fn every_message_of_the_annex_is_dispatched() {
    for name in codec::message_names() {
        let (package, message) = name.split_once('.').unwrap();
        // Never decodable, so that a message that is known is told from one that is not.
        let outcome = match package {
            "cmp_backend" => run(dispatch_to_cmp_backend(&Bare, message, b"\x0f", Leniency::Field)),
            "cmp_vehicle" => run(dispatch_to_vehicle(&Bare, message, b"\x0f", Leniency::Field)),
            _ => continue,
        };
        let is_known = matches!(outcome, Err(DispatchError::Undecodable { .. }));
        assert_eq!(is_known, !message.contains('.'), "{name}");
    }
}
