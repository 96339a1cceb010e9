//! The index itself: names by hash, places in order.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    hash::{BuildHasherDefault, DefaultHasher},
};

use super::Keyed;

/// Where the entries of one list are.
#[derive(Clone)]
pub(super) struct Index<T: Keyed> {
    /// Not with the random state of the standard library: nothing here is random. Whoever hands identifiers out could have
    /// them collide; then looking them up costs what going through the list would.
    names: HashMap<T::Key, Positions, BuildHasherDefault<DefaultHasher>>,
    places: BTreeSet<(T::Place, usize)>,
    /// How many entries have a place, for each kind of places.
    placed: [usize; 3],
}

/// Positions, ascending; never none.
#[derive(Clone)]
enum Positions {
    One(usize),
    Many(Vec<usize>),
}

impl Positions {
    fn as_slice(&self) -> &[usize] {
        match self {
            Self::One(at) => std::slice::from_ref(at),
            Self::Many(positions) => positions,
        }
    }

    fn add(&mut self, at: usize) {
        let mut positions = self.as_slice().to_vec();
        let place = positions.partition_point(|other| *other < at);
        positions.insert(place, at);
        *self = Self::Many(positions);
    }

    /// Whether there is none left.
    fn remove(&mut self, at: usize) -> bool {
        match self {
            Self::One(_) => true,
            Self::Many(positions) => {
                positions.retain(|other| *other != at);
                positions.is_empty()
            }
        }
    }
}

impl<T: Keyed> Index<T> {
    pub(super) fn of(entries: &[T]) -> Self {
        let mut index = Self {
            names: HashMap::default(),
            places: BTreeSet::new(),
            placed: [0; 3],
        };
        for (at, entry) in entries.iter().enumerate() {
            index.add(entry, at);
        }
        index
    }

    pub(super) fn add(&mut self, entry: &T, at: usize) {
        for key in entry.keys() {
            self.rename(None, key, at);
        }
        self.replace([None; 3], entry.places(), at);
    }

    pub(super) fn with(&self, key: T::Key) -> &[usize] {
        self.names.get(&key).map(Positions::as_slice).unwrap_or_default()
    }

    pub(super) fn between(&self, first: T::Place, last: T::Place) -> impl Iterator<Item = usize> {
        let from = self.places.range((first, 0)..);
        from.take_while(move |(place, _)| *place <= last).map(|(_, at)| *at)
    }

    /// The entry at a position has another name.
    pub(super) fn rename(&mut self, before: Option<T::Key>, after: Option<T::Key>, at: usize) {
        if before == after {
            return;
        }
        if let Some(before) = before
            && let Entry::Occupied(mut positions) = self.names.entry(before)
            && positions.get_mut().remove(at)
        {
            positions.remove();
        }
        if let Some(after) = after {
            let positions = self.names.entry(after);
            positions.and_modify(|all| all.add(at)).or_insert(Positions::One(at));
        }
    }

    /// The entry at a position has other places.
    pub(super) fn replace(&mut self, before: [Option<T::Place>; 3], after: [Option<T::Place>; 3], at: usize) {
        for ((before, after), placed) in before.into_iter().zip(after).zip(&mut self.placed) {
            if before == after {
                continue;
            }
            if let Some(before) = before {
                self.places.remove(&(before, at));
                *placed = placed.saturating_sub(1);
            }
            if let Some(after) = after {
                self.places.insert((after, at));
                *placed += 1;
            }
        }
    }

    /// How many entries have a place of each kind.
    pub(super) const fn placed(&self) -> [usize; 3] {
        self.placed
    }
}
