use std::collections::BTreeMap;

use aid_types::{TraceParent, Vin};
use aid2_proto::{
    Payload as _, ProfileStatus, RequestActivationCode, RequestActivationCodeResult, RequestDeleteProfile,
    RequestDeleteProfileResponse, RequestDeleteProfileResult,
    binding::Outgoing,
    session::{
        BackendCompletion, BackendOutput, BackendSession, BackendSettings, Cancel, Cause, CommitError, Connack, End,
        FromBroker, Lack, NewOrder, Notice, Now, OVERTAKEN, OrderKey, Outcome, ReasonCode, Record, Ticket, ToBroker,
        ToCmp,
    },
};

use super::{
    TRACE, at, binding, code, connected, delete, iccid, id, installed, lost, publication, status, subscribed, traced,
    vin,
};

/// The database that instances share.
#[derive(Default)]
struct Records(BTreeMap<Vin, (u64, Vec<u8>, Option<u64>)>);

impl Records {
    fn of(&self, vin: Vin) -> Record {
        Record::from_bytes(vin, &self.0[&vin].1).unwrap()
    }
}

struct Cmp {
    session: BackendSession,
    /// Commits that wait, if they shall.
    hold_commits: bool,
    commits: Vec<BackendOutput>,
    fails: bool,
    loads: usize,
    /// Of what was delivered.
    traces: Vec<Option<TraceParent>>,
}

#[derive(Debug, PartialEq)]
enum Did {
    Connect,
    Subscribe,
    Unsubscribe,
    Publish(u64, Outgoing),
    Acknowledge(u16),
    Disconnect(u8, bool),
    Deliver(Ticket, Cause),
    Done(Ticket, Outcome),
    Tell(Notice),
}

impl Cmp {
    fn new() -> Self {
        Self::with(BackendSettings::default())
    }

    fn with(settings: BackendSettings) -> Self {
        Self {
            session: BackendSession::new(settings, "cmp", 3, at(0)).unwrap(),
            hold_commits: false,
            commits: Vec::new(),
            fails: false,
            loads: 0,
            traces: Vec::new(),
        }
    }

    fn commit(&mut self, records: &mut Records, output: BackendOutput, now: Now) {
        let BackendOutput::Commit {
            vin,
            expected,
            record,
            due,
            ..
        } = output
        else {
            panic!("{output:?}")
        };
        let version = records.0.get(&vin).map(|(version, ..)| *version);
        let outcome = if self.fails {
            Err(CommitError::Failed("down".to_owned()))
        } else if version == expected {
            let version = version.unwrap_or_default() + 1;
            records.0.insert(vin, (version, record, due));
            Ok(version)
        } else {
            Err(CommitError::Conflict)
        };
        self.session.committed(vin, outcome, now);
    }

    fn all(&mut self, records: &mut Records, now: Now) -> Vec<Did> {
        let mut did = Vec::new();
        while let Some(output) = self.session.poll(now) {
            did.push(match output {
                BackendOutput::Load { vin } => {
                    self.loads += 1;
                    let found = records
                        .0
                        .get(&vin)
                        .map(|(version, record, _)| (*version, record.as_slice()));
                    let found = if self.fails { Err("down".to_owned()) } else { Ok(found) };
                    self.session.loaded(vin, found, now);
                    continue;
                }
                commit @ BackendOutput::Commit { .. } if self.hold_commits => {
                    self.commits.push(commit);
                    continue;
                }
                commit @ BackendOutput::Commit { .. } => {
                    self.commit(records, commit, now);
                    continue;
                }
                BackendOutput::FindDue { until, beyond, limit } => {
                    let due = records
                        .0
                        .iter()
                        .filter(|(_, (_, _, due))| due.is_some_and(|due| due <= until || due > beyond));
                    self.session
                        .found(Ok(due.map(|(vin, _)| *vin).take(limit).collect()), now);
                    continue;
                }
                BackendOutput::ToBroker(ToBroker::Connect) => Did::Connect,
                BackendOutput::ToBroker(ToBroker::Subscribe { .. }) => Did::Subscribe,
                BackendOutput::ToBroker(ToBroker::Unsubscribe { .. }) => Did::Unsubscribe,
                BackendOutput::ToBroker(ToBroker::Publish { number, outgoing }) => Did::Publish(number, outgoing),
                BackendOutput::ToBroker(ToBroker::Acknowledge { packet_id }) => Did::Acknowledge(packet_id),
                BackendOutput::ToBroker(ToBroker::Disconnect { reason, ends_session }) => {
                    Did::Disconnect(reason.0, ends_session)
                }
                BackendOutput::Deliver {
                    ticket,
                    cause,
                    trace_parent,
                    ..
                } => {
                    self.traces.push(trace_parent);
                    Did::Deliver(ticket, cause)
                }
                BackendOutput::Done { ticket, outcome } => Did::Done(ticket, outcome),
                BackendOutput::Tell(notice) => Did::Tell(notice),
                other => panic!("{other:?}"),
            });
        }
        did
    }

    fn does(&mut self, records: &mut Records, now: Now) -> Vec<Did> {
        let all = self.all(records, now);
        all.into_iter().filter(|did| !matches!(did, Did::Tell(_))).collect()
    }

    fn published(&mut self, records: &mut Records, now: Now) -> Vec<(u64, Outgoing)> {
        let published = |did| match did {
            Did::Publish(number, outgoing) => Some((number, outgoing)),
            _ => None,
        };
        self.all(records, now).into_iter().filter_map(published).collect()
    }

    fn delivered(&mut self, records: &mut Records, now: Now) -> (Ticket, Cause) {
        let delivered = |did| match did {
            Did::Deliver(ticket, cause) => Some((ticket, cause)),
            _ => None,
        };
        self.all(records, now).into_iter().find_map(delivered).unwrap()
    }

    fn ready(&mut self, records: &mut Records, now: Now) {
        self.all(records, now);
        self.session.from_broker(connected(), now);
        assert_eq!(self.does(records, now), [Did::Subscribe]);
        self.session.from_broker(subscribed(), now);
        self.all(records, now);
    }

    fn comes(&mut self, out: &Outgoing, sequence: Option<&str>, packet_id: u16, now: Now) {
        self.session.from_broker(publication(out, sequence, packet_id), now);
    }

    fn puback(&mut self, number: u64, reason: ReasonCode, now: Now) {
        self.session
            .from_broker(FromBroker::Acknowledged { number, reason }, now);
    }
}

fn ready() -> (Cmp, Records) {
    let (mut cmp, mut records) = (Cmp::new(), Records::default());
    cmp.ready(&mut records, at(0));
    (cmp, records)
}

fn ended(did: &[Did]) -> Vec<End> {
    let ended = did.iter().filter_map(|did| match did {
        Did::Tell(Notice::Ended { how, .. }) => Some(*how),
        _ => None,
    });
    ended.collect()
}

fn answer(n: u64) -> Outgoing {
    let result = RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS;
    binding().response::<RequestDeleteProfile>(id(n), &RequestDeleteProfileResponse::new(result))
}

fn ask(n: u64) -> RequestActivationCode {
    let user = "9876543210".parse().unwrap();
    RequestActivationCode::new(id(n), user, "89034011560010000000000000000121".parse().unwrap())
}

// [test->R-347~1]
#[test]
fn a_message_is_acknowledged_when_the_record_is_committed_and_its_copy_is_not_handled() {
    let (mut cmp, mut records) = ready();
    let out = binding().message(&status(1, &[]));
    cmp.comes(&out, Some("00000000000000aa/1"), 11, at(0));
    let (ticket, _) = cmp.delivered(&mut records, at(0));
    cmp.hold_commits = true;
    cmp.session.handled(ticket, BackendCompletion::new(), at(0));
    assert!(cmp.does(&mut records, at(0)).is_empty());
    let commit = cmp.commits.remove(0);
    assert!(matches!(commit, BackendOutput::Commit { delivery: Some(found), durable: true, .. } if found == ticket));
    cmp.commit(&mut records, commit, at(0));
    assert_eq!(
        cmp.does(&mut records, at(0)),
        [Did::Done(ticket, Outcome::Stored), Did::Acknowledge(11)]
    );
    cmp.comes(&out, Some("00000000000000aa/1"), 12, at(0));
    assert_eq!(cmp.does(&mut records, at(0)), [Did::Acknowledge(12)]);
}

#[test]
fn messages_of_one_vehicle_are_handled_one_after_the_other() {
    let (mut cmp, mut records) = ready();
    for n in 1..=3 {
        cmp.comes(&binding().message(&status(n, &[])), None, n as u16, at(0));
    }
    for n in 1..=3 {
        let (ticket, cause) = cmp.delivered(&mut records, at(0));
        assert_eq!(cause, Cause::Message(ToCmp::SendCsimStatus(status(n, &[]))));
        cmp.session.handled(ticket, BackendCompletion::new(), at(0));
    }
}

#[test]
fn a_handler_that_panics_is_contained_and_its_vehicle_goes_on() {
    let (mut cmp, mut records) = ready();
    cmp.comes(&binding().message(&status(1, &[])), None, 1, at(0));
    let (ticket, _) = cmp.delivered(&mut records, at(0));
    cmp.session.failed(ticket, true, at(0));
    let all = cmp.all(&mut records, at(0));
    assert!(matches!(all[..], [Did::Tell(Notice::Panicked { .. })]), "{all:?}");
    let (again, _) = cmp.delivered(&mut records, at(1));
    cmp.session.handled(again, BackendCompletion::new(), at(1));
    assert!(cmp.does(&mut records, at(1)).contains(&Did::Acknowledge(1)));
}

#[test]
fn another_instance_that_was_faster_means_that_the_handler_runs_on_the_new_record() {
    let (mut cmp, mut records) = ready();
    let out = binding().message(&status(1, &[]));
    cmp.comes(&out, None, 1, at(0));
    let (ticket, _) = cmp.delivered(&mut records, at(0));
    // The other has had something else meanwhile.
    let mut other = Cmp::new();
    other.session.order(NewOrder::new(&delete(9)).unwrap(), at(0));
    other.all(&mut records, at(0));
    cmp.session.handled(ticket, BackendCompletion::new(), at(0));
    let did = cmp.does(&mut records, at(0));
    // It is there, and what is due goes out.
    let [
        Did::Done(done, Outcome::Conflict),
        Did::Deliver(again, _),
        Did::Publish(..),
    ] = &did[..]
    else {
        panic!("{did:?}")
    };
    assert_eq!(*done, ticket);
    cmp.session.handled(*again, BackendCompletion::new(), at(0));
    let did = cmp.all(&mut records, at(0));
    assert!(did.contains(&Did::Acknowledge(1)));
}

#[test]
fn a_store_that_is_down_delays_and_loses_nothing() {
    let (mut cmp, mut records) = ready();
    cmp.fails = true;
    cmp.comes(&binding().message(&status(1, &[])), None, 1, at(0));
    let ordered = cmp.session.order(NewOrder::new(&delete(9)).unwrap(), at(0));
    let did = cmp.does(&mut records, at(0));
    assert_eq!(did, [Did::Done(ordered, Outcome::Failed)]);
    cmp.fails = false;
    let (ticket, _) = cmp.delivered(&mut records, at(1));
    cmp.fails = true;
    cmp.session.handled(ticket, BackendCompletion::new(), at(1));
    assert_eq!(cmp.does(&mut records, at(1)), [Did::Done(ticket, Outcome::Failed)]);
    cmp.fails = false;
    let (ticket, _) = cmp.delivered(&mut records, at(10));
    cmp.session.handled(ticket, BackendCompletion::new(), at(10));
    assert!(cmp.does(&mut records, at(10)).contains(&Did::Acknowledge(1)));
}

#[test]
fn a_record_of_a_later_version_is_not_written_over() {
    let (mut cmp, mut records) = ready();
    records.0.insert(vin(), (4, vec![99, 1, 2], None));
    let ticket = cmp.session.order(NewOrder::new(&delete(9)).unwrap(), at(0));
    let all = cmp.all(&mut records, at(0));
    assert!(all.contains(&Did::Done(ticket, Outcome::Failed)));
    assert!(
        all.iter()
            .any(|did| matches!(did, Did::Tell(Notice::StoreFailed { .. })))
    );
    assert_eq!(records.0[&vin()].1, [99, 1, 2]);
}

// [test->R-341~1]
#[test]
fn an_order_is_published_until_it_has_ended_whoever_hears_of_it() {
    let (mut cmp, mut records) = ready();
    let ticket = cmp.session.order(NewOrder::new(&delete(9)).unwrap(), at(0));
    let all = cmp.all(&mut records, at(0));
    assert!(all.contains(&Did::Done(ticket, Outcome::Stored)));
    let Some(Did::Publish(number, outgoing)) = all.last() else {
        panic!("{all:?}")
    };
    assert_eq!(outgoing.expiry, Some(6 * 60 * 60));
    assert!(!all.iter().any(|did| matches!(did, Did::Tell(Notice::Resent { .. }))));
    cmp.puback(*number, ReasonCode::SUCCESS, at(0));
    assert!(cmp.does(&mut records, at(100)).is_empty());
    // Six hours later, by another instance: the first is gone.
    let mut other = Cmp::new();
    other.ready(&mut records, at(100));
    assert!(other.published(&mut records, at(6 * 3600 - 1)).is_empty());
    let published = other.published(&mut records, at(6 * 3600 + 1));
    assert_eq!(published.len(), 1);
    other.puback(published[0].0, ReasonCode::SUCCESS, at(6 * 3600 + 1));
    // The answer comes to a third.
    let mut third = Cmp::new();
    third.ready(&mut records, at(6 * 3600 + 2));
    third.comes(&answer(9), None, 1, at(6 * 3600 + 2));
    let (ticket, _) = third.delivered(&mut records, at(6 * 3600 + 2));
    third
        .session
        .handled(ticket, BackendCompletion::new(), at(6 * 3600 + 2));
    assert_eq!(ended(&third.all(&mut records, at(6 * 3600 + 2))), [End::Answered]);
    assert!(other.published(&mut records, at(20 * 3600)).is_empty());
}

#[test]
fn a_vehicle_that_asks_twice_and_reports_once_leaves_no_order_open() {
    let (mut cmp, mut records) = ready();
    for n in [1, 2] {
        cmp.session.order(NewOrder::new(&code(n, "A")).unwrap(), at(0));
        cmp.all(&mut records, at(0));
    }
    let report = binding().message(&installed(1, &code(1, "A")));
    cmp.comes(&report, None, 1, at(1));
    let (ticket, _) = cmp.delivered(&mut records, at(1));
    cmp.session.handled(ticket, BackendCompletion::new(), at(1));
    assert_eq!(ended(&cmp.all(&mut records, at(1))), [End::Answered, End::Superseded]);
    assert!(records.of(vin()).orders().is_empty());
}

#[test]
fn the_owner_is_told_that_the_time_of_an_order_is_over() {
    let (mut cmp, mut records) = ready();
    cmp.session
        .order(NewOrder::new(&code(1, "A")).unwrap().owned_by("federation"), at(0));
    cmp.all(&mut records, at(0));
    let (ticket, cause) = cmp.delivered(&mut records, at(86_401));
    let Cause::Expired(order) = cause else {
        panic!("{cause:?}")
    };
    assert_eq!(order.owner.as_deref(), Some("federation"));
    // Told again until it is dealt with.
    cmp.session.failed(ticket, false, at(86_401));
    let (ticket, _) = cmp.delivered(&mut records, at(86_403));
    cmp.session.handled(ticket, BackendCompletion::new(), at(86_403));
    assert_eq!(ended(&cmp.all(&mut records, at(86_403))), [End::Expired]);
    assert!(records.of(vin()).orders().is_empty());
}

#[test]
fn what_is_cancelled_is_published_no_more() {
    let (mut cmp, mut records) = ready();
    cmp.session
        .order(NewOrder::new(&delete(1)).unwrap().owned_by("a"), at(0));
    cmp.session
        .order(NewOrder::new(&delete(2)).unwrap().owned_by("b"), at(0));
    cmp.all(&mut records, at(0));
    cmp.session.cancel(vin(), Cancel::Owner("a".to_owned()), at(0));
    assert_eq!(ended(&cmp.all(&mut records, at(0))), [End::Cancelled]);
    let key = OrderKey::new(RequestDeleteProfile::NAME, id(2)).unwrap();
    cmp.session.cancel(vin(), Cancel::Order(key), at(0));
    assert_eq!(ended(&cmp.all(&mut records, at(0))), [End::Cancelled]);
    assert!(cmp.published(&mut records, at(86_400)).is_empty());
}

#[test]
fn a_sign_of_life_brings_the_orders_forward_but_not_each_second() {
    let (mut cmp, mut records) = ready();
    cmp.session.order(NewOrder::new(&delete(9)).unwrap(), at(0));
    let published = cmp.published(&mut records, at(0));
    cmp.puback(published[0].0, ReasonCode::SUCCESS, at(0));
    cmp.all(&mut records, at(0));
    for (n, seconds, copies) in [(1, 59, 0), (2, 60, 1), (3, 61, 0), (4, 120, 1)] {
        cmp.comes(&binding().message(&status(n, &[])), None, n as u16, at(seconds));
        let (ticket, _) = cmp.delivered(&mut records, at(seconds));
        cmp.session.handled(ticket, BackendCompletion::new(), at(seconds));
        let published = cmp.published(&mut records, at(seconds));
        assert_eq!(published.len(), copies, "{seconds}");
        for (number, _) in published {
            cmp.puback(number, ReasonCode::SUCCESS, at(seconds));
        }
    }
}

#[test]
fn a_copy_that_the_broker_threw_away_is_published_again_soon_and_then_less_often() {
    let (mut cmp, mut records) = ready();
    cmp.session.order(NewOrder::new(&delete(9)).unwrap(), at(0));
    let (mut now, mut copies) = (0, Vec::new());
    while now < 3600 {
        for (number, _) in cmp.published(&mut records, at(now)) {
            copies.push(now);
            cmp.puback(number, ReasonCode::NO_MATCHING_SUBSCRIBERS, at(now));
        }
        now += 1;
    }
    assert!(copies.len() >= 10 && copies.len() <= 13, "{copies:?}");
    assert_eq!(copies[..4], [0, 1, 3, 7]);
}

#[test]
fn what_was_under_way_when_the_connection_was_lost_goes_out_with_the_next() {
    let (mut cmp, mut records) = ready();
    cmp.session.order(NewOrder::new(&delete(9)).unwrap(), at(0));
    assert_eq!(cmp.published(&mut records, at(0)).len(), 1);
    cmp.session.from_broker(lost(), at(1));
    // Ordered without a connection.
    cmp.session.order(NewOrder::new(&delete(10)).unwrap(), at(1));
    assert!(cmp.published(&mut records, at(2)).is_empty());
    cmp.session.from_broker(connected(), at(2));
    cmp.all(&mut records, at(2));
    cmp.session.from_broker(subscribed(), at(2));
    let all = cmp.all(&mut records, at(2));
    let published = all.iter().filter(|did| matches!(did, Did::Publish(..))).count();
    let resent = all
        .iter()
        .filter(|did| matches!(did, Did::Tell(Notice::Resent { .. })))
        .count();
    assert_eq!((published, resent), (2, 2), "{all:?}");
}

#[test]
fn a_record_stays_while_the_broker_owes_an_acknowledgement_and_no_longer() {
    let (mut cmp, mut records) = ready();
    let order = |cmp: &mut Cmp, records: &mut Records, n| {
        cmp.session.order(NewOrder::new(&delete(n)).unwrap(), at(0));
        let published = cmp.published(records, at(0));
        assert_eq!(published.len(), 1);
        published[0].0
    };
    let number = order(&mut cmp, &mut records, 1);
    assert_eq!(cmp.loads, 1);
    cmp.puback(number, ReasonCode::SUCCESS, at(0));
    assert!(cmp.does(&mut records, at(0)).is_empty());
    assert_eq!(records.of(vin()).orders()[0].copies, 1);
    assert_eq!(cmp.loads, 1);
    // Acknowledged, it is gone; and so it is when the connection is.
    let number = order(&mut cmp, &mut records, 2);
    assert_eq!(cmp.loads, 2);
    cmp.session.from_broker(lost(), at(0));
    cmp.all(&mut records, at(0));
    cmp.puback(number, ReasonCode::SUCCESS, at(0));
    cmp.session.order(NewOrder::new(&delete(3)).unwrap(), at(0));
    cmp.all(&mut records, at(0));
    assert_eq!(cmp.loads, 3);
}

#[test]
fn a_record_that_stayed_is_loaded_again_for_what_others_may_have_changed() {
    let (mut cmp, mut records) = ready();
    cmp.session.order(NewOrder::new(&delete(1)).unwrap(), at(0));
    assert_eq!(cmp.published(&mut records, at(0)).len(), 1);
    // Not acknowledged. Another instance stores an order, which it cannot publish, and has this one look.
    let mut other = Cmp::new();
    other.session.order(NewOrder::new(&delete(2)).unwrap(), at(0));
    other.all(&mut records, at(0));
    cmp.session.due(vin(), at(1));
    assert_eq!(cmp.published(&mut records, at(1)).len(), 1);
    // It deals with a message; a copy of which is no news here.
    let out = binding().message(&status(1, &[]));
    other.ready(&mut records, at(1));
    other.comes(&out, None, 1, at(1));
    let (ticket, _) = other.delivered(&mut records, at(1));
    other.session.handled(ticket, BackendCompletion::new(), at(1));
    other.all(&mut records, at(1));
    cmp.comes(&out, None, 1, at(1));
    assert_eq!(cmp.does(&mut records, at(1)), [Did::Acknowledge(1)]);
}

#[test]
fn a_clock_that_was_ahead_does_not_hold_orders_back() {
    let (mut cmp, mut records) = ready();
    let ahead = Now::new(at(0).monotonic, at(0).unix + 100_000_000);
    cmp.session.order(NewOrder::new(&delete(9)).unwrap(), ahead);
    let published = cmp.published(&mut records, ahead);
    cmp.puback(published[0].0, ReasonCode::SUCCESS, ahead);
    cmp.all(&mut records, ahead);
    assert_eq!(cmp.published(&mut records, at(10)).len(), 1);
}

#[test]
fn nobody_waits_for_a_time_that_another_clock_wrote() {
    let (mut cmp, mut records) = ready();
    cmp.session.order(NewOrder::new(&delete(9)).unwrap(), at(0));
    let published = cmp.published(&mut records, at(0));
    cmp.puback(published[0].0, ReasonCode::SUCCESS, at(0));
    cmp.all(&mut records, at(0));
    let times = BackendSettings::default().times;
    assert_eq!(records.0[&vin()].2, Some(at(0).unix + u64::from(times.again_after)));
    // Another instance, which begins at 1970, stores the record for a reason of its own.
    let begins_at_1970 = Now::new(at(0).monotonic, 1_000);
    assert_eq!(records.of(vin()).next_due(begins_at_1970), Some(1_000));
}

#[test]
fn a_refusal_is_kept_until_the_broker_has_it() {
    let (mut cmp, mut records) = ready();
    cmp.comes(&binding().message(&ask(1)), None, 1, at(0));
    let (ticket, _) = cmp.delivered(&mut records, at(0));
    let refusing = BackendCompletion::new().refusing(RequestActivationCodeResult::UNKNOWN_USER.into());
    cmp.session.handled(ticket, refusing, at(0));
    let all = cmp.all(&mut records, at(0));
    assert!(all.contains(&Did::Acknowledge(1)), "the record holds the answer");
    let Some(Did::Publish(number, out)) = all.iter().find(|did| matches!(did, Did::Publish(..))) else {
        panic!()
    };
    assert_eq!(
        out.topic,
        "aid2/v1/WBAUX11030A334483/vehicle/RequestActivationCode.Response"
    );
    assert_eq!(out.expiry, Some(6 * 60 * 60));
    assert_eq!(records.of(vin()).orders().len(), 1);
    cmp.puback(*number, ReasonCode::SUCCESS, at(0));
    cmp.all(&mut records, at(0));
    assert!(records.of(vin()).orders().is_empty());
}

#[test]
fn a_handler_may_order_while_it_runs() {
    let (mut cmp, mut records) = ready();
    cmp.comes(&binding().message(&ask(1)), None, 1, at(0));
    let (ticket, _) = cmp.delivered(&mut records, at(0));
    let ordered = cmp.session.order(NewOrder::new(&code(1, "A")).unwrap(), at(0));
    assert!(
        cmp.does(&mut records, at(0))
            .contains(&Did::Done(ordered, Outcome::Stored))
    );
    let completion = BackendCompletion::new().and_order(NewOrder::new(&delete(4)).unwrap());
    cmp.session.handled(ticket, completion, at(0));
    let all = cmp.all(&mut records, at(0));
    assert!(all.contains(&Did::Done(ticket, Outcome::Stored)), "{all:?}");
    assert_eq!(records.of(vin()).orders().len(), 2);
}

#[test]
fn more_than_receive_maximum_is_handled_all_the_same() {
    let mut settings = BackendSettings::default();
    settings.receive_maximum = 2;
    settings.max_held = 1000;
    let (mut cmp, mut records) = (Cmp::with(settings), Records::default());
    cmp.ready(&mut records, at(0));
    for n in 1..=5 {
        cmp.comes(&binding().message(&status(n, &[])), None, n as u16, at(0));
    }
    let (mut acknowledged, mut told) = (0, 0);
    let beyond = Did::Tell(Notice::BeyondReceiveMaximum { held: 3 });
    for _ in 1..=5 {
        let all = cmp.all(&mut records, at(0));
        told += all.iter().filter(|did| **did == beyond).count();
        acknowledged += all.iter().filter(|did| matches!(did, Did::Acknowledge(_))).count();
        let Some(Did::Deliver(ticket, _)) = all.iter().find(|did| matches!(did, Did::Deliver(..))) else {
            panic!()
        };
        cmp.session.handled(*ticket, BackendCompletion::new(), at(0));
    }
    acknowledged += cmp
        .does(&mut records, at(0))
        .iter()
        .filter(|did| matches!(did, Did::Acknowledge(_)))
        .count();
    assert_eq!((acknowledged, told), (5, 1));
    // Beyond the bound the connection ends, and what was not begun comes again.
    let large: Vec<_> = (0..9).map(|n| (n, ProfileStatus::ENABLED)).collect();
    cmp.comes(&binding().message(&status(9, &large)), None, 9, at(1));
    let (ticket, _) = cmp.delivered(&mut records, at(1));
    for n in 10..=20 {
        cmp.comes(&binding().message(&status(n, &large)), None, n as u16, at(1));
    }
    let all = cmp.all(&mut records, at(1));
    assert!(all.contains(&Did::Disconnect(0x93, false)), "{all:?}");
    // What was begun is finished.
    cmp.session.handled(ticket, BackendCompletion::new(), at(1));
    let did = cmp.does(&mut records, at(1));
    assert_eq!(did, [Did::Done(ticket, Outcome::Stored)]);
}

#[test]
fn numbers_that_repeat_are_told_and_handled() {
    let (mut cmp, mut records) = ready();
    for (n, expected) in [(1, false), (2, true)] {
        cmp.comes(
            &binding().message(&status(n, &[(1, ProfileStatus::ENABLED)])),
            Some("00000000000000aa/7"),
            1,
            at(0),
        );
        let all = cmp.all(&mut records, at(0));
        let told = all.contains(&Did::Tell(Notice::NumbersRepeat { vin: vin(), number: 7 }));
        assert_eq!(told, expected);
        let Some(Did::Deliver(ticket, Cause::Message(message))) = all.last() else {
            panic!("{all:?}")
        };
        assert_eq!(
            *message,
            ToCmp::SendCsimStatus(status(n, &[(1, ProfileStatus::ENABLED)]))
        );
        cmp.session.handled(*ticket, BackendCompletion::new(), at(0));
        cmp.all(&mut records, at(0));
    }
}

#[test]
fn a_status_that_was_overtaken_is_handed_over_and_says_so() {
    let (mut cmp, mut records) = ready();
    cmp.comes(
        &binding().message(&status(2, &[(1, ProfileStatus::ENABLED)])),
        Some("00000000000000aa/2"),
        1,
        at(0),
    );
    let (ticket, _) = cmp.delivered(&mut records, at(0));
    cmp.session.handled(ticket, BackendCompletion::new(), at(0));
    cmp.all(&mut records, at(0));
    cmp.comes(
        &binding().message(&status(1, &[(1, ProfileStatus::DISABLED)])),
        Some("00000000000000aa/1"),
        2,
        at(0),
    );
    let (_, cause) = cmp.delivered(&mut records, at(0));
    let expected = status(1, &[(1, OVERTAKEN)]);
    assert_eq!(cause, Cause::Message(ToCmp::SendCsimStatus(expected)));
}

#[test]
fn an_order_for_another_vehicle_is_told_and_the_others_are_taken() {
    let (mut cmp, mut records) = ready();
    cmp.comes(
        &binding().message(&status(1, &[(1, ProfileStatus::ENABLED)])),
        Some("00000000000000aa/1"),
        1,
        at(0),
    );
    let (ticket, _) = cmp.delivered(&mut records, at(0));
    let mut others = delete(3);
    others.request_id.vehicle_id = "WBAUX11030A334484".parse().unwrap();
    let (others, own) = (NewOrder::new(&others).unwrap(), NewOrder::new(&delete(2)).unwrap());
    let (misdirected, taken) = (others.key, own.key);
    let completion = BackendCompletion::new().and_order(others).and_order(own);
    cmp.session.handled(ticket, completion, at(0));
    let did = cmp.all(&mut records, at(0));
    assert!(
        did.contains(&Did::Tell(Notice::Misdirected { order: misdirected })),
        "{did:?}"
    );
    assert!(did.contains(&Did::Acknowledge(1)), "{did:?}");
    let record = records.of(vin());
    let orders: Vec<OrderKey> = record.orders().iter().map(|order| order.key).collect();
    assert_eq!(orders, [taken]);
}

#[test]
fn who_leaves_deals_with_what_it_has_and_ends_the_session() {
    let (mut cmp, mut records) = ready();
    cmp.comes(&binding().message(&status(1, &[])), None, 1, at(0));
    let (ticket, _) = cmp.delivered(&mut records, at(0));
    cmp.session.leave(at(0));
    assert_eq!(cmp.does(&mut records, at(0)), [Did::Unsubscribe]);
    cmp.session.from_broker(FromBroker::Unsubscribed, at(0));
    assert!(cmp.does(&mut records, at(0)).is_empty());
    cmp.session.handled(ticket, BackendCompletion::new(), at(1));
    let did = cmp.does(&mut records, at(1));
    assert_eq!(
        did,
        [
            Did::Done(ticket, Outcome::Stored),
            Did::Acknowledge(1),
            Did::Disconnect(0, true)
        ]
    );
    cmp.session.from_broker(lost(), at(1));
    assert!(cmp.session.is_closed());
    // Somebody who does not come back is waited for no longer than this.
    let (mut cmp, mut records) = ready();
    cmp.comes(&binding().message(&status(2, &[])), None, 1, at(0));
    cmp.delivered(&mut records, at(0));
    cmp.session.leave(at(0));
    cmp.session.from_broker(FromBroker::Unsubscribed, at(0));
    assert_eq!(cmp.does(&mut records, at(0)), [Did::Unsubscribe]);
    assert_eq!(cmp.does(&mut records, at(10)), [Did::Disconnect(0, true)]);
}

#[test]
fn a_broker_without_shared_subscriptions_is_told() {
    let (mut cmp, mut records) = (Cmp::new(), Records::default());
    cmp.all(&mut records, at(0));
    let mut connack = Connack::new(false);
    connack.shared_subscriptions = false;
    cmp.session.from_broker(FromBroker::Connected(connack), at(0));
    let all = cmp.all(&mut records, at(0));
    let lack = Lack::SharedSubscriptions;
    assert_eq!(all, [Did::Tell(Notice::Unfit { lack }), Did::Disconnect(0, false)]);
}

#[test]
fn an_order_above_the_brokers_limit_is_told_and_blocks_nobody() {
    let (mut cmp, mut records) = (Cmp::new(), Records::default());
    cmp.all(&mut records, at(0));
    let mut connack = Connack::new(false);
    connack.maximum_packet_size = Some(10);
    cmp.session.from_broker(FromBroker::Connected(connack), at(0));
    cmp.all(&mut records, at(0));
    cmp.session.from_broker(subscribed(), at(0));
    cmp.session.order(NewOrder::new(&delete(1)).unwrap(), at(0));
    let all = cmp.all(&mut records, at(0));
    assert!(
        all.iter().any(|did| matches!(did, Did::Tell(Notice::PutAside { .. }))),
        "{all:?}"
    );
    assert_eq!(records.of(vin()).orders().len(), 1);
    assert_eq!(iccid(1).as_str(), "8944500805100000001");
}

#[test]
fn instances_whose_clocks_are_far_apart_do_not_publish_in_turns() {
    // each takes the other's times for wrong, and what they say of an order for due.
    let (mut right, mut records) = ready();
    let mut wrong = Cmp::new();
    let clocks = |second: u64| [at(second), Now::new(at(second).monotonic, second)];
    wrong.ready(&mut records, clocks(0)[1]);
    right.session.order(NewOrder::new(&delete(1)).unwrap(), at(0));
    let mut copies = vec![(0, right.published(&mut records, at(0)).len())];
    for second in 1..600 {
        let n = u16::try_from(second).unwrap();
        let out = binding().message(&status(second, &[]));
        for (instance, now) in [&mut right, &mut wrong].into_iter().zip(clocks(second)) {
            // A sign of life, which one of them gets.
            let mut published = Vec::new();
            if second % 2 == u64::from(now.unix < 1_000_000) {
                let sequence = format!("00000000000000aa/{second}");
                instance.comes(&out, Some(&sequence), n, now);
                let (ticket, _) = instance.delivered(&mut records, now);
                instance.session.handled(ticket, BackendCompletion::new(), now);
            }
            published.extend(instance.published(&mut records, now));
            for (number, _) in &published {
                instance.puback(*number, ReasonCode::SUCCESS, now);
            }
            copies.push((second, published.len()));
        }
    }
    let copies: Vec<_> = copies.into_iter().filter(|(_, published)| *published > 0).collect();
    // The wrong one once more at first; and then one of them each minute.
    assert!(copies.len() <= 12, "{copies:?}");
    assert!(copies.iter().any(|(second, _)| *second > 500), "{copies:?}");
}

//
#[test]
fn an_order_carries_the_trace_of_its_cause_whoever_publishes_it() {
    let (cause, mut records) = (TRACE.parse().ok(), Records::default());
    let mut first = Cmp::new();
    let order = |n| NewOrder::new(&delete(n)).unwrap();
    first.session.order(order(1).caused_by(cause), at(0));
    first.session.order(order(2), at(0));
    first.all(&mut records, at(0));
    let mut second = Cmp::new();
    second.all(&mut records, at(1));
    second.session.from_broker(connected(), at(1));
    second.session.from_broker(subscribed(), at(1));
    let published = second.published(&mut records, at(1));
    let traces: Vec<_> = published.iter().map(|(_, outgoing)| outgoing.trace_parent).collect();
    assert_eq!(traces, [cause, None]);
}

//
#[test]
fn a_message_is_delivered_with_its_trace_and_answered_in_it() {
    let (mut cmp, mut records) = ready();
    let asked = binding().message(&ask(5));
    cmp.session.from_broker(traced(&asked, 1), at(1));
    let (ticket, _) = cmp.delivered(&mut records, at(1));
    let refusal = RequestActivationCodeResult::NO_SUBSCRIPTION_FOUND.into();
    cmp.session
        .handled(ticket, BackendCompletion::new().refusing(refusal), at(1));
    let published = cmp.published(&mut records, at(1));
    cmp.comes(&answer(2), None, 2, at(1));
    cmp.delivered(&mut records, at(1));
    let cause = TRACE.parse().ok();
    assert_eq!(cmp.traces, [cause, None]);
    assert_eq!(
        published.iter().map(|(_, out)| out.trace_parent).collect::<Vec<_>>(),
        [cause]
    );
}
