//! What the links cost: request/response pairs against the bare client library doing the same exchange, and vehicles by
//! the thousand; and a million open orders.
//!
//! ```text
//! cargo bench -p aid2-mqtt                # everything
//! cargo bench -p aid2-mqtt -- pairs       # or `durable`, `fleet`, `records`
//! ```
//!
//! Needs Mosquitto, so that the broker is the same for all and in a process of its own. All clients share one thread.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a program that measures"
)]

mod bare;
mod fleet;
mod mosquitto;
mod ours;
mod pairs;
mod records;

use aid_types::{Eid, Vin};
use aid2_proto::{RequestActivationCode, RequestId, Timestamp};

fn vin(n: usize) -> Vin {
    format!("WBA{n:014}").parse().unwrap()
}

fn eid() -> Eid {
    "89034011560010000000000000000121".parse().unwrap()
}

fn id(n: usize, sequence: u64) -> RequestId {
    RequestId::new(vin(n), Timestamp::from_secs(1_700_000_000 + sequence))
}

fn request(n: usize, sequence: u64) -> RequestActivationCode {
    RequestActivationCode::new(id(n, sequence), "9876543210".parse().unwrap(), eid())
}

fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    // `cargo test --benches` only asks whether it runs.
    if args.iter().any(|arg| arg == "--test") {
        return;
    }
    if let [row, side, vehicles] = &args[..]
        && row == "row"
    {
        return match side.as_str() {
            "records" => records::row(vehicles),
            side => fleet::row(side, vehicles),
        };
    }
    let words: Vec<_> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    for (name, measure) in [
        ("pairs", pairs::in_memory as fn()),
        ("durable", pairs::durable),
        ("fleet", fleet::measure),
        ("records", records::measure),
    ] {
        if words.is_empty() || words.iter().any(|word| *word == name) {
            measure();
        }
    }
}
