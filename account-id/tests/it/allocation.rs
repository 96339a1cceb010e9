//! Verification allocates nothing, whether it accepts or refuses.

use account_id::{NewAccountId, SecretKey, Ver, Verifier, uuid::Uuid};

use crate::oracle::sign;

const KEY: [u8; 32] = [7; 32];

fn allocations(text: &str, ver: Ver<'_>) -> (bool, u64) {
    let verifier = Verifier::new(SecretKey::from_bytes(&KEY).unwrap());
    let mut accepted = false;
    let info = allocation_counter::measure(|| {
        accepted = verifier
            .verify_at(text, 0)
            .and_then(|token| token.check_ver(ver))
            .is_ok();
    });
    (accepted, info.count_total)
}

#[test]
fn accepting_allocates_nothing() {
    let key = SecretKey::from_bytes(&KEY).unwrap();
    let account_id = NewAccountId::new(Uuid::nil(), 0).ver("\"6789").mint(&key).unwrap();
    assert_eq!(allocations(account_id.as_str(), Ver::Agreed("\"6789")), (true, 0));
    let large = format!(
        r#"{{"exp":1,"iat":0,"sid":"{}","x":"\u0000{}"}}"#,
        Uuid::nil(),
        "x".repeat(5000)
    );
    assert_eq!(allocations(&sign(large.as_bytes(), &KEY), Ver::NotAgreed), (true, 0));
    let long = "6".repeat(5000);
    let account_id = NewAccountId::new(Uuid::nil(), 0).ver(&long).mint(&key).unwrap();
    assert_eq!(allocations(account_id.as_str(), Ver::Agreed(&long)), (true, 0));
    let unusual = format!(
        r#"{{"exp":"1.5","iat":0.1E1,"nbf":"0.5","ver":"1","sid":"{}"}}"#,
        Uuid::nil()
    );
    assert_eq!(allocations(&sign(unusual.as_bytes(), &KEY), Ver::NotAgreed), (true, 0));
}

#[test]
fn refusing_allocates_nothing() {
    let signed = |payload: &str| sign(payload.as_bytes(), &KEY);
    let refused = [
        String::new(),
        ".".repeat(8192),
        "A".repeat(100_000),
        format!("{}.A.A", "A".repeat(8000)),
        format!("{}A", signed("{}")),
        signed("not JSON"),
        signed("{}"),
        signed(&format!("{{{}}}", r#""\u0061b":1,"#.repeat(400))),
        signed(&"[".repeat(6000)),
        signed(&format!(r#"{{"a":{}"#, "[".repeat(6000))),
        signed(&format!(r#"{{"{}":1,"#, r"\n".repeat(2500))),
        signed(&format!(r#"{{"exp":1,"iat":0,"sid":"{}"}}"#, r"\n".repeat(2500))),
    ];
    for text in refused {
        assert_eq!(
            allocations(&text, Ver::Agreed("6789")),
            (false, 0),
            "{} bytes",
            text.len()
        );
    }
}

#[test]
fn minting_allocates_the_payload_and_the_result() {
    let key = SecretKey::from_bytes(&KEY).unwrap();
    let info = allocation_counter::measure(|| {
        let _account_id = NewAccountId::new(Uuid::nil(), 0).ver("6789").mint(&key);
    });
    assert_eq!(info.count_total, 2);
}
