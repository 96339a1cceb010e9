//! The processes on the real engine: what they want of the world, one after the other.

use std::{sync::Arc, time::Duration};

use aid_backend::{
    engine::{Engine, NoObserver, Runtime as _},
    store::MemoryStore,
};
use futures_channel::oneshot;

use crate::{
    clock::Wall,
    host::{Desk, Host, POLL, Want},
    item::Item,
    kept::Kept,
    party::Party,
    world::World,
};

impl World {
    /// What the processes of a party see of the world. Those of the CMP decide for federations by one clock.
    pub(crate) fn wall_of(&self, party: Party) -> &Wall {
        match party {
            Party::Msp(msp) => &self.msps[msp].wall,
            Party::Cmp | Party::Instance(_) | Party::Car(_) => &self.cmp.wall,
        }
    }

    /// The tasks of a process on the engine.
    pub(crate) fn host(&mut self, party: Party) -> Option<&mut Host> {
        match party {
            Party::Cmp => Some(&mut self.cmp.host),
            Party::Msp(msp) => Some(&mut self.msps[msp].host),
            Party::Instance(instance) => Some(&mut self.instances[instance].host),
            Party::Car(_) => None,
        }
    }

    /// The real engine over a store, for one life of a process.
    pub(crate) fn engine(&self, party: Party, store: &Arc<MemoryStore>, desk: &Desk) -> Engine<Kept> {
        let kept = Kept {
            store: Arc::clone(store),
            desk: desk.clone(),
            troubles: self.troubles.clone(),
            place: party.place(),
            fault: self.options.fault,
        };
        let mut options = aid_backend::engine::Options::default();
        options.poll = POLL;
        options.forget = Duration::from_secs(10 * 24 * 60 * 60);
        Engine::new(kept, desk.clone(), NoObserver, options, self.fresh())
    }

    /// Has a process do something. `None` if it is down, or dies over it.
    pub(crate) fn ask<T: Send + 'static>(
        &mut self,
        party: Party,
        asked: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        if self.down_until(party).is_some() {
            return None;
        }
        let (answer, mut answered) = oneshot::channel();
        let desk = self.host(party)?.desk.clone();
        desk.spawn(Box::pin(async move { drop(answer.send(asked.await)) }));
        self.run_host(party);
        answered.try_recv().ok().flatten()
    }

    /// Lets the tasks of a process go on until nothing is left to do at this moment.
    fn run_host(&mut self, party: Party) {
        loop {
            let Some(host) = self.host(party) else { return };
            host.run();
            let mut wants = 0;
            while let Some(want) = self.host(party).and_then(|host| host.next()) {
                self.grant(party, want);
                wants += 1;
            }
            if wants == 0 {
                return;
            }
        }
    }

    /// Lets all backends go on until nothing is left to do at this moment.
    pub(crate) fn settle(&mut self) {
        let backends = std::iter::once(Party::Cmp)
            .chain((0..self.msps.len()).map(Party::Msp))
            .chain((0..self.instances.len()).map(Party::Instance));
        let backends: Vec<Party> = backends.collect();
        loop {
            let mut woken = false;
            for party in backends.iter().copied() {
                self.run_host(party);
                woken |= self.look_at_store(party);
            }
            if !woken {
                return;
            }
        }
    }

    /// Wakes the workers of a process if something in its store is due, or plans to. Whether it did.
    fn look_at_store(&mut self, party: Party) -> bool {
        let store = match party {
            Party::Cmp => &self.cmp.store,
            Party::Msp(msp) => &self.msps[msp].store,
            Party::Instance(_) | Party::Car(_) => return false,
        };
        let due = store.next_due().map(millis);
        let now = self.now;
        let Some(host) = self.host(party).filter(|host| !host.polling.is_empty()) else {
            return false;
        };
        let Some(due) = due else { return false };
        if due <= now {
            for polling in std::mem::take(&mut host.polling) {
                let _ = polling.send(());
            }
            host.look_at = None;
            return true;
        }
        if host.look_at.is_none_or(|look_at| due < look_at || look_at <= now) {
            host.look_at = Some(due);
            self.queue_at(due, Item::Due);
        }
        false
    }

    /// Does what a task of a process wants.
    fn grant(&mut self, party: Party, want: Want) {
        match want {
            Want::Sleep(duration, sleeper) => {
                let number = self.fresh();
                if let Some(host) = self.host(party) {
                    host.sleeping.insert(number, sleeper);
                }
                self.queue_in(millis(duration), Item::Awake { party, number });
            }
            Want::Poll(polling) => {
                if let Some(host) = self.host(party) {
                    host.polling.push(polling);
                }
            }
            Want::Call(request, answer) => self.send_call(party, request, answer),
            Want::Reply(to, exchange, response) => self.send_reply(party, to, exchange, response),
            Want::Order(order, stored) => {
                let outcome = self.take_order(order);
                let _ = stored.send(outcome);
            }
            Want::Cancel(order, stored) => {
                let outcome = self.take_back(order);
                let _ = stored.send(outcome);
            }
            Want::Look(vin) => self.look_at_record(vin),
            Want::Prepare(token, request, answer) => self.prepare(&token, request, answer),
            Want::Serve(iccid, service) => self.serve(&iccid, service),
            Want::Stored(unit) => match party {
                Party::Msp(_) => self.msp_stored(&unit),
                Party::Instance(instance) => {
                    self.instance_stored(instance, &unit);
                    self.cmp_stored(&unit);
                }
                Party::Cmp | Party::Car(_) => self.cmp_stored(&unit),
            },
            Want::Doomed(token, doomed) => {
                if let Some(f) = self.cmp.tokens.get(&token).copied() {
                    self.cmp.federations[f].watch.doomed.extend(doomed);
                }
            }
            Want::Crash(how_bad) => self.crash_now(party, how_bad),
        }
    }
}

/// Not earlier.
fn millis(duration: Duration) -> u64 {
    duration.as_nanos().div_ceil(1_000_000) as u64
}
