//! Decode an AiD2 message, see what was tolerated, and what is refused.
//!
//! ```text
//! cargo run --release --example aid2-message
//! ```
#![allow(clippy::print_stdout, reason = "a program: it prints")]

use std::error::Error;

use aid_types::Leniency;
use aid2_proto::{
    CsimErrorCode, Payload as _, Profile, ProfileStatus, RequestDeleteProfile, RequestIdGenerator, SendCsimStatus,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut ids = RequestIdGenerator::new("WBAUX11030A334483".parse()?);
    // German o2 issues ICCIDs of 18 digits: outside the specification's 19 to 22, and accepted.
    let profile = Profile::new(
        "894922000000000001".parse()?,
        "9876543210".parse()?,
        ProfileStatus::DISABLED,
    );
    let eid = "89034011560010000000000000000121".parse()?;
    let payload = SendCsimStatus::new(ids.next(1_700_000_000)?, eid, vec![profile]).encode();
    println!("Send CSIM status: {} bytes of protobuf", payload.len());

    let decoded = SendCsimStatus::decode(&payload, Leniency::Field)?;
    for profile in &decoded.value.profiles {
        println!("profile {} is {}", profile.iccid, profile.status);
    }
    for tolerated in &decoded.tolerated {
        println!("tolerated: {tolerated}");
    }

    // In proto3 an empty payload is a message full of zeros, and zero means things like "deleted" and "success".
    for (name, error) in [
        (
            "an empty order to delete",
            RequestDeleteProfile::decode(&[], Leniency::Field).err(),
        ),
        (
            "half a message",
            RequestDeleteProfile::decode(&[0x0a, 0x20, 0x0a], Leniency::Field).err(),
        ),
    ] {
        println!("{name} is refused: {}", error.ok_or("it should have been refused")?);
    }
    let memory = CsimErrorCode::from_status_word(0x6A84);
    println!("csimErrorCode 6A84: {}", memory.meaning().unwrap_or("unknown"));
    Ok(())
}
