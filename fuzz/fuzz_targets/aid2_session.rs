//! Any store and any broker into the session of a vehicle and of a backend, with clocks that go anywhere: no panic, no work
//! without end, and a record that is read is written as what is read again as the same. The input is steps of a kind, a time
//! and a piece of data.
#![no_main]

use std::time::Duration;

use aid2_proto::{
    binding::Incoming,
    session::{
        BackendCompletion, BackendOutput, BackendSession, BackendSettings, Connack, FromBroker, Lost, Now, Publication,
        ReasonCode, Record, VehicleCompletion, VehicleOutput, VehicleSession, VehicleSettings,
    },
};
use libfuzzer_sys::fuzz_target;

const VIN: &str = "WBAUX11030A334483";

/// More than one step can ever ask for.
const MANY: usize = 10_000;

struct Step<'a> {
    kind: u8,
    now: Now,
    data: &'a [u8],
}

fn steps(mut input: &[u8]) -> Vec<Step<'_>> {
    let mut monotonic = Duration::ZERO;
    let mut steps = Vec::new();
    while let [kind, ahead, clock, length, rest @ ..] = input {
        let (data, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        monotonic += Duration::from_millis(1 << (ahead % 32));
        // Also 1970, and long ahead.
        let unix = 1_700_000_000_u64.wrapping_mul(u64::from(clock % 4)) + u64::from(*clock);
        steps.push(Step {
            kind: *kind,
            now: Now::new(monotonic, unix),
            data,
        });
        input = rest;
    }
    steps
}

/// What a broker says in this step. Parts of the data are divided by bytes 0xFF, which no text has.
fn event<'a>(step: &Step<'a>) -> FromBroker<'a> {
    let mut parts = step.data.splitn(5, |byte| *byte == 0xff);
    let mut text = || parts.next().and_then(|part| std::str::from_utf8(part).ok());
    match step.kind % 8 {
        0 => FromBroker::Connected(Connack::new(!step.data.is_empty())),
        1 => FromBroker::Subscribed(ReasonCode(step.data.first().copied().unwrap_or(1))),
        2 => FromBroker::Unsubscribed,
        3 => FromBroker::Lost(Lost::new("lost")),
        4 => FromBroker::Acknowledged {
            number: step.data.first().copied().unwrap_or(1).into(),
            reason: ReasonCode(step.data.get(1).copied().unwrap_or(0)),
        },
        _ => {
            let (topic, response_topic, sequence) = (text().unwrap_or_default(), text(), text());
            let (correlation, payload) = (parts.next(), parts.next().unwrap_or_default());
            let mut incoming = Incoming::new(topic, payload)
                .with_response_topic(response_topic)
                .with_correlation(correlation);
            incoming.sequence = sequence;
            FromBroker::Published(Publication::new(incoming, u16::from(step.kind) + 1))
        }
    }
}

fn vehicle(steps: &[Step<'_>]) {
    let vin = VIN.parse().expect("a VIN");
    let entries = steps.iter().take(8).map(|step| {
        let (key, value) = step.data.split_at(step.data.len().min(9));
        (key.to_vec(), value.to_vec())
    });
    let Some(first) = steps.first() else { return };
    let restored = VehicleSession::restore(vin, VehicleSettings::default(), entries.collect(), 1, first.now);
    let Ok(mut session) = restored else { return };
    for step in steps {
        session.from_broker(event(step), step.now);
        let mut outputs = 0;
        while let Some(output) = session.poll(step.now) {
            outputs += 1;
            assert!(outputs < MANY, "no end");
            match output {
                VehicleOutput::Store { ticket, .. } => {
                    let outcome = if step.kind >= 0xf0 {
                        Err("full".to_owned())
                    } else {
                        Ok(())
                    };
                    session.stored(ticket, outcome, step.now);
                }
                VehicleOutput::Deliver { ticket, .. } if step.kind & 0x10 != 0 => {
                    session.failed(ticket, true, step.now)
                }
                VehicleOutput::Deliver { ticket, .. } => {
                    session.handled(
                        ticket,
                        VehicleCompletion::new().with_response(Some(Vec::new())),
                        step.now,
                    );
                }
                _ => {}
            }
        }
        let _ = session.next_wake();
    }
}

fn backend(steps: &[Step<'_>]) {
    let Some(first) = steps.first() else { return };
    let mut session = BackendSession::new(BackendSettings::default(), "cmp", 1, first.now).expect("a group");
    let mut record: Option<Vec<u8>> = None;
    for step in steps {
        session.from_broker(event(step), step.now);
        let mut outputs = 0;
        while let Some(output) = session.poll(step.now) {
            outputs += 1;
            assert!(outputs < MANY, "no end");
            match output {
                BackendOutput::Load { vin } => {
                    let stored = record.as_deref().map(|record| (1, record));
                    session.loaded(
                        vin,
                        Ok(stored.or((step.kind & 0x20 != 0).then_some((1, step.data)))),
                        step.now,
                    );
                }
                BackendOutput::Commit { vin, record: new, .. } => {
                    let written = Record::from_bytes(vin, &new).expect("own bytes");
                    assert_eq!(written.to_bytes(), new);
                    record = (vin.as_str() == VIN).then_some(new);
                    session.committed(vin, Ok(1), step.now);
                }
                BackendOutput::FindDue { .. } => session.found(Ok(vec![VIN.parse().expect("a VIN")]), step.now),
                BackendOutput::Deliver { ticket, .. } if step.kind & 0x10 != 0 => {
                    session.failed(ticket, true, step.now)
                }
                BackendOutput::Deliver { ticket, .. } => session.handled(ticket, BackendCompletion::new(), step.now),
                _ => {}
            }
        }
        let _ = session.next_wake();
    }
}

fuzz_target!(|data: &[u8]| {
    let vin = VIN.parse().expect("a VIN");
    if let Ok(record) = Record::from_bytes(vin, data) {
        assert_eq!(Record::from_bytes(vin, &record.to_bytes()).as_ref(), Ok(&record));
    }
    let steps = steps(data);
    vehicle(&steps);
    backend(&steps);
});
