//! Keys of several peers, what is never printed, and defaults.

use account_id::{
    DEFAULT_LIFETIME, KeyError, Keyring, MAX_KEYS, MAX_LENGTH, NewAccountId, SecretKey, Ver, Verifier, VerifyError,
    uuid::Uuid,
};

fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes(&[byte; 32]).unwrap()
}

//
#[test]
fn each_peer_has_its_own_keys() {
    let mut keyring = Keyring::default();
    keyring.insert("msp-1".to_owned(), Verifier::new(key(1)));
    keyring.insert("msp-2".to_owned(), Verifier::new(key(2)));
    let minted = NewAccountId::new(Uuid::nil(), 0)
        .mint(keyring.get("msp-1").unwrap().newest())
        .unwrap();
    let verify =
        |keyring: &Keyring<String>, peer: &str| keyring.verify_at(peer, minted.as_str(), 0).map(|token| token.sid());

    assert!(verify(&keyring, "msp-1").is_ok());
    assert_eq!(verify(&keyring, "msp-2"), Err(VerifyError::Signature));
    assert_eq!(verify(&keyring, "msp-3"), Err(VerifyError::UnknownPeer));
    assert_eq!(VerifyError::UnknownPeer.code(), 19);
    assert!(keyring.remove("msp-1").is_some());
    assert_eq!(verify(&keyring, "msp-1"), Err(VerifyError::UnknownPeer));
}

#[test]
fn keys_rotate_within_a_bound() {
    let mut verifier = Verifier::new(key(0));
    for older in 1..MAX_KEYS {
        verifier = verifier.with_older(key(u8::try_from(older).unwrap())).unwrap();
    }
    for byte in 0..MAX_KEYS {
        let minted = NewAccountId::new(Uuid::nil(), 0)
            .mint(&key(u8::try_from(byte).unwrap()))
            .unwrap();
        assert!(verifier.verify_at(minted.as_str(), 0).is_ok());
    }
    assert_eq!(verifier.with_older(key(9)).unwrap_err(), KeyError::TooMany);
}

#[test]
fn an_hour_is_the_default() {
    let minted = NewAccountId::new(Uuid::nil(), 1000).mint(&key(1)).unwrap();
    let claims = Verifier::new(key(1))
        .verify_at(minted.as_str(), 1000)
        .unwrap()
        .check_ver(Ver::NotAgreed)
        .unwrap();
    assert_eq!((claims.iat, claims.exp), (1000, 1000 + DEFAULT_LIFETIME));
}

#[test]
fn what_was_minted_is_one_text() {
    let minted = NewAccountId::new(Uuid::nil(), 1000).mint(&key(1)).unwrap();
    let text = minted.as_str().to_owned();
    assert_eq!(text.split('.').count(), 3);
    assert_eq!(minted.as_ref(), text);
    assert_eq!(minted.into_string(), text);
}

#[test]
fn whatever_is_minted_is_short_enough_to_be_read() {
    let mut accepted = 0;
    for length in 5980..6020 {
        let ver = "6".repeat(length);
        if let Ok(minted) = NewAccountId::new(Uuid::nil(), 0).ver(&ver).mint(&key(1)) {
            assert!(minted.as_str().len() <= MAX_LENGTH);
            assert!(
                Verifier::new(key(1))
                    .verify_at(minted.as_str(), 0)
                    .unwrap()
                    .check_ver(Ver::Agreed(&ver))
                    .is_ok()
            );
            accepted += 1;
        }
    }
    assert!((1..40).contains(&accepted), "{accepted}");
}

#[test]
fn nothing_secret_is_printed() {
    let key = SecretKey::from_text("a key of which nothing may be seen").unwrap();
    let new = NewAccountId::new(Uuid::nil(), 0).ver("6789");
    let minted = new.mint(&key).unwrap();
    let mut keyring = Keyring::new();
    keyring.insert(1, Verifier::new(key.clone()));
    let token = keyring.verify_at(&1, minted.as_str(), 0).unwrap();
    let printed = format!(
        "{key:?} {new:?} {minted:?} {keyring:#?} {token:#?} {:?} {:?}",
        Ver::Agreed("6789"),
        Ver::AgreedAny(&["6789"])
    );
    assert!(
        !printed.contains("6789") && !printed.contains("eyJ") && !printed.contains("a key"),
        "{printed}"
    );
    assert!(printed.contains("SecretKey(redacted)"));
}

#[test]
fn it_is_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Keyring<String>>();
    shared::<VerifyError>();
}
