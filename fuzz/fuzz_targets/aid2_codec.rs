//! Any bytes and any JSON into the codec: no panic, and what is decoded is encoded as what is decoded again as the same. The
//! first byte chooses the message.
#![no_main]

use aid2_proto::codec;
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

fuzz_target!(|data: &[u8]| {
    let Some((&choice, payload)) = data.split_first() else {
        return;
    };
    let names: Vec<_> = codec::message_names().collect();
    let Some(name) = names.get(usize::from(choice) % names.len()) else {
        return;
    };
    if let Ok(fields) = codec::decode(name, payload) {
        let bytes = codec::encode(name, &fields).expect("own fields");
        assert_eq!(codec::decode(name, &bytes), Ok(fields));
    }
    if let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(payload)
        && let Ok(bytes) = codec::encode(name, &fields)
    {
        codec::decode(name, &bytes).expect("own bytes");
    }
    if let Ok(bytes) = std::str::from_utf8(payload).map_or(Err(()), |text| codec::from_hex(text).map_err(drop)) {
        assert_eq!(codec::from_hex(&codec::to_hex(&bytes)), Ok(bytes));
    }
});
