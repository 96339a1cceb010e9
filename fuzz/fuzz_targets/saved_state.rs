//! Any JSON as what a store gives back of the state machines and their effects: no panic, what is read is written as what is
//! read again as the same, and time can go on. aid-procedures/tests/saved has texts to begin with, in which states and lists
//! of effects are members of one object.
#![no_main]

use std::{fmt::Debug, time::Duration};

use aid_procedures::{Timestamp, cmp, msp, vehicle};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

fn read<T: DeserializeOwned + Serialize + PartialEq + Debug>(json: &Value) -> Option<T> {
    let value = T::deserialize(json).ok()?;
    let written = serde_json::to_vec(&value).expect("written");
    assert_eq!(serde_json::from_slice::<T>(&written).expect("own text"), value);
    Some(value)
}

/// It, its members, and the elements of these.
fn parts(json: &Value) -> impl Iterator<Item = &Value> {
    let members = json.as_object().into_iter().flat_map(serde_json::Map::values);
    let elements = members.clone().filter_map(Value::as_array).flatten();
    std::iter::once(json).chain(members).chain(elements).take(32)
}

fuzz_target!(|data: &[u8]| {
    let Ok(json) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let now = Timestamp::from_secs(1_700_000_000);
    for part in parts(&json) {
        if let Some(mut federation) = read::<cmp::Federation>(part) {
            let _ = federation.wake_at();
            let _ = federation.handle(cmp::Event::Tick, now);
        }
        drop(read::<cmp::Sequences<String>>(part));
        if let Some(mut subscription) = read::<msp::Subscription>(part) {
            let _ = subscription.wake_at();
            let _ = subscription.handle(msp::Event::Tick, now);
        }
        if let Some(mut vehicle) = read::<vehicle::Vehicle>(part) {
            let _ = vehicle.wake_at();
            let _ = vehicle.handle(
                vehicle::Event::Tick,
                vehicle::Now::new(Duration::from_secs(1_000), Some(now)),
            );
        }
        drop(read::<cmp::Effect>(part));
        drop(read::<msp::Effect>(part));
        drop(read::<vehicle::Effect>(part));
    }
});
