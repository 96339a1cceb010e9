//! Who may come in, and who has to make room.
//!
//! Strangers wait in one place, callers whose certificate was accepted sit in another, so that the one cannot take the other's
//! room. Nobody who comes is turned away for those who wait: the oldest that has shown the least makes room.

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
};

use tokio::{sync::Notify, time::Instant};

use crate::{ServeOptions, turned_away::Reason};

/// Everybody who is connected.
pub(crate) struct Lobby {
    limits: Limits,
    people: Mutex<People>,
    opened: Instant,
    /// How many wait for a seat.
    queue: AtomicUsize,
    /// A seat became free, or somebody in one can now be asked to leave.
    changed: Notify,
}

struct Limits {
    waiting: usize,
    waiting_per_origin: usize,
    seats: usize,
}

#[derive(Default)]
struct People {
    /// What comes next: numbers, not times, tell who is older.
    next: u64,
    waiting: BTreeMap<u64, Stranger>,
    origins: HashMap<IpAddr, usize>,
    seated: BTreeMap<u64, Arc<Guest>>,
}

struct Stranger {
    origin: IpAddr,
    shown: Shown,
    leave: Arc<Notify>,
}

/// What a connection without a request has shown of itself; who has shown less makes room first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shown {
    Nothing,
    /// A first byte.
    Something,
    /// The first message of a handshake.
    Hello,
    /// A certificate that was accepted.
    Identity,
}

/// Changed with every request, and therefore not under the lock.
#[derive(Default)]
struct Guest {
    had_request: AtomicBool,
    busy: AtomicBool,
    /// When it sat down or fell silent last, in microseconds.
    since: AtomicU64,
    leave: Notify,
}

impl Lobby {
    pub(crate) fn new(options: &ServeOptions) -> Arc<Self> {
        Arc::new(Self {
            limits: Limits {
                waiting: options.handshakes,
                waiting_per_origin: options.handshakes_per_address,
                seats: options.connections,
            },
            people: Mutex::default(),
            opened: Instant::now(),
            queue: AtomicUsize::new(0),
            changed: Notify::new(),
        })
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn has_changed(&self) {
        if self.queue.load(SeqCst) > 0 {
            self.changed.notify_one();
        }
    }

    /// Somebody comes in and waits. If there are too many, of this address or at all, somebody else has to leave.
    pub(crate) fn enter(self: &Arc<Self>, address: IpAddr, shown: Shown) -> Ticket {
        let origin = origin(address);
        let leave = Arc::new(Notify::new());
        let mut people = self.people();
        let of_origin = people.origins.get(&origin).copied().unwrap_or(0);
        if of_origin >= self.limits.waiting_per_origin {
            people.make_room(|stranger| stranger.origin == origin);
        } else if people.waiting.len() >= self.limits.waiting {
            people.make_room(|_| true);
        }
        people.next += 1;
        let number = people.next;
        let stranger = Stranger {
            origin,
            shown,
            leave: Arc::clone(&leave),
        };
        people.waiting.insert(number, stranger);
        *people.origins.entry(origin).or_default() += 1;
        Ticket {
            lobby: Arc::clone(self),
            number,
            leave,
        }
    }

    /// Asks one who waits to leave, whatever the limits: whether there was one.
    pub(crate) fn make_room(&self) -> bool {
        self.people().make_room(|_| true)
    }
}

impl People {
    /// The oldest of those who have shown the least.
    fn make_room(&mut self, of: impl Fn(&Stranger) -> bool) -> bool {
        let all = self.waiting.iter().filter(|(_, stranger)| of(stranger));
        let Some(number) = all
            .min_by_key(|(_, stranger)| stranger.shown)
            .map(|(number, _)| *number)
        else {
            return false;
        };
        if let Some(stranger) = self.remove(number) {
            stranger.leave.notify_one();
        }
        true
    }

    fn remove(&mut self, number: u64) -> Option<Stranger> {
        let stranger = self.waiting.remove(&number)?;
        if let Some(count) = self.origins.get_mut(&stranger.origin) {
            *count -= 1;
            if *count == 0 {
                self.origins.remove(&stranger.origin);
            }
        }
        Some(stranger)
    }

    /// A seat for `number`, if one is free, or if somebody who has no request under way can give his up: first of all one
    /// who never had a request.
    fn seat(&mut self, number: u64, seats: usize, now: u64) -> Option<Arc<Guest>> {
        if self.seated.len() >= seats {
            let idle = self.seated.iter().filter(|(_, guest)| !guest.busy.load(SeqCst));
            let first = idle.min_by_key(|(_, guest)| (guest.had_request.load(SeqCst), guest.since.load(SeqCst)));
            let number = *first?.0;
            self.seated.remove(&number)?.leave.notify_one();
        }
        let guest = Arc::new(Guest::default());
        guest.since.store(now, SeqCst);
        self.seated.insert(number, Arc::clone(&guest));
        Some(guest)
    }
}

/// IPv6 gives everybody a whole network.
fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// A place among those who wait.
pub(crate) struct Ticket {
    lobby: Arc<Lobby>,
    number: u64,
    leave: Arc<Notify>,
}

impl Ticket {
    pub(crate) fn shows(&self, shown: Shown) {
        if let Some(stranger) = self.lobby.people().waiting.get_mut(&self.number) {
            stranger.shown = shown;
        }
    }

    /// Ends when the place is needed for somebody else.
    pub(crate) async fn must_leave(&self) {
        self.leave.notified().await;
    }

    /// Why somebody who waited for too long is turned away.
    pub(crate) fn too_late(&self) -> Reason {
        match self.lobby.people().waiting.get(&self.number) {
            Some(stranger) if stranger.shown == Shown::Identity => Reason::NoPlace,
            _ => Reason::HandshakeTimeout,
        }
    }

    /// Waits for a seat; the ticket is used up.
    pub(crate) async fn seat(&self) -> Seat {
        let _queued = Queued::new(&self.lobby.queue);
        loop {
            let mut changed = std::pin::pin!(self.lobby.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if let Some(seat) = self.free_seat() {
                return seat;
            }
            changed.await;
        }
    }

    fn free_seat(&self) -> Option<Seat> {
        let mut people = self.lobby.people();
        let guest = people.seat(self.number, self.lobby.limits.seats, self.lobby.now())?;
        drop(people.remove(self.number));
        Some(Seat {
            lobby: Arc::clone(&self.lobby),
            number: self.number,
            guest,
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        drop(self.lobby.people().remove(self.number));
    }
}

/// Counts somebody who waits for a seat.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn new(queue: &'a AtomicUsize) -> Self {
        queue.fetch_add(1, SeqCst);
        Self(queue)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// A place among those who are served.
pub(crate) struct Seat {
    lobby: Arc<Lobby>,
    number: u64,
    guest: Arc<Guest>,
}

impl Seat {
    /// Ends when the place is needed for somebody else, which happens between two requests.
    pub(crate) async fn must_leave(&self) {
        self.guest.leave.notified().await;
    }

    pub(crate) fn begins(&self) {
        self.guest.had_request.store(true, SeqCst);
        self.guest.busy.store(true, SeqCst);
    }

    pub(crate) fn ends(&self) {
        self.guest.since.store(self.lobby.now(), SeqCst);
        self.guest.busy.store(false, SeqCst);
        self.lobby.has_changed();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        drop(self.lobby.people().seated.remove(&self.number));
        self.lobby.has_changed();
    }
}

#[cfg(test)]
mod tests;
