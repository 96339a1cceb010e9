//! "Redirect to CMP content".

use std::fmt;

use super::{
    AllowedRedirect, Received, RedirectDenied, RedirectError, RedirectPolicy, Touchpoint,
    display::WithoutQuery,
    parameters::{REDIRECT_URI, Reader, has_reserved, query_of},
    touchpoint::check_own,
};
use crate::Leniency;

/// The redirect from the MSP's touchpoint to the CMP's: where to send the user with an account_id ("Redirect to CMP
/// content").
///
/// The redirect_uri may carry parameters of the MSP, such as the state of a transaction. They come back untouched
/// (A-86, A-87).
///
/// ```
/// use aid_types::redirect::{RedirectToCmpContent, Touchpoint};
///
/// let touchpoint: Touchpoint = "https://consumer-esim-cmp.com/portal/login".parse()?;
/// let url = RedirectToCmpContent::new("https://consumer-esim-msp.com/return?foo=bar")?.to_url(&touchpoint);
/// assert_eq!(
///     url,
///     "https://consumer-esim-cmp.com/portal/login\
///      ?redirect_uri=https%3A%2F%2Fconsumer-esim-msp.com%2Freturn%3Ffoo%3Dbar"
/// );
/// # Ok::<(), aid_types::redirect::RedirectDenied>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RedirectToCmpContent {
    redirect_uri: Box<str>,
}

impl RedirectToCmpContent {
    /// The redirect with this URL of an MSP touchpoint to come back to: https, or a custom scheme of the MSP's app.
    ///
    /// # Errors
    ///
    /// [`RedirectDenied`] if no policy of a CMP could allow the URL.
    pub fn new(redirect_uri: &str) -> Result<Self, RedirectDenied> {
        check_own(redirect_uri, true)?;
        if has_reserved(redirect_uri) {
            return Err(RedirectDenied::ReservedParameter);
        }
        Ok(Self {
            redirect_uri: redirect_uri.into(),
        })
    }

    /// The URL to send the user to.
    // R-023, R-205, R-206, R-209
    #[must_use]
    pub fn to_url(&self, touchpoint: &Touchpoint) -> String {
        touchpoint.with(&[(REDIRECT_URI, &self.redirect_uri)])
    }

    /// Reads the query of the redirect (without `?`), as a server's handler has it: still percent-encoded.
    ///
    /// # Errors
    ///
    /// [`RedirectError`] if `redirect_uri` is missing, there twice or malformed.
    pub fn parse_query(query: &str, leniency: Leniency) -> Result<Received<Self>, RedirectError> {
        let mut reader = Reader::new(query, leniency)?;
        let redirect_uri = reader.redirect_uri()?;
        Ok(reader.received(Self {
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

impl fmt::Debug for RedirectToCmpContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedirectToCmpContent")
            .field("redirect_uri", &WithoutQuery(&self.redirect_uri))
            .finish()
    }
}
