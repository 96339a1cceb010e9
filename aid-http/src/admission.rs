//! The table of those who may call, whatever they prove themselves with.

use http::HeaderValue;

use crate::{AgreedCertificate, PeerCertificate};

/// Rows of who may call: a credential, the client certificates that go with it, and whose they are.
#[derive(Debug)]
pub struct Admission<C, I> {
    rows: Vec<Row<C, I>>,
}

#[derive(Debug)]
struct Row<C, I> {
    credential: C,
    certificates: Box<[AgreedCertificate]>,
    identity: I,
}

impl<C, I> Default for Admission<C, I> {
    fn default() -> Self {
        Self { rows: Vec::new() }
    }
}

impl<C, I> Admission<C, I> {
    /// Adds a row. With certificates, the credential alone does not suffice.
    pub fn admit(&mut self, credential: C, certificates: Box<[AgreedCertificate]>, identity: I) {
        self.rows.push(Row {
            credential,
            certificates,
            identity,
        });
    }

    /// Whose the presented credential is.
    ///
    /// Every row is compared, whatever matched before, so that the time tells nothing about who is in the table;
    /// `matches` must not tell how much is right either. Rows that both match must be the `same` caller's.
    ///
    /// # Errors
    ///
    /// Why nobody is admitted, for the server's own log.
    pub fn find(
        &self,
        matches: impl Fn(&C) -> bool,
        same: impl Fn(&I, &I) -> bool,
        certificate: Option<&PeerCertificate>,
    ) -> Result<&I, &'static str> {
        let mut proven: Option<&I> = None;
        let mut reason = "unknown credentials";
        let mut ambiguous = false;
        for row in &self.rows {
            let right = matches(&row.credential);
            let certified = row.certificates.is_empty()
                || certificate.is_some_and(|certificate| row.certificates.iter().any(|agreed| agreed.is(certificate)));
            match (right, certified, proven) {
                (true, true, None) => proven = Some(&row.identity),
                // Two companies with one key: neither is proven.
                (true, true, Some(other)) => ambiguous |= !same(other, &row.identity),
                (true, false, _) if certificate.is_none() => reason = "right credentials, no client certificate",
                (true, false, _) => reason = "right credentials, wrong client certificate",
                (false, ..) => {}
            }
        }
        match proven {
            Some(_) if ambiguous => Err("credentials of several partners"),
            Some(identity) => Ok(identity),
            None => Err(reason),
        }
    }

    /// Whose the rows are.
    pub fn identities(&self) -> impl Iterator<Item = &I> {
        self.rows.iter().map(|row| &row.identity)
    }

    /// One value of `WWW-Authenticate` for every kind of credential that occurs; `None` where there is none.
    pub fn challenge(&self, of: impl Fn(&C) -> HeaderValue) -> Option<HeaderValue> {
        let mut challenges: Vec<HeaderValue> = Vec::new();
        for row in &self.rows {
            let one = of(&row.credential);
            if !challenges.contains(&one) {
                challenges.push(one);
            }
        }
        let joined = challenges
            .iter()
            .map(HeaderValue::as_bytes)
            .collect::<Vec<_>>()
            .join(&b", "[..]);
        HeaderValue::from_bytes(&joined).ok().filter(|value| !value.is_empty())
    }
}
