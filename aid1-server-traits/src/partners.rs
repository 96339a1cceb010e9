//! The table of those who may call.

use std::fmt;

use aid_http::{Admission, CertificateFingerprint};
use aid_types::{
    ClientId, Condition, Refusal, TargetId,
    http::{Credentials, PresentedCredentials},
};
use http::HeaderValue;

use crate::{Authenticate, Caller, Means};

/// One who may call: the identity that two companies agreed on, and what proves it.
#[derive(Debug, Clone)]
pub struct Partner {
    client_id: ClientId,
    credentials: Vec<Credentials>,
    certificates: Vec<CertificateFingerprint>,
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

    /// Accepts this client certificate. Once there is one, the credentials alone do not suffice any more (A-63).
    #[must_use]
    pub fn certificate(mut self, fingerprint: CertificateFingerprint) -> Self {
        self.certificates.push(fingerprint);
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
/// ```
/// use aid1_server_traits::{Partner, Partners};
/// use aid_types::{ApiKey, http::Credentials};
///
/// let partners = Partners::new([Partner::new(
///     "dk3kdwkef1".parse()?,
///     Credentials::ApiKey("1234abcdefghij0123456789".parse::<ApiKey>()?),
/// )]);
/// # Ok::<(), aid_types::IdError>(())
/// ```
pub struct Partners {
    table: Admission<Credentials, Caller>,
    challenge: HeaderValue,
}

impl Partners {
    /// The table of these partners.
    #[must_use]
    pub fn new(partners: impl IntoIterator<Item = Partner>) -> Self {
        let mut table = Admission::default();
        for partner in partners {
            for credentials in partner.credentials {
                let means = match credentials {
                    Credentials::ApiKey(_) => Means::ApiKey,
                    Credentials::Basic(_) => Means::Basic,
                    _ => Means::Other,
                };
                let caller = Caller::limited(partner.client_id.clone(), means, partner.targets.clone());
                table.admit(credentials, partner.certificates.as_slice().into(), caller);
            }
        }
        let challenge = table
            .challenge(Credentials::challenge)
            .unwrap_or(HeaderValue::from_static("ApiKey"));
        Self { table, challenge }
    }
}

impl Authenticate for Partners {
    fn authenticate(
        &self,
        presented: &PresentedCredentials<'_>,
        certificate: Option<&CertificateFingerprint>,
    ) -> Result<Caller, Refusal> {
        let same = |one: &Caller, other: &Caller| one.client_id() == other.client_id();
        let found = self
            .table
            .find(|credentials| credentials.matches(presented), same, certificate);
        found.cloned().map_err(|reason| {
            let reason = match presented {
                PresentedCredentials::Unusable => "no usable credentials",
                _ => reason,
            };
            Refusal::new(Condition::Unauthorized).internal(reason)
        })
    }

    fn challenge(&self) -> HeaderValue {
        self.challenge.clone()
    }
}

/// The client-ids only.
impl fmt::Debug for Partners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.table.identities().map(Caller::client_id))
            .finish()
    }
}
