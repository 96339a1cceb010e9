//! A simulator of whole fleets: users and their vehicles, a CMP in several processes, and several MSPs. The backends are those
//! of `aid-backend` on stores in memory, the vehicles are that of `aid-vehicle`; between them go the real bytes of AiD1, and
//! of AiD2 through a model of the broker.
//!
//! Everything follows from a seed. Calls are lost, repeated, delayed and overtaken; connections break; the broker drops what
//! does not fit, lets sessions expire and restarts with and without loss; vehicles are offline for weeks, wiped, lose their
//! memory, or get another telematics unit; clocks are set forward and back; every party crashes between any two operations
//! of its store, and comes back with what that holds.
//! After each step it is looked for what must never happen, and whenever all is quiet for what must have come right.
//!
//! ```
//! use fleet_sim::{Options, Selection, run};
//!
//! let mut options = Options::default();
//! options.steps = 500;
//! let outcome = run(1, options, &Selection::default(), false);
//! assert_eq!(outcome.violation, None);
//! ```
//!
//! A seed that fails is made small by [`shrink`], and then tells its story.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a simulator that goes wrong shall panic; nothing foreign comes in"
)]

mod backends;
mod brake;
mod broker;
mod calls;
mod car;
mod clock;
mod cmp;
mod euicc;
mod fault;
mod happen;
mod happening;
mod host;
mod instance;
mod item;
mod kept;
mod misbehaviour;
mod mqtt;
mod msp;
mod names;
mod options;
mod party;
mod random;
mod rest;
mod shrink;
mod smdp;
mod text;
mod trouble;
mod watch;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use fault::Fault;
pub use options::{Options, Selection};
pub use shrink::{Failure, shrink};

use crate::world::World;

/// How a world ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome {
    /// How many steps it lived.
    pub steps: u64,
    /// What must never happen, and did.
    pub violation: Option<String>,
    /// The numbers of what happened in it, in order.
    pub happenings: Vec<u32>,
    /// The numbers of the troubles that it met, in order.
    pub troubles: Vec<u64>,
    /// What was said and done, line by line, if that was asked for.
    pub trace: Vec<String>,
}

/// Lets the world of a seed live, as far as it is selected.
#[must_use]
pub fn run(seed: u64, options: Options, selection: &Selection, traced: bool) -> Outcome {
    let mut world = World::new(seed, options, selection, traced);
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| world.run())) {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("without a word");
        world.violation = None;
        world.violated(|| format!("panic: {text}"));
    }
    Outcome {
        steps: world.steps,
        violation: world.violation,
        happenings: world.happened,
        troubles: world.troubles.met(),
        trace: world.trace.unwrap_or_default(),
    }
}
