//! Who may come in, and who has to make room.
//!
//! Strangers wait in one place, callers whose certificate was accepted sit in another, so that the one cannot take the other's
//! room. Nobody who comes is turned away for those who wait: the oldest that has shown the least makes room.

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::{ServeOptions, turned_away::Reason};

/// Everybody who is connected.
pub(crate) struct Lobby {
    limits: Limits,
    people: Mutex<People>,
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
    seated: BTreeMap<u64, Guest>,
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

struct Guest {
    /// Requests that were begun.
    requests: u64,
    busy: bool,
    /// When it sat down or fell silent last.
    since: u64,
    leave: Arc<Notify>,
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
            changed: Notify::new(),
        })
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
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
        let number = people.number();
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
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

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
    fn seat(&mut self, number: u64, seats: usize) -> Option<Arc<Notify>> {
        if self.seated.len() >= seats {
            let idle = self.seated.iter().filter(|(_, guest)| !guest.busy);
            let number = *idle.min_by_key(|(_, guest)| (guest.requests > 0, guest.since))?.0;
            self.seated.remove(&number)?.leave.notify_one();
        }
        let leave = Arc::new(Notify::new());
        let since = self.number();
        let guest = Guest {
            requests: 0,
            busy: false,
            since,
            leave: Arc::clone(&leave),
        };
        self.seated.insert(number, guest);
        Some(leave)
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
        let leave = people.seat(self.number, self.lobby.limits.seats)?;
        drop(people.remove(self.number));
        Some(Seat {
            lobby: Arc::clone(&self.lobby),
            number: self.number,
            leave,
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        drop(self.lobby.people().remove(self.number));
    }
}

/// A place among those who are served.
pub(crate) struct Seat {
    lobby: Arc<Lobby>,
    number: u64,
    leave: Arc<Notify>,
}

impl Seat {
    /// Ends when the place is needed for somebody else, which happens between two requests.
    pub(crate) async fn must_leave(&self) {
        self.leave.notified().await;
    }

    pub(crate) fn begins(&self) {
        if let Some(guest) = self.lobby.people().seated.get_mut(&self.number) {
            guest.busy = true;
            guest.requests += 1;
        }
    }

    pub(crate) fn ends(&self) {
        let mut people = self.lobby.people();
        let since = people.number();
        let full = people.seated.len() >= self.lobby.limits.seats;
        if let Some(guest) = people.seated.get_mut(&self.number) {
            guest.busy = false;
            guest.since = since;
        }
        drop(people);
        if full {
            self.lobby.changed.notify_one();
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        drop(self.lobby.people().seated.remove(&self.number));
        self.lobby.changed.notify_one();
    }
}
