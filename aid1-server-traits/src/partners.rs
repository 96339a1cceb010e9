//! The table of those who may call.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use aid_http::{Admission, AgreedCertificate};
use aid_types::{
    ClientId, Condition, Refusal, TargetId,
    http::{API_KEY, Credentials, PresentedCredentials},
};
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

use crate::{Authenticate, Caller, Means, Presented};

/// One who may call: the identity that two companies agreed on, and what proves it.
#[derive(Debug, Clone)]
pub struct Partner {
    client_id: ClientId,
    credentials: Vec<Credentials>,
    certificates: Vec<AgreedCertificate>,
    targets: Option<Box<[TargetId]>>,
}

impl Partner {
    /// A partner with one credential, any client certificate that the TLS layer accepts, and any target-id.
    #[must_use]
    pub fn new(client_id: ClientId, credentials: Credentials) -> Self {
        Self {
            client_id,
            credentials: vec![credentials],
            certificates: Vec::new(),
            targets: None,
        }
    }

    /// Accepts one more credential, as while keys are being rotated.
    #[must_use]
    pub fn or_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials.push(credentials);
        self
    }

    /// Accepts this client certificate: a fingerprint, or whatever names the same holder after a renewal. Once there is
    /// one, the credentials alone do not suffice any more (A-63).
    #[must_use]
    pub fn certificate(mut self, certificate: impl Into<AgreedCertificate>) -> Self {
        self.certificates.push(certificate.into());
        self
    }

    /// Lets the partner address these target-ids only (A-159).
    #[must_use]
    pub fn targets(mut self, targets: impl IntoIterator<Item = TargetId>) -> Self {
        self.targets = Some(targets.into_iter().collect());
        self
    }
}

/// Those who may call, kept in memory.
///
/// A call is compared with every credential of every partner, whatever matched before, so that the time tells nothing
/// about who is in the table or how much of a key is right.
///
/// The table can be exchanged while the server runs: keep a clone of the `Arc` that the server got.
///
/// ```
/// use std::sync::Arc;
/// use aid1_server_traits::{Partner, Partners, ServerOptions};
/// use aid_types::{ApiKey, http::Credentials};
///
/// let key = Credentials::ApiKey("1234abcdefghij0123456789".parse::<ApiKey>()?);
/// let partners = Arc::new(Partners::new([Partner::new("dk3kdwkef1".parse()?, key)]));
/// let options = ServerOptions::new(Arc::clone(&partners));
///
/// // Later, from wherever the configuration is read again:
/// let key = Credentials::ApiKey("5678abcdefghij0123456789".parse::<ApiKey>()?);
/// partners.replace([Partner::new("dk3kdwkef1".parse()?, key)]);
/// # let _ = options;
/// # Ok::<(), aid_types::IdError>(())
/// ```
pub struct Partners {
    table: RwLock<Arc<Table>>,
}

struct Table {
    rows: Admission<Credentials, Caller>,
    challenge: HeaderValue,
}

impl Partners {
    /// The table of these partners.
    #[must_use]
    pub fn new(partners: impl IntoIterator<Item = Partner>) -> Self {
        Self {
            table: RwLock::new(Arc::new(Table::new(partners))),
        }
    }

    /// Exchanges the whole table. Calls that have been let in go on.
    pub fn replace(&self, partners: impl IntoIterator<Item = Partner>) {
        let table = Arc::new(Table::new(partners));
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
    }

    fn table(&self) -> Arc<Table> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Table {
    fn new(partners: impl IntoIterator<Item = Partner>) -> Self {
        let mut rows = Admission::default();
        for partner in partners {
            for credentials in partner.credentials {
                let means = match credentials {
                    Credentials::ApiKey(_) => Means::ApiKey,
                    Credentials::Basic(_) => Means::Basic,
                    _ => Means::Other,
                };
                let caller = Caller::limited(partner.client_id.clone(), means, partner.targets.clone());
                rows.admit(credentials, partner.certificates.as_slice().into(), caller);
            }
        }
        let challenge = rows
            .challenge(Credentials::challenge)
            .unwrap_or(HeaderValue::from_static("ApiKey"));
        Self { rows, challenge }
    }
}

impl Authenticate for Partners {
    fn authenticate(&self, presented: &Presented<'_>) -> Result<Caller, Refusal> {
        let same = |one: &Caller, other: &Caller| one.client_id() == other.client_id();
        let table = self.table();
        let found = table.rows.find(
            |credentials| credentials.matches(&presented.credentials),
            same,
            presented.certificate.as_ref(),
        );
        found.cloned().map_err(|reason| {
            let reason = match presented.credentials {
                PresentedCredentials::Unusable => unusable(presented.headers),
                _ => reason,
            };
            Refusal::new(Condition::Unauthorized).internal(reason)
        })
    }

    fn challenge(&self) -> HeaderValue {
        self.table().challenge.clone()
    }
}

/// Why the headers hold no credentials that could be compared.
#[cold]
fn unusable(headers: &HeaderMap) -> &'static str {
    let basic = |value: &HeaderValue| {
        value
            .as_bytes()
            .get(..6)
            .is_some_and(|it| it.eq_ignore_ascii_case(b"basic "))
    };
    match (headers.contains_key(API_KEY), headers.get(AUTHORIZATION)) {
        (false, None) => "no credentials: neither header api-key nor header authorization",
        (true, Some(_)) => "two credentials: header api-key and header authorization",
        (_, Some(value)) if basic(value) => "header authorization: Basic, but no Base64 of user:password",
        _ => "header authorization: another scheme than Basic",
    }
}

/// The client-ids only.
impl fmt::Debug for Partners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.table().rows.identities().map(Caller::client_id))
            .finish()
    }
}
