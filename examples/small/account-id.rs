//! Mint an account_id as a CMP, verify it as an MSP.
//!
//! ```text
//! cargo run --release --example account-id
//! ```
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program: it prints, and reads the clock"
)]

use std::{
    error::Error,
    time::{SystemTime, UNIX_EPOCH},
};

use account_id::{NewAccountId, SecretKey, Ver, Verifier};
use uuid::Uuid;

fn main() -> Result<(), Box<dyn Error>> {
    // Exchanged between CMP and MSP once, over a secure way.
    let key = SecretKey::from_text("an msp-specific secret of 32 bytes, or more")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();

    // The CMP: the user told it the last four digits of the phone number.
    let account_id = NewAccountId::new(Uuid::new_v4(), now).ver("6789").mint(&key)?;
    println!(
        "account_id: {} characters, for the parameter `id` of the redirect",
        account_id.as_str().len()
    );

    // The MSP: knows the number, and asks nobody.
    let verifier = Verifier::new(key);
    let token = verifier.verify_at(account_id.as_str(), now)?;
    let claims = token.check_ver(Ver::Agreed("6789"))?;
    println!("verified: session {}, expires in {} s", claims.sid, claims.exp - now);

    for (what, at, ver) in [
        ("an hour and two minutes later", now + 3720, "6789"),
        ("for another user", now, "0000"),
    ] {
        let token = verifier.verify_at(account_id.as_str(), at);
        match token.and_then(|token| token.check_ver(Ver::Agreed(ver))) {
            Ok(_) => return Err(format!("{what}: should have been refused").into()),
            Err(error) => println!("{what}: refused with code {}: {error}", error.code()),
        }
    }
    Ok(())
}
