mod entry;

use std::{collections::VecDeque, error::Error, fmt};

use aid_types::Vin;

pub use entry::Entry;

use super::{OutboxId, Sequence};
use crate::RequestId;

/// No room: try again when the broker has taken something. Nothing that is in the outbox makes room (A-140).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxFull;

impl fmt::Display for OutboxFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the outbox is full")
    }
}

impl Error for OutboxFull {}

/// What a vehicle has to tell, in order, until the broker has acknowledged it (R-345 to R-347).
///
/// First in, first out: the order of a profile's states is the order of the messages. Pure; whoever keeps it on disk
/// stores an [`Entry`] before it is sent, and deletes it after the acknowledgement.
///
/// ```
/// use aid2_proto::{RequestId, Timestamp, binding::{Outbox, OutboxId}};
///
/// let vin = "WBAUX11030A334483".parse()?;
/// let mut outbox = Outbox::new(vin, OutboxId::from_bits(1));
/// let id = RequestId::new(vin, Timestamp::from_secs(1_700_000_000));
/// outbox.push("SendCSIMStatus", id, b"...".to_vec(), 1_700_000_000)?;
///
/// let number = outbox.next_unsent(16).map(|entry| entry.number);
/// assert_eq!(number, Some(1));
/// assert!(outbox.next_unsent(16).is_none());
/// outbox.rewind(); // The connection was lost before the broker acknowledged.
/// assert_eq!(outbox.next_unsent(16).map(|entry| entry.number), Some(1));
/// assert!(outbox.acknowledged(1, 1_700_000_001));
/// assert!(outbox.is_empty());
/// assert_eq!(outbox.settled(1_700_000_002), None);
/// assert_eq!(outbox.settled(1_700_000_011), Some(1)); // Now it may be deleted.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Outbox {
    vin: Vin,
    id: OutboxId,
    last: u64,
    entries: VecDeque<Entry>,
    sent: usize,
    bytes: usize,
    /// What the broker has acknowledged of late, with the time, oldest first.
    settling: VecDeque<(u64, Entry)>,
    /// For how many seconds an acknowledged message is kept; default 10. See [`acknowledged`](Self::acknowledged).
    pub settle_after: u64,
    /// How many acknowledged messages are kept at most; default 512.
    pub max_settling: usize,
    /// Most messages; default 4096.
    pub max_entries: usize,
    /// Most payload bytes together; default 4 MiB.
    pub max_bytes: usize,
}

impl Outbox {
    /// An empty outbox.
    #[must_use]
    pub const fn new(vin: Vin, id: OutboxId) -> Self {
        Self {
            vin,
            id,
            last: 0,
            entries: VecDeque::new(),
            sent: 0,
            bytes: 0,
            settling: VecDeque::new(),
            settle_after: 10,
            max_settling: 512,
            max_entries: 4096,
            max_bytes: 4 * 1024 * 1024,
        }
    }

    /// The outbox as it was stored: `last` is the highest number ever given, `entries` what was not acknowledged.
    #[must_use]
    pub fn restore(vin: Vin, id: OutboxId, last: u64, entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut outbox = Self::new(vin, id);
        outbox.entries = entries.into_iter().collect();
        outbox.entries.make_contiguous().sort_by_key(|entry| entry.number);
        outbox.bytes = outbox.entries.iter().map(|entry| entry.payload.len()).sum();
        outbox.last = outbox.entries.back().map_or(last, |entry| entry.number.max(last));
        outbox
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> OutboxId {
        self.id
    }

    /// The highest number given so far.
    #[must_use]
    pub const fn last_number(&self) -> u64 {
        self.last
    }

    /// Appends a message of this vehicle; `name` is a [`Payload::NAME`](crate::Payload::NAME).
    ///
    /// # Errors
    ///
    /// If there is no room. Nothing is dropped to make some.
    pub fn push(
        &mut self,
        name: &'static str,
        request_id: RequestId,
        payload: Vec<u8>,
        now: u64,
    ) -> Result<&Entry, OutboxFull> {
        let entry = self.prepare(name, request_id, payload, now)?;
        self.insert(entry);
        self.entries.back().ok_or(OutboxFull)
    }

    /// The first half of [`push`](Self::push): the entry as it will be, to be stored before it is
    /// [inserted](Self::insert) and thereby can be sent.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn prepare(
        &self,
        name: &'static str,
        request_id: RequestId,
        payload: Vec<u8>,
        now: u64,
    ) -> Result<Entry, OutboxFull> {
        if self.entries.len() >= self.max_entries || self.bytes.saturating_add(payload.len()) > self.max_bytes {
            return Err(OutboxFull);
        }
        Ok(Entry {
            number: self.last.checked_add(1).ok_or(OutboxFull)?,
            name,
            request_id: RequestId::new(self.vin, request_id.timestamp),
            added: now,
            payload,
        })
    }

    /// The second half of [`push`](Self::push). An entry that was not prepared last, or is in the outbox, is ignored.
    pub fn insert(&mut self, entry: Entry) {
        if self.last.checked_add(1) == Some(entry.number) {
            self.last = entry.number;
            self.bytes = self.bytes.saturating_add(entry.payload.len());
            self.entries.push_back(entry);
        }
    }

    /// The next message to send, if fewer than `window` are under way; from now on it is under way.
    pub fn next_unsent(&mut self, window: usize) -> Option<&Entry> {
        if self.sent >= window {
            return None;
        }
        let entry = self.entries.get(self.sent)?;
        self.sent += 1;
        Some(entry)
    }

    /// What is under way, in order.
    pub fn under_way(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().take(self.sent)
    }

    /// Takes back what [`next_unsent`](Self::next_unsent) gave last, because it could not be sent.
    pub const fn unsend(&mut self) {
        self.sent = self.sent.saturating_sub(1);
    }

    /// The broker has message `number`. Whether it was waiting for that.
    ///
    /// It is kept for a moment more: a broker that crashes may lose what it has acknowledged and not passed on. So what
    /// was acknowledged just before a connection was lost is sent again too; the receiver knows the copies.
    pub fn acknowledged(&mut self, number: u64, now: u64) -> bool {
        let Ok(index) = self.entries.binary_search_by_key(&number, |entry| entry.number) else {
            return false;
        };
        if let Some(entry) = self.entries.remove(index) {
            self.bytes = self.bytes.saturating_sub(entry.payload.len());
            self.settling.push_back((now, entry));
        }
        if index < self.sent {
            self.unsend();
        }
        true
    }

    /// Forgets the next message that was acknowledged long enough ago, and gives its number, to be deleted from the store.
    pub fn settled(&mut self, now: u64) -> Option<u64> {
        let (acknowledged, _) = self.settling.front()?;
        // A clock that was set back must not keep anything for ever.
        let long_ago = now.saturating_sub(*acknowledged) >= self.settle_after || now < *acknowledged;
        if !long_ago && self.settling.len() <= self.max_settling {
            return None;
        }
        self.settling.pop_front().map(|(_, entry)| entry.number)
    }

    /// How many acknowledged messages are kept.
    #[must_use]
    pub fn settling(&self) -> usize {
        self.settling.len()
    }

    /// Nothing is under way any more: everything not acknowledged is to be sent again, in order.
    pub const fn rewind(&mut self) {
        self.sent = 0;
    }

    /// The connection was lost: what is kept of the acknowledged messages waits again, before all others.
    pub fn unsettle(&mut self) {
        let mut again: Vec<_> = self.settling.drain(..).map(|(_, entry)| entry).collect();
        again.sort_by_key(|entry| std::cmp::Reverse(entry.number));
        for entry in again {
            self.bytes = self.bytes.saturating_add(entry.payload.len());
            let index = self.entries.partition_point(|other| other.number < entry.number);
            self.entries.insert(index, entry);
            // What stood behind it and is under way stays so.
            if index < self.sent {
                self.sent = 0;
            }
        }
    }

    /// The place of an entry as the sender tells it.
    #[must_use]
    pub const fn sequence(&self, number: u64) -> Sequence {
        Sequence::new(self.id, number)
    }

    /// Messages that are not acknowledged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the broker has everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
