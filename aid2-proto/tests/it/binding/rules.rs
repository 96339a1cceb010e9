//! Outbox, marks, order book, correlation table, handled orders.

use aid2_proto::{
    Payload, Profile, ProfileStatus, Request, RequestActivationCode, RequestCsimInfo, RequestDeleteAllProfiles,
    RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult, RequestId, SendActivationCode,
    SendCsimStatus, Timestamp,
    binding::{
        Admission, Binding, Correlations, EXCHANGES, Entry, Exchange, Handled, IdempotencyKey, Incoming, Marks, Order,
        OrderBook, OrderKey, Outbox, OutboxId, Sequence, Side, Topics,
    },
};
use proptest::prelude::*;

use crate::sample::{csim_status, request_id};

const NOW: u64 = 1_700_000_000;
const STATUS: &str = "SendCSIMStatus";

fn outbox() -> Outbox {
    Outbox::new(request_id().vehicle_id, OutboxId::from_bits(7))
}

fn sequence(number: u64) -> Option<Sequence> {
    Some(Sequence::new(OutboxId::from_bits(7), number))
}

fn key(bytes: &[u8]) -> IdempotencyKey {
    IdempotencyKey::new("SendCSIMStatus", Timestamp::from_secs(NOW), bytes)
}

#[test]
fn the_table_holds_every_message_once() {
    fn check<R: Request>() {
        let exchange = Exchange::of(R::NAME).unwrap();
        assert_eq!(exchange.response, Some(<R::Response as Payload>::NAME));
        assert_eq!(Exchange::answered_by(<R::Response as Payload>::NAME), Some(exchange));
    }
    check::<RequestActivationCode>();
    check::<RequestDeleteProfile>();
    check::<RequestCsimInfo>();
    check::<RequestDeleteAllProfiles>();
    for exchange in EXCHANGES {
        assert_eq!(EXCHANGES.iter().filter(|other| other.name == exchange.name).count(), 1);
        let to = if exchange.to == Side::Cmp { "cmp" } else { "vehicle" };
        assert_eq!(exchange.to.as_str(), to);
    }
}

#[test]
fn what_tells_a_state_or_orders_a_deletion_never_expires() {
    for name in [
        "SendCSIMStatus",
        "SendProfileDownloadInstallInfo",
        "RequestDeleteProfile",
        "RequestDeleteAllProfiles",
    ] {
        assert_eq!(Exchange::of(name).unwrap().expiry, None, "{name}");
    }
}

#[test]
fn what_is_sent_is_what_the_other_side_accepts() {
    let binding = Binding::new(Topics::new("fleet/aid2/v1").unwrap());
    let order = RequestDeleteProfile::new(
        request_id(),
        "9876543210".parse().unwrap(),
        "8944500805172032953".parse().unwrap(),
    );
    let answer = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
    for (out, side) in [
        (binding.request(&order), Side::Vehicle),
        (
            binding.response::<RequestDeleteProfile>(request_id(), &answer),
            Side::Cmp,
        ),
        (binding.message(&csim_status(2)), Side::Cmp),
    ] {
        let incoming = Incoming::new(&out.topic, &out.payload)
            .with_response_topic(out.response_topic.as_deref())
            .with_correlation(out.correlation.as_deref());
        assert!(binding.receive(side, &incoming).is_ok(), "{}", out.topic);
        assert!(binding.receive(side.other(), &incoming).is_err());
    }
}

#[test]
fn oversized_payloads_are_refused_before_they_are_read() {
    let binding = Binding::default();
    let topic = binding
        .topics
        .build(request_id().vehicle_id, Side::Cmp, "SendCSIMStatus");
    let payload = vec![0xff; binding.max_payload + 1];
    let refused = binding
        .receive(Side::Cmp, &Incoming::new(&topic, &payload))
        .unwrap_err();
    assert_eq!(refused.reason(), "too_large");
}

// [test->R-345~1] [test->R-346~1]
#[test]
fn the_outbox_keeps_order_until_the_broker_acknowledges() {
    let mut outbox = outbox();
    for n in 0..5 {
        outbox.push("SendCSIMStatus", request_id(), vec![n], NOW).unwrap();
    }
    let sent: Vec<_> = std::iter::from_fn(|| outbox.next_unsent(3).map(|entry| entry.number)).collect();
    assert_eq!(sent, [1, 2, 3]);
    assert!(outbox.acknowledged(2, NOW));
    assert!(!outbox.acknowledged(2, NOW));
    assert_eq!(outbox.next_unsent(3).unwrap().number, 4);
    outbox.rewind();
    let again: Vec<_> = std::iter::from_fn(|| outbox.next_unsent(9).map(|entry| entry.number)).collect();
    assert_eq!(again, [1, 3, 4, 5]);
}

#[test]
fn a_full_outbox_refuses_and_drops_nothing() {
    let mut outbox = outbox();
    outbox.max_entries = 2;
    outbox.push("SendCSIMStatus", request_id(), vec![1], NOW).unwrap();
    outbox.push("SendCSIMStatus", request_id(), vec![2], NOW).unwrap();
    assert!(outbox.push("SendCSIMStatus", request_id(), vec![3], NOW).is_err());
    assert_eq!(outbox.len(), 2);
    assert!(outbox.acknowledged(1, NOW));
    assert_eq!(
        outbox
            .push("SendCSIMStatus", request_id(), vec![3], NOW)
            .unwrap()
            .number,
        3
    );
    outbox.max_bytes = 2;
    assert!(outbox.push("SendCSIMStatus", request_id(), vec![4], NOW).is_err());
}

#[test]
fn what_was_acknowledged_of_late_is_sent_again_after_a_loss_of_the_connection() {
    let mut outbox = outbox();
    outbox.max_settling = 2;
    for n in 0..5 {
        outbox.push("SendCSIMStatus", request_id(), vec![n], NOW).unwrap();
    }
    while outbox.next_unsent(9).is_some() {}
    for (number, now) in [(1, NOW), (2, NOW + 1), (4, NOW + 2)] {
        assert!(outbox.acknowledged(number, now));
    }
    assert_eq!(outbox.settled(NOW + 2), Some(1), "no room for three");
    assert_eq!(outbox.settled(NOW + 2), None);
    outbox.unsettle();
    outbox.rewind();
    let again: Vec<_> = std::iter::from_fn(|| outbox.next_unsent(9).map(|entry| entry.number)).collect();
    assert_eq!(again, [2, 3, 4, 5]);
    for number in 2..=5 {
        assert!(outbox.acknowledged(number, NOW + 3));
    }
    let settled: Vec<_> = std::iter::from_fn(|| outbox.settled(NOW + 13)).collect();
    assert_eq!(settled, [2, 3, 4, 5]);
}

#[test]
fn a_number_is_never_given_twice_also_after_a_restart() {
    let restored = Outbox::restore(request_id().vehicle_id, OutboxId::from_bits(7), 41, []);
    assert_eq!(
        restored
            .clone()
            .push("SendCSIMStatus", request_id(), vec![], NOW)
            .unwrap()
            .number,
        42
    );
}

#[test]
fn expiry_counts_the_time_in_the_outbox() {
    let mut outbox = outbox();
    let entry = outbox.push("RequestActivationCode", request_id(), vec![], NOW).unwrap();
    assert_eq!(entry.expiry_at(NOW), Some(86_400));
    assert_eq!(entry.expiry_at(NOW + 400), Some(86_000));
    assert_eq!(entry.expiry_at(NOW + 1_000_000), Some(1));
    assert_eq!(entry.expiry_at(NOW - 1_000_000), Some(86_400));
    let entry = outbox.push("SendCSIMStatus", request_id(), vec![], NOW).unwrap();
    assert_eq!(entry.expiry_at(NOW + 1_000_000), None);
}

proptest! {
    #[test]
    fn entries_survive_storage(
        number: u64,
        timestamp: u64,
        added: u64,
        payload in proptest::collection::vec(any::<u8>(), 0..99),
    ) {
        let mut outbox = Outbox::restore(request_id().vehicle_id, OutboxId::from_bits(1), number.saturating_sub(2), []);
        let id = RequestId::new(request_id().vehicle_id, Timestamp::from_number(timestamp));
        let entry = outbox.push("RequestDeleteProfile.Response", id, payload, added).unwrap().clone();
        let bytes = entry.to_bytes();
        prop_assert_eq!(Entry::from_bytes(id.vehicle_id, entry.number, &bytes), Some(entry));
    }

    #[test]
    fn numbers_are_remembered_in_any_order(numbers in proptest::collection::vec(0_u64..60, 0..60), asked in 0_u64..60) {
        let mut marks = Marks::default();
        for number in &numbers {
            marks.handled(STATUS, sequence(*number), key(b""));
        }
        let seen = marks.admit(STATUS, sequence(asked), key(b"")) == Admission::Duplicate;
        prop_assert_eq!(seen, numbers.contains(&asked));
    }

    #[test]
    fn marks_survive_storage(
        numbers in proptest::collection::vec(1_u64..2000, 0..300),
        profiles in proptest::collection::vec(0_u32..400, 0..400),
        keys in proptest::collection::vec(any::<u8>(), 0..150),
    ) {
        let mut marks = Marks::default();
        for number in &numbers {
            marks.handled(STATUS, sequence(*number), key(b""));
        }
        for n in &keys {
            marks.handled(STATUS, None, key(&[*n]));
        }
        let iccid = |n: &u32| format!("89445008051720{n:05}").parse::<aid_types::Iccid>().unwrap();
        for (number, profile) in numbers.iter().zip(&profiles) {
            marks.told([iccid(profile)], sequence(*number));
        }
        let bytes = marks.to_bytes();
        prop_assert!(bytes.len() < 16 * 1024);
        prop_assert_eq!(Marks::from_bytes(&bytes), Some(marks));
        for length in 0..bytes.len().min(40) {
            prop_assert_eq!(Marks::from_bytes(&bytes[..length]), None);
        }
    }

    #[test]
    fn stored_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = Entry::from_bytes(request_id().vehicle_id, 1, &bytes);
        let _ = Marks::from_bytes(&bytes);
        let _ = Marks::from_bytes(&[&[1, 1], &bytes[..]].concat());
    }

    #[test]
    fn received_bytes_never_panic(
        payload in proptest::collection::vec(any::<u8>(), 0..64),
        topic in "(aid2/v1/WBAUX11030A334483/cmp/)?[A-Za-z/+#.]{0,30}",
    ) {
        let _ = Binding::default().receive(Side::Cmp, &Incoming::new(&topic, &payload));
    }
}

#[test]
fn copies_are_told_by_sequence_or_by_content() {
    let mut marks = Marks::default();
    marks.handled(STATUS, sequence(1), key(b"a"));
    assert_eq!(marks.admit(STATUS, sequence(1), key(b"a")), Admission::Duplicate);
    // The same state again, told anew, is news.
    assert_eq!(marks.admit(STATUS, sequence(2), key(b"a")), Admission::New);
    assert_eq!(marks.admit(STATUS, None, key(b"a")), Admission::New);
    marks.handled(STATUS, None, key(b"a"));
    assert_eq!(marks.admit(STATUS, None, key(b"a")), Admission::Duplicate);
    // A report told anew is none; a request asked anew is.
    for (name, admission) in [
        ("SendProfileDownloadInstallInfo", Admission::Duplicate),
        ("RequestActivationCode", Admission::New),
    ] {
        marks.handled(name, sequence(3), key(name.as_bytes()));
        assert_eq!(marks.admit(name, sequence(4), key(name.as_bytes())), admission);
    }
    // A new outbox starts at 1 again.
    let other = Some(Sequence::new(OutboxId::from_bits(8), 1));
    assert_eq!(marks.admit(STATUS, other, key(b"a")), Admission::New);
}

#[test]
fn what_is_forgotten_counts_as_new() {
    let mut marks = Marks::default();
    // Without gaps nothing is forgotten; with too many, the oldest are.
    for number in (5000..6000).chain((1..=1000).map(|n| n * 2)) {
        marks.handled(STATUS, sequence(number), key(b""));
    }
    let admit = |number| marks.admit(STATUS, sequence(number), key(b""));
    assert!((5000..6000).all(|number| admit(number) == Admission::Duplicate));
    assert_eq!(
        [admit(2000), admit(1999), admit(4999), admit(6000)],
        [Admission::Duplicate, Admission::New, Admission::New, Admission::New]
    );
    assert_eq!(admit(2), Admission::New);
}

#[test]
fn an_overtaken_status_tells_only_what_nothing_newer_told() {
    let profile = |n: u32, status| {
        Profile::new(
            format!("89445008051720{n:05}").parse().unwrap(),
            "user".parse().unwrap(),
            status,
        )
    };
    let status = |profiles: &[Profile]| -> SendCsimStatus {
        let mut status = csim_status(0);
        status.profiles = profiles.to_vec();
        status
    };
    // The older one deletes profile 1 (named once only) and tells an old state of profile 2.
    let older = status(&[profile(1, ProfileStatus::DELETED), profile(2, ProfileStatus::DISABLED)]);
    let newer = status(&[profile(2, ProfileStatus::ENABLED)]);
    let mut marks = Marks::default();
    let iccids = |status: &SendCsimStatus| status.profiles.iter().map(|profile| profile.iccid).collect::<Vec<_>>();

    let news = marks.news(newer.clone(), sequence(5)).unwrap();
    marks.told(iccids(&news), sequence(5));
    let news = marks.news(older.clone(), sequence(4)).unwrap();
    assert_eq!(news.profiles, [profile(1, ProfileStatus::DELETED)]);
    marks.told(iccids(&news), sequence(4));
    // Nothing left, also of an empty list.
    assert_eq!(
        marks.news(status(&[profile(2, ProfileStatus::DISABLED)]), sequence(3)),
        None
    );
    assert_eq!(marks.news(status(&[]), sequence(3)), None);
    assert!(marks.news(status(&[]), sequence(6)).is_some());
    // Who gives no sequence is believed.
    assert_eq!(marks.news(older.clone(), None), Some(older));
}

#[test]
fn a_copy_of_an_order_gets_the_same_answer() {
    let mut handled = Handled::new(2);
    assert_eq!(handled.answer(&key(b"1")), None);
    assert_eq!(handled.insert(key(b"1"), Some(vec![1])), None);
    assert_eq!(handled.insert(key(b"2"), None), None);
    assert_eq!(handled.answer(&key(b"1")), Some(Some(&[1][..])));
    assert_eq!(handled.answer(&key(b"2")), Some(None));
    assert_eq!(handled.insert(key(b"3"), None), Some(key(b"1")));
    assert_eq!(handled.answer(&key(b"1")), None);
}

#[test]
fn orders_are_due_until_they_have_ended() {
    let mut book = OrderBook::default();
    let order = |name| OrderKey::new(name, request_id()).unwrap();
    book.add(order("RequestDeleteProfile"), vec![1]).unwrap();
    book.add(order("SendActivationCode"), vec![2]).unwrap();
    book.add(order("SendActivationCode"), vec![9]).unwrap();
    assert_eq!(book.len(), 2);
    let due = |book: &mut OrderBook, now| {
        std::iter::from_fn(|| book.next_due(now).map(|order: &Order| order.key.name)).collect::<Vec<_>>()
    };
    assert_eq!(due(&mut book, NOW), ["RequestDeleteProfile", "SendActivationCode"]);
    assert!(due(&mut book, NOW + 1).is_empty());
    // The vehicle speaks, but a copy went out just now.
    book.sign_of_life(request_id().vehicle_id, NOW + 59);
    assert!(due(&mut book, NOW + 59).is_empty());
    book.sign_of_life(request_id().vehicle_id, NOW + 60);
    assert_eq!(due(&mut book, NOW + 60).len(), 2);
    // A copy was lost.
    book.again(&order("RequestDeleteProfile"), NOW + 70);
    assert_eq!(due(&mut book, NOW + 70), ["RequestDeleteProfile"]);
    // Weeks later it still is.
    assert_eq!(due(&mut book, NOW + 30 * 86_400).len(), 2);

    let ended = |name| OrderKey::ended_by(name, request_id()).unwrap();
    assert!(book.ended(&ended("RequestDeleteProfile.Response")));
    assert!(!book.ended(&ended("RequestDeleteProfile.Response")));
    assert!(book.ended(&ended("SendProfileDownloadInstallInfo")));
    assert!(book.is_empty() && book.next_at().is_none());
    assert_eq!(OrderKey::ended_by("SendCSIMStatus", request_id()), None);
    assert_eq!(OrderKey::new("SendCSIMStatus", request_id()), None);
    assert_eq!(ended("SendProfileDownloadInstallInfo").name, SendActivationCode::NAME);
}

#[test]
fn a_full_order_book_refuses() {
    let mut book = OrderBook::default();
    book.max_orders = 0;
    assert!(
        book.add(OrderKey::new("RequestDeleteProfile", request_id()).unwrap(), vec![])
            .is_err()
    );
}

#[test]
fn who_gives_up_leaves_nothing_behind() {
    let table = Correlations::new(2);
    let id = |n| RequestId::new(request_id().vehicle_id, Timestamp::from_secs(n));
    let first = table.insert("RequestActivationCode", id(1), 10, 'a').unwrap();
    assert!(
        table.insert("RequestActivationCode", id(1), 10, 'b').is_err(),
        "waits already"
    );
    let _second = table.insert("RequestActivationCode", id(2), 20, 'c').unwrap();
    assert!(table.insert("RequestActivationCode", id(3), 10, 'd').is_err(), "full");
    drop(first);
    assert_eq!(table.complete("RequestActivationCode", id(1)), None, "given up");
    assert!(table.expire(19).is_empty());
    assert_eq!(table.expire(20), ['c']);
    assert!(table.is_empty());
}
