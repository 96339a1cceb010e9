//! Properties of every identifier, over any text and over texts that are nearly right.

use std::fmt::Display;

use aid_types::*;
use proptest::prelude::*;

/// What is accepted comes back equal from its own text; nothing panics.
fn round_trip<T: Identifier + Display + PartialEq + std::fmt::Debug>(text: &str) {
    match T::from_peer(text) {
        Ok(value) => {
            let sent = value.to_string();
            assert_eq!(T::from_peer(&sent).as_ref(), Ok(&value));
            assert!(sent.eq_ignore_ascii_case(text));
            value.tolerated();
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn all(text: &str) {
    round_trip::<Iccid>(text);
    round_trip::<Eid>(text);
    round_trip::<Imei>(text);
    round_trip::<Vin>(text);
    round_trip::<Mcc>(text);
    round_trip::<Mnc>(text);
    round_trip::<Msisdn>(text);
    round_trip::<MspToken>(text);
    round_trip::<AccountId>(text);
    round_trip::<ActivationCode>(text);
    round_trip::<CmpUserId>(text);
    round_trip::<ClientId>(text);
    round_trip::<ProfileType>(text);
    round_trip::<CsimStatus>(text);
    let _ = text.parse::<ApiKey>();
    let _ = Msisdn::parse_lenient(text);
    let _ = Eid::with_check_digits(text);
}

proptest! {
    #[test]
    fn any_text(text in any::<String>()) {
        all(&text);
    }

    #[test]
    fn nearly_an_identifier(text in "[Ff]{0,2}[0-9]{0,34}[Ff]{0,2}|[0-9a-fA-F-]{35,37}|[A-Za-z0-9._/+#-]{17}|\\+?[0-9 ]{0,40}") {
        all(&text);
    }

    #[test]
    fn nearly_an_activation_code(text in "(LPA:|lpa:)?[12](\\$[A-Za-z0-9.-]{0,20}){0,5}") {
        all(&text);
    }

    #[test]
    fn the_parts_of_an_activation_code_make_it_up(
        prefix in "(LPA:)?",
        host in "[A-Z0-9]{1,10}(\\.[A-Z0-9]{1,10}){1,3}",
        matching_id in "[0-9A-Z-]{0,32}",
        oid in proptest::option::of("1(\\.[0-9]{1,5}){1,6}"),
        confirmation in any::<bool>(),
    ) {
        let tail = match (&oid, confirmation) {
            (None, false) => String::new(),
            (Some(oid), false) => format!("${oid}"),
            (oid, true) => format!("${}$1", oid.as_deref().unwrap_or_default()),
        };
        let code: ActivationCode = format!("{prefix}1${host}${matching_id}{tail}").parse().unwrap();
        prop_assert_eq!(code.smdp_address(), host);
        prop_assert_eq!(code.matching_id(), matching_id);
        prop_assert_eq!(code.smdp_oid(), oid.as_deref());
        prop_assert_eq!(code.confirmation_code_required(), confirmation);
        prop_assert_eq!(code.tolerated().is_some(), confirmation || !prefix.is_empty());
    }

    #[test]
    fn completed_eids_pass_their_check(digits in "[0-9]{30}") {
        prop_assert!(Eid::with_check_digits(&digits).unwrap().check_digits_are_valid());
    }

    #[test]
    fn a_luhn_digit_catches_every_single_wrong_digit(digits in "[0-9]{15}", at in 0..15usize, by in 1..10u8) {
        let imei: Imei = digits.parse().unwrap();
        let mut wrong = digits.into_bytes();
        wrong[at] = (wrong[at] - b'0' + by) % 10 + b'0';
        let wrong: Imei = String::from_utf8(wrong).unwrap().parse().unwrap();
        prop_assert!(imei.check_digit_is_valid() == Some(false) || wrong.check_digit_is_valid() == Some(false));
    }

    #[test]
    fn spaced_phone_numbers_are_the_same_number(number in "[1-9][0-9]{5,14}", at in 1..6usize) {
        let spaced = format!("+{} {}", &number[..at], &number[at..]);
        prop_assert_eq!(Msisdn::parse_lenient(&spaced).unwrap().0, number.parse().unwrap());
    }
}
