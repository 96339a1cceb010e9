//! Fleets live through everything, and every fault of a party is noticed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that goes wrong shall panic"
)]

mod faults;
mod fleets;
mod program;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// Calls `work` with each number, on all cores, until it gives something; what the lowest of these gave.
fn first_of<T: Send>(numbers: u64, work: impl Fn(u64) -> Option<T> + Sync) -> Option<(u64, T)> {
    let (next, found) = (AtomicU64::new(0), Mutex::new(None::<(u64, T)>));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let known = found.lock().unwrap().as_ref().map(|(lowest, _)| *lowest);
                    if number >= numbers || known.is_some_and(|lowest| lowest < number) {
                        return;
                    }
                    if let Some(result) = work(number) {
                        let mut found = found.lock().unwrap();
                        if found.as_ref().is_none_or(|(lowest, _)| number < *lowest) {
                            *found = Some((number, result));
                        }
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}
