//! What a vehicle has to tell, in order, until the broker has acknowledged it.

use std::{collections::VecDeque, time::Duration};

use aid_types::Vin;

use super::entry::Entry;
use crate::{
    RequestId,
    binding::OutboxId,
    session::{Now, SendError},
};

/// How many times in a row a message may be refused before the others go past it.
const MAX_REFUSALS: u32 = 3;
/// For how long an acknowledged message is kept: a broker that crashes may lose what it has acknowledged.
const SETTLE_AFTER: Duration = Duration::from_secs(10);
/// How many acknowledged messages are kept at most.
const MAX_SETTLING: usize = 128;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Is being stored.
    Storing,
    Waiting,
    UnderWay,
    /// Not before the next connection.
    Aside,
}

#[derive(Debug, Clone)]
struct Slot {
    entry: Entry,
    state: State,
    /// When it was taken, if that was in this process.
    taken: Option<Duration>,
    /// Whether it was published before; of what an earlier process took, nobody knows, and this is said.
    published: bool,
    /// Whether the broker has acknowledged it before: once more is enough.
    acknowledged: bool,
    refusals: u32,
}

/// First in, first out: the order of a profile's states is the order of the messages.
#[derive(Debug, Clone)]
pub(super) struct Outbox {
    vin: Vin,
    pub(super) id: OutboxId,
    pub(super) last: u64,
    slots: VecDeque<Slot>,
    bytes: usize,
    under_way: usize,
    /// What the broker has acknowledged of late, oldest first.
    settling: VecDeque<(Duration, Slot)>,
    max_messages: usize,
    max_bytes: usize,
}

/// What is to be published.
pub(super) struct Next {
    pub(super) entry: Entry,
    /// Seconds that it has waited, as far as that is known.
    pub(super) age: u64,
    pub(super) again: bool,
}

impl Outbox {
    pub(super) fn new(
        vin: Vin,
        id: OutboxId,
        last: u64,
        entries: Vec<Entry>,
        (max_messages, max_bytes): (usize, usize),
    ) -> Self {
        let mut slots: VecDeque<_> = entries
            .into_iter()
            .map(|entry| Slot {
                entry,
                state: State::Waiting,
                taken: None,
                published: true,
                acknowledged: false,
                refusals: 0,
            })
            .collect();
        slots.make_contiguous().sort_by_key(|slot| slot.entry.number);
        Self {
            vin,
            id,
            last: slots.back().map_or(last, |slot| slot.entry.number.max(last)),
            bytes: slots.iter().map(|slot| slot.entry.payload.len()).sum(),
            slots,
            under_way: 0,
            settling: VecDeque::new(),
            max_messages,
            max_bytes,
        }
    }

    /// Messages that the broker does not have.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Takes a message, to be stored. Nothing is dropped to make room.
    pub(super) fn take(
        &mut self,
        name: &'static str,
        request_id: RequestId,
        payload: Vec<u8>,
        now: Now,
    ) -> Result<&Entry, SendError> {
        let bytes = self.bytes.saturating_add(payload.len());
        if self.slots.len() >= self.max_messages || bytes > self.max_bytes {
            return Err(SendError::Full);
        }
        // Never given again, also if the store fails: who knows what is on the disk.
        self.last = self.last.checked_add(1).ok_or(SendError::Full)?;
        self.bytes = bytes;
        let entry = Entry {
            number: self.last,
            name,
            request_id: RequestId::new(self.vin, request_id.timestamp),
            added: now.unix,
            payload,
        };
        self.slots.push_back(Slot {
            entry,
            state: State::Storing,
            taken: Some(now.monotonic),
            published: false,
            acknowledged: false,
            refusals: 0,
        });
        self.slots.back().map(|slot| &slot.entry).ok_or(SendError::Full)
    }

    fn index(&self, number: u64) -> Option<usize> {
        self.slots.binary_search_by_key(&number, |slot| slot.entry.number).ok()
    }

    fn slot(&mut self, number: u64) -> Option<&mut Slot> {
        let index = self.index(number)?;
        self.slots.get_mut(index)
    }

    fn remove(&mut self, number: u64) -> Option<Slot> {
        let slot = self.index(number).and_then(|index| self.slots.remove(index))?;
        self.bytes = self.bytes.saturating_sub(slot.entry.payload.len());
        if slot.state == State::UnderWay {
            self.under_way = self.under_way.saturating_sub(1);
        }
        Some(slot)
    }

    /// It is on disk; or the store failed, and it was not taken.
    pub(super) fn stored(&mut self, number: u64, is_stored: bool) {
        if !is_stored {
            self.remove(number);
        } else if let Some(slot) = self.slot(number) {
            slot.state = State::Waiting;
        }
    }

    /// The next message to publish, if fewer than `window` are under way; from now on it is.
    pub(super) fn next(&mut self, window: usize, now: Now) -> Option<Next> {
        if self.under_way >= window {
            return None;
        }
        let slot = self
            .slots
            .iter_mut()
            .take_while(|slot| slot.state != State::Storing)
            .find(|slot| slot.state == State::Waiting)?;
        slot.state = State::UnderWay;
        self.under_way += 1;
        let again = std::mem::replace(&mut slot.published, true);
        let age = match slot.taken {
            Some(taken) => now.monotonic.saturating_sub(taken).as_secs(),
            None => now.age(slot.entry.added).unwrap_or_default(),
        };
        let entry = slot.entry.clone();
        Some(Next { entry, age, again })
    }

    /// The broker has message `number`, which is kept for a moment more, unless that was done before. What may be
    /// forgotten for good, if it is this one.
    pub(super) fn acknowledged(&mut self, number: u64, now: Now) -> Result<(&'static str, RequestId), ()> {
        let mut slot = self.remove(number).ok_or(())?;
        let told = (slot.entry.name, slot.entry.request_id);
        let at = if slot.acknowledged {
            // Done: with the next sweep.
            Duration::ZERO
        } else {
            now.monotonic
        };
        slot.acknowledged = true;
        if at.is_zero() {
            self.settling.push_front((at, slot));
        } else {
            self.settling.push_back((at, slot));
        }
        Ok(told)
    }

    /// The broker refused message `number`. Whether the others go past it from now on.
    pub(super) fn refused(&mut self, number: u64, of_the_broker: bool) -> Option<(Entry, bool)> {
        let slot = self.slot(number)?;
        slot.refusals = slot.refusals.saturating_add(u32::from(!of_the_broker));
        let aside = slot.refusals >= MAX_REFUSALS;
        slot.state = if aside { State::Aside } else { State::Waiting };
        let entry = slot.entry.clone();
        self.under_way = self.under_way.saturating_sub(1);
        Some((entry, aside))
    }

    /// What [`next`](Self::next) gave cannot be published on this connection.
    pub(super) fn put_aside(&mut self, number: u64) {
        if let Some(slot) = self.slot(number) {
            slot.state = State::Aside;
            self.under_way = self.under_way.saturating_sub(1);
        }
    }

    /// The connection is gone: all that is not acknowledged waits again, and what was acknowledged just before too; but
    /// that once only, so that a link which holds for seconds carries each message twice at most for that.
    pub(super) fn rewind(&mut self) {
        self.under_way = 0;
        for slot in &mut self.slots {
            if slot.state != State::Storing {
                slot.state = State::Waiting;
                slot.refusals = 0;
            }
        }
        let (again, done): (Vec<_>, Vec<_>) = self.settling.drain(..).partition(|(at, _)| !at.is_zero());
        self.settling = done.into();
        for (_, mut slot) in again {
            self.bytes = self.bytes.saturating_add(slot.entry.payload.len());
            slot.state = State::Waiting;
            let index = self
                .slots
                .partition_point(|other| other.entry.number < slot.entry.number);
            self.slots.insert(index, slot);
        }
    }

    /// Forgets what was acknowledged long enough ago, and gives the numbers, to be deleted from the store.
    pub(super) fn settled(&mut self, now: Now) -> Vec<u64> {
        let mut settled = Vec::new();
        while let Some((at, slot)) = self.settling.front() {
            let long_ago = at.is_zero() || now.monotonic.saturating_sub(*at) >= SETTLE_AFTER;
            if !long_ago && self.settling.len() <= MAX_SETTLING {
                break;
            }
            settled.push(slot.entry.number);
            self.settling.pop_front();
        }
        settled
    }

    /// Whether more acknowledged messages are kept than should be.
    pub(super) fn is_overflowing(&self) -> bool {
        self.settling.len() >= MAX_SETTLING * 2
    }

    /// When [`settled`](Self::settled) has something.
    pub(super) fn settles_at(&self) -> Option<Duration> {
        // A second later: so that a sweep takes many at once.
        let (at, _) = self.settling.front()?;
        Some(*at + SETTLE_AFTER + Duration::from_secs(1))
    }
}
