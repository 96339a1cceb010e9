use std::collections::HashMap;

use aid_types::Vin;
use aid2_proto::{
    RequestId, RequestIdGenerator, Timestamp,
    binding::{Entry, Handled, IdempotencyKey, Outbox, OutboxId},
};

use super::OpenError;
use crate::{
    clock,
    store::{Change, Entries},
};

/// How many orders a vehicle remembers (binding, "Duplicates and order").
const REMEMBERED: usize = 256;

// First bytes of the keys in the store.
const IDENTITY: u8 = b'i';
const LAST_NUMBER: u8 = b'n';
const LAST_SECOND: u8 = b's';
const ENTRY: u8 = b'o';
const HANDLED: u8 = b'h';

/// What the vehicle knows, and how it stands in the store.
pub(super) struct State {
    vin: Vin,
    pub(super) outbox: Outbox,
    pub(super) ids: RequestIdGenerator,
    pub(super) handled: Handled,
    /// Number of the next order that is remembered.
    next_handled: u64,
    /// Store keys of the remembered orders.
    handled_keys: HashMap<IdempotencyKey, u64>,
    /// Counts how often everything was to be sent again.
    pub(super) round: u64,
    /// To send a message up to this number is to send it again: it was there when the connection was made, or published
    /// and not taken.
    pub(super) kept: u64,
    /// Whether the broker is given a rest.
    pub(super) resting: bool,
    /// Whether we are connected and subscribed.
    pub(super) connected: bool,
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(bytes.try_into().ok()?))
}

fn numbered(table: u8, number: u64) -> Vec<u8> {
    [&[table][..], &number.to_be_bytes()].concat()
}

/// Whose store it is, as far as it says so.
fn owner(stored: &Entries) -> Option<Vin> {
    let (_, value) = stored.iter().find(|(key, _)| key.as_slice() == [IDENTITY])?;
    std::str::from_utf8(value.get(8..)?).ok()?.parse().ok()
}

impl State {
    /// The state from the store, and the changes that a new store needs first.
    pub(super) fn restore(vin: Vin, stored: Entries) -> Result<(Self, Vec<Change>), OpenError> {
        if let Some(owner) = owner(&stored).filter(|owner| *owner != vin) {
            return Err(OpenError::OtherVehicle(owner));
        }
        Self::read(vin, stored).ok_or(OpenError::Corrupt)
    }

    fn read(vin: Vin, stored: Entries) -> Option<(Self, Vec<Change>)> {
        let (mut identity, mut last_number, mut last_second) = (None, 0, 0);
        let (mut entries, mut orders) = (Vec::new(), Vec::new());
        for (key, value) in stored {
            let (table, rest) = key.split_first()?;
            match *table {
                IDENTITY => {
                    let (bits, owner) = value.split_first_chunk()?;
                    if owner != vin.as_str().as_bytes() {
                        return None;
                    }
                    identity = Some(OutboxId::from_bits(u64::from_be_bytes(*bits)));
                }
                LAST_NUMBER => last_number = number(&value)?,
                LAST_SECOND => last_second = number(&value)?,
                ENTRY => entries.push(Entry::from_bytes(vin, number(rest)?, &value)?),
                HANDLED => {
                    let (key, answer) = value.split_first_chunk()?;
                    let (has_answer, answer) = answer.split_first()?;
                    let answer = (*has_answer == 1).then(|| answer.to_vec());
                    orders.push((number(rest)?, IdempotencyKey::from_bytes(*key), answer));
                }
                // Of a later version.
                _ => {}
            }
        }
        let mut first = Vec::new();
        let identity = identity.unwrap_or_else(|| {
            let id = OutboxId::from_bits(clock::random());
            let value = [&id.bits().to_be_bytes()[..], vin.as_str().as_bytes()].concat();
            first.push(Change::Put(vec![IDENTITY], value));
            id
        });
        let mut state = Self {
            vin,
            outbox: Outbox::restore(vin, identity, last_number, entries),
            ids: RequestIdGenerator::resume(vin, last_second),
            handled: Handled::new(REMEMBERED),
            next_handled: 0,
            handled_keys: HashMap::new(),
            round: 0,
            kept: 0,
            resting: false,
            connected: false,
        };
        orders.sort_by_key(|(number, ..)| *number);
        for (number, key, answer) in orders {
            state.handled.insert(key, answer);
            state.handled_keys.insert(key, number);
            state.next_handled = number.saturating_add(1);
        }
        Some((state, first))
    }

    pub(super) fn next_request_id(&mut self, now: u64) -> RequestId {
        let second = now.min(Timestamp::MAX_SECS);
        let vin = self.vin;
        self.ids
            .next(second)
            .unwrap_or_else(|_| RequestId::new(vin, Timestamp::from_secs(second)))
    }

    /// Everything that is not acknowledged is to be sent again.
    pub(super) fn rewind(&mut self) {
        let published = self.outbox.under_way().last().map_or(0, |entry| entry.number);
        self.kept = self.kept.max(published);
        self.round = self.round.wrapping_add(1);
        self.outbox.rewind();
    }

    /// The changes that store an entry, before it is inserted.
    pub(super) fn put(entry: &Entry) -> [Change; 2] {
        [
            Change::Put(numbered(ENTRY, entry.number), entry.to_bytes()),
            Change::Put(vec![LAST_NUMBER], entry.number.to_be_bytes().to_vec()),
        ]
    }

    /// The change that keeps the last second used from being used again.
    pub(super) fn put_second(&self) -> Change {
        Change::Put(vec![LAST_SECOND], self.ids.last_second().to_be_bytes().to_vec())
    }

    pub(super) fn remove(number: u64) -> Change {
        Change::Remove(numbered(ENTRY, number))
    }

    /// The change that stores an order with its answer.
    pub(super) fn put_handled(&self, key: IdempotencyKey, answer: Option<&[u8]>) -> Change {
        let value = [
            &key.as_bytes()[..],
            &[u8::from(answer.is_some())],
            answer.unwrap_or_default(),
        ]
        .concat();
        Change::Put(numbered(HANDLED, self.next_handled), value)
    }

    /// Remembers an order that was stored; gives the change that forgets another for it.
    pub(super) fn remember(&mut self, key: IdempotencyKey, answer: Option<Vec<u8>>) -> Option<Change> {
        self.handled_keys.insert(key, self.next_handled);
        self.next_handled = self.next_handled.saturating_add(1);
        let forgotten = self.handled.insert(key, answer)?;
        self.handled_keys
            .remove(&forgotten)
            .map(|number| Change::Remove(numbered(HANDLED, number)))
    }
}
