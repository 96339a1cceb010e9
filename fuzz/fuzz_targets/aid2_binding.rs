//! Any bytes as what a PUBLISH carries beside and in its payload: no panic, and what is read is written as what is read again
//! as the same. Parts are divided by bytes 0xFF, which no text has.
#![no_main]

use aid2_proto::binding::{Binding, Incoming, Sequence, Side, Topics};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(6, |byte| *byte == 0xff);
    let mut text = || parts.next().and_then(|part| std::str::from_utf8(part).ok());
    let (topic, content_type, response_topic, sequence) = (text().unwrap_or_default(), text(), text(), text());
    let (correlation, payload) = (parts.next(), parts.next().unwrap_or_default());

    let topics = Topics::default();
    if let Ok(read) = topics.parse(topic) {
        assert!(topics.is(topic, read.vin, read.to, read.name));
        assert_eq!(topics.build(read.vin, read.to, read.name), topic);
    }
    if let Ok(sequence) = sequence.map_or(Err(()), |text| text.parse::<Sequence>().map_err(drop)) {
        assert_eq!(sequence.to_string().parse(), Ok(sequence));
    }
    let mut incoming = Incoming::new(topic, payload)
        .with_response_topic(response_topic)
        .with_correlation(correlation);
    (incoming.content_type, incoming.sequence) = (content_type, sequence);
    for side in [Side::Cmp, Side::Vehicle] {
        if let Err(refused) = Binding::new(Topics::default()).receive(side, &incoming) {
            let _ = (refused.reason(), refused.to_string());
        }
    }
});
