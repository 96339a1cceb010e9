//! What goes wrong on the way, decided by the seed.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard},
};

use crate::random::mix;

/// What can go wrong at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    /// A call, or its reply, does not arrive.
    Lost,
    /// It arrives twice, the second time much later.
    Twice,
    /// It takes long, and is overtaken.
    Late,
    /// A process dies before it saved what a step changed.
    CrashBeforeSave,
    /// It dies after it saved, and before it did or acknowledged anything.
    CrashAfterSave,
    /// It dies after it did everything, and before it noted that.
    CrashAfterEffects,
    /// It dies between two operations of its store.
    CrashBetween,
    /// The SM-DP+ has no profile.
    NoProfile,
    /// The SM-DP+ takes hours.
    SlowProfile,
    /// The eUICC refuses a command, or obeys and says that it does not.
    EuiccFails,
    /// A download fails, or brings its profile and is said to have failed.
    DownloadFails,
    /// The LPA takes too long for a command, or never says what came of it.
    LpaStuck,
    /// What is put down for somebody who is away expires before he is back.
    Expired,
    /// A handler panics over a message.
    Panics,
    /// The broker refuses a subscription.
    Refused,
    /// The broker takes nothing with QoS 1 on a connection.
    NoQos1,
    /// The broker takes only small packets on a connection.
    SmallPackets,
    /// Somebody else's message is kept at the broker, and sent to whoever subscribes.
    Retained,
    /// A status names a profile in a way that nobody can read.
    Unreadable,
}

impl Trouble {
    /// How often, of 10,000 times.
    const fn rate(self) -> u64 {
        match self {
            Self::Lost | Self::Twice | Self::EuiccFails => 300,
            Self::Late | Self::DownloadFails | Self::SmallPackets => 600,
            Self::LpaStuck | Self::Panics | Self::NoQos1 => 100,
            Self::Refused | Self::Retained | Self::Unreadable => 200,
            Self::CrashBeforeSave | Self::CrashAfterSave | Self::CrashAfterEffects => 25,
            Self::CrashBetween => 5,
            Self::NoProfile => 400,
            Self::SlowProfile => 1500,
            Self::Expired => 5000,
        }
    }
}

/// Draws the troubles, for the world and for the stores of its backends. Clones share everything.
///
/// What is drawn depends on the seed, the place and the time, and on nothing else that was drawn: if something is left out
/// of a world, the rest of it goes on as before.
#[derive(Debug, Clone)]
pub(crate) struct Troubles(Arc<Mutex<Drawing>>);

#[derive(Debug)]
struct Drawing {
    seed: u64,
    now: u64,
    /// How often something was drawn in this very millisecond.
    drawn: Vec<(u64, u64)>,
    allowed: Option<HashSet<u64>>,
    /// Those that came about.
    met: Vec<u64>,
    /// Whether nothing goes wrong for the time being.
    calm: bool,
}

impl Drawing {
    fn number(&mut self, what: u64, place: usize) -> u64 {
        let key = what << 48 | place as u64;
        let at = self
            .drawn
            .iter()
            .position(|(other, _)| *other == key)
            .unwrap_or_else(|| {
                self.drawn.push((key, 0));
                self.drawn.len() - 1
            });
        self.drawn[at].1 += 1;
        mix(mix(mix(self.seed ^ key) ^ self.now) ^ self.drawn[at].1)
    }
}

impl Troubles {
    pub(crate) fn new(seed: u64, allowed: Option<&[u64]>) -> Self {
        Self(Arc::new(Mutex::new(Drawing {
            seed: mix(seed ^ 0x7E0B_1E00),
            now: 0,
            drawn: Vec::new(),
            allowed: allowed.map(|allowed| allowed.iter().copied().collect()),
            met: Vec::new(),
            calm: false,
        })))
    }

    fn drawing(&self) -> MutexGuard<'_, Drawing> {
        self.0.lock().unwrap()
    }

    pub(crate) fn set_time(&self, now: u64) {
        let mut drawing = self.drawing();
        if drawing.now != now {
            drawing.now = now;
            drawing.drawn.clear();
        }
    }

    /// Whether nothing goes wrong for the time being.
    pub(crate) fn set_calm(&self, calm: bool) {
        self.drawing().calm = calm;
    }

    /// Those that came about.
    pub(crate) fn met(&self) -> Vec<u64> {
        self.drawing().met.clone()
    }

    /// Whether it comes about now, at this place; if so, a number that says how bad it is.
    pub(crate) fn draw(&self, trouble: Trouble, place: usize) -> Option<u64> {
        let mut drawing = self.drawing();
        if drawing.calm {
            return None;
        }
        let id = drawing.number(1 + trouble as u64, place);
        let allowed = drawing.allowed.as_ref();
        let comes = id % 10_000 < trouble.rate() && allowed.is_none_or(|allowed| allowed.contains(&id));
        comes.then(|| {
            drawing.met.push(id);
            mix(id)
        })
    }

    /// Some time, below `end` milliseconds: how long something takes without any trouble.
    pub(crate) fn time(&self, place: usize, end: u64) -> u64 {
        1 + self.drawing().number(0, place) % end
    }
}
