//! Any bytes as the body of every AiD1 operation, of its reply and of a refusal: no panic, and what is accepted is
//! written as what is accepted again as the same. The first byte chooses the operation, the second the status.
#![no_main]

use std::fmt::Debug;

use aid_types::{
    BodyError, BodyProblem, Decoding, ErrorBody, Leniency, NotifyMspTokenInvalid, Operation, RequestActivationCode,
    RequestInvalidateMspToken, RequestProfileStatus, SendActivationCode, SendCsimStatus, SendMspToken,
    SendProfileInformation, UpdateSubscriptionInfo,
    http::{bytes::Bytes, http::Response, read_reply},
};
use libfuzzer_sys::fuzz_target;

fn field<T>(read: impl FnOnce(&mut Decoding) -> Result<T, BodyError>) -> Result<T, BodyError> {
    read(&mut Decoding::new(Leniency::Field))
}

fn request<O: Operation + PartialEq + Debug>(bytes: &[u8]) {
    let query = std::str::from_utf8(bytes).ok();
    let _ = O::read(query, bytes, &mut Decoding::new(Leniency::Strict));
    let Ok(value) = field(|decoding| O::read(query, bytes, decoding)) else {
        return;
    };
    let (query, body) = (value.query(), value.body().unwrap_or_default());
    match field(|decoding| O::read(query.as_deref(), &body, decoding)) {
        Ok(again) => assert_eq!(again, value),
        // The blank that is written behind the code of an error can make a text of the greatest length too long.
        Err(error) => assert!(
            matches!(error.problem(), BodyProblem::TooLong { .. }),
            "own bytes: {error}"
        ),
    }
}

fn reply<O>(status: u16, bytes: &[u8])
where
    O: Operation,
    O::Reply: PartialEq + Debug,
{
    let _ = O::read_reply(status, bytes, &mut Decoding::new(Leniency::Strict));
    if let Ok(value) = field(|decoding| O::read_reply(status, bytes, decoding)) {
        let (status, body) = O::write_reply(&value);
        let again = field(|decoding| O::read_reply(status, &body.unwrap_or_default(), decoding));
        assert_eq!(again.as_ref(), Ok(&value));
    }

    let mut response = Response::new(Bytes::copy_from_slice(bytes));
    for status in [status, 404] {
        *response.status_mut() = status.try_into().expect("a status");
        for leniency in [Leniency::Field, Leniency::Strict] {
            // Success or not, what is printed must not panic either.
            let _ = format!("{:?}", read_reply::<O>(&response, leniency));
        }
    }
}

fn check<O>(status: u16, bytes: &[u8])
where
    O: Operation + PartialEq + Debug,
    O::Reply: PartialEq + Debug,
{
    request::<O>(bytes);
    reply::<O>(status, bytes);
}

const CHECKS: [fn(u16, &[u8]); 9] = [
    check::<SendMspToken>,
    check::<NotifyMspTokenInvalid>,
    check::<SendProfileInformation>,
    check::<UpdateSubscriptionInfo>,
    check::<SendActivationCode>,
    check::<RequestActivationCode>,
    check::<SendCsimStatus>,
    check::<RequestInvalidateMspToken>,
    check::<RequestProfileStatus>,
];

fuzz_target!(|data: &[u8]| {
    let [choice, status, bytes @ ..] = data else {
        return;
    };
    if let Some(check) = CHECKS.get(usize::from(*choice) % CHECKS.len()) {
        check(200 + u16::from(*status) % 100, bytes);
    }
    let body = ErrorBody::read(bytes);
    assert!(body.error.is_none_or(|text| text.len() <= ErrorBody::MAX_ERROR));
});
