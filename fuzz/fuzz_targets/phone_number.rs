//! Any texts as an encrypted phone number, and any bytes as what was encrypted: no panic, and a number that is decrypted is
//! encrypted as what is decrypted again as the same. The first byte is the length of the initialization vector's text.
#![no_main]

use std::convert::Infallible;

use aid_types::phone::{AesGcmPhoneCipher, EncryptedPhoneNumber, PhoneCipher, PhoneKey};
use aid_types::{Msisdn, PhoneCiphertext, PhoneIv};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&length, rest)) = data.split_first() else {
        return;
    };
    let cipher = AesGcmPhoneCipher::new(PhoneKey::aes_256(&[7; 32]))
        .with_older_key(PhoneKey::aes_128(&[8; 16]))
        .expect("two keys");
    let (iv, ciphertext) = rest.split_at(usize::from(length).min(rest.len()));
    // As texts that a peer sends.
    if let (Ok(iv), Ok(ciphertext)) = (std::str::from_utf8(iv), std::str::from_utf8(ciphertext))
        && let (Ok(iv), Ok(ciphertext)) = (iv.parse::<PhoneIv>(), ciphertext.parse::<PhoneCiphertext>())
    {
        let encrypted = EncryptedPhoneNumber::new(ciphertext, iv);
        let _ = cipher.decrypt(&encrypted);
        let _ = cipher.decrypt(&encrypted.with_blanks_as_plus());
    }
    // As bytes of any length.
    if let (Ok(iv), Ok(ciphertext)) = (PhoneIv::from_bytes(iv), PhoneCiphertext::from_bytes(ciphertext)) {
        assert!(cipher.decrypt(&EncryptedPhoneNumber::new(ciphertext, iv)).is_err());
    }
    // Behind the tag: what the peer encrypted.
    if let Ok((number, _)) = std::str::from_utf8(rest).map_or(Err(()), |text| Msisdn::parse_lenient(text).map_err(drop))
    {
        let mut random = |bytes: &mut [u8]| -> Result<(), Infallible> {
            bytes.fill(length);
            Ok(())
        };
        let sent = cipher.encrypt(&number, &mut random).expect("encrypted");
        assert_eq!(cipher.decrypt(&sent).map(|decrypted| decrypted.number), Ok(number));
    }
});
