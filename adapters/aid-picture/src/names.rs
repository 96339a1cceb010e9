//! Users and vehicles by numbers, so that a picture can be looked through without the names of anybody.

use std::{
    collections::{HashMap, VecDeque, hash_map::RandomState},
    hash::BuildHasher as _,
};

use aid_types::{AccountId, ActivationCodeRequestId, CmpUserId, Eid, Identifier, MspToken, Vin};

/// How many names of each kind are remembered.
const REMEMBERED: usize = 50_000;

/// Who is meant by a text, by the name of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whose {
    User,
    Vehicle,
}

impl Whose {
    pub(crate) fn of(what: &str) -> Option<Self> {
        match what {
            MspToken::WHAT | AccountId::WHAT | CmpUserId::WHAT => Some(Self::User),
            // A request for an activation code is about one eUICC.
            Vin::WHAT | Eid::WHAT | ActivationCodeRequestId::WHAT => Some(Self::Vehicle),
            _ => None,
        }
    }
}

/// The numbers of what has been called by a name. Names are kept as hashes with a key of this process.
#[derive(Default)]
pub(crate) struct Names {
    state: RandomState,
    numbers: HashMap<u64, u32>,
    order: VecDeque<u64>,
    /// Two numbers turned out to be one: the higher leads to the lower.
    same: HashMap<u32, u32>,
    last: u32,
}

impl Names {
    /// The number of whoever has these names, all of which are names of one.
    pub(crate) fn number<'a>(&mut self, names: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<u32> {
        let hashes: Vec<u64> = names.into_iter().map(|name| self.hash(name)).collect();
        let known = hashes.iter().filter_map(|hash| self.numbers.get(hash).copied());
        let known: Vec<u32> = known.map(|number| self.resolve(number)).collect();
        let number = match known.iter().min() {
            Some(number) => *number,
            None if hashes.is_empty() => return None,
            None => {
                self.last = self.last.saturating_add(1);
                self.last
            }
        };
        for other in known {
            if other != number {
                self.same.insert(other, number);
            }
        }
        for hash in hashes {
            if self.numbers.insert(hash, number).is_none() {
                self.order.push_back(hash);
                if self.order.len() > REMEMBERED {
                    self.order.pop_front().and_then(|oldest| self.numbers.remove(&oldest));
                }
            }
        }
        Some(number)
    }

    /// What a number has become.
    pub(crate) fn resolve(&self, mut number: u32) -> u32 {
        while let Some(lower) = self.same.get(&number) {
            number = *lower;
        }
        number
    }

    fn hash(&self, (what, name): (&str, &str)) -> u64 {
        // Some are written in either case.
        let name = match what {
            MspToken::WHAT | ActivationCodeRequestId::WHAT => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        };
        self.state.hash_one((what, name))
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_of_one_lead_to_one_number() {
        let mut names = Names::default();
        let (session, token, other) = (("account_id", "eyJ"), ("msp_token", "A"), ("msp_token", "b"));
        assert_eq!(names.number([session]), Some(1));
        assert_eq!(names.number([token]), Some(2));
        assert_eq!(names.number([other]), Some(3));
        assert_eq!(names.number([session, ("msp_token", "a")]), Some(1));
        assert_eq!(
            (names.number([token]), names.resolve(2), names.resolve(3)),
            (Some(1), 1, 3)
        );
        assert_eq!(names.number([]), None);
    }
}
