//! Any bytes as the body of a transfer, and of its reply: no panic, and what is accepted is written as what is accepted
//! again as the same. The first byte chooses the status of the reply.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ses_transfer::{TransactionId, TransferPrimaryDeviceEsimSub, bytes::Bytes, http::Response, read_reply};

fuzz_target!(|data: &[u8]| {
    let [status, bytes @ ..] = data else {
        return;
    };
    if let Ok(read) = TransferPrimaryDeviceEsimSub::from_json(bytes) {
        let _ = format!("{:?} {:?} {:?}", read.odd, read.value, read.value.lint());
        let again = TransferPrimaryDeviceEsimSub::from_json(&read.value.to_json()).expect("own bytes");
        assert_eq!(again.value, read.value);
    }

    let id: TransactionId = "T-1".parse().expect("an id");
    let mut response = Response::new(Bytes::copy_from_slice(bytes));
    for status in [200 + u16::from(*status) % 100, 400, 500] {
        *response.status_mut() = status.try_into().expect("a status");
        match read_reply(&response, &id) {
            Ok(read) => drop(format!("{:?}", read.odd)),
            Err(error) => drop(format!("{error:?}")),
        }
    }
});
