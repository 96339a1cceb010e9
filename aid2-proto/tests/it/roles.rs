//! The two roles, and what hands messages to them.

use std::{
    future::Future,
    pin::pin,
    sync::Mutex,
    task::{Context, Poll, Waker},
};

use aid_types::{Leniency, Tolerated};
use aid2_proto::{
    CmpBackend, CsimErrorCode, NotHandled, Payload, RequestActivationCode, RequestActivationCodeError,
    RequestActivationCodeResult, RequestCsimInfo, RequestDeleteAllProfilesResponse, RequestDeleteAllProfilesResult,
    RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult, SendActivationCode, SendCsimStatus,
    Vehicle,
    binding::{CmpReplies, VehicleReplies},
    codec,
    session::{ToCmp, ToVehicle},
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

impl CmpReplies for Recorder {}
impl VehicleReplies for Recorder {}

struct Bare;
impl CmpBackend for Bare {}
impl CmpReplies for Bare {}
impl Vehicle for Bare {}
impl VehicleReplies for Bare {}

type Handled = Result<Option<Vec<u8>>, NotHandled>;

/// Decodes a message, and hands it to the backend.
fn to_backend(role: &(impl CmpBackend + CmpReplies), name: &str, payload: &[u8]) -> Handled {
    let decoded = ToCmp::decode(name, sample::request_id(), payload, Leniency::Field.into());
    run(decoded.unwrap().unwrap().0.dispatch(role))
}

/// Decodes a message, and hands it to the vehicle; with what was tolerated.
fn to_vehicle(role: &(impl Vehicle + VehicleReplies), name: &str, payload: &[u8]) -> (Handled, Vec<Tolerated>) {
    let decoded = ToVehicle::decode(name, sample::request_id(), payload, Leniency::Field.into());
    let (message, tolerated) = decoded.unwrap().unwrap();
    (run(message.dispatch(role)), tolerated)
}

/// an error is answered even where it takes no bytes; success is not answered.
#[test]
fn activation_code_requests_are_answered_on_error_only() {
    let eid = "89034011560010000000000000000121".parse().unwrap();
    let request = |user: &str| RequestActivationCode::new(sample::request_id(), user.parse().unwrap(), eid).encode();
    let recorder = Recorder::default();
    let known = to_backend(&recorder, "RequestActivationCode", &request("customer-4711"));
    assert_eq!(known, Ok(None));
    let unknown = to_backend(&recorder, "RequestActivationCode", &request("nobody"));
    assert_eq!(unknown, Ok(Some(Vec::new())));
}

#[test]
fn messages_reach_their_handler() {
    let recorder = Recorder::default();
    let status = sample::csim_status(2);
    assert_eq!(to_backend(&recorder, SendCsimStatus::NAME, &status.encode()), Ok(None));
    assert_eq!(*recorder.statuses.lock().unwrap(), [status]);

    let code = sample::activation_code("LPA:1$EXAMPLE.COM$ABC");
    let (handled, tolerated) = to_vehicle(&recorder, SendActivationCode::NAME, &code.encode());
    assert_eq!(handled, Ok(None));
    assert_eq!(
        tolerated.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["A-143 at activationCode"]
    );
    assert_eq!(*recorder.codes.lock().unwrap(), [code]);

    let iccid = "8944500805172032953".parse().unwrap();
    let delete = RequestDeleteProfile::new(sample::request_id(), "u".parse().unwrap(), iccid);
    let (handled, _) = to_vehicle(&recorder, RequestDeleteProfile::NAME, &delete.encode());
    let response = RequestDeleteProfileResponse::decode(&handled.unwrap().unwrap(), Leniency::Strict).unwrap();
    assert_eq!(
        response.value.csim_error_code.meaning(),
        Some("conditions of use not satisfied")
    );
}

#[test]
fn what_cannot_be_handled_is_told_from_what_never_will_be() {
    let not_now = to_backend(&Recorder::default(), "SendCSIMStatus", &sample::csim_status(0).encode());
    assert_eq!(not_now, Err(NotHandled::new()));

    let decode = |name| ToCmp::decode(name, sample::request_id(), b"", Leniency::Field.into());
    assert_eq!(
        decode("SendCSIMStatus").unwrap_err().to_string(),
        "empty payload for a message with mandatory fields"
    );
    // The other role's messages and the names of the text are unknown.
    for name in ["SendActivationCode", "Send CSIM Status", ""] {
        assert_eq!(decode(name), Ok(None), "{name}");
    }
}

#[test]
fn default_bodies_refuse_and_ignore() {
    let info = RequestCsimInfo::new(sample::request_id()).encode();
    let (handled, _) = to_vehicle(&Bare, "RequestDeleteAllProfiles", &info);
    let response = RequestDeleteAllProfilesResponse::decode(&handled.unwrap().unwrap(), Leniency::Strict).unwrap();
    assert_eq!(
        response.value.result,
        RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_FAILED
    );
    let status = sample::csim_status(1).encode();
    assert_eq!(to_backend(&Bare, "SendCSIMStatus", &status), Ok(None));
}

/// A message or response of the proto files that neither side knows would show here.
#[test]
fn every_message_of_the_annex_is_known_to_its_receiver() {
    // Never decodable, so that a name that is known is told from one that is not.
    let knows_cmp = |name| ToCmp::decode(name, sample::request_id(), b"\x0f", Leniency::Field.into()).is_err();
    let knows_vehicle = |name| ToVehicle::decode(name, sample::request_id(), b"\x0f", Leniency::Field.into()).is_err();
    for name in codec::message_names() {
        let (package, message) = name.split_once('.').unwrap();
        let to_cmp = match package {
            // A response goes where its request came from.
            "cmp_backend" => !message.contains('.'),
            "cmp_vehicle" => message.contains('.'),
            _ => continue,
        };
        assert_eq!(
            (knows_cmp(message), knows_vehicle(message)),
            (to_cmp, !to_cmp),
            "{name}"
        );
    }
}
