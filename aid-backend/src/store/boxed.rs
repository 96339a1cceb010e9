//! A store that is chosen when the program runs.

use std::{fmt, sync::Arc, time::Duration};

use aid_http::BoxFuture;

use super::{Backlog, Claim, Claimed, Committed, Lease, Load, Snapshot, Store, StoreError, Unit};

/// Any [`Store`], without its type: for choosing at run time. Clones share the one inside.
///
/// ```
/// use std::time::Duration;
/// use aid_backend::store::{BoxStore, MemoryStore};
///
/// fn open(url: Option<&str>) -> Result<BoxStore, String> {
///     match url {
///         None => Ok(BoxStore::new(MemoryStore::new(|| Duration::ZERO))),
///         // Some(url) if url.starts_with("sqlite:") => …
///         Some(url) => Err(format!("{url} is no database of ours")),
///     }
/// }
/// assert!(open(None).is_ok());
/// ```
#[derive(Clone)]
pub struct BoxStore(Arc<dyn DynStore>);

impl BoxStore {
    /// Hides the type of `store`.
    #[must_use]
    pub fn new(store: impl Store) -> Self {
        Self(Arc::new(store))
    }
}

impl fmt::Debug for BoxStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoxStore")
    }
}

/// Declares the object-safe twin of [`Store`], and carries the calls over.
macro_rules! boxed {
    ($($name:ident => $boxed:ident($($argument:ident: $Argument:ty),*) -> $Answer:ty;)+) => {
        trait DynStore: Send + Sync {
            $(fn $boxed(&self $(, $argument: $Argument)*) -> BoxFuture<'_, Result<$Answer, StoreError>>;)+
        }

        impl<S: Store> DynStore for S {
            $(fn $boxed(&self $(, $argument: $Argument)*) -> BoxFuture<'_, Result<$Answer, StoreError>> {
                Box::pin(self.$name($($argument),*))
            })+
        }

        impl Store for BoxStore {
            $(fn $name(&self $(, $argument: $Argument)*) -> impl Future<Output = Result<$Answer, StoreError>> + Send {
                self.0.$boxed($($argument),*)
            })+
        }
    };
}

boxed! {
    load => load_boxed(load: Load) -> Snapshot;
    commit => commit_boxed(unit: Unit) -> Committed;
    claim => claim_boxed(claim: Claim) -> Vec<Claimed>;
    put_off => put_off_boxed(lease: Lease, delay: Duration) -> bool;
    forget_replies => forget_replies_boxed(limit: usize) -> usize;
    backlog => backlog_boxed() -> Vec<Backlog>;
}
