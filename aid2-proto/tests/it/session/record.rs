use aid2_proto::{
    ProfileStatus, RequestActivationCodeResult,
    binding::{IdempotencyKey, OutboxId, Sequence},
    session::{End, NewOrder, Now, OVERTAKEN, OrderTimes, Record, Seen, ToCmp},
};
use proptest::prelude::*;

use super::{TRACE, WALL, at, code, delete, iccid, id, installed, status, vin};

fn sequence(number: u64) -> Option<Sequence> {
    Some(Sequence::new(OutboxId::from_bits(7), number))
}

fn key(bytes: &[u8]) -> IdempotencyKey {
    IdempotencyKey::new("SendCSIMStatus", id(0).timestamp, bytes)
}

const STATUS: &str = "SendCSIMStatus";

fn handle(record: &mut Record, number: Option<Sequence>, content: IdempotencyKey) {
    let message = ToCmp::SendCsimStatus(status(0, &[]));
    record.handled(&message, number, content, (OrderTimes::default(), at(0)));
}

#[test]
fn a_copy_has_the_number_and_the_content() {
    let mut record = Record::new(vin());
    handle(&mut record, sequence(1), key(b"a"));
    let seen = |record: &Record, number, content: &[u8]| record.seen(STATUS, number, key(content));
    assert_eq!(seen(&record, sequence(1), b"a"), Seen::Copy);
    assert_eq!(
        seen(&record, sequence(2), b"a"),
        Seen::New,
        "the same state told anew is news"
    );
    // the outbox was put back to an older copy.
    assert_eq!(seen(&record, sequence(1), b"b"), Seen::NumberRepeats);
    assert_eq!(
        seen(&record, Some(Sequence::new(OutboxId::from_bits(8), 1)), b"a"),
        Seen::New
    );
    assert_eq!(seen(&record, None, b"a"), Seen::Copy);
    assert_eq!(seen(&record, None, b"b"), Seen::New);
    // A report told anew is none; a request asked anew is.
    assert_eq!(
        record.seen("SendProfileDownloadInstallInfo", sequence(9), key(b"a")),
        Seen::Copy
    );
    assert_eq!(record.seen("RequestActivationCode", sequence(9), key(b"a")), Seen::New);
}

#[test]
fn numbers_that_repeat_do_not_make_what_follows_stale() {
    let mut record = Record::new(vin());
    let profile = |status| vec![(1, status)];
    let tell = |record: &mut Record, number, content: &[u8], state| {
        let message = ToCmp::SendCsimStatus(status(0, &profile(state)));
        let seen = record.seen(STATUS, sequence(number), key(content));
        let sequence = sequence(number);
        let news = record.news(message.clone(), sequence.filter(|_| seen == Seen::New));
        record.handled(&news, sequence, key(content), (OrderTimes::default(), at(0)));
        (seen, news == message)
    };
    for number in 1..=100 {
        assert_eq!(
            tell(&mut record, number, &[number as u8], ProfileStatus::ENABLED),
            (Seen::New, true)
        );
    }
    // Put back to number 50: the first repeats, those behind it too, and all of them are news.
    for number in 51..=100 {
        let content = [number as u8, 1];
        let (seen, whole) = tell(&mut record, number, &content, ProfileStatus::DISABLED);
        assert_eq!((seen, whole), (Seen::NumberRepeats, true), "{number}");
    }
    // And far beyond memory.
    for number in 101..=1000_u64 {
        tell(&mut record, number, &number.to_be_bytes(), ProfileStatus::ENABLED);
    }
    assert_eq!(
        tell(&mut record, 200, b"other", ProfileStatus::DISABLED),
        (Seen::NumberRepeats, true)
    );
    assert!(tell(&mut record, 201, b"others", ProfileStatus::ENABLED).1);
}

#[test]
fn an_overtaken_status_tells_only_what_nothing_newer_told() {
    let mut record = Record::new(vin());
    let newer = ToCmp::SendCsimStatus(status(0, &[(2, ProfileStatus::ENABLED)]));
    let older = ToCmp::SendCsimStatus(status(0, &[(1, ProfileStatus::DELETED), (2, ProfileStatus::DISABLED)]));
    let times = (OrderTimes::default(), at(0));
    record.handled(&newer, sequence(5), key(b"5"), times);
    let news = record.news(older, sequence(4));
    let expected = status(0, &[(1, ProfileStatus::DELETED), (2, OVERTAKEN)]);
    assert_eq!(news, ToCmp::SendCsimStatus(expected));
    record.handled(&news, sequence(4), key(b"4"), times);
    let stale = ToCmp::SendCsimStatus(status(0, &[(2, ProfileStatus::DISABLED)]));
    // It may be an answer: then it says that nothing else is there.
    let expected = status(0, &[(2, OVERTAKEN)]);
    assert_eq!(record.news(stale.clone(), sequence(3)), ToCmp::SendCsimStatus(expected));
    assert_eq!(
        record.news(stale.clone(), None),
        stale,
        "who gives no sequence is believed"
    );
}

fn ends(record: &mut Record, message: &ToCmp) -> Vec<End> {
    let ended = record.handled(
        message,
        None,
        key(message.name().as_bytes()),
        (OrderTimes::default(), at(0)),
    );
    ended.into_iter().map(|(_, how)| how).collect()
}

#[test]
fn orders_end() {
    let mut record = Record::new(vin());
    let order = |record: &mut Record, order: NewOrder| record.order(order, at(0)).unwrap();
    let asked_twice = code(2, "A");
    // Two copies of one code under two request ids, only the first of which is reported.
    order(&mut record, NewOrder::new(&code(1, "A")).unwrap());
    order(&mut record, NewOrder::new(&asked_twice).unwrap());
    order(&mut record, NewOrder::new(&code(3, "B")).unwrap());
    let report = ToCmp::SendProfileDownloadInstallInfo(installed(1, &code(1, "A")));
    assert_eq!(ends(&mut record, &report), [End::Answered, End::Superseded]);
    assert_eq!(record.orders().len(), 1);
    // A deletion of the profile that the code would install.
    order(&mut record, NewOrder::new(&code(4, "C")).unwrap().installing(iccid(9)));
    let superseded = order(&mut record, NewOrder::new(&delete(9)).unwrap().owned_by("somebody"));
    assert_eq!(superseded[0].1, End::Superseded);
    order(&mut record, NewOrder::new(&code(5, "D")).unwrap().installing(iccid(8)));
    let deleted = ToCmp::SendCsimStatus(status(7, &[(8, ProfileStatus::DELETED)]));
    assert_eq!(ends(&mut record, &deleted), [End::Superseded]);
    // A response ends its request and nothing else.
    let response =
        aid2_proto::RequestDeleteProfileResponse::new(aid2_proto::RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
    assert_eq!(
        ends(&mut record, &ToCmp::RequestDeleteProfileResponse(id(8), response)),
        []
    );
    assert_eq!(
        ends(&mut record, &ToCmp::RequestDeleteProfileResponse(id(9), response)),
        [End::Answered]
    );
    let cancelled = record.cancel(|order| order.key.name == "SendActivationCode");
    assert_eq!(cancelled.len(), 1);
    assert!(record.orders().is_empty() && record.next_due(at(0)).is_none());
}

#[test]
fn an_activation_code_expires_after_a_day_and_a_deletion_never_does() {
    let mut record = Record::new(vin());
    record.order(NewOrder::new(&code(1, "A")).unwrap(), at(0)).unwrap();
    record.order(NewOrder::new(&delete(2)).unwrap(), at(0)).unwrap();
    let refusal = RequestActivationCodeResult::UNKNOWN_USER.into();
    record.order(NewOrder::refusal(id(3), &refusal), at(0)).unwrap();
    assert!(record.expired(at(86_399)).is_none());
    let ended = record.expire(at(86_400));
    assert_eq!(
        ended.iter().map(|(_, how)| *how).collect::<Vec<_>>(),
        [End::Expired, End::Expired]
    );
    assert!(record.expire(at(360 * 86_400)).is_empty());
    assert_eq!(record.orders().len(), 1);
}

#[test]
fn an_order_taken_with_a_wrong_clock_still_expires() {
    let ahead = Now::new(std::time::Duration::ZERO, WALL + 100_000_000);
    for wrong in [ahead, Now::new(std::time::Duration::ZERO, 12)] {
        let mut record = Record::new(vin());
        record.order(NewOrder::new(&code(1, "A")).unwrap(), wrong).unwrap();
        assert!(record.expired(at(0)).is_none());
        assert!(record.expired(at(86_400)).is_some(), "{wrong:?}");
    }
}

#[test]
fn request_ids_have_owners() {
    let mut record = Record::new(vin());
    let first = record.next_request_id(Some("a"), at(0));
    let second = record.next_request_id(Some("b"), at(0));
    assert_ne!(first, second);
    record.assign(id(1_000), "c");
    let record = Record::from_bytes(vin(), &record.to_bytes()).unwrap();
    assert_eq!(
        [first, second, id(1_000), id(5)].map(|id| record.owner(id)),
        [Some("a"), Some("b"), Some("c"), None]
    );
}

#[test]
fn an_owner_who_is_forgotten_has_no_order_and_no_request_id() {
    let mut record = Record::new(vin());
    for (number, owner) in [(1, "a"), (2, "b")] {
        let order = NewOrder::new(&delete(number)).unwrap().owned_by(owner);
        record.order(order, at(0)).unwrap();
        record.assign(id(number), owner);
    }
    record.forget("a");
    assert_eq!([id(1), id(2)].map(|id| record.owner(id)), [None, Some("b")]);
    assert_eq!(record.orders().len(), 1);
}

//
#[test]
fn a_record_with_a_trace_is_that_of_the_release_before_and_a_little_more() {
    let mut record = Record::new(vin());
    let order = |n| NewOrder::new(&delete(n)).unwrap();
    record.order(order(1), at(0)).unwrap();
    record.order(order(2), at(0)).unwrap();
    let before = record.to_bytes();
    let mut traced = Record::new(vin());
    traced.order(order(1), at(0)).unwrap();
    traced.order(order(2).caused_by(TRACE.parse().ok()), at(0)).unwrap();
    let bytes = traced.to_bytes();
    assert!(bytes.starts_with(&before));
    assert_eq!(Record::from_bytes(vin(), &bytes), Ok(traced));
    // Whatever stands there: the rest counts.
    for length in before.len()..bytes.len() {
        assert_eq!(Record::from_bytes(vin(), &bytes[..length]), Ok(record.clone()));
    }
    let garbage = [&before[..], &[200, 9, 9, 9]].concat();
    assert_eq!(Record::from_bytes(vin(), &garbage), Ok(record));
}

proptest! {
    #[test]
    fn records_survive_storage(
        numbers in proptest::collection::vec((1_u64..2000, any::<u8>()), 0..400),
        orders in proptest::collection::vec((0_u64..9000, any::<bool>(), proptest::option::of("[a-z]{1,9}")), 0..20),
    ) {
        let mut record = Record::new(vin());
        for (number, content) in numbers {
            let message = ToCmp::SendCsimStatus(status(0, &[(u64::from(content), ProfileStatus::ENABLED)]));
            let times = (OrderTimes::default(), at(number));
            record.handled(&message, sequence(number).filter(|_| content > 9), key(&[content]), times);
        }
        for (n, deletion, owner) in orders {
            let order = if deletion { NewOrder::new(&delete(n)) } else { NewOrder::new(&code(n, "A")) };
            let mut order = order.unwrap().installing(iccid(n));
            order.owner = owner;
            record.order(order, at(n)).unwrap();
        }
        let bytes = record.to_bytes();
        prop_assert_eq!(Record::from_bytes(vin(), &bytes), Ok(record));
        for length in 0..bytes.len().min(60) {
            prop_assert!(Record::from_bytes(vin(), &bytes[..length]).is_err());
        }
        let mut later = bytes;
        later[0] = 2;
        prop_assert_eq!(Record::from_bytes(vin(), &later).unwrap_err().format, Some(2));
    }

    #[test]
    fn stored_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = Record::from_bytes(vin(), &bytes);
        let _ = Record::from_bytes(vin(), &[&[1], &bytes[..]].concat());
    }
}
