//! What a handler learns of a call beside its path parameter and body.

use std::{fmt, sync::Arc};

use aid_types::{TargetId, Tolerated, TraceParent, http::CallIds};

use crate::{Caller, gate::Gate};

/// Who calls, whom, and under which ids: table "HTTP Header Data Element", checked.
#[derive(Clone)]
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
    /// The trace that the caller says this belongs to: for logs and traces alone, and to be passed on with what follows
    /// (A-183).
    pub trace_parent: Option<TraceParent>,
    written: Arc<Gate>,
}

impl Call {
    /// A call without deviations, for handlers that are called directly, as in tests. Its reply counts as written at once.
    #[must_use]
    pub fn new(ids: CallIds, caller: Caller, target_id: TargetId) -> Self {
        let written = Gate::new();
        written.open();
        Self::waiting(ids, caller, target_id, written)
    }

    /// A call whose reply has not been written before `written` is opened.
    pub(crate) fn waiting(ids: CallIds, caller: Caller, target_id: TargetId, written: Arc<Gate>) -> Self {
        Self {
            ids,
            caller,
            target_id,
            tolerated: Vec::new(),
            trace_parent: None,
            written,
        }
    }

    /// Ends when the reply to this call has been written to the network, or will never be.
    ///
    /// For a handler that answers [`Accepted`](aid_types::ActivationCodeReply::Accepted) and delivers by itself: not before
    /// the 201 (A-95). Await it in a task of its own, because the reply waits for the handler.
    ///
    /// ```
    /// # use aid1_server_traits::{Call, aid_types::{ActivationCodeReply, Refusal}};
    /// # fn spawn(_: impl Future<Output = ()> + Send + 'static) {}
    /// # async fn order_profile_and_send_activation_code() {}
    /// fn accept(call: Call) -> Result<ActivationCodeReply, Refusal> {
    ///     spawn(async move {
    ///         call.reply_written().await;
    ///         order_profile_and_send_activation_code().await;
    ///     });
    ///     Ok(ActivationCodeReply::Accepted)
    /// }
    /// ```
    pub fn reply_written(&self) -> impl Future<Output = ()> + Send + 'static {
        let written = Arc::clone(&self.written);
        async move { written.opened().await }
    }
}

/// The same call: which reply it gets does not count.
impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.ids == other.ids
            && self.caller == other.caller
            && self.target_id == other.target_id
            && self.tolerated == other.tolerated
            && self.trace_parent == other.trace_parent
    }
}

impl Eq for Call {}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("ids", &self.ids)
            .field("caller", &self.caller)
            .field("target_id", &self.target_id)
            .field("tolerated", &self.tolerated)
            .field("trace_parent", &self.trace_parent)
            .finish_non_exhaustive()
    }
}
