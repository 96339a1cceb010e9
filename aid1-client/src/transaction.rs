//! Which transaction a call belongs to.

use aid_types::{CorrelationId, http::CallIds};

/// Which transaction a call belongs to, and so which ids it carries (section "HTTP Header").
///
/// Whichever it is, the retries within a call carry the ids of its first attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Transaction {
    /// A new one: both ids are fresh.
    #[default]
    New,
    /// One that has begun: this correlation-id, with a fresh CMP-request-id. So belong together "Request activation
    /// code", its asynchronous answer, and the CSIM statuses of that download (A-60).
    Of(CorrelationId),
    /// Exactly these ids: the repetition of an earlier call, after its error or after a restart. The arguments
    /// must be those of that call.
    Repeat(CallIds),
}

/// The repetition of the call that had these ids, as after a restart.
impl From<CallIds> for Transaction {
    fn from(ids: CallIds) -> Self {
        Self::Repeat(ids)
    }
}

impl From<CorrelationId> for Transaction {
    fn from(correlation_id: CorrelationId) -> Self {
        Self::Of(correlation_id)
    }
}
