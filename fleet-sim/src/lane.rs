//! The calls of one aggregate to the other backend: saved, in order, repeated until they are answered.

use std::collections::VecDeque;

/// What is still to be called. The jobs survive a crash, the rest does not.
#[derive(Debug, Clone)]
pub(crate) struct Lane<C> {
    pub(crate) jobs: VecDeque<C>,
    /// The attempt that waits for its reply.
    pub(crate) exchange: Option<u64>,
    pub(crate) attempts: u32,
    /// The number of the first job: all attempts have it in common, as they have the header `CMP-request-id`.
    pub(crate) number: u64,
}

impl<C> Default for Lane<C> {
    fn default() -> Self {
        Self {
            jobs: VecDeque::new(),
            exchange: None,
            attempts: 0,
            number: 0,
        }
    }
}

impl<C> Lane<C> {
    /// The first job is done.
    pub(crate) fn done(&mut self) {
        self.jobs.pop_front();
        self.number += 1;
        self.attempts = 0;
    }

    /// The process died.
    pub(crate) fn crash(&mut self) {
        self.exchange = None;
        self.attempts = 0;
    }
}
