//! What a store in memory keeps.

mod leases;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use bytes::Bytes;

use crate::store::{
    Backlog, CallKey, Committed, Fence, Key, Lane, Load, Loaded, Name, Save, Seen, Snapshot, Unit, Version,
};

/// A time on the store's clock.
pub(super) type Time = Duration;

#[derive(Default)]
pub(super) struct Kept {
    /// The last version and the last fence.
    last: u64,
    aggregates: BTreeMap<Key, Aggregate>,
    names: BTreeMap<Name, BTreeSet<Key>>,
    timers: BTreeSet<(Time, Key)>,
    lanes: BTreeMap<Lane, LaneState>,
    heads: BTreeSet<(Time, Lane)>,
    replies: BTreeMap<CallKey, Reply>,
    forget: BTreeSet<(Time, CallKey)>,
}

struct Aggregate {
    version: Version,
    state: Bytes,
    names: Vec<Name>,
    timer: Option<Timer>,
}

/// A time to be woken.
#[derive(Clone, Copy)]
struct Timer {
    due: Time,
    /// When it can be claimed: the later of `due` and the end of a lease.
    ready: Time,
    fence: Option<Fence>,
}

struct LaneState {
    effects: VecDeque<Waiting>,
    /// When the head can be claimed.
    ready: Time,
    fence: Option<Fence>,
}

struct Reply {
    of: Key,
    reply: Bytes,
    forget: Time,
}

struct Waiting {
    body: Bytes,
    since: Time,
    attempts: u32,
}

impl Kept {
    /// How many aggregates, lanes and replies.
    pub(super) fn sizes(&self) -> [usize; 3] {
        [self.aggregates.len(), self.lanes.len(), self.replies.len()]
    }

    fn next(&mut self) -> u64 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    pub(super) fn load(&self, load: Load) -> Snapshot {
        let named: BTreeSet<&Key> = load
            .names
            .iter()
            .filter_map(|name| self.names.get(name))
            .flatten()
            .collect();
        let others = named.into_iter().filter(|key| !load.keys.contains(key)).cloned();
        let keys = load.keys.iter().cloned().chain(others);
        let aggregates = keys.map(|key| self.loaded(key)).collect();
        let reply = load.call.and_then(|call| self.replies.get(&call));
        Snapshot::new(aggregates, reply.map(|kept| kept.reply.clone()))
    }

    fn loaded(&self, key: Key) -> Loaded {
        match self.aggregates.get(&key) {
            Some(aggregate) => Loaded::new(key, aggregate.version, aggregate.state.clone()),
            None => Loaded::none(key),
        }
    }

    pub(super) fn commit(&mut self, unit: Unit, now: Time) -> Committed {
        if let Some(kept) = unit.seen.as_ref().and_then(|seen| self.replies.get(&seen.call)) {
            return Committed::Replied(kept.reply.clone());
        }
        if unit.done.as_ref().is_some_and(|done| !self.holds(&done.lease)) {
            return Committed::LeaseLost;
        }
        let version = |key| {
            self.aggregates
                .get(key)
                .map_or(Version::NONE, |aggregate| aggregate.version)
        };
        if unit.saves.iter().any(|save| version(&save.key) != save.expected) {
            return Committed::Conflict;
        }
        for effect in unit.effects {
            self.push(effect.lane, effect.body, now);
        }
        let next = unit.done.and_then(|done| self.finish(done, now));
        for save in unit.saves {
            self.save(save, now);
        }
        if let Some(seen) = unit.seen {
            let forget = now.saturating_add(seen.keep);
            self.forget.insert((forget, seen.call.clone()));
            let Seen { call, of, reply, .. } = seen;
            self.replies.insert(call, Reply { of, reply, forget });
        }
        Committed::Yes(next)
    }

    fn save(&mut self, save: Save, now: Time) {
        if let Some(old) = self.aggregates.remove(&save.key) {
            for name in old.names {
                if let Some(keys) = self.names.get_mut(&name) {
                    keys.remove(&save.key);
                    if keys.is_empty() {
                        self.names.remove(&name);
                    }
                }
            }
            if let Some(timer) = old.timer {
                self.timers.remove(&(timer.ready, save.key.clone()));
            }
        }
        if save.erase {
            self.erase(&save.key);
        }
        let Some(state) = save.state else { return };
        let timer = save.wake_in.map(|wake_in| {
            let due = now.saturating_add(wake_in);
            self.timers.insert((due, save.key.clone()));
            Timer {
                due,
                ready: due,
                fence: None,
            }
        });
        for name in &save.names {
            self.names.entry(name.clone()).or_default().insert(save.key.clone());
        }
        let aggregate = Aggregate {
            version: Version(self.next()),
            state,
            names: save.names,
            timer,
        };
        self.aggregates.insert(save.key, aggregate);
    }

    fn erase(&mut self, key: &Key) {
        let lanes: Vec<Lane> = self
            .lanes
            .keys()
            .filter(|lane| lane.owner() == key.as_str())
            .cloned()
            .collect();
        for lane in lanes {
            if let Some(state) = self.lanes.remove(&lane) {
                self.heads.remove(&(state.ready, lane));
            }
        }
        let forget = &mut self.forget;
        self.replies.retain(|call, kept| {
            let stays = kept.of != *key;
            if !stays {
                forget.remove(&(kept.forget, call.clone()));
            }
            stays
        });
    }

    fn push(&mut self, lane: Lane, body: Bytes, now: Time) {
        let state = self.lanes.entry(lane.clone()).or_insert_with(|| {
            self.heads.insert((now, lane));
            LaneState {
                effects: VecDeque::new(),
                ready: now,
                fence: None,
            }
        });
        state.effects.push_back(Waiting {
            body,
            since: now,
            attempts: 0,
        });
    }

    pub(super) fn forget_replies(&mut self, now: Time, limit: usize) -> usize {
        let old = self.forget.iter().take_while(|(forget, _)| *forget <= now).take(limit);
        let old: Vec<_> = old.cloned().collect();
        for entry in &old {
            self.forget.remove(entry);
            self.replies.remove(&entry.1);
        }
        old.len()
    }

    pub(super) fn backlog(&self, now: Time) -> Vec<Backlog> {
        let mut backlog = BTreeMap::<&str, Backlog>::new();
        for (lane, state) in &self.lanes {
            let entry = backlog
                .entry(lane.kind())
                .or_insert_with(|| Backlog::new(lane.kind().to_owned(), 0, Duration::ZERO));
            entry.lanes += 1;
            let age = state.effects.front().map(|head| now.saturating_sub(head.since));
            entry.oldest = entry.oldest.max(age.unwrap_or_default());
        }
        backlog.into_values().collect()
    }
}
