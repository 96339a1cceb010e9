//! Any JSON as what a store gives back of the state machines, their events and effects: no panic, what is read is written as
//! what is read again as the same, and time can go on. The first byte chooses the type.
#![no_main]

use std::fmt::Debug;

use aid_procedures::{Timestamp, cmp, msp, vehicle};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

fn read<T: DeserializeOwned + Serialize + PartialEq + Debug>(json: &[u8]) -> Option<T> {
    let value: T = serde_json::from_slice(json).ok()?;
    let text = serde_json::to_vec(&value).expect("written");
    assert_eq!(serde_json::from_slice::<T>(&text).expect("own text"), value);
    Some(value)
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, json)) = data.split_first() else {
        return;
    };
    let now = Timestamp::from_secs(1_700_000_000);
    match choice % 6 {
        0 => {
            if let Some(mut federation) = read::<cmp::Federation>(json) {
                let _ = federation.wake_at();
                let _ = federation.handle(cmp::Event::Tick, now);
            }
        }
        1 => {
            if let Some(mut subscription) = read::<msp::Subscription>(json) {
                let _ = subscription.wake_at();
                let _ = subscription.handle(msp::Event::Tick, now);
            }
        }
        2 => {
            if let Some(mut vehicle) = read::<vehicle::Vehicle>(json) {
                let _ = vehicle.wake_at();
                let uptime = std::time::Duration::from_secs(1_000);
                let _ = vehicle.handle(vehicle::Event::Tick, vehicle::Now::new(uptime, Some(now)));
            }
        }
        3 => drop(read::<cmp::Effect>(json)),
        4 => drop(read::<msp::Effect>(json)),
        _ => drop(read::<vehicle::Effect>(json)),
    }
});
