//! Who has what, and until when.

use std::time::Duration;

use super::{Kept, Time};
use crate::store::{Claim, Claimed, ClaimedEffect, ClaimedTimer, Done, Fence, Key, Lane, Lease};

enum Due {
    Lane(Lane),
    Timer(Key),
}

impl Kept {
    /// When the next head of a lane or timer can be claimed.
    pub(in crate::store::memory) fn next_ready(&self) -> Option<Time> {
        let (lane, timer) = (self.heads.first(), self.timers.first());
        let lane = lane.map(|(ready, _)| *ready);
        lane.into_iter().chain(timer.map(|(ready, _)| *ready)).min()
    }

    pub(in crate::store::memory) fn holds(&self, lease: &Lease) -> bool {
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
    pub(in crate::store::memory) fn finish(&mut self, done: Done, now: Time) -> Option<ClaimedEffect> {
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

    pub(in crate::store::memory) fn release(&mut self, lease: &Lease, ready: Time) -> bool {
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

    pub(in crate::store::memory) fn claim(&mut self, claim: Claim, now: Time) -> Vec<Claimed> {
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
}
