//! "Redirect to MSP Content".

use std::fmt;

use super::{
    AllowedRedirect, Received, RedirectDenied, RedirectError, RedirectPolicy, Touchpoint,
    display::WithoutQuery,
    parameters::{ID, REDIRECT_URI, Reader, query_of},
    touchpoint::check_own,
};
use crate::{AccountId, Leniency};

/// The redirect from the CMP's touchpoint to the MSP's: who the user is at the CMP, and where to send the user when the
/// onboarding is finished ("Redirect to MSP Content").
///
/// ```
/// use aid_types::{AccountId, Leniency, redirect::{RedirectPolicy, RedirectToMspContent, Touchpoint}};
///
/// // The CMP:
/// let touchpoint: Touchpoint = "https://consumer-esim-msp.com/portal/login".parse()?;
/// let account_id: AccountId = "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".parse()?;
/// let url = RedirectToMspContent::new(account_id, "https://www.cmp.de/esim")?.to_url(&touchpoint);
/// assert_eq!(
///     url,
///     "https://consumer-esim-msp.com/portal/login\
///      ?id=eyJhbGciOiJIUzI1NiJ9.e30.c2ln&redirect_uri=https%3A%2F%2Fwww.cmp.de%2Fesim"
/// );
///
/// // The MSP:
/// let policy = RedirectPolicy::to_cmp().allow_domain("*.cmp.de")?;
/// let received = RedirectToMspContent::parse_url(&url, Leniency::Field)?;
/// let back = received.value.allowed_by(&policy)?;
/// assert_eq!(back.as_str(), "https://www.cmp.de/esim");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectToMspContent {
    account_id: AccountId,
    redirect_uri: Box<str>,
}

impl RedirectToMspContent {
    /// The redirect with this account_id and this URL of a CMP touchpoint to come back to. The URL may have parameters of any
    /// name (A-174).
    ///
    /// # Errors
    ///
    /// [`RedirectDenied`] if no policy of an MSP could allow the URL.
    pub fn new(account_id: AccountId, redirect_uri: &str) -> Result<Self, RedirectDenied> {
        check_own(redirect_uri, false)?;
        Ok(Self {
            account_id,
            redirect_uri: redirect_uri.into(),
        })
    }

    /// The URL to send the user to.
    // R-012, R-200, R-202
    #[must_use]
    pub fn to_url(&self, touchpoint: &Touchpoint) -> String {
        touchpoint.with(&[(ID, self.account_id.as_str()), (REDIRECT_URI, &self.redirect_uri)])
    }

    /// Reads the query of the redirect (without `?`), as a server's handler has it: still percent-encoded.
    ///
    /// # Errors
    ///
    /// [`RedirectError`] if `id` or `redirect_uri` is missing, there twice or malformed.
    pub fn parse_query(query: &str, leniency: Leniency) -> Result<Received<Self>, RedirectError> {
        let mut reader = Reader::new(query, leniency)?;
        let id = reader.required(ID)?;
        let redirect_uri = reader.redirect_uri()?;
        let account_id = id.parse().map_err(|_| RedirectError::Invalid { parameter: ID })?;
        Ok(reader.received(Self {
            account_id,
            redirect_uri: redirect_uri.into(),
        }))
    }

    /// Reads the whole URL of the redirect. Only its query is looked at.
    ///
    /// # Errors
    ///
    /// As [`parse_query`](Self::parse_query).
    pub fn parse_url(url: &str, leniency: Leniency) -> Result<Received<Self>, RedirectError> {
        Self::parse_query(query_of(url), leniency)
    }

    /// The account_id, not yet verified.
    #[must_use]
    pub const fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// Where to send the user back to, if the policy allows it.
    ///
    /// # Errors
    ///
    /// [`RedirectDenied`] tells why not.
    pub fn allowed_by(&self, policy: &RedirectPolicy) -> Result<AllowedRedirect, RedirectDenied> {
        policy.check(&self.redirect_uri)
    }

    /// The redirect_uri as received, which nobody has checked: for storing until a policy checks it.
    #[must_use]
    pub fn unchecked_redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
}

impl fmt::Debug for RedirectToMspContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedirectToMspContent")
            .field("account_id", &self.account_id)
            .field("redirect_uri", &WithoutQuery(&self.redirect_uri))
            .finish()
    }
}
