use std::collections::{HashMap, VecDeque};

use super::IdempotencyKey;

/// The orders that a vehicle has handled, with the answers it gave: a copy of an order gets the same answer, and is not
/// carried out again.
///
/// Bounded: of more than `limit` orders the oldest is forgotten.
#[derive(Debug, Clone)]
pub struct Handled {
    answers: HashMap<IdempotencyKey, Option<Vec<u8>>>,
    age: VecDeque<IdempotencyKey>,
    limit: usize,
}

impl Handled {
    /// Remembers the latest `limit` orders.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            answers: HashMap::new(),
            age: VecDeque::new(),
            limit: limit.max(1),
        }
    }

    /// The answer to an order that was handled, `Some(None)` if it has none; `None` if it was not handled.
    #[must_use]
    pub fn answer(&self, key: &IdempotencyKey) -> Option<Option<&[u8]>> {
        self.answers.get(key).map(Option::as_deref)
    }

    /// Remembers an order and its answer. Gives back what was forgotten for it.
    pub fn insert(&mut self, key: IdempotencyKey, answer: Option<Vec<u8>>) -> Option<IdempotencyKey> {
        if self.answers.insert(key, answer).is_some() {
            return None;
        }
        self.age.push_back(key);
        let forgotten = if self.age.len() > self.limit {
            self.age.pop_front()
        } else {
            None
        };
        if let Some(forgotten) = &forgotten {
            self.answers.remove(forgotten);
        }
        forgotten
    }
}
