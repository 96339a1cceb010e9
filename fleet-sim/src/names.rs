//! Identifiers by number: the tenth car has the tenth VIN.
//!
//! Every text that is parsed here was made here, from numbers that count cars, users and profiles of one simulation: below
//! ten million they fit their places, and no message from anywhere else gets this far. So `unwrap` has nothing to refuse.

use aid_types::{
    ActivationCode, ActivationCodeRequestId, CmpUserId, Eid, Iccid, IssuedMspToken, MspToken, SubscriptionType,
    UpdateSubscriptionInfo, Vin,
    phone::{AesGcmPhoneCipher, PhoneCipher as _, PhoneKey},
};
use uuid::Uuid;

pub(crate) const SECOND: u64 = 1000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// The simulation counts milliseconds from here.
pub(crate) const START: u64 = 1_750_000_000;

pub(crate) fn user(n: usize) -> CmpUserId {
    format!("user-{n}").parse().unwrap()
}

pub(crate) fn user_number(id: &CmpUserId) -> usize {
    id.as_str().trim_start_matches("user-").parse().unwrap()
}

/// Where the number of a car begins in its VIN.
pub(crate) const VIN_NUMBER: usize = 10;

pub(crate) fn vin(car: usize) -> Vin {
    format!("WBAUX11030{car:07}").parse().unwrap()
}

/// The eUICC of a car; after each exchange it has another one.
pub(crate) fn eid(car: usize, unit: usize) -> Eid {
    format!("890490320000010000{unit:05}{car:09}").parse().unwrap()
}

/// A profile; also the number of its activation code.
pub(crate) fn iccid(profile: usize) -> Iccid {
    format!("8944500805{profile:09}").parse().unwrap()
}

pub(crate) fn profile_number(iccid: &Iccid) -> usize {
    let digits = iccid.as_str();
    digits[digits.len() - 9..].parse().unwrap()
}

pub(crate) fn code(profile: usize) -> ActivationCode {
    format!("1$SMDP.EXAMPLE$CODE-{profile}").parse().unwrap()
}

pub(crate) fn code_number(code: &ActivationCode) -> usize {
    code.matching_id().trim_start_matches("CODE-").parse().unwrap()
}

pub(crate) const fn token(subscription: usize) -> MspToken {
    MspToken::from_uuid(Uuid::from_u128(0x7000_0000 + subscription as u128))
}

pub(crate) const fn request(n: u64) -> ActivationCodeRequestId {
    // The lower half is left to those who make several ids of one, as the backends do.
    ActivationCodeRequestId::from_uuid(Uuid::from_u128((n as u128) << 64))
}

pub(crate) const fn request_number(id: &ActivationCodeRequestId) -> u128 {
    id.as_uuid().as_u128() >> 64
}

/// What the MSP sends of a subscription.
pub(crate) fn issued(token: MspToken) -> IssuedMspToken {
    let number = info(0).phone_number().unwrap().clone();
    IssuedMspToken::new(token, number, SubscriptionType::Private)
}

/// What the CMP and the MSPs encrypt phone numbers with.
pub(crate) fn cipher() -> AesGcmPhoneCipher {
    AesGcmPhoneCipher::new(PhoneKey::aes_256(&[7; 32]))
}

/// The nth phone number that the MSP gives a subscription, encrypted.
pub(crate) fn info(n: usize) -> UpdateSubscriptionInfo {
    let number = format!("49151{n:07}").parse().unwrap();
    let mut never_twice = |bytes: &mut [u8]| {
        bytes.fill(n as u8);
        Ok::<(), std::convert::Infallible>(())
    };
    let encrypted = cipher().encrypt(&number, &mut never_twice).unwrap();
    UpdateSubscriptionInfo::new(encrypted, SubscriptionType::Private)
}

/// Whether an MSP leaves out which profile an activation code is for.
pub(crate) const fn is_terse(msp: usize) -> bool {
    msp % 3 == 1
}
