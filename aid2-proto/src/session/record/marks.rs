use std::collections::{BTreeMap, VecDeque};

use aid_types::Iccid;

use super::Seen;
use crate::{
    Payload as _, ProfileStatus, SendCsimStatus,
    binding::{Exchange, IdempotencyKey, OutboxId, Sequence},
};

/// How many messages are remembered: more than a vehicle has under way, and publishes again after a loss of the
/// connection.
pub(super) const RECENT: usize = 256;
/// How many profiles are followed; an eUICC holds a dozen.
pub(super) const PROFILES: usize = 256;

/// In a status that came late: a newer one has told of this profile already. Nothing follows from the entry but that the
/// profile is not missing. No vehicle sends it: it is none of Annex D.
pub const OVERTAKEN: ProfileStatus = ProfileStatus::from_number(-1);

/// A message that was handled: its number in the vehicle's outbox (0 if it gave none), and half of its content key, which
/// is enough among what one vehicle sent.
pub(super) type Mark = (u64, u64);

pub(super) fn half(key: IdempotencyKey) -> u64 {
    let (half, _) = key.as_bytes().split_first_chunk().unwrap_or((&[0; 8], &[]));
    u64::from_be_bytes(*half)
}

/// Which messages of a vehicle were handled, and how old the knowledge of each profile is.
///
/// Bounded; what was forgotten counts as new, because handling twice does no harm and dropping loses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) outbox: Option<OutboxId>,
    /// Oldest first.
    pub(super) recent: VecDeque<Mark>,
    /// The highest number that was handled.
    pub(super) newest: u64,
    pub(super) profiles: BTreeMap<Iccid, u64>,
}

/// A message that neither tells the state nor asks for an answer.
fn is_report(name: &str) -> bool {
    name != SendCsimStatus::NAME && Exchange::of(name).is_some_and(|exchange| exchange.response.is_none())
}

impl Marks {
    /// Whether message `name` was handled before. A copy has the same number and the same content.
    ///
    /// A report that was handled is a copy by its content alone: a vehicle that was interrupted tells it anew. Not so a
    /// status, which may tell an earlier state again, or what has a response, which may be asked again.
    pub(super) fn seen(&self, name: &str, sequence: Option<Sequence>, key: IdempotencyKey) -> Seen {
        let content = half(key);
        let Some(sequence) = sequence else {
            let again = self.recent.iter().any(|(_, other)| *other == content);
            return if again { Seen::Copy } else { Seen::New };
        };
        if is_report(name) && self.recent.iter().any(|(_, other)| *other == content) {
            return Seen::Copy;
        }
        if self.outbox != Some(sequence.outbox) {
            return Seen::New;
        }
        let mut known = false;
        for (number, other) in &self.recent {
            if *number == sequence.number {
                if *other == content {
                    return Seen::Copy;
                }
                known = true;
            }
        }
        // No message is overtaken by so many others as are remembered: what is older than all of them is told anew too.
        let long_past = sequence.number.saturating_add(RECENT as u64) <= self.newest;
        if known || long_past {
            Seen::NumberRepeats
        } else {
            Seen::New
        }
    }

    /// Remembers that a message was handled.
    pub(super) fn handled(&mut self, seen: Seen, sequence: Option<Sequence>, key: IdempotencyKey) {
        if let Some(sequence) = sequence {
            // Numbers of different outboxes do not compare; nor do those of one that was put back to an older copy.
            if self.outbox != Some(sequence.outbox) || seen == Seen::NumberRepeats {
                self.profiles.clear();
                self.newest = 0;
            }
            if self.outbox != Some(sequence.outbox) {
                self.outbox = Some(sequence.outbox);
                for (number, _) in &mut self.recent {
                    *number = 0;
                }
            }
            self.newest = self.newest.max(sequence.number);
        }
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        let number = sequence.map_or(0, |sequence| sequence.number);
        self.recent.push_back((number, half(key)));
    }

    /// Marks what a newer status has told already as [`OVERTAKEN`].
    ///
    /// Between broker and instances, messages can overtake one another. A whole status cannot be dropped for that: a
    /// deleted profile is named once only, maybe in the older one, and that may be the answer to a question, in which
    /// absence means deleted. So each profile keeps the number of the newest status that named it.
    pub(super) fn news(&self, mut status: SendCsimStatus, sequence: Option<Sequence>) -> SendCsimStatus {
        let Some(sequence) = sequence.filter(|sequence| self.outbox == Some(sequence.outbox)) else {
            return status;
        };
        for profile in &mut status.profiles {
            let newest = self.profiles.get(&profile.iccid);
            if newest.is_some_and(|newest| *newest > sequence.number) {
                profile.status = OVERTAKEN;
            }
        }
        status
    }

    /// Remembers how new the knowledge of these profiles is. After [`handled`](Self::handled).
    pub(super) fn told(&mut self, profiles: impl IntoIterator<Item = Iccid>, sequence: Option<Sequence>) {
        let Some(sequence) = sequence else { return };
        for iccid in profiles {
            if self.profiles.len() < PROFILES || self.profiles.contains_key(&iccid) {
                let newest = self.profiles.entry(iccid).or_default();
                *newest = sequence.number.max(*newest);
            }
        }
    }
}
