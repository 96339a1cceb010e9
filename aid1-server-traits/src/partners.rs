//! The table of those who may call.

use std::fmt;

use aid_types::{
    ClientId, Condition, Refusal, TargetId,
    http::{Credentials, PresentedCredentials},
};
use http::HeaderValue;

use crate::{Authenticate, Caller, CertificateFingerprint, Means};

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
    rows: Vec<Row>,
    challenge: HeaderValue,
}

struct Row {
    credentials: Credentials,
    certificates: Box<[CertificateFingerprint]>,
    caller: Caller,
}

impl Partners {
    /// The table of these partners.
    #[must_use]
    pub fn new(partners: impl IntoIterator<Item = Partner>) -> Self {
        let mut rows = Vec::new();
        for partner in partners {
            for credentials in partner.credentials {
                let means = match credentials {
                    Credentials::ApiKey(_) => Means::ApiKey,
                    Credentials::Basic(_) => Means::Basic,
                    _ => Means::Other,
                };
                rows.push(Row {
                    credentials,
                    certificates: partner.certificates.as_slice().into(),
                    caller: Caller::limited(partner.client_id, means, partner.targets.clone()),
                });
            }
        }
        let challenge = challenge(&rows);
        Self { rows, challenge }
    }
}

/// One challenge for every kind of credential that occurs.
fn challenge(rows: &[Row]) -> HeaderValue {
    let mut challenges: Vec<HeaderValue> = Vec::new();
    for row in rows {
        let one = row.credentials.challenge();
        if !challenges.contains(&one) {
            challenges.push(one);
        }
    }
    let joined = challenges
        .iter()
        .map(HeaderValue::as_bytes)
        .collect::<Vec<_>>()
        .join(&b", "[..]);
    match HeaderValue::from_bytes(&joined) {
        Ok(value) if !value.is_empty() => value,
        _ => HeaderValue::from_static("ApiKey"),
    }
}

impl Authenticate for Partners {
    fn authenticate(
        &self,
        presented: &PresentedCredentials<'_>,
        certificate: Option<&CertificateFingerprint>,
    ) -> Result<Caller, Refusal> {
        let mut proven: Option<&Caller> = None;
        let mut reason = match presented {
            PresentedCredentials::Unusable => "no usable credentials",
            _ => "unknown credentials",
        };
        for row in &self.rows {
            let right = row.credentials.matches(presented);
            let certified = row.certificates.is_empty() || certificate.is_some_and(|it| row.certificates.contains(it));
            match (right, certified, proven) {
                (true, true, None) => proven = Some(&row.caller),
                // Two companies with one key: neither is proven.
                (true, true, Some(other)) if other.client_id() != row.caller.client_id() => {
                    reason = "credentials of several partners";
                }
                (true, false, _) => reason = "right credentials, wrong client certificate",
                _ => {}
            }
        }
        match proven {
            Some(caller) if reason != "credentials of several partners" => Ok(caller.clone()),
            _ => Err(Refusal::new(Condition::Unauthorized).internal(reason)),
        }
    }

    fn challenge(&self) -> HeaderValue {
        self.challenge.clone()
    }
}

/// The client-ids only.
impl fmt::Debug for Partners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.rows.iter().map(|row| row.caller.client_id()))
            .finish()
    }
}
