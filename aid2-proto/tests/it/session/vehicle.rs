use std::time::Duration;

use aid2_proto::{
    Payload as _, ProfileStatus, RequestDeleteProfileResponse, RequestDeleteProfileResult, SendCsimStatus,
    binding::Outgoing,
    session::{
        Change, Connack, FromBroker, Lack, Lost, Notice, Now, ReasonCode, SendError, Ticket, ToBroker,
        VehicleCompletion, VehicleOutput, VehicleSession, VehicleSettings,
    },
};

use super::{
    TRACE, WALL, at, binding, code, connected, delete, id, lost, publication, status, subscribed, traced, vin,
};

/// A session with a store in memory that never fails, unless told to.
pub(super) struct Car {
    pub(super) session: VehicleSession,
    pub(super) store: std::collections::BTreeMap<Vec<u8>, Vec<u8>>,
    fails: bool,
    published: Vec<Outgoing>,
}

/// What is left of the outputs when the store has done its part.
#[derive(Debug, PartialEq)]
enum Did {
    Connect,
    Subscribe,
    Publish(u64),
    Acknowledge(u16),
    Disconnect(u8),
    Deliver(Ticket),
    Done(bool),
    Tell(Notice),
}

impl Car {
    fn new() -> Self {
        Self::with(VehicleSettings::default(), at(0))
    }

    fn with(settings: VehicleSettings, now: Now) -> Self {
        let session = VehicleSession::restore(vin(), settings, vec![], 7, now).unwrap();
        let mut car = Self {
            session,
            store: Default::default(),
            fails: false,
            published: Vec::new(),
        };
        assert_eq!(car.all(now), [Did::Connect]);
        car
    }

    fn restart(&mut self, now: Now) {
        let entries = self.store.clone().into_iter().collect();
        self.session = VehicleSession::restore(vin(), VehicleSettings::default(), entries, 8, now).unwrap();
        assert_eq!(self.all(now), [Did::Connect]);
    }

    fn all(&mut self, now: Now) -> Vec<Did> {
        let mut did = Vec::new();
        while let Some(output) = self.session.poll(now) {
            did.push(match output {
                VehicleOutput::Store { ticket, changes, .. } => {
                    if !self.fails {
                        for change in changes {
                            match change {
                                Change::Put(key, value) => self.store.insert(key, value),
                                Change::Remove(key) => self.store.remove(&key),
                            };
                        }
                    }
                    let outcome = if self.fails { Err("full".to_owned()) } else { Ok(()) };
                    self.session.stored(ticket, outcome, now);
                    continue;
                }
                VehicleOutput::ToBroker(ToBroker::Connect) => Did::Connect,
                VehicleOutput::ToBroker(ToBroker::Subscribe { .. }) => Did::Subscribe,
                VehicleOutput::ToBroker(ToBroker::Publish { number, outgoing }) => {
                    self.published.push(outgoing);
                    Did::Publish(number)
                }
                VehicleOutput::ToBroker(ToBroker::Acknowledge { packet_id }) => Did::Acknowledge(packet_id),
                VehicleOutput::ToBroker(ToBroker::Disconnect { reason, .. }) => Did::Disconnect(reason.0),
                VehicleOutput::Deliver { ticket, .. } => Did::Deliver(ticket),
                VehicleOutput::Done { stored, .. } => Did::Done(stored),
                VehicleOutput::Tell(notice) => Did::Tell(notice),
                other => panic!("{other:?}"),
            });
        }
        did
    }

    /// Everything but what is told.
    fn does(&mut self, now: Now) -> Vec<Did> {
        let all = self.all(now);
        all.into_iter().filter(|did| !matches!(did, Did::Tell(_))).collect()
    }

    fn tells(&mut self, now: Now) -> Vec<Notice> {
        let told = |did| match did {
            Did::Tell(notice) => Some(notice),
            _ => None,
        };
        self.all(now).into_iter().filter_map(told).collect()
    }

    fn on(&mut self, event: FromBroker<'_>, now: Now) {
        self.session.from_broker(event, now);
    }

    fn ready(&mut self, now: Now) {
        self.ready_with(Connack::new(false), now);
    }

    fn ready_with(&mut self, connack: Connack, now: Now) {
        self.on(FromBroker::Connected(connack), now);
        assert_eq!(self.does(now), [Did::Subscribe]);
        self.on(subscribed(), now);
    }

    fn send(&mut self, n: u64, now: Now) {
        self.session.send(&status(n, &[]), now).unwrap();
    }

    fn puback(&mut self, number: u64, reason: ReasonCode, now: Now) {
        self.on(FromBroker::Acknowledged { number, reason }, now);
    }

    /// The time of the next attempt after a loss, in milliseconds.
    fn delay(&mut self, now: Now) -> u128 {
        self.on(lost(), now);
        self.all(now);
        let wake = self.session.next_wake().unwrap();
        (wake - now.monotonic).as_millis()
    }
}

// [test->R-345~1] [test->R-346~1]
#[test]
fn what_was_taken_is_published_in_order_until_it_is_acknowledged() {
    let mut car = Car::new();
    (0..3).for_each(|n| car.send(n, at(0)));
    assert_eq!(car.does(at(0)), [Did::Done(true), Did::Done(true), Did::Done(true)]);
    car.ready(at(1));
    assert_eq!(car.does(at(1)), [Did::Publish(1), Did::Publish(2), Did::Publish(3)]);
    car.puback(2, ReasonCode::SUCCESS, at(1));
    car.on(lost(), at(2));
    assert!(car.does(at(2)).is_empty());
    assert_eq!(
        car.session.waiting(),
        3,
        "what was acknowledged just before may be lost with the broker"
    );
    assert_eq!(car.does(at(4)), [Did::Connect]);
    car.ready(at(4));
    assert_eq!(car.does(at(4)), [Did::Publish(1), Did::Publish(2), Did::Publish(3)]);
    (1..=3).for_each(|n| car.puback(n, ReasonCode::SUCCESS, at(5)));
    assert_eq!(car.session.waiting(), 0);
    car.all(at(5));
    car.all(at(17));
    assert!(
        !car.store.keys().any(|key| key[0] == b'o'),
        "it is deleted when it has settled"
    );
}

#[test]
fn only_what_may_have_gone_out_before_is_told_as_resent() {
    let mut car = Car::new();
    let resent = |told: Vec<Notice>| -> Vec<_> {
        let resent = told.into_iter().filter_map(|notice| match notice {
            Notice::Resent { request_id, .. } => Some(request_id),
            _ => None,
        });
        resent.collect()
    };
    // Taken without a connection, and published when there is one.
    car.send(0, at(0));
    car.all(at(0));
    car.ready(at(1));
    assert_eq!(resent(car.tells(at(1))), []);
    car.on(lost(), at(2));
    car.send(1, at(2));
    assert_eq!(car.does(at(4)), [Did::Done(true), Did::Connect]);
    car.ready(at(4));
    assert_eq!(resent(car.tells(at(4))), [id(0)]);
    car.restart(at(5));
    car.ready(at(6));
    assert_eq!(resent(car.tells(at(6))), [id(0), id(1)], "nobody knows");
}

// [test->R-347~1]
#[test]
fn what_was_taken_survives_a_restart_and_no_number_is_given_twice() {
    let mut car = Car::new();
    car.send(0, at(0));
    car.all(at(0));
    car.restart(at(1));
    car.ready(at(1));
    assert_eq!(car.does(at(1)), [Did::Publish(1)]);
    car.send(1, at(1));
    assert_eq!(car.does(at(1)), [Did::Done(true), Did::Publish(2)]);
}

#[test]
fn a_store_that_fails_takes_nothing_and_its_numbers_are_gone() {
    let mut car = Car::new();
    car.ready(at(0));
    car.all(at(0));
    car.fails = true;
    car.send(0, at(0));
    assert_eq!(car.does(at(0)), [Did::Done(false)]);
    car.fails = false;
    car.send(1, at(0));
    assert_eq!(car.does(at(0)), [Did::Done(true), Did::Publish(2)]);
}

#[test]
fn a_full_outbox_refuses_and_recovers_by_delivering() {
    let mut settings = VehicleSettings::default();
    settings.max_messages = 2;
    let mut car = Car::with(settings, at(0));
    car.ready(at(0));
    (0..2).for_each(|n| car.send(n, at(0)));
    assert_eq!(car.session.send(&status(2, &[]), at(0)), Err(SendError::Full));
    car.all(at(0));
    car.puback(1, ReasonCode::SUCCESS, at(0));
    assert!(car.session.send(&status(2, &[]), at(0)).is_ok());
    assert_eq!(car.session.send(&delete(1), at(0)), Err(SendError::NotOurs));
}

#[test]
fn a_link_that_holds_for_seconds_carries_what_was_acknowledged_once_more_only() {
    let mut car = Car::new();
    (0..10).for_each(|n| car.send(n, at(0)));
    car.all(at(0));
    let (mut published, mut now) = (0, 1);
    for _ in 0..10 {
        car.ready(at(now));
        let did = car.does(at(now));
        for number in did.iter().filter_map(|did| match did {
            Did::Publish(number) => Some(*number),
            _ => None,
        }) {
            published += 1;
            car.puback(number, ReasonCode::SUCCESS, at(now));
        }
        car.on(lost(), at(now + 1));
        now += 400;
        assert!(car.does(at(now)).contains(&Did::Connect));
    }
    assert_eq!(published, 20);
}

#[test]
fn back_off_begins_anew_only_after_a_connection_that_stood_and_did_work() {
    let mut car = Car::new();
    let mut delays = Vec::new();
    let mut now = 0;
    for _ in 0..6 {
        car.ready(at(now));
        delays.push(car.delay(at(now + 3)));
        now += 1000;
        assert!(car.does(at(now)).contains(&Did::Connect));
    }
    for (n, delay) in delays.iter().enumerate() {
        let most = 1000 << n;
        assert!((most / 2..=most).contains(delay), "{n}: {delay}");
    }
    // This one stands, and does something.
    car.ready(at(now));
    car.send(0, at(now));
    car.all(at(now));
    car.puback(1, ReasonCode::SUCCESS, at(now));
    assert!(car.delay(at(now + 11)) <= 1000);
}

#[test]
fn two_units_with_one_vin_take_turns_less_and_less_often_and_tell() {
    let mut car = Car::new();
    let (mut now, mut last) = (0, 0);
    for n in 0..10 {
        car.ready(at(now));
        car.send(n, at(now));
        car.all(at(now));
        car.puback(n + 1, ReasonCode::SUCCESS, at(now));
        // Each stands as long as the other waits, and does work.
        let taken = Lost::with_code(ReasonCode::SESSION_TAKEN_OVER, "taken over");
        car.on(FromBroker::Lost(taken), at(now + 60));
        assert!(car.tells(at(now + 60)).contains(&Notice::TakenOver { said: true }));
        last = (car.session.next_wake().unwrap() - at(now + 60).monotonic).as_secs();
        now += 1000;
        assert!(car.does(at(now)).contains(&Did::Connect));
    }
    assert!(last >= 100, "{last}");
}

#[test]
fn a_broker_that_does_not_say_who_took_over_is_seen_through() {
    for (stood, taken_over) in [(50, true), (61, false)] {
        let mut car = Car::new();
        let (mut now, mut told, mut last) = (0, Vec::new(), 0);
        for n in 0..10 {
            car.ready(at(now));
            car.send(n, at(now));
            car.all(at(now));
            car.puback(n + 1, ReasonCode::SUCCESS, at(now));
            car.on(FromBroker::Lost(Lost::closed_by_peer("closed")), at(now + stood));
            told.push(car.tells(at(now + stood)).contains(&Notice::TakenOver { said: false }));
            last = (car.session.next_wake().unwrap() - at(now + stood).monotonic).as_secs();
            now += 1000;
            assert!(car.does(at(now)).contains(&Did::Connect));
        }
        assert_eq!(told[..3], [false, false, taken_over], "{stood}");
        assert!(told[2..].iter().all(|told| *told == taken_over), "{stood}");
        assert_eq!(last >= 100, taken_over, "{stood}: {last}");
    }
}

#[test]
fn connections_that_end_otherwise_are_not_taken_over() {
    let mut car = Car::new();
    let mut now = 0;
    for n in 0..10 {
        let lost = if n % 3 == 2 {
            Lost::new("reset")
        } else {
            Lost::closed_by_peer("closed")
        };
        if n % 2 == 0 {
            car.ready(at(now));
        } else {
            // Closed before SUBACK.
            car.on(connected(), at(now));
        }
        car.all(at(now));
        car.on(FromBroker::Lost(lost), at(now + 5));
        let told = car.tells(at(now + 5));
        assert!(!told.iter().any(|told| matches!(told, Notice::TakenOver { .. })), "{n}");
        now += 1000;
        assert!(car.does(at(now)).contains(&Did::Connect));
    }
}

#[test]
fn a_refused_subscription_is_tried_again_on_the_same_connection() {
    let mut car = Car::new();
    car.send(0, at(0));
    car.on(connected(), at(0));
    car.all(at(0));
    let reason = ReasonCode::NOT_AUTHORIZED;
    car.on(FromBroker::Subscribed(reason), at(0));
    assert_eq!(car.tells(at(0)), [Notice::SubscriptionRefused { reason }]);
    assert_eq!(car.does(at(2)), [Did::Subscribe]);
    car.on(subscribed(), at(2));
    assert_eq!(car.does(at(2)), [Did::Publish(1)]);
}

#[test]
fn a_broker_without_qos_1_is_told_and_given_nothing() {
    let mut car = Car::new();
    car.send(0, at(0));
    car.all(at(0));
    let mut connack = Connack::new(false);
    connack.maximum_qos = 0;
    car.on(FromBroker::Connected(connack), at(0));
    let expected = [Did::Tell(Notice::Unfit { lack: Lack::Qos1 }), Did::Disconnect(0)];
    assert_eq!(car.all(at(0)), expected);
    assert!(car.delay(at(0)) <= 1000);
    assert_eq!(car.does(at(1)), [Did::Connect]);
}

#[test]
fn a_session_that_is_kept_for_less_than_was_asked_for_is_told() {
    for (seconds, told) in [(60, true), (30 * 24 * 60 * 60, false)] {
        let mut car = Car::new();
        let mut connack = Connack::new(false);
        connack.session_expiry = Some(seconds);
        car.on(FromBroker::Connected(connack), at(0));
        let notices = car.tells(at(0));
        assert_eq!(notices.contains(&Notice::SessionExpiry { seconds }), told);
    }
}

#[test]
fn connack_lowers_the_window() {
    let mut car = Car::new();
    (0..5).for_each(|n| car.send(n, at(0)));
    car.all(at(0));
    let mut connack = Connack::new(false);
    connack.receive_maximum = 2;
    car.ready_with(connack, at(0));
    assert_eq!(car.does(at(0)), [Did::Publish(1), Did::Publish(2)]);
    car.puback(1, ReasonCode::SUCCESS, at(0));
    assert_eq!(car.does(at(0)), [Did::Publish(3)]);
}

#[test]
fn one_message_above_the_brokers_limit_does_not_block_the_others() {
    let mut car = Car::new();
    let large: Vec<_> = (0..20).map(|n| (n, ProfileStatus::ENABLED)).collect();
    car.session.send(&status(0, &large), at(0)).unwrap();
    car.send(1, at(0));
    car.all(at(0));
    let mut connack = Connack::new(false);
    connack.maximum_packet_size = Some(300);
    car.ready_with(connack, at(0));
    let all = car.all(at(0));
    assert!(
        all.iter()
            .any(|did| matches!(did, Did::Tell(Notice::PutAside { size, .. }) if *size > 300))
    );
    assert!(all.contains(&Did::Publish(2)) && !all.contains(&Did::Publish(1)));
    car.puback(2, ReasonCode::SUCCESS, at(0));
    assert_eq!(car.session.waiting(), 1);
    // Another broker, or another setting, takes it.
    car.on(lost(), at(100));
    car.all(at(200));
    car.ready(at(200));
    assert!(car.does(at(200)).contains(&Did::Publish(1)));
}

#[test]
fn one_message_that_is_refused_again_and_again_does_not_block_the_others() {
    let mut car = Car::new();
    car.ready(at(0));
    car.send(0, at(0));
    car.send(1, at(0));
    car.all(at(0));
    car.puback(2, ReasonCode::SUCCESS, at(0));
    let mut now = 0;
    for _ in 0..3 {
        car.puback(1, ReasonCode(0x99), at(now));
        now += 100;
        car.all(at(now));
    }
    car.send(2, at(now));
    assert!(car.does(at(now)).contains(&Did::Publish(3)));
    assert_eq!(car.session.waiting(), 2);
}

#[test]
fn nobody_subscribed_means_a_rest_for_all() {
    let mut car = Car::new();
    car.ready(at(0));
    (0..3).for_each(|n| car.send(n, at(0)));
    car.all(at(0));
    (1..=3).for_each(|n| car.puback(n, ReasonCode::NO_MATCHING_SUBSCRIBERS, at(0)));
    assert!(car.does(at(0)).is_empty());
    assert_eq!(car.does(at(1)), [Did::Publish(1), Did::Publish(2), Did::Publish(3)]);
}

/// What the next publication of the car's carries as its expiry.
fn expiry(car: &mut Car, now: Now) -> Option<u32> {
    while let Some(output) = car.session.poll(now) {
        match output {
            VehicleOutput::ToBroker(ToBroker::Publish { outgoing, .. }) => return outgoing.expiry,
            VehicleOutput::Store { ticket, .. } => car.session.stored(ticket, Ok(()), now),
            _ => {}
        }
    }
    panic!("nothing is published")
}

#[test]
fn a_message_taken_at_1970_does_not_go_out_with_a_second_left() {
    let wall = |seconds, unix| Now::new(Duration::from_secs(seconds), unix);
    for (taken, restarted, expected) in [
        (wall(0, 12), false, 86_400 - 100),
        (wall(0, 12), true, 86_400),
        (wall(0, WALL), true, 86_400 - 100),
        // The clock was ahead by a year.
        (wall(0, WALL + 31_000_000), true, 86_400),
    ] {
        let mut car = Car::with(VehicleSettings::default(), taken);
        let ask = aid2_proto::RequestActivationCode::new(
            id(0),
            "9876543210".parse().unwrap(),
            "89034011560010000000000000000121".parse().unwrap(),
        );
        car.session.send(&ask, taken).unwrap();
        car.all(taken);
        let now = wall(100, WALL + 100);
        if restarted {
            car.restart(now);
        }
        car.on(connected(), now);
        car.on(subscribed(), now);
        assert_eq!(expiry(&mut car, now), Some(expected), "{taken:?} {restarted}");
    }
}

#[test]
fn request_ids_grow_without_a_clock_too() {
    let mut car = Car::new();
    let dead = |seconds| Now::new(Duration::from_secs(seconds), 0);
    let ids: Vec<_> = (0..3)
        .map(|n| car.session.next_request_id(dead(n)).timestamp.number())
        .collect();
    assert_eq!(ids, [1, 2, 3]);
}

#[test]
fn an_order_is_acknowledged_when_its_answer_is_stored_and_its_copy_gets_the_same() {
    let mut car = Car::new();
    car.ready(at(0));
    car.all(at(0));
    let order = binding().request(&delete(5));
    car.on(publication(&order, None, 11), at(0));
    let Some(Did::Deliver(ticket)) = car.does(at(0)).pop() else {
        panic!()
    };
    assert!(car.does(at(50)).is_empty(), "a handler may take its time");
    let answer = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
    let completion = VehicleCompletion::new().with_response(Some(answer.encode()));
    let completion = completion.and_send(&status(5, &[(5, ProfileStatus::DELETED)]));
    car.session.handled(ticket, completion, at(50));
    let did = car.does(at(50));
    assert_eq!(
        did,
        [Did::Done(true), Did::Acknowledge(11), Did::Publish(1), Did::Publish(2)]
    );
    // After a restart too.
    car.restart(at(60));
    car.ready(at(60));
    car.all(at(60));
    car.on(publication(&order, None, 12), at(60));
    let all = car.all(at(60));
    assert!(matches!(all[0], Did::Tell(Notice::Duplicate { .. })), "{all:?}");
    assert!(
        all.contains(&Did::Acknowledge(12)) && all.contains(&Did::Publish(3)),
        "{all:?}"
    );
}

#[test]
fn what_cannot_be_handled_now_is_delivered_again_and_nothing_overtakes_it() {
    let mut car = Car::new();
    car.ready(at(0));
    car.all(at(0));
    let (first, second) = (binding().request(&delete(5)), binding().message(&code(6, "A")));
    car.on(publication(&first, None, 1), at(0));
    car.on(publication(&second, None, 2), at(0));
    let Some(Did::Deliver(ticket)) = car.does(at(0)).pop() else {
        panic!()
    };
    car.session.failed(ticket, true, at(0));
    assert!(matches!(car.tells(at(0))[..], [Notice::Panicked { .. }]));
    let [Did::Deliver(again)] = car.does(at(1))[..] else {
        panic!()
    };
    assert_ne!(again, ticket);
    car.session.handled(ticket, VehicleCompletion::new(), at(1));
    assert!(car.does(at(1)).is_empty(), "the first try is over");
    car.session.handled(again, VehicleCompletion::new(), at(1));
    let did = car.does(at(1));
    assert!(
        matches!(did[..], [Did::Done(true), Did::Deliver(_), Did::Acknowledge(1)]),
        "{did:?}"
    );
}

#[test]
fn a_failing_store_means_that_the_handler_runs_again() {
    let mut car = Car::new();
    car.ready(at(0));
    car.all(at(0));
    let order = binding().request(&delete(5));
    car.on(publication(&order, None, 1), at(0));
    let Some(Did::Deliver(ticket)) = car.does(at(0)).pop() else {
        panic!()
    };
    car.fails = true;
    car.session.handled(ticket, VehicleCompletion::new(), at(0));
    assert_eq!(car.does(at(0)), [Did::Done(false)]);
    car.fails = false;
    assert!(matches!(car.does(at(1))[..], [Did::Deliver(_)]));
}

#[test]
fn what_came_on_an_earlier_connection_is_not_acknowledged_on_this_one() {
    let mut car = Car::new();
    car.ready(at(0));
    car.all(at(0));
    let order = binding().request(&delete(5));
    car.on(publication(&order, None, 1), at(0));
    let Some(Did::Deliver(ticket)) = car.does(at(0)).pop() else {
        panic!()
    };
    car.on(lost(), at(1));
    car.all(at(3));
    car.ready(at(3));
    car.all(at(3));
    car.session.handled(ticket, VehicleCompletion::new(), at(3));
    assert_eq!(car.does(at(3)), [Did::Done(true)]);
}

#[test]
fn more_than_receive_maximum_is_taken_within_a_bound_and_told() {
    let mut settings = VehicleSettings::default();
    settings.receive_maximum = 2;
    let order = binding().request(&delete(1));
    settings.max_held = order.payload.len() * 4;
    let mut car = Car::with(settings, at(0));
    car.ready(at(0));
    car.all(at(0));
    for n in 1..=4 {
        let order = binding().request(&delete(n));
        car.on(publication(&order, None, n as u16), at(0));
    }
    let told = car.tells(at(0));
    assert_eq!(told, [Notice::BeyondReceiveMaximum { held: 3 }]);
    car.on(publication(&binding().request(&delete(5)), None, 5), at(0));
    let all = car.all(at(0));
    assert!(all.contains(&Did::Disconnect(0x93)), "{all:?}");
    assert!(
        all.iter()
            .any(|did| matches!(did, Did::Tell(Notice::TooMuchHeld { .. })))
    );
    car.on(lost(), at(0));
    assert!(car.does(at(2)).contains(&Did::Connect));
}

#[test]
fn retained_and_broken_messages_are_told_and_acknowledged() {
    let mut car = Car::new();
    car.ready(at(0));
    car.all(at(0));
    let order = binding().request(&delete(5));
    let FromBroker::Published(mut retained) = publication(&order, None, 1) else {
        panic!()
    };
    retained.retain = true;
    car.on(FromBroker::Published(retained), at(0));
    let all = car.all(at(0));
    assert!(
        matches!(&all[..], [Did::Tell(Notice::Refused { reason, .. }), Did::Acknowledge(1)]
        if reason.reason() == "retained")
    );
    let mut broken = order.clone();
    broken.payload.truncate(10);
    let FromBroker::Published(broken) = publication(&broken, None, 2) else {
        panic!()
    };
    car.on(FromBroker::Published(broken), at(0));
    assert!(matches!(
        &car.all(at(0))[..],
        [Did::Tell(Notice::Refused { .. }), Did::Acknowledge(2)]
    ));
}

#[test]
fn a_damaged_entry_is_told_and_the_others_are_sent() {
    let mut car = Car::new();
    (0..3).for_each(|n| car.send(n, at(0)));
    car.all(at(0));
    let key = car.store.keys().find(|key| key[0] == b'o').unwrap().clone();
    car.store.get_mut(&key).unwrap().truncate(5);
    let entries = car.store.clone().into_iter().collect();
    car.session = VehicleSession::restore(vin(), VehicleSettings::default(), entries, 8, at(1)).unwrap();
    assert!(car.tells(at(1)).contains(&Notice::Unreadable { key }));
    car.ready(at(1));
    assert_eq!(car.does(at(1)), [Did::Publish(2), Did::Publish(3)]);
    let other = "WBAUX11030A334484".parse().unwrap();
    let entries = car.store.clone().into_iter().collect();
    assert!(VehicleSession::restore(other, VehicleSettings::default(), entries, 8, at(1)).is_err());
}

//
#[test]
fn a_unit_that_moves_leaves_behind_what_was_the_former_vehicles() {
    let mut car = Car::new();
    let mine = Change::Put(b"mine".to_vec(), vec![1]);
    let commit = VehicleCompletion::new().and_send(&status(1, &[])).and_keep(mine);
    car.session.commit(commit, at(1)).unwrap();
    car.all(at(1));
    let used = car.session.next_request_id(at(2));
    car.session
        .send(&SendCsimStatus::new(used, status(1, &[]).eid, vec![]), at(2))
        .unwrap();
    car.all(at(2));
    let mut entries: Vec<_> = car.store.clone().into_iter().collect();

    let other = "WBA71DC010CH14720".parse().unwrap();
    assert_eq!(VehicleSession::moved(other, &entries), None, "it is not that vehicle's");
    let refused = VehicleSession::restore(other, VehicleSettings::default(), entries.clone(), 8, at(3));
    assert_eq!(
        refused.unwrap_err().to_string(),
        format!("the store is that of vehicle {}", vin())
    );
    let moved = VehicleSession::moved(vin(), &entries).unwrap();
    assert_eq!(moved.messages, 2);
    entries.retain(|(key, _)| !moved.remove.contains(key));
    assert_eq!(VehicleSession::of_application(&entries), [(&b"mine"[..], &[1][..])]);
    let mut session = VehicleSession::restore(other, VehicleSettings::default(), entries, 8, at(3)).unwrap();
    assert_eq!(session.waiting(), 0);
    let next = session.next_request_id(Now::new(Duration::ZERO, 0));
    assert_eq!(next.timestamp.as_secs(), used.timestamp.as_secs() + 1);
}

#[test]
fn closing_ends_it() {
    let mut car = Car::new();
    car.ready(at(0));
    car.all(at(0));
    car.session.close();
    assert_eq!(car.does(at(0)), [Did::Disconnect(0)]);
    car.on(lost(), at(0));
    assert!(car.session.is_closed() && car.session.next_wake().is_none());
    assert_eq!(car.session.send(&status(0, &[]), at(0)), Err(SendError::Closed));
    assert_eq!(SendCsimStatus::NAME, "SendCSIMStatus");
}

//
#[test]
fn what_a_vehicle_sends_with_the_request_id_of_an_order_carries_the_trace_of_it_also_after_a_restart() {
    let mut car = Car::new();
    car.ready(at(0));
    car.on(traced(&binding().request(&delete(1)), 1), at(0));
    let did = car.does(at(0));
    let [Did::Deliver(ticket)] = did[..] else {
        panic!("{did:?}")
    };
    // What is answered comes later.
    car.session.handled(ticket, VehicleCompletion::new(), at(0));
    car.all(at(0));
    car.restart(at(1));
    let response = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
    let answer = VehicleCompletion::new().and_answer(None, id(1), &response);
    let answer = answer.and_send(&status(1, &[])).and_send(&status(2, &[]));
    car.session.commit(answer, at(1)).unwrap();
    car.all(at(1));
    car.ready_with(Connack::new(false), at(1));
    car.all(at(1));
    let cause = TRACE.parse().ok();
    let traces: Vec<_> = car.published.iter().map(|out| out.trace_parent).collect();
    assert_eq!(traces, [cause, cause, None]);
    // The broker counts it, too.
    let with = car.published[1].packet_size();
    car.published[1].trace_parent = None;
    assert_eq!(
        with - car.published[1].packet_size(),
        1 + 2 + "traceparent".len() + 2 + TRACE.len()
    );
}
