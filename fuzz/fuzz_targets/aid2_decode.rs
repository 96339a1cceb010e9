//! Any bytes into every AiD2 message: no panic, and what is accepted encodes to what is accepted again as the same.
//! The first byte chooses the message.
#![no_main]

use aid_types::Leniency;
use aid2_proto::{
    Payload, RequestActivationCode, RequestActivationCodeError, RequestCsimInfo, RequestCsimInfoResponse,
    RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse, RequestDeleteProfile, RequestDeleteProfileResponse,
    SendActivationCode, SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo,
};
use libfuzzer_sys::fuzz_target;

fn check<T: Payload + PartialEq + std::fmt::Debug>(payload: &[u8]) {
    let _ = T::decode(payload, Leniency::Strict);
    if let Ok(decoded) = T::decode(payload, Leniency::Field) {
        let bytes = decoded.value.encode();
        assert_eq!(bytes.len(), decoded.value.encoded_len());
        match T::decode(&bytes, Leniency::Field) {
            // What could not be read stands behind the rest now.
            Ok(again) if decoded.tolerated.iter().any(|tolerated| tolerated.unreadable.is_some()) => {
                let bytes = again.value.encode();
                let twice = T::decode(&bytes, Leniency::Field).expect("own bytes");
                assert_eq!(twice.value.encode(), bytes);
            }
            Ok(again) => assert_eq!(again.value, decoded.value),
            Err(error) => panic!("own bytes are refused: {error}"),
        }
    }
}

const CHECKS: [fn(&[u8]); 13] = [
    check::<RequestActivationCode>,
    check::<RequestActivationCodeError>,
    check::<SendProfileDownloadInstallInfo>,
    check::<SendCsimStatus>,
    check::<SendEnableProfileErrorReport>,
    check::<SendDisableProfileErrorReport>,
    check::<SendActivationCode>,
    check::<RequestDeleteProfile>,
    check::<RequestDeleteProfileResponse>,
    check::<RequestCsimInfo>,
    check::<RequestCsimInfoResponse>,
    check::<RequestDeleteAllProfiles>,
    check::<RequestDeleteAllProfilesResponse>,
];

fuzz_target!(|data: &[u8]| {
    if let Some((&choice, payload)) = data.split_first()
        && let Some(check) = CHECKS.get(usize::from(choice) % CHECKS.len())
    {
        check(payload);
    }
});
