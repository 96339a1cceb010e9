//! Who calls, and how that is found out.

use std::sync::Arc;

use aid_types::{ClientId, Refusal, TargetId, http::PresentedCredentials};
use http::HeaderValue;

/// Finds out who calls (section "General API Requirements").
///
/// It is asked before the body is read (A-156). Afterwards the dispatcher compares the header `client-id` with what came
/// out: another one is refused with 401/104 (A-63, A-159).
///
/// It is synchronous: it stands before everything else, for strangers as well, and an answer from memory is the only one
/// that cannot be made slow from outside. Keep keys that live in a database in a table in memory and exchange the table
/// when they change. [`Partners`](crate::Partners) is such a table.
///
/// Whatever else proves a caller is within reach: a token of an authorization server, the subject of the client
/// certificate, the identity that a proxy in front has verified and forwards.
///
/// ```
/// use aid1_server_traits::{
///     Authenticate, Caller, Means, Presented,
///     aid_types::{Condition, Refusal},
/// };
///
/// struct Tokens;
/// # impl Tokens { fn client_id(&self, _: &[u8]) -> Option<aid_types::ClientId> { None } }
///
/// impl Authenticate for Tokens {
///     fn authenticate(&self, presented: &Presented<'_>) -> Result<Caller, Refusal> {
///         let refuse = |why: &str| Refusal::new(Condition::Unauthorized).internal(why);
///         let token = presented.bearer().ok_or_else(|| refuse("header authorization: no bearer token"))?;
///         let client_id = self.client_id(token).ok_or_else(|| refuse("bearer token: not valid"))?;
///         Ok(Caller::new(client_id, Means::Other))
///     }
/// }
/// ```
pub trait Authenticate: Send + Sync + 'static {
    /// Tells who presents this.
    ///
    /// # Errors
    ///
    /// Usually [`Condition::Unauthorized`](aid_types::Condition::Unauthorized). The dispatcher adds the challenge.
    fn authenticate(&self, presented: &Presented<'_>) -> Result<Caller, Refusal>;

    /// The value of `WWW-Authenticate` in a 401.
    fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static("ApiKey")
    }
}

/// Shared with whoever changes it while the server runs.
impl<A: Authenticate + ?Sized> Authenticate for Arc<A> {
    fn authenticate(&self, presented: &Presented<'_>) -> Result<Caller, Refusal> {
        (**self).authenticate(presented)
    }

    fn challenge(&self) -> HeaderValue {
        (**self).challenge()
    }
}

/// What a request presents to prove who sent it.
pub type Presented<'a> = aid_http::Presented<'a, PresentedCredentials<'a>>;

/// A caller that has proven who it is. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(Arc<Proven>);

#[derive(Debug, PartialEq, Eq)]
struct Proven {
    client_id: ClientId,
    means: Means,
    targets: Option<Box<[TargetId]>>,
}

/// What a caller proved itself with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Means {
    /// An API key.
    ApiKey,
    /// Basic authentication.
    Basic,
    /// Something else that an [`Authenticate`] of the integrator's own accepts.
    Other,
}

impl Caller {
    /// A caller that may address every target-id that the server accepts.
    #[must_use]
    pub fn new(client_id: ClientId, means: Means) -> Self {
        Self::limited(client_id, means, None)
    }

    /// A caller that may address these target-ids only.
    #[must_use]
    pub fn with_targets(client_id: ClientId, means: Means, targets: impl IntoIterator<Item = TargetId>) -> Self {
        Self::limited(client_id, means, Some(targets.into_iter().collect()))
    }

    pub(crate) fn limited(client_id: ClientId, means: Means, targets: Option<Box<[TargetId]>>) -> Self {
        Self(Arc::new(Proven {
            client_id,
            means,
            targets,
        }))
    }

    /// Who it is.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.0.client_id
    }

    /// What it proved that with.
    #[must_use]
    pub fn means(&self) -> Means {
        self.0.means
    }

    /// Whether it may address `target_id`.
    #[must_use]
    pub fn may_address(&self, target_id: &TargetId) -> bool {
        self.0
            .targets
            .as_deref()
            .is_none_or(|targets| targets.contains(target_id))
    }
}
