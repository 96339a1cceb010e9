//! Numbers that look random.

use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
pub(crate) struct Chance(AtomicU64);

impl Chance {
    /// Below `limit`.
    pub(crate) fn below(&self, limit: u64) -> u64 {
        let step = 0x9E37_79B9_7F4A_7C15;
        let mut mixed = self.0.fetch_add(step, Ordering::SeqCst).wrapping_add(step);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed ^ (mixed >> 27)) % limit
    }

    pub(crate) fn one_in(&self, limit: u64) -> bool {
        self.below(limit) == 0
    }
}
