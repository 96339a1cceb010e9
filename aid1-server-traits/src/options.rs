//! What can be chosen about a server.

use std::{fmt, sync::Arc, time::Duration};

use aid_types::{Leniency, OnUnlisted, TargetId};

use crate::{Authenticate, Check, Limit, Observe, Tap};

/// What a server does the same for every call. The defaults are those of the methods' descriptions.
///
/// ```
/// use aid1_server_traits::{Partners, ServerOptions};
///
/// let options = ServerOptions::new(Partners::new([]))
///     .prefix("/aid")
///     .targets(["gKl32ko4".parse()?]);
/// # Ok::<(), aid_types::IdError>(())
/// ```
#[derive(Clone)]
pub struct ServerOptions {
    pub(crate) authenticate: Arc<dyn Authenticate>,
    pub(crate) observe: Option<Arc<dyn Observe>>,
    pub(crate) tap: Option<Arc<dyn Tap>>,
    pub(crate) limit: Option<Arc<dyn Limit>>,
    pub(crate) order: Box<[Check]>,
    pub(crate) targets: Option<Arc<[TargetId]>>,
    pub(crate) prefix: Box<str>,
    pub(crate) leniency: Leniency,
    pub(crate) on_unlisted: OnUnlisted,
    pub(crate) max_body: usize,
    pub(crate) budget: Duration,
    pub(crate) clock: Option<Clock>,
}

/// The time since some moment, by a clock that nobody sets.
pub(crate) type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

impl ServerOptions {
    /// The default of [`Self::max_body`]: 64 KiB.
    pub const MAX_BODY: usize = 64 * 1024;
    /// The default of [`Self::budget`]: 3 seconds.
    pub const BUDGET: Duration = Duration::from_secs(3);

    /// A server that asks `authenticate` who calls.
    #[must_use]
    pub fn new(authenticate: impl Authenticate) -> Self {
        Self {
            authenticate: Arc::new(authenticate),
            observe: None,
            tap: None,
            limit: None,
            order: Check::ORDER.into(),
            targets: None,
            prefix: "".into(),
            leniency: Leniency::Field,
            on_unlisted: OnUnlisted::Refuse,
            max_body: Self::MAX_BODY,
            budget: Self::BUDGET,
            clock: None,
        }
    }

    /// Tells `observe` of every call. Default: nobody is told.
    #[must_use]
    pub fn observe(mut self, observe: impl Observe) -> Self {
        self.observe = Some(Arc::new(observe));
        self
    }

    /// Shows `tap` every call and every reply as they cross, secrets included. Default: nobody sees them.
    #[must_use]
    pub fn tap(mut self, tap: impl Tap) -> Self {
        self.tap = Some(Arc::new(tap));
        self
    }

    /// Asks `limit` whether a partner's call may go on now. Default: all may.
    #[must_use]
    pub fn limit(mut self, limit: impl Limit) -> Self {
        self.limit = Some(Arc::new(limit));
        self
    }

    /// Makes these checks first, in this order; those that are left out follow in the usual one. Default: A-156,
    /// [`Check::ORDER`].
    ///
    /// With the credentials in front, a stranger learns of no path whether it exists:
    ///
    /// ```
    /// # use aid1_server_traits::{Check, Partners, ServerOptions};
    /// let options = ServerOptions::new(Partners::new([])).order([Check::Credentials]);
    /// ```
    #[must_use]
    pub fn order(mut self, first: impl IntoIterator<Item = Check>) -> Self {
        self.order = first.into_iter().chain(Check::ORDER).collect();
        self
    }

    /// Our own target-ids; a call to another one is refused with 404/93. Default: any is let through to the handler, as
    /// an aggregation layer needs it.
    #[must_use]
    pub fn targets(mut self, targets: impl IntoIterator<Item = TargetId>) -> Self {
        self.targets = Some(targets.into_iter().collect());
        self
    }

    /// What stands before the paths of Annex B (A-65): `/aid`. Default: nothing.
    ///
    /// Leave it out where the HTTP framework takes the prefix off, as `axum::Router::nest_service` does.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/');
        self.prefix = if prefix.is_empty() {
            "".into()
        } else {
            format!("/{prefix}").into()
        };
        self
    }

    /// How much deviation is accepted. Default: [`Leniency::Field`].
    #[must_use]
    pub fn leniency(mut self, leniency: Leniency) -> Self {
        self.leniency = leniency;
        self
    }

    /// What becomes of enum values that Annex B does not list (A-22). Default: [`OnUnlisted::Refuse`].
    #[must_use]
    pub fn on_unlisted(mut self, on_unlisted: OnUnlisted) -> Self {
        self.on_unlisted = on_unlisted;
        self
    }

    /// The largest body in bytes; a larger one is refused with 413/91 without being read (A-158). Default: 64 KiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Measures with `clock` how long each call takes, for the observer: it tells the time since some moment, and nobody sets
    /// it. Default: nothing is measured. `aid1-axum` has one, `elapsed`.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// How long the handler of "Request activation code" may take before 201 is answered (A-94). It counts from the
    /// handler's start and has a meaning only for a server with [`with_async`](crate::MspServer::with_async). Default:
    /// 3 seconds; take off what the network needs.
    #[must_use]
    pub fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }
}

impl fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerOptions")
            .field("observe", &self.observe.is_some())
            .field("tap", &self.tap.is_some())
            .field("limit", &self.limit.is_some())
            .field("order", &self.order)
            .field("targets", &self.targets)
            .field("prefix", &self.prefix)
            .field("leniency", &self.leniency)
            .field("on_unlisted", &self.on_unlisted)
            .field("max_body", &self.max_body)
            .field("budget", &self.budget)
            .field("clock", &self.clock.is_some())
            .finish_non_exhaustive()
    }
}
