mod bytes;

use std::collections::{HashMap, VecDeque};

use aid_types::Iccid;

use super::{Exchange, IdempotencyKey, OutboxId, Sequence};
use crate::{Payload as _, SendCsimStatus};

/// How many gaps in a vehicle's numbers are remembered, and how many keys of messages: far more than a vehicle has under
/// way at a time.
const RECENT: usize = 128;
/// How many profiles are followed; an eUICC holds a dozen.
const PROFILES: usize = 256;

/// Whether a message is to be handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// Not seen before, as far as anybody remembers: handle it.
    New,
    /// A copy of a message that was handled: acknowledge it, and answer it again if it has an answer.
    Duplicate,
}

/// What the backend remembers about the messages of one vehicle: which were handled, and how old its knowledge of each
/// profile is.
///
/// Bounded; what was forgotten counts as new, because handling twice does no harm and dropping loses. Keep one for each
/// vehicle, beside what the backend knows of the vehicle, and store it with what a handler changes in one transaction: then
/// an instance that is killed has done all or nothing.
///
/// ```
/// use aid2_proto::{Timestamp, binding::{Admission, IdempotencyKey, Marks, OutboxId, Sequence}};
///
/// let sequence = Some(Sequence::new(OutboxId::from_bits(1), 7));
/// let name = "SendCSIMStatus";
/// let key = IdempotencyKey::new(name, Timestamp::from_secs(1_700_000_000), b"...");
/// let mut marks = Marks::default();
/// assert_eq!(marks.admit(name, sequence, key), Admission::New);
/// marks.handled(name, sequence, key);
/// assert_eq!(marks.admit(name, sequence, key), Admission::Duplicate);
/// assert_eq!(Marks::from_bytes(&marks.to_bytes()), Some(marks));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    outbox: Option<OutboxId>,
    /// The numbers that were handled, first and last of each run without a gap, in order.
    runs: Vec<(u64, u64)>,
    keys: VecDeque<IdempotencyKey>,
    newest_status: u64,
    profiles: HashMap<Iccid, u64>,
}

impl Marks {
    /// Whether message `name` was handled before: by its sequence if the sender gives one, else by its key.
    ///
    /// A report that was handled is a copy by its key too: a vehicle that was interrupted tells it anew. Not so a status,
    /// which may tell an earlier state again, or what has a response, which may be asked again.
    #[must_use]
    pub fn admit(&self, name: &str, sequence: Option<Sequence>, key: IdempotencyKey) -> Admission {
        let numbered = sequence
            .is_some_and(|sequence| self.outbox == Some(sequence.outbox) && self.run_of(sequence.number).is_ok());
        if numbered || ((sequence.is_none() || is_report(name)) && self.keys.contains(&key)) {
            Admission::Duplicate
        } else {
            Admission::New
        }
    }

    /// Remembers that message `name` was handled.
    pub fn handled(&mut self, name: &str, sequence: Option<Sequence>, key: IdempotencyKey) {
        if let Some(sequence) = sequence {
            self.follow(sequence.outbox);
            self.add(sequence.number);
        }
        if sequence.is_none() || is_report(name) {
            if self.keys.len() == RECENT {
                self.keys.pop_front();
            }
            self.keys.push_back(key);
        }
    }

    /// The run that holds a number, or where one would stand.
    fn run_of(&self, number: u64) -> Result<usize, usize> {
        let index = self.runs.partition_point(|(_, last)| *last < number);
        match self.runs.get(index) {
            Some((first, _)) if *first <= number => Ok(index),
            _ => Err(index),
        }
    }

    fn add(&mut self, number: u64) {
        let Err(index) = self.run_of(number) else { return };
        self.runs.insert(index, (number, number));
        // Grown together with the next, or with the one before?
        for index in [index, index.wrapping_sub(1)] {
            if let (Some(&(_, last)), Some(&(first, end))) =
                (self.runs.get(index), self.runs.get(index.wrapping_add(1)))
                && last.checked_add(1) == Some(first)
            {
                self.runs.remove(index.wrapping_add(1));
                if let Some(run) = self.runs.get_mut(index) {
                    run.1 = end;
                }
            }
        }
        if self.runs.len() > RECENT {
            self.runs.remove(0);
        }
    }

    /// Takes out of a status what a newer status has told already; `None` if nothing is left to tell.
    ///
    /// Between broker and backend instances, messages can overtake one another. A whole status cannot be dropped for
    /// that: a deleted profile is named once only (A-134), maybe in the older one. So each profile keeps the number of
    /// the newest status that named it.
    #[must_use]
    pub fn news(&self, mut status: SendCsimStatus, sequence: Option<Sequence>) -> Option<SendCsimStatus> {
        let Some(sequence) = sequence.filter(|sequence| self.outbox == Some(sequence.outbox)) else {
            return Some(status);
        };
        status.profiles.retain(|profile| {
            self.profiles
                .get(&profile.iccid)
                .is_none_or(|newest| *newest <= sequence.number)
        });
        (sequence.number >= self.newest_status || !status.profiles.is_empty()).then_some(status)
    }

    /// Remembers how new the knowledge of these profiles is.
    pub fn told(&mut self, profiles: impl IntoIterator<Item = Iccid>, sequence: Option<Sequence>) {
        let Some(sequence) = sequence else { return };
        self.follow(sequence.outbox);
        self.newest_status = self.newest_status.max(sequence.number);
        for iccid in profiles {
            if self.profiles.len() < PROFILES || self.profiles.contains_key(&iccid) {
                let newest = self.profiles.entry(iccid).or_default();
                *newest = sequence.number.max(*newest);
            }
        }
    }

    /// Numbers of different outboxes do not compare: a new outbox begins anew.
    fn follow(&mut self, outbox: OutboxId) {
        if self.outbox != Some(outbox) {
            self.outbox = Some(outbox);
            self.runs.clear();
            self.profiles.clear();
            self.newest_status = 0;
        }
    }
}

/// A message that neither tells the state nor asks for an answer.
fn is_report(name: &str) -> bool {
    name != SendCsimStatus::NAME && Exchange::of(name).is_some_and(|exchange| exchange.response.is_none())
}
