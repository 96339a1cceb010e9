//! A store in memory.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;

use super::{
    Backlog, CallKey, Claim, Claimed, ClaimedEffect, ClaimedTimer, Committed, Done, Fence, Key, Lane, Lease, Load,
    Loaded, Name, Save, Seen, Snapshot, Store, StoreError, Unit, Version,
};

/// A [`Store`] in memory: for tests, examples and simulations, and to read what a store does.
///
/// Its futures are ready at once, and everything happens in the order of the calls: with a clock that is an argument, a run
/// can be repeated to the letter.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// use aid_backend::store::{Key, Load, MemoryStore, Save, Store as _, Unit, Version};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let start = Instant::now();
/// let store = MemoryStore::new(move || start.elapsed());
/// let key = Key::try_from("subscription/1")?;
/// let mut unit = Unit::default();
/// unit.saves.push(Save::new(key.clone(), Version::NONE, "state"));
/// store.commit(unit).await?;
/// let snapshot = store.load(Load::keys([key])).await?;
/// assert_eq!(snapshot.aggregates[0].state.as_deref(), Some(&b"state"[..]));
/// # Ok(())
/// # }
/// ```
pub struct MemoryStore {
    now: Box<dyn Fn() -> Duration + Send + Sync>,
    kept: Mutex<Kept>,
}

/// A time on the store's clock.
type Time = Duration;

#[derive(Default)]
struct Kept {
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

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        f.debug_struct("MemoryStore")
            .field("aggregates", &kept.aggregates.len())
            .field("lanes", &kept.lanes.len())
            .field("replies", &kept.replies.len())
            .finish_non_exhaustive()
    }
}

impl MemoryStore {
    /// An empty store. `now` is a monotonic clock.
    #[must_use]
    pub fn new(now: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self {
            now: Box::new(now),
            kept: Mutex::default(),
        }
    }

    /// When, on its clock, the next head of a lane or timer can be claimed; those that are leased included. For a simulation,
    /// which would have to ask too often otherwise.
    #[must_use]
    pub fn next_due(&self) -> Option<Duration> {
        let kept = self.kept();
        let (lane, timer) = (kept.heads.first(), kept.timers.first());
        let lane = lane.map(|(ready, _)| *ready);
        lane.into_iter().chain(timer.map(|(ready, _)| *ready)).min()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing below panics half way.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    async fn load(&self, load: Load) -> Result<Snapshot, StoreError> {
        Ok(self.kept().load(load))
    }

    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        let now = (self.now)();
        Ok(self.kept().commit(unit, now))
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        let now = (self.now)();
        Ok(self.kept().claim(claim, now))
    }

    async fn put_off(&self, lease: Lease, delay: Duration) -> Result<bool, StoreError> {
        let ready = (self.now)().saturating_add(delay);
        Ok(self.kept().release(&lease, ready))
    }

    async fn forget_replies(&self, limit: usize) -> Result<usize, StoreError> {
        let now = (self.now)();
        Ok(self.kept().forget_replies(now, limit))
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        let now = (self.now)();
        Ok(self.kept().backlog(now))
    }
}

impl Kept {
    fn next(&mut self) -> u64 {
        self.last = self.last.saturating_add(1);
        self.last
    }

    fn load(&self, load: Load) -> Snapshot {
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

    fn commit(&mut self, unit: Unit, now: Time) -> Committed {
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

    fn holds(&self, lease: &Lease) -> bool {
        let held = match lease {
            Lease::Lane(lane, _) => self.lanes.get(lane).and_then(|state| state.fence),
            Lease::Timer(key, _) => {
                let timer = self.aggregates.get(key).and_then(|aggregate| aggregate.timer);
                timer.and_then(|timer| timer.fence)
            }
        };
        let (Lease::Lane(_, fence) | Lease::Timer(_, fence)) = lease;
        held == Some(*fence)
    }

    /// Ends a lease that is held.
    fn finish(&mut self, done: Done, now: Time) -> Option<ClaimedEffect> {
        match done.lease {
            Lease::Lane(lane, _) => {
                let state = self.lanes.get_mut(&lane)?;
                state.effects.pop_front();
                let empty = state.effects.is_empty();
                self.release_lane(&lane, now);
                if empty {
                    self.heads.remove(&(now, lane.clone()));
                    self.lanes.remove(&lane);
                    return None;
                }
                done.next.and_then(|lease| self.lease_head(&lane, lease, now))
            }
            Lease::Timer(key, _) => {
                if let Some(timer) = self
                    .aggregates
                    .get_mut(&key)
                    .and_then(|aggregate| aggregate.timer.take())
                {
                    self.timers.remove(&(timer.ready, key));
                }
                None
            }
        }
    }

    fn release(&mut self, lease: &Lease, ready: Time) -> bool {
        if !self.holds(lease) {
            return false;
        }
        match lease {
            Lease::Lane(lane, _) => self.release_lane(lane, ready),
            Lease::Timer(key, _) => {
                if let Some(timer) = self
                    .aggregates
                    .get_mut(key)
                    .and_then(|aggregate| aggregate.timer.as_mut())
                {
                    self.timers.remove(&(timer.ready, key.clone()));
                    timer.fence = None;
                    timer.ready = ready;
                    self.timers.insert((ready, key.clone()));
                }
            }
        }
        true
    }

    fn release_lane(&mut self, lane: &Lane, ready: Time) {
        if let Some(state) = self.lanes.get_mut(lane) {
            self.heads.remove(&(state.ready, lane.clone()));
            state.fence = None;
            state.ready = ready;
            self.heads.insert((ready, lane.clone()));
        }
    }

    fn claim(&mut self, claim: Claim, now: Time) -> Vec<Claimed> {
        let lanes = self.heads.iter().take_while(|(ready, _)| *ready <= now);
        let timers = self.timers.iter().take_while(|(ready, _)| *ready <= now);
        let mut due: Vec<(Time, Due)> = lanes
            .map(|(ready, lane)| (*ready, Due::Lane(lane.clone())))
            .take(claim.limit)
            .chain(
                timers
                    .map(|(ready, key)| (*ready, Due::Timer(key.clone())))
                    .take(claim.limit),
            )
            .collect();
        due.sort_by_key(|(ready, _)| *ready);
        due.truncate(claim.limit);
        due.into_iter()
            .filter_map(|(_, due)| match due {
                Due::Lane(lane) => self.lease_head(&lane, claim.lease, now).map(Claimed::Effect),
                Due::Timer(key) => self.lease_timer(key, claim.lease, now).map(Claimed::Timer),
            })
            .collect()
    }

    fn lease_head(&mut self, lane: &Lane, lease: Duration, now: Time) -> Option<ClaimedEffect> {
        let fence = Fence(self.next());
        let state = self.lanes.get_mut(lane)?;
        self.heads.remove(&(state.ready, lane.clone()));
        state.ready = now.saturating_add(lease);
        state.fence = Some(fence);
        self.heads.insert((state.ready, lane.clone()));
        let head = state.effects.front_mut()?;
        let attempts = head.attempts;
        head.attempts = attempts.saturating_add(1);
        let age = now.saturating_sub(head.since);
        Some(ClaimedEffect::new(
            lane.clone(),
            fence,
            head.body.clone(),
            attempts,
            age,
        ))
    }

    fn lease_timer(&mut self, key: Key, lease: Duration, now: Time) -> Option<ClaimedTimer> {
        let fence = Fence(self.next());
        let timer = self.aggregates.get_mut(&key)?.timer.as_mut()?;
        self.timers.remove(&(timer.ready, key.clone()));
        timer.ready = now.saturating_add(lease);
        timer.fence = Some(fence);
        self.timers.insert((timer.ready, key.clone()));
        Some(ClaimedTimer::new(key, fence, now.saturating_sub(timer.due)))
    }

    fn forget_replies(&mut self, now: Time, limit: usize) -> usize {
        let old = self.forget.iter().take_while(|(forget, _)| *forget <= now).take(limit);
        let old: Vec<_> = old.cloned().collect();
        for entry in &old {
            self.forget.remove(entry);
            self.replies.remove(&entry.1);
        }
        old.len()
    }

    fn backlog(&self, now: Time) -> Vec<Backlog> {
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

enum Due {
    Lane(Lane),
    Timer(Key),
}
