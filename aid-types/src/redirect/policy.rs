//! To where redirects are agreed.

use super::{
    AllowedRedirect, RedirectDenied,
    domain::{AgreedDomain, DEFAULT_PORTS},
    literal::Literal,
    parameters::has_reserved,
    scheme::parse_scheme,
};

/// The domains and custom URL schemes that two parties agreed on, and the check against them.
///
/// Everything not agreed is denied, with a reason; a policy without entries denies everything. What an entry allows:
///
/// * `www.cmp.de`: exactly this host; `*.cmp.de`: every host under it with one or more labels more, not `cmp.de`
///   itself. Only https, and only port 443 unless the entry lists ports (A-85).
/// * `mycmp`: every URI of exactly this scheme. Only the redirect back to the MSP may have one ("Redirect to CMP
///   content" names custom URL schemes, "Redirect to MSP Content" does not).
///
/// Internationalized names are agreed on, and arrive, as A-labels (`xn--…`): a name outside ASCII is refused at both
/// ends, so that no look-alike is ever converted silently.
///
/// # Security
///
/// Agree on no wildcard under a name where strangers register names of their own. `*.de` and forms like `*.co.uk` are
/// refused, but the public suffix list is not built in: `*.hosting.example` is accepted although every customer of
/// that hosting company has a name there.
///
/// ```
/// use aid_types::redirect::{RedirectDenied, RedirectPolicy};
///
/// // What a CMP agreed on with its MSP.
/// let policy = RedirectPolicy::to_msp()
///     .allow_domain("*.msp.de")?
///     .allow_domain_on_ports("test.msp.de", &[443, 8443])?
///     .allow_scheme("mymsp")?;
///
/// assert!(policy.check("https://www.msp.de/esim").is_ok());
/// assert!(policy.check("mymsp://return?step=3").is_ok());
/// assert_eq!(policy.check("https://www.example.de/esim"), Err(RedirectDenied::HostNotAgreed));
/// assert_eq!(policy.check("https://www.msp.de:8443/esim"), Err(RedirectDenied::PortNotAgreed));
/// # Ok::<(), aid_types::redirect::PolicyError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectPolicy {
    domains: Vec<AgreedDomain>,
    schemes: Vec<Box<str>>,
    /// Ports of this machine.
    loopback: Vec<u16>,
    is_to_msp: bool,
}

impl RedirectPolicy {
    /// A CMP's policy for redirects to an MSP: domains and custom schemes. Denies everything as long as it is empty.
    #[must_use]
    pub const fn to_msp() -> Self {
        Self {
            domains: Vec::new(),
            schemes: Vec::new(),
            loopback: Vec::new(),
            is_to_msp: true,
        }
    }

    /// An MSP's policy for redirects to a CMP: domains only. Denies everything as long as it is empty.
    #[must_use]
    pub const fn to_cmp() -> Self {
        Self {
            domains: Vec::new(),
            schemes: Vec::new(),
            loopback: Vec::new(),
            is_to_msp: false,
        }
    }

    /// Adds a domain, on port 443.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the entry is no domain name, or so wide that it cannot be meant.
    pub fn allow_domain(self, domain: &str) -> Result<Self, PolicyError> {
        self.allow_domain_on_ports(domain, DEFAULT_PORTS)
    }

    /// Adds a domain on exactly these ports; 443 is among them only if listed.
    ///
    /// # Errors
    ///
    /// As [`allow_domain`](Self::allow_domain), and if the list of ports is empty or contains 0.
    pub fn allow_domain_on_ports(mut self, domain: &str, ports: &[u16]) -> Result<Self, PolicyError> {
        self.domains
            .push(AgreedDomain::parse(domain, ports).map_err(|fault| PolicyError::new(domain, fault))?);
        Ok(self)
    }

    /// Adds a custom URL scheme, without `:`.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if this is a policy for redirects to a CMP, if the entry is no scheme, or if browsers and phones
    /// give the scheme a meaning of its own (`http`, `javascript`, `intent`, `tel`, …).
    pub fn allow_scheme(mut self, scheme: &str) -> Result<Self, PolicyError> {
        let agreed = if self.is_to_msp {
            parse_scheme(scheme)
        } else {
            Err(PolicyFault::SchemeToCmp)
        };
        self.schemes
            .push(agreed.map_err(|fault| PolicyError::new(scheme, fault))?);
        Ok(self)
    }

    /// Adds a port of this machine, for trying things out where both parties run on it: http to `localhost`, to a name under
    /// it, or to 127.0.0.1. Nothing that leads anywhere else has http.
    ///
    /// ```
    /// use aid_types::redirect::RedirectPolicy;
    ///
    /// let policy = RedirectPolicy::to_cmp().allow_loopback(8081)?;
    /// assert!(policy.check("http://cmp.localhost:8081/done").is_ok());
    /// assert!(policy.check("http://www.cmp.de:8081/done").is_err());
    /// # Ok::<(), aid_types::redirect::PolicyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`PolicyError`] if the port is 0.
    pub fn allow_loopback(mut self, port: u16) -> Result<Self, PolicyError> {
        if port == 0 {
            return Err(PolicyError::new("localhost", PolicyFault::Ports));
        }
        self.loopback.push(port);
        Ok(self)
    }

    /// All that is agreed, as a Content-Security-Policy lists it in `form-action`: a page whose form is answered by a redirect
    /// that this policy allows has to.
    ///
    /// ```
    /// use aid_types::redirect::RedirectPolicy;
    ///
    /// let policy = RedirectPolicy::to_msp().allow_domain("*.msp.de")?.allow_scheme("mymsp")?;
    /// assert_eq!(policy.csp_sources(), ["https://*.msp.de:443", "mymsp:"]);
    /// # Ok::<(), aid_types::redirect::PolicyError>(())
    /// ```
    #[must_use]
    pub fn csp_sources(&self) -> Vec<String> {
        let domains = self.domains.iter().flat_map(AgreedDomain::csp_sources);
        let schemes = self.schemes.iter().map(|scheme| format!("{scheme}:"));
        let of_port = |port| ["localhost", "*.localhost", "127.0.0.1"].map(|host| format!("http://{host}:{port}"));
        let loopback = self.loopback.iter().flat_map(of_port);
        domains.chain(schemes).chain(loopback).collect()
    }

    /// Checks a URI exactly as it was received, that is, after the one percent-decoding of the query parameter.
    ///
    /// Besides being agreed, the URI must be free of anything that another parser could read differently, and on the way to
    /// the MSP of the parameters that the redirect adds there (`id`, `code`, `error`; A-82, A-174). Path, query and fragment
    /// are otherwise free (A-86, A-87).
    ///
    /// # Errors
    ///
    /// [`RedirectDenied`] tells why not. The texts are made for logs and developers, not for the user.
    // R-204, R-208
    pub fn check(&self, redirect_uri: &str) -> Result<AllowedRedirect, RedirectDenied> {
        let literal = Literal::read(redirect_uri)?;
        if literal.is_https() {
            let authority = literal.https()?;
            let mut covering = self
                .domains
                .iter()
                .filter(|domain| domain.covers(authority.host))
                .peekable();
            if covering.peek().is_none() {
                return Err(RedirectDenied::HostNotAgreed);
            }
            if !covering.any(|domain| domain.has_port(authority.port)) {
                return Err(RedirectDenied::PortNotAgreed);
            }
        } else if literal.is_http() && !self.loopback.is_empty() {
            if !self.loopback.contains(&literal.loopback()?.port) {
                return Err(RedirectDenied::PortNotAgreed);
            }
        } else if self
            .schemes
            .iter()
            .any(|scheme| scheme.eq_ignore_ascii_case(literal.scheme))
        {
            literal.custom()?;
        } else {
            return Err(RedirectDenied::SchemeNotAgreed);
        }
        if self.is_to_msp && has_reserved(redirect_uri) {
            return Err(RedirectDenied::ReservedParameter);
        }
        Ok(AllowedRedirect::new(redirect_uri))
    }
}

/// An entry of a [`RedirectPolicy`] that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("redirects to `{entry}` cannot be agreed on: {fault}")]
#[non_exhaustive]
pub struct PolicyError {
    /// The entry as given. Part of the configuration, so not secret.
    pub entry: Box<str>,
    /// What is wrong with it.
    pub fault: PolicyFault,
}

impl PolicyError {
    fn new(entry: &str, fault: PolicyFault) -> Self {
        Self {
            entry: entry.escape_debug().to_string().into(),
            fault,
        }
    }
}

/// What is wrong with an entry of a [`RedirectPolicy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyFault {
    /// No redirect to this domain could be allowed, for the reason that every redirect would be denied with.
    #[error("{0}")]
    Domain(RedirectDenied),
    /// The entry is a URL, or has a path, query or fragment.
    #[error("a domain is needed, not a URL or a path")]
    NotADomain,
    /// The entry has a port: see [`RedirectPolicy::allow_domain_on_ports`].
    #[error("ports are given beside the domain, not in it")]
    PortInDomain,
    /// The list of ports is empty or contains 0.
    #[error("ports go from 1 to 65535, and at least one is needed")]
    Ports,
    /// A star stands elsewhere than alone in the leftmost label.
    #[error("a wildcard is `*.` at the beginning, and nothing else")]
    WildcardPlacement,
    /// The wildcard covers names of strangers.
    #[error("the wildcard covers names that strangers can register")]
    WildcardTooWide,
    /// The domain is a single label, so a top-level domain or a name of the user's own network.
    #[error("a domain has at least two labels")]
    SingleLabel,
    /// The entry is no scheme by RFC 3986, or a single letter.
    #[error("a scheme is letters, digits, `+`, `-` and `.` after a letter, and at least two long")]
    SchemeSyntax,
    /// The scheme has a meaning for browsers or phones, so it is not one party's own.
    #[error("browsers or phones give this scheme a meaning of its own")]
    SchemeTaken,
    /// Redirects to a CMP have no custom schemes.
    #[error("custom schemes are for redirects to an MSP only")]
    SchemeToCmp,
}

impl PolicyFault {
    /// The fault's stable short name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Domain(reason) => reason.name(),
            Self::NotADomain => "not_a_domain",
            Self::PortInDomain => "port_in_domain",
            Self::Ports => "ports",
            Self::WildcardPlacement => "wildcard_placement",
            Self::WildcardTooWide => "wildcard_too_wide",
            Self::SingleLabel => "single_label",
            Self::SchemeSyntax => "scheme_syntax",
            Self::SchemeTaken => "scheme_taken",
            Self::SchemeToCmp => "scheme_to_cmp",
        }
    }
}
