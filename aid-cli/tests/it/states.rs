//! What `aid serve` knows, and what each operation does to that.

use aid_types::{ErrorCode, Leniency, MspToken, OperationId, Refusal};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::tool::{EID, ICCID, REQUEST, TOKEN, seed};

mod at_the_cmp;
pub(crate) mod at_the_msp;
#[path = "../../src/serve/cmp.rs"]
mod cmp;
#[path = "../../src/serve/seed.rs"]
#[allow(dead_code, reason = "the rest is the server's")]
mod seed;

use self::{cmp::Cmp, seed::Seed};

const OTHER_TOKEN: &str = "7d0e2c4b-1a3f-4b5d-8e6f-9a0b1c2d3e4f";
const OTHER_ICCID: &str = "8944500805172032961";

fn parsed_seed(changes: Value) -> Seed {
    let mut seed = seed();
    for (name, value) in changes.as_object().unwrap() {
        seed[name] = value.clone();
    }
    Seed::parse(seed.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn token(text: &str) -> MspToken {
    text.parse().unwrap()
}

fn body<T: DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// The status and the code; 0 for a success.
fn outcome<T>(operation: OperationId, result: Result<T, Refusal>) -> (u16, u32) {
    result.err().map_or((0, 0), |refusal| {
        let reply = refusal.reply(Some(operation));
        (reply.status, ErrorCode::number(reply.code))
    })
}
