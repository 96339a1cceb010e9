//! How a vehicle's session stands in its store.

use aid_types::Vin;

use super::{
    Answered, Change, Inbound, OtherVehicle, Outbox, VehicleSession, VehicleSettings, entry::Entry, outbound::Pending,
    traces::Traces,
};
use crate::{
    RequestIdGenerator,
    binding::{IdempotencyKey, OutboxId},
    session::{Notice, Now, connection::Connection, random::Random},
};

// First bytes of the keys.
const IDENTITY: u8 = b'i';
const LAST_NUMBER: u8 = b'n';
const LAST_SECOND: u8 = b's';
const ENTRY: u8 = b'o';
const ANSWERED: u8 = b'h';
const TRACES: u8 = b't';
/// What the application keeps.
const APPLICATION: u8 = b'a';

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

fn numbered(table: u8, number: u64) -> Vec<u8> {
    [&[table][..], &number.to_be_bytes()].concat()
}

/// The changes that store a message.
pub(super) fn put(entry: &Entry) -> [Change; 2] {
    [
        Change::Put(numbered(ENTRY, entry.number), entry.to_bytes()),
        Change::Put(vec![LAST_NUMBER], entry.number.to_be_bytes().to_vec()),
    ]
}

/// The change that keeps the last second used from being used again.
pub(super) fn put_second(ids: &RequestIdGenerator) -> Change {
    Change::Put(vec![LAST_SECOND], ids.last_second().to_be_bytes().to_vec())
}

pub(super) fn remove(number: u64) -> Change {
    Change::Remove(numbered(ENTRY, number))
}

/// The change that stores an order with its answer.
pub(super) fn put_answered(number: u64, key: IdempotencyKey, answer: Option<&[u8]>) -> Change {
    let has_answer = [u8::from(answer.is_some())];
    let value = [&key.as_bytes()[..], &has_answer, answer.unwrap_or_default()].concat();
    Change::Put(numbered(ANSWERED, number), value)
}

pub(super) fn remove_answered(number: u64) -> Change {
    Change::Remove(numbered(ANSWERED, number))
}

/// The change that stores which order belongs to which trace. The release before has no such key, and leaves it alone.
pub(super) fn put_traces(traces: &Traces) -> Change {
    Change::Put(vec![TRACES], traces.to_bytes())
}

/// A change of the application's, among its own keys.
pub(super) fn of_application(change: Change) -> Change {
    let own = |key: Vec<u8>| [&[APPLICATION][..], &key].concat();
    match change {
        Change::Put(key, value) => Change::Put(own(key), value),
        Change::Remove(key) => Change::Remove(own(key)),
    }
}

/// What a key and value say.
enum Read {
    Identity(OutboxId, Vin),
    LastNumber(u64),
    LastSecond(u64),
    Entry(Entry),
    Answered(u64, IdempotencyKey, Option<Vec<u8>>),
    Traces(Traces),
    /// The application's, or of a later version.
    Foreign,
}

fn read(vin: Vin, key: &[u8], value: &[u8]) -> Option<Read> {
    let (table, rest) = key.split_first()?;
    Some(match *table {
        IDENTITY => {
            let (bits, owner) = value.split_first_chunk()?;
            let id = OutboxId::from_bits(u64::from_be_bytes(*bits));
            Read::Identity(id, std::str::from_utf8(owner).ok()?.parse().ok()?)
        }
        LAST_NUMBER => Read::LastNumber(number(value)?),
        LAST_SECOND => Read::LastSecond(number(value)?),
        ENTRY => Read::Entry(Entry::from_bytes(vin, number(rest)?, value)?),
        ANSWERED => {
            let (key, answer) = value.split_first_chunk()?;
            let (has_answer, answer) = answer.split_first()?;
            let answer = (*has_answer == 1).then(|| answer.to_vec());
            Read::Answered(number(rest)?, IdempotencyKey::from_bytes(*key), answer)
        }
        TRACES => Read::Traces(Traces::from_bytes(value)),
        _ => Read::Foreign,
    })
}

/// What of a store was one vehicle's alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// The keys, to be removed in one step.
    pub remove: Vec<Vec<u8>>,
    /// How many of them are messages that the broker may not have.
    pub messages: usize,
}

impl VehicleSession {
    /// The session of vehicle `vin`, with the keys and values that its store holds. `seed` is a random number: it names a
    /// new outbox, and spreads delays.
    ///
    /// An entry that cannot be read is told, and passed over: the others count.
    ///
    /// # Errors
    ///
    /// If the store is another vehicle's.
    pub fn restore(
        vin: Vin,
        settings: VehicleSettings,
        entries: Vec<(Vec<u8>, Vec<u8>)>,
        seed: u64,
        now: Now,
    ) -> Result<Self, OtherVehicle> {
        let (mut identity, mut last_number, mut last_second) = (None, 0, 0);
        let (mut messages, mut orders, mut unreadable) = (Vec::new(), Vec::new(), Vec::new());
        let mut traces = Traces::default();
        for (key, value) in entries {
            match read(vin, &key, &value) {
                Some(Read::Identity(_, owner)) if owner != vin => return Err(OtherVehicle(owner)),
                Some(Read::Identity(id, _)) => identity = Some(id),
                Some(Read::LastNumber(number)) => last_number = number,
                Some(Read::LastSecond(second)) => last_second = second,
                Some(Read::Entry(entry)) => messages.push(entry),
                Some(Read::Answered(number, key, answer)) => orders.push((number, key, answer)),
                Some(Read::Traces(found)) => traces = found,
                Some(Read::Foreign) => {}
                None => unreadable.push(Notice::Unreadable { key }),
            }
        }
        let mut answered = Answered::default();
        orders.sort_by_key(|(number, ..)| *number);
        for (number, key, answer) in orders {
            answered.insert(number, key, answer);
        }
        let id = identity.unwrap_or_else(|| OutboxId::from_bits(Random::new(seed).next()));
        let limits = (settings.max_messages, settings.max_bytes);
        let filter = settings.binding.topics.vehicle_filter(vin);
        let mut session = Self {
            vin,
            connection: Connection::new((filter, false), settings.session_expiry, settings.back_off, seed, now),
            outbox: Outbox::new(vin, id, last_number, messages, limits),
            settings,
            answered,
            traces,
            ids: RequestIdGenerator::resume(vin, last_second),
            inbound: Inbound::default(),
            resting_until: None,
            rests: 0,
            next_ticket: 0,
            stores: std::collections::VecDeque::new(),
            out: std::collections::VecDeque::new(),
            tell: unreadable.into(),
        };
        if identity.is_none() {
            let value = [&id.bits().to_be_bytes()[..], vin.as_str().as_bytes()].concat();
            session.store(vec![Change::Put(vec![IDENTITY], value)], true, Pending::Forgotten);
        }
        Ok(session)
    }

    /// What to remove from a store before it becomes another vehicle's, if it is that of `former`: what its messages and
    /// answers were is of no use elsewhere. What the application keeps stays, and so does the last second of a request id:
    /// should the unit come back, none repeats.
    //
    #[must_use]
    pub fn moved(former: Vin, entries: &[(Vec<u8>, Vec<u8>)]) -> Option<Moved> {
        let mut moved = Moved::default();
        let mut is_of_former = false;
        for (key, value) in entries {
            match key.first() {
                Some(&IDENTITY) => {
                    let read = read(former, key, value);
                    is_of_former = matches!(read, Some(Read::Identity(_, owner)) if owner == former);
                }
                Some(&ENTRY) => moved.messages += 1,
                Some(&(LAST_NUMBER | ANSWERED | TRACES)) => {}
                _ => continue,
            }
            moved.remove.push(key.clone());
        }
        is_of_former.then_some(moved)
    }

    /// What the application keeps in the store, of its keys and values: the ones that a [`VehicleCompletion`](super::VehicleCompletion)
    /// has put there.
    #[must_use]
    pub fn of_application(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<(&[u8], &[u8])> {
        let own = entries.iter().filter_map(|(key, value)| {
            let (table, key) = key.split_first()?;
            (*table == APPLICATION).then_some((key, value.as_slice()))
        });
        own.collect()
    }
}
