//! A redirect as read.

use crate::Tolerated;

/// A redirect that arrived, with the deviations that were accepted while reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received<T> {
    /// The redirect.
    pub value: T,
    /// What was tolerated; `at` is the parameter's name.
    pub tolerated: Vec<Tolerated>,
}

impl<T> Received<T> {
    pub(super) const fn new(value: T, tolerated: Vec<Tolerated>) -> Self {
        Self { value, tolerated }
    }
}
