//! Any text as every identifier: no panic, what is accepted comes back equal from its own text, and errors and `Debug`
//! of a secret never repeat it.
#![no_main]

use std::fmt::{Debug, Display};

use aid_types::{
    AccountId, ActivationCode, ActivationCodeRequestId, ApiKey, ClientId, CmpRequestId, CmpUserId, CorrelationId,
    CsimStatus, DeviceType, Eid, ErrorCode, ErrorText, FreeText, Iccid, Identifier, Imei, Mcc, Mnc, Msisdn, MspToken,
    PhoneCiphertext, PhoneIv, ProfileInformationStatus, ProfileState, ProfileType, SubscriptionType, TargetId, Vin,
};
use libfuzzer_sys::fuzz_target;

/// Longer than any word of a message: a match is the value itself.
const TELLING: usize = 64;

fn hidden<T: Identifier + Debug>(text: &str) -> Option<T> {
    let (value, shown) = match text.parse::<T>() {
        Ok(value) => {
            let shown = format!("{value:?}");
            (Some(value), shown)
        }
        Err(error) => (None, format!("{error} {error:?}")),
    };
    let telling = text.len() >= TELLING && !text.contains(' ');
    assert!(!T::IS_SECRET || !telling || !shown.contains(text), "{}", T::WHAT);
    value
}

fn check<T: Identifier + Display + Debug + PartialEq>(text: &str) {
    if let Some(value) = hidden::<T>(text) {
        let _ = value.tolerated();
        assert_eq!(value.to_string().parse::<T>(), Ok(value));
    }
}

fuzz_target!(|text: &str| {
    check::<AccountId>(text);
    check::<ActivationCode>(text);
    check::<ActivationCodeRequestId>(text);
    check::<ClientId>(text);
    check::<CmpRequestId>(text);
    check::<CmpUserId>(text);
    check::<CorrelationId>(text);
    check::<CsimStatus>(text);
    check::<DeviceType>(text);
    check::<Eid>(text);
    check::<FreeText>(text);
    check::<Iccid>(text);
    check::<Imei>(text);
    check::<Mcc>(text);
    check::<Mnc>(text);
    check::<Msisdn>(text);
    check::<MspToken>(text);
    check::<PhoneCiphertext>(text);
    check::<PhoneIv>(text);
    check::<ProfileInformationStatus>(text);
    check::<ProfileState>(text);
    check::<ProfileType>(text);
    check::<SubscriptionType>(text);
    check::<TargetId>(text);
    check::<Vin>(text);

    if let Some(key) = hidden::<ApiKey>(text) {
        assert!(key.matches(text.as_bytes()));
    }
    if let Ok((number, _)) = Msisdn::parse_lenient(text) {
        assert_eq!(number.to_string().parse(), Ok(number));
    }
    let _ = Eid::with_check_digits(text);
    if let Ok(code) = text.parse::<ErrorCode>() {
        assert_eq!(code.to_string().parse(), Ok(code));
    }
    if let Ok(error) = ErrorText::from_peer(text) {
        // The blank that is written behind the code can make a text of the greatest length too long.
        assert!(
            error
                .to_string()
                .parse()
                .map_or(true, |again: ErrorText| again == error)
        );
    }
});
