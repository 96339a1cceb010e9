//! The generator of request ids.

use aid2_proto::{RequestIdGenerator, Timestamp};
use proptest::prelude::*;

proptest! {
    /// whatever the clock does, and wherever the state was kept in between.
    #[test]
    fn no_second_repeats(times in proptest::collection::vec(0..50_u64, 1..40), restart in 0..40_usize) {
        let mut ids = RequestIdGenerator::new("WBAUX11030A334483".parse().unwrap());
        let mut latest = 0;
        for (index, now) in times.into_iter().enumerate() {
            let second = ids.next(now).unwrap().timestamp.as_secs();
            prop_assert!(second > latest && second >= now);
            latest = second;
            if index == restart {
                ids = serde_json::from_str(&serde_json::to_string(&ids).unwrap()).unwrap();
            }
        }
    }
}

#[test]
fn milliseconds_are_refused_and_change_nothing() {
    let vin = "WBAUX11030A334483".parse().unwrap();
    let mut ids = RequestIdGenerator::new(vin);
    assert!(ids.next(1_700_000_000_000).is_err());
    assert_eq!(ids.last_second(), 0);
    assert_eq!(
        ids.next(Timestamp::MAX_SECS).unwrap().timestamp.as_secs(),
        Timestamp::MAX_SECS
    );
    assert!(ids.next(0).is_err());
    assert!(RequestIdGenerator::resume(vin, u64::MAX).next(0).is_err());
    assert_eq!(
        RequestIdGenerator::resume(vin, 7).next(3).unwrap().timestamp.number(),
        8
    );
}
