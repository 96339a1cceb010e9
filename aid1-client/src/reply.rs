//! What a successful call brings back.

use aid_types::{Tolerated, http::CallIds};

/// A success: its value, and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it says what was tolerated"]
pub struct Reply<T> {
    /// What the operation brings back.
    pub value: T,
    /// What had to be tolerated to read it (`docs/ambiguities.md`).
    pub tolerated: Vec<Tolerated>,
    /// The ids that the call carried. Keep the correlation-id for what follows in the same transaction.
    pub ids: CallIds,
    /// How many requests were sent: 1 if the first was answered.
    pub attempts: u32,
}
