//! How large a world is, and what of it happens.

use crate::Fault;

/// How large the world is, and how long it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How many people there are; at least 1.
    pub users: usize,
    /// How many vehicles there are; at least 1.
    pub vehicles: usize,
    /// How many MSPs there are; at least 1. The first sells one profile at a time, the second two, and so on.
    pub msps: usize,
    /// How many instances of the CMP's backend there are on MQTT; at least 1.
    pub instances: usize,
    /// After how many steps the world ends: messages, timers, and things that happen.
    pub steps: u64,
    /// What one party does wrong.
    pub fault: Option<Fault>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            users: 4,
            vehicles: 6,
            msps: 3,
            instances: 2,
            steps: 5000,
            fault: None,
        }
    }
}

/// What of everything that a seed brings takes place. Everything, unless a list is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Selection {
    /// The numbers of the things that happen, in order.
    pub happenings: Option<Vec<u32>>,
    /// The numbers of the troubles: losses, repetitions, crashes, failures.
    pub troubles: Option<Vec<u64>>,
}

impl Selection {
    /// Only these.
    #[must_use]
    pub const fn new(happenings: Option<Vec<u32>>, troubles: Option<Vec<u64>>) -> Self {
        Self { happenings, troubles }
    }
}
