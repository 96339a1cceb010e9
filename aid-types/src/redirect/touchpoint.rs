//! Where the outward redirects lead.

use std::{fmt, str::FromStr};

use super::{
    RedirectDenied,
    literal::Literal,
    parameters::{append, has_outward},
    scheme::parse_scheme,
};

/// The https URL of a peer's touchpoint, which the peer names for its production and its pre-production environment
/// ("Redirect to MSP Content", "Redirect to CMP content").
///
/// For trying things out on one machine, it may be an http URL of that machine.
///
/// A configuration value: any domain name and port, with a query of its own if need be, but without the parameters that
/// the redirects add. The URL of the withdraw redirect is configured the same way (A-88).
///
/// ```
/// use aid_types::redirect::Touchpoint;
///
/// let touchpoint: Touchpoint = "https://consumer-esim-msp.com/portal/login".parse()?;
/// assert!("http://consumer-esim-msp.com/portal/login".parse::<Touchpoint>().is_err());
/// # Ok::<(), aid_types::redirect::RedirectDenied>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Touchpoint(Box<str>);

impl Touchpoint {
    /// The URL as configured.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port, as a Content-Security-Policy lists them in `form-action`: a page whose form is answered by a
    /// redirect to here has to.
    ///
    /// ```
    /// use aid_types::redirect::Touchpoint;
    ///
    /// let touchpoint: Touchpoint = "https://consumer-esim-msp.com/portal/login".parse()?;
    /// assert_eq!(touchpoint.origin(), "https://consumer-esim-msp.com");
    /// # Ok::<(), aid_types::redirect::RedirectDenied>(())
    /// ```
    #[must_use]
    pub fn origin(&self) -> &str {
        let host = self.0.find("://").map_or(0, |at| at + "://".len());
        let rest = self.0.get(host..).unwrap_or_default();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        self.0.get(..host + end).unwrap_or_default()
    }

    pub(super) fn with(&self, parameters: &[(&str, &str)]) -> String {
        append(&self.0, parameters)
    }
}

// R-201
impl FromStr for Touchpoint {
    type Err = RedirectDenied;

    fn from_str(url: &str) -> Result<Self, RedirectDenied> {
        check_own(url, false)?;
        if has_outward(url) {
            Err(RedirectDenied::ReservedParameter)
        } else {
            Ok(Self(url.into()))
        }
    }
}

impl fmt::Display for Touchpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks a URL that we send: one that every peer's policy would deny is our own mistake.
pub(super) fn check_own(url: &str, custom_scheme: bool) -> Result<(), RedirectDenied> {
    let literal = Literal::read(url)?;
    if literal.is_https() {
        literal.https()?;
    } else if literal.is_http() {
        literal.loopback()?;
    } else if custom_scheme && parse_scheme(literal.scheme).is_ok() {
        literal.custom()?;
    } else {
        return Err(RedirectDenied::SchemeNotAgreed);
    }
    Ok(())
}
