//! What a handler learns of a call beside its path parameter and body.

use aid_types::{TargetId, Tolerated, http::CallIds};

use crate::Caller;

/// Who calls, whom, and under which ids: table "HTTP Header Data Element", checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// `CMP-request-id` and `correlation-id`.
    pub ids: CallIds,
    /// Who calls, proven.
    pub caller: Caller,
    /// Who is called: an aggregation layer routes by it.
    pub target_id: TargetId,
    /// Deviations from the document that were accepted in this call.
    pub tolerated: Vec<Tolerated>,
}

impl Call {
    /// A call without deviations, for handlers that are called directly, as in tests.
    #[must_use]
    pub fn new(ids: CallIds, caller: Caller, target_id: TargetId) -> Self {
        Self {
            ids,
            caller,
            target_id,
            tolerated: Vec::new(),
        }
    }
}
