use std::{fmt, sync::Arc};

use crate::{
    Context,
    server::{Authenticate, Observe},
};

/// What a server does the same for every call.
#[derive(Clone)]
pub struct ServerOptions {
    pub(super) authenticate: Arc<dyn Authenticate>,
    pub(super) observe: Option<Arc<dyn Observe>>,
    pub(super) contexts: Box<[Context]>,
    pub(super) prefix: Box<str>,
    pub(super) max_body: usize,
    pub(super) remembered: usize,
    pub(super) missing_transaction_id: bool,
}

impl ServerOptions {
    /// The default of [`Self::max_body`]: 64 KiB.
    pub const MAX_BODY: usize = 64 * 1024;
    /// The default of [`Self::remembered`].
    pub const REMEMBERED: usize = 4096;

    /// A server that asks `authenticate` who calls.
    #[must_use]
    pub fn new(authenticate: impl Authenticate) -> Self {
        Self {
            authenticate: Arc::new(authenticate),
            observe: None,
            contexts: Context::LISTED.iter().filter_map(|text| text.parse().ok()).collect(),
            prefix: "".into(),
            max_body: Self::MAX_BODY,
            remembered: Self::REMEMBERED,
            missing_transaction_id: false,
        }
    }

    /// Tells `observe` of every call. Default: nobody is told.
    #[must_use]
    pub fn observe(mut self, observe: impl Observe) -> Self {
        self.observe = Some(Arc::new(observe));
        self
    }

    /// Which `{context}` may stand in the path; another one is a 404. Default: those that the document allows.
    #[must_use]
    pub fn contexts(mut self, contexts: impl IntoIterator<Item = Context>) -> Self {
        self.contexts = contexts.into_iter().collect();
        self
    }

    /// What stands before `{context}`: `/ses-ux`. Default: nothing.
    ///
    /// Leave it out where the HTTP framework takes the prefix off.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        self.prefix = match prefix {
            "" => "".into(),
            prefix => format!("/{prefix}").into(),
        };
        self
    }

    /// The largest body in bytes; a larger one is refused with 413 without being read. Default: 64 KiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Accepts a request without `x-transaction-id`, which the document demands and its sample lacks. Default: 400.
    ///
    /// It then gets an id that follows from its body, so that the same request of the same caller is a repetition as long as
    /// it is remembered; the id is in the reply, and [`Call::odd`](crate::server::Call::odd) says that it was missing.
    #[must_use]
    pub fn accept_missing_transaction_id(mut self) -> Self {
        self.missing_transaction_id = true;
        self
    }

    /// How many accepted requests are remembered, so that a repetition is answered without the handler. The oldest is
    /// forgotten first. Default: 4,096; with 0 every request gets to the handler, even while the same one is being
    /// handled.
    #[must_use]
    pub fn remembered(mut self, requests: usize) -> Self {
        self.remembered = requests;
        self
    }
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOptions")
            .field("observe", &self.observe.is_some())
            .field("contexts", &self.contexts)
            .field("prefix", &self.prefix)
            .field("max_body", &self.max_body)
            .field("remembered", &self.remembered)
            .field("missing_transaction_id", &self.missing_transaction_id)
            .finish_non_exhaustive()
    }
}
