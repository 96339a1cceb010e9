//! What goes wrong on the way, decided by the seed.

use std::collections::{BTreeMap, HashSet};

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
    /// The SM-DP+ has no profile.
    NoProfile,
    /// The SM-DP+ takes hours.
    SlowProfile,
    /// The eUICC refuses a command.
    EuiccFails,
    /// A download fails.
    DownloadFails,
    /// What is put down for somebody who is away expires before he is back.
    Expired,
}

impl Trouble {
    /// How often, of 10,000 times.
    const fn rate(self) -> u64 {
        match self {
            Self::Lost | Self::Twice | Self::EuiccFails => 300,
            Self::Late | Self::DownloadFails => 600,
            Self::CrashBeforeSave | Self::CrashAfterSave | Self::CrashAfterEffects => 25,
            Self::NoProfile => 400,
            Self::SlowProfile => 1500,
            Self::Expired => 5000,
        }
    }
}

/// Draws the troubles.
#[derive(Debug)]
pub(crate) struct Troubles {
    seed: u64,
    drawn: BTreeMap<(Trouble, usize), u64>,
    allowed: Option<HashSet<u64>>,
    /// Those that came about.
    pub(crate) met: Vec<u64>,
    /// Whether nothing goes wrong for the time being.
    pub(crate) calm: bool,
}

impl Troubles {
    pub(crate) fn new(seed: u64, allowed: Option<&[u64]>) -> Self {
        Self {
            seed: mix(seed ^ 0x7E0B_1E00),
            drawn: BTreeMap::new(),
            allowed: allowed.map(|allowed| allowed.iter().copied().collect()),
            met: Vec::new(),
            calm: false,
        }
    }

    /// Whether it comes about now, at this place; if so, a number that says how bad it is.
    pub(crate) fn draw(&mut self, trouble: Trouble, place: usize) -> Option<u64> {
        if self.calm {
            return None;
        }
        let count = self.drawn.entry((trouble, place)).or_default();
        *count += 1;
        let id = mix(mix(self.seed ^ ((trouble as u64) << 56) ^ ((place as u64) << 32)) ^ *count);
        let comes = id % 10_000 < trouble.rate() && self.allowed.as_ref().is_none_or(|allowed| allowed.contains(&id));
        comes.then(|| {
            self.met.push(id);
            mix(id)
        })
    }

    /// Some time, below `end` milliseconds: how long something takes without any trouble.
    pub(crate) fn time(&mut self, end: u64) -> u64 {
        // Not a trouble, but drawn in the same way; one stream is enough.
        let count = self.drawn.entry((Trouble::Late, usize::MAX)).or_default();
        *count += 1;
        1 + mix(self.seed ^ *count) % end
    }
}
