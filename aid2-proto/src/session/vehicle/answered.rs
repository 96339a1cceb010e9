use std::collections::{HashMap, VecDeque};

use crate::binding::IdempotencyKey;

/// How many orders a vehicle remembers (binding, "Duplicates and order").
const REMEMBERED: usize = 256;

/// The orders that the vehicle has dealt with, with the answers it gave: a copy of an order gets the same answer, and is
/// not carried out again. The oldest are forgotten.
#[derive(Debug, Clone, Default)]
pub(super) struct Answered {
    answers: HashMap<IdempotencyKey, (u64, Option<Vec<u8>>)>,
    age: VecDeque<(u64, IdempotencyKey)>,
    next: u64,
}

impl Answered {
    /// The answer to an order that was dealt with, `Some(None)` if it has none; `None` if it was not.
    pub(super) fn answer(&self, key: &IdempotencyKey) -> Option<Option<&[u8]>> {
        self.answers.get(key).map(|(_, answer)| answer.as_deref())
    }

    /// The number under which the next order is remembered.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Remembers an order under `number`. Gives the number that is forgotten for it.
    pub(super) fn insert(&mut self, number: u64, key: IdempotencyKey, answer: Option<Vec<u8>>) -> Option<u64> {
        self.next = self.next.max(number.saturating_add(1));
        self.answers.insert(key, (number, answer));
        self.age.push_back((number, key));
        if self.age.len() <= REMEMBERED {
            return None;
        }
        let (number, key) = self.age.pop_front()?;
        // Unless it was remembered again since.
        if self.answers.get(&key).is_some_and(|(found, _)| *found == number) {
            self.answers.remove(&key);
        }
        Some(number)
    }

    /// An order that had no answer has one now: the number under which it is remembered, if it still is.
    pub(super) fn answer_later(&mut self, key: &IdempotencyKey, answer: &[u8]) -> Option<u64> {
        let (number, known) = self.answers.get_mut(key)?;
        *known = Some(answer.to_vec());
        Some(*number)
    }

    /// It could not be stored: as if it had not been dealt with.
    pub(super) fn forget(&mut self, key: &IdempotencyKey) {
        if let Some((number, _)) = self.answers.remove(key) {
            self.age.retain(|(other, _)| *other != number);
        }
    }
}
