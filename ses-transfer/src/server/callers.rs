//! Who calls, and how that is found out.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aid_http::{Admission, AgreedCertificate};
use http::{HeaderValue, header::AUTHORIZATION};

use crate::{Credentials, PresentedCredentials, Reason, server::Refusal};

/// Finds out who calls. It is asked before the body is read.
///
/// It is synchronous: it stands before everything else, for strangers as well, and an answer from memory is the only one
/// that cannot be made slow from outside. [`Callers`] is a table in memory; an access token that is signed can be checked
/// here, too.
pub trait Authenticate: Send + Sync + 'static {
    /// Tells who presents this.
    ///
    /// # Errors
    ///
    /// Usually [`Reason::Unauthorized`]. The dispatcher adds the challenge.
    fn authenticate(&self, presented: &Presented<'_>) -> Result<Caller, Refusal>;

    /// The value of `WWW-Authenticate` in a 401.
    fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static("Bearer realm=\"ses\"")
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

/// Exchanged while the server runs: keep an `Arc` of it, and write a new table into it.
///
/// ```
/// use std::sync::{Arc, PoisonError, RwLock};
/// use ses_transfer::server::{Callers, ServerOptions};
///
/// let callers = Arc::new(RwLock::new(Callers::default()));
/// let options = ServerOptions::new(Arc::clone(&callers));
/// // Later, from wherever the configuration is read again:
/// *callers.write().unwrap_or_else(PoisonError::into_inner) = Callers::default();
/// # let _ = options;
/// ```
impl<A: Authenticate> Authenticate for RwLock<A> {
    fn authenticate(&self, presented: &Presented<'_>) -> Result<Caller, Refusal> {
        self.read()
            .unwrap_or_else(PoisonError::into_inner)
            .authenticate(presented)
    }

    fn challenge(&self) -> HeaderValue {
        self.read().unwrap_or_else(PoisonError::into_inner).challenge()
    }
}

/// What a request presents to prove who sent it.
pub type Presented<'a> = aid_http::Presented<'a, PresentedCredentials<'a>>;

/// A caller that has proven who it is. Cloning is cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(Arc<str>);

impl Caller {
    /// The caller of this name. The name is ours, not the caller's; logs show it.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

/// Those who may call, kept in memory.
///
/// A call is compared with every credential, whatever matched before, so that the time tells nothing about who is in the
/// table or how much of a credential is right.
///
/// ```
/// use ses_transfer::{BearerToken, Credentials, server::{Caller, Callers}};
///
/// let callers = Callers::default().admit(
///     &Caller::new("ses-1"),
///     Credentials::Bearer(BearerToken::new("not-a-real-token")?),
///     [],
/// );
/// # Ok::<(), ses_transfer::InvalidText>(())
/// ```
#[derive(Default)]
pub struct Callers {
    table: Admission<Credentials, Caller>,
}

impl Callers {
    /// Lets `caller` in with these credentials; where there are certificates, only over a connection with one of them.
    #[must_use]
    pub fn admit(
        mut self,
        caller: &Caller,
        credentials: Credentials,
        certificates: impl IntoIterator<Item = AgreedCertificate>,
    ) -> Self {
        self.table
            .admit(credentials, certificates.into_iter().collect(), caller.clone());
        self
    }
}

impl Authenticate for Callers {
    fn authenticate(&self, presented: &Presented<'_>) -> Result<Caller, Refusal> {
        let found = self
            .table
            .find(
                |row| row.matches(&presented.credentials),
                Caller::eq,
                presented.certificate.as_ref(),
            )
            .cloned();
        found.map_err(|reason| {
            let reason = match presented.credentials {
                PresentedCredentials::Unusable if presented.headers.contains_key(AUTHORIZATION) => {
                    "authorization: neither Bearer nor readable Basic"
                }
                PresentedCredentials::Unusable => "authorization: missing",
                _ => reason,
            };
            Refusal::new(Reason::Unauthorized).internal(reason)
        })
    }

    fn challenge(&self) -> HeaderValue {
        self.table
            .challenge(Credentials::challenge)
            .unwrap_or(HeaderValue::from_static("Bearer realm=\"ses\""))
    }
}

/// The names only.
impl fmt::Debug for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.table.identities().map(Caller::name))
            .finish()
    }
}
