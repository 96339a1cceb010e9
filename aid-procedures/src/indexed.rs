//! A list whose entries are found by what they say, at the same cost however long it is.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod index;

use index::Index;

/// An entry of an [`Indexed`] list.
pub(crate) trait Keyed {
    /// A name that it can be found by.
    type Key: Copy + Eq + std::hash::Hash;
    /// A place in an order.
    type Place: Copy + Ord;

    /// Its names as it is now, each kind in a slot of its own.
    fn keys(&self) -> [Option<Self::Key>; 4];

    /// Its places as it is now, each kind in a slot of its own.
    fn places(&self) -> [Option<Self::Place>; 3];
}

/// Entries in the order in which they came, and, where there are many, an index of their keys and places.
///
/// Only the entries are saved: the index follows from them. It is kept in step by [`edit`](Self::edit), the one way to
/// change an entry.
#[derive(Clone)]
pub(crate) struct Indexed<T: Keyed> {
    entries: Vec<T>,
    index: Option<Box<Index<T>>>,
}

/// So few are found sooner by looking at each.
const FEW: usize = 4;

impl<T: Keyed> Indexed<T> {
    pub(crate) fn push(&mut self, entry: T) {
        if let Some(index) = &mut self.index {
            index.add(&entry, self.entries.len());
        }
        self.entries.push(entry);
        if self.index.is_none() && self.entries.len() > FEW {
            self.index = Some(Box::new(Index::of(&self.entries)));
        }
    }

    /// The positions of the entries with this key, the oldest first.
    pub(crate) fn with(&self, key: T::Key) -> impl DoubleEndedIterator<Item = usize> {
        let (listed, looked_at) = match &self.index {
            Some(index) => (index.with(key), 0..0),
            None => (Default::default(), 0..self.entries.len()),
        };
        let has = move |at: &usize| {
            let entry = self.entries.get(*at);
            entry.is_some_and(|entry| entry.keys().contains(&Some(key)))
        };
        listed.iter().copied().chain(looked_at.filter(has))
    }

    /// The positions of the entries with a place from `first` to `last`, in this order; the oldest first where places are equal.
    pub(crate) fn between(&self, first: T::Place, last: T::Place) -> impl Iterator<Item = usize> {
        let mut sorted = Vec::new();
        if self.index.is_none() {
            for (at, entry) in self.entries.iter().enumerate() {
                let places = entry.places().into_iter().flatten();
                sorted.extend(
                    places
                        .filter(|place| (first..=last).contains(place))
                        .map(|place| (place, at)),
                );
            }
            sorted.sort_unstable();
        }
        let indexed = self.index.iter().flat_map(move |index| index.between(first, last));
        indexed.chain(sorted.into_iter().map(|(_, at)| at))
    }

    /// The entries with this key, the oldest first.
    pub(crate) fn all_with(&self, key: T::Key) -> impl DoubleEndedIterator<Item = &T> {
        self.with(key).filter_map(|at| self.entries.get(at))
    }

    /// How many entries have a place of each kind.
    pub(crate) fn placed(&self) -> [usize; 3] {
        let count = || {
            let placed = self
                .entries
                .iter()
                .map(|entry| entry.places().map(|place| usize::from(place.is_some())));
            placed.fold([0; 3], |[a, b, c], [d, e, f]| [a + d, b + e, c + f])
        };
        self.index.as_ref().map_or_else(count, |index| index.placed())
    }

    /// The entry at a position, to change it.
    pub(crate) fn edit(&mut self, at: usize) -> Option<Edit<'_, T>> {
        let entry = self.entries.get_mut(at)?;
        let index = self.index.as_deref_mut();
        let before = index.map(|index| (entry.keys(), entry.places(), index, at));
        Some(Edit { entry, before })
    }

    /// The oldest entry with this key that is wanted, to change it.
    pub(crate) fn edit_first(&mut self, key: T::Key, wanted: impl Fn(&T) -> bool) -> Option<Edit<'_, T>> {
        let at = self.with(key).find(|at| self.entries.get(*at).is_some_and(&wanted))?;
        self.edit(at)
    }

    /// The newest entry with this key, to change it.
    pub(crate) fn edit_last(&mut self, key: T::Key) -> Option<Edit<'_, T>> {
        let at = self.with(key).next_back()?;
        self.edit(at)
    }

    /// Changes every entry with this key that is wanted, the oldest first.
    pub(crate) fn edit_with(&mut self, key: T::Key, wanted: impl Fn(&T) -> bool, mut change: impl FnMut(&mut T)) {
        let found: Vec<usize> = self.with(key).collect();
        for at in found {
            if self.entries.get(at).is_some_and(&wanted)
                && let Some(mut entry) = self.edit(at)
            {
                change(&mut entry);
            }
        }
    }

    /// Changes every entry, the oldest first.
    pub(crate) fn edit_all(&mut self, mut change: impl FnMut(&mut T)) {
        for at in 0..self.entries.len() {
            if let Some(mut entry) = self.edit(at) {
                change(&mut entry);
            }
        }
    }

    /// Forgets entries. All that are left move up, so that this costs what loading them costs.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        self.entries.retain(wanted);
        *self = std::mem::take(&mut self.entries).into();
    }
}

impl<T: Keyed> Default for Indexed<T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<T: Keyed> From<Vec<T>> for Indexed<T> {
    fn from(entries: Vec<T>) -> Self {
        let index = (entries.len() > FEW).then(|| Box::new(Index::of(&entries)));
        Self { entries, index }
    }
}

impl<T: Keyed> Deref for Indexed<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.entries
    }
}

impl<T: Keyed + PartialEq> PartialEq for Indexed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl<T: Keyed + fmt::Debug> fmt::Debug for Indexed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(f)
    }
}

impl<T: Keyed + Serialize> Serialize for Indexed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.entries.serialize(serializer)
    }
}

impl<'de, T: Keyed + Deserialize<'de>> Deserialize<'de> for Indexed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

/// An entry that is being changed. When that is done, the index follows.
pub(crate) struct Edit<'a, T: Keyed> {
    entry: &'a mut T,
    #[expect(clippy::type_complexity, reason = "it has no other use")]
    before: Option<([Option<T::Key>; 4], [Option<T::Place>; 3], &'a mut Index<T>, usize)>,
}

impl<T: Keyed> Deref for Edit<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.entry
    }
}

impl<T: Keyed> DerefMut for Edit<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.entry
    }
}

impl<T: Keyed> Drop for Edit<'_, T> {
    fn drop(&mut self) {
        if let Some((keys, places, index, at)) = &mut self.before {
            for (before, after) in keys.iter().zip(self.entry.keys()) {
                index.rename(*before, after, *at);
            }
            index.replace(*places, self.entry.places(), *at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A name that many share, one that is its own, and a place that is left now and then.
    #[derive(Debug, Clone, PartialEq)]
    struct Entry(u8, u8, u8);

    impl Keyed for Entry {
        type Key = (char, u8);
        type Place = (char, u8);

        fn keys(&self) -> [Option<(char, u8)>; 4] {
            let own = (self.1 > 0).then_some(('b', self.1));
            [Some(('a', self.0)), own, None, None]
        }

        fn places(&self) -> [Option<(char, u8)>; 3] {
            let place = (self.2 > 2).then_some(('p', self.2));
            [place, Some(('q', self.1)), None]
        }
    }

    fn agree(list: &Indexed<Entry>) {
        let positions = |wanted: &dyn Fn(&Entry) -> bool| -> Vec<usize> {
            let entries = list.iter().enumerate();
            entries.filter(|(_, entry)| wanted(entry)).map(|(at, _)| at).collect()
        };
        for name in 0..6 {
            assert_eq!(
                list.with(('a', name)).collect::<Vec<_>>(),
                positions(&|entry| entry.0 == name)
            );
            let own = positions(&|entry| entry.1 == name && name > 0);
            assert_eq!(list.with(('b', name)).collect::<Vec<_>>(), own);
            assert_eq!(list.edit_position(('b', name)), own.last().copied());
        }
        let placed = positions(&|entry| entry.2 > 2).len();
        assert_eq!(list.placed(), [placed, list.len(), 0]);
        for (first, last) in [(0, 255), (3, 4), (5, 5)] {
            let mut seen = positions(&|entry| entry.2 > 2 && (first..=last).contains(&entry.2));
            seen.sort_by_key(|at| list.get(*at).map(|entry| entry.2));
            assert_eq!(list.between(('p', first), ('p', last)).collect::<Vec<_>>(), seen);
        }
    }

    impl Indexed<Entry> {
        fn edit_position(&self, key: (char, u8)) -> Option<usize> {
            self.with(key).next_back()
        }
    }

    proptest! {
        #[test]
        fn an_index_agrees_with_its_entries(steps in prop::collection::vec((0..8_u8, 0..6_u8, 0..6_u8, 0..8_u8, 0..16_usize), 1..60)) {
            let mut list = Indexed::default();
            for (what, a, b, c, at) in steps {
                match what {
                    0..=3 => list.push(Entry(a, b, c)),
                    4 => list.edit_all(|entry| entry.2 = entry.2.wrapping_add(1) % 8),
                    5 if at == 0 => list.retain(|entry| entry.1 != b),
                    _ => {
                        if let Some(mut entry) = list.edit(at) {
                            (entry.1, entry.2) = (b, c);
                        }
                    }
                }
                agree(&list);
                let loaded: Indexed<Entry> = list.to_vec().into();
                agree(&loaded);
            }
        }
    }
}
