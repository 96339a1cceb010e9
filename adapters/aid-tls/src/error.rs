//! What can be wrong with certificates and keys.

use std::fmt;

/// Which text cannot be used, and why. It never shows any of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("TLS: {part}: {fault}")]
#[non_exhaustive]
pub struct TlsError {
    /// Which of the texts.
    pub part: Part,
    /// What is wrong with it.
    pub fault: Fault,
}

impl TlsError {
    pub(crate) const fn new(part: Part, fault: Fault) -> Self {
        Self { part, fault }
    }

    /// A library refuses the configuration as a whole.
    #[must_use]
    pub fn refused(reason: &dyn fmt::Display) -> Self {
        Self::new(Part::Configuration, Fault::Refused(reason.to_string().into()))
    }

    /// TLS is asked for, by a URL for example, and no certificates were given.
    #[must_use]
    pub const fn missing() -> Self {
        Self::new(Part::Configuration, Fault::Missing)
    }
}

/// What a text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Part {
    /// Whom we trust: certificates of certification authorities.
    Roots,
    /// Our own certificate and the intermediate ones.
    Chain,
    /// Our private key.
    Key,
    /// Certificate revocation lists.
    Crls,
    /// A certificate of somebody else.
    Certificate,
    /// The options as a whole.
    Configuration,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Roots => "roots",
            Self::Chain => "certificate chain",
            Self::Key => "private key",
            Self::Crls => "revocation lists",
            Self::Certificate => "certificate",
            Self::Configuration => "configuration",
        })
    }
}

impl Part {
    /// What is to stand in it.
    const fn wanted(self) -> &'static str {
        match self {
            Self::Key => "private key",
            Self::Crls => "revocation list",
            _ => "certificate",
        }
    }
}

/// What is wrong with a text. Certificates and revocation lists are counted from 1 in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing stands in it.
    #[error("empty")]
    Empty,
    /// Text, but no PEM.
    #[error("no PEM: no line begins with -----BEGIN")]
    NotPem,
    /// UTF-16, as some editors and shells write it.
    #[error("UTF-16 text; save it as ASCII or UTF-8")]
    Utf16,
    /// Binary: DER, or a container such as PKCS #12.
    #[error("binary (DER or PKCS #12) where PEM is needed; openssl x509, pkey or pkcs12 converts it")]
    Binary,
    /// PEM, but of something else.
    #[error("no {} in it, but {found}; are the arguments swapped?", .wanted.wanted())]
    Other {
        /// For what it was given.
        wanted: Part,
        /// What stands there, as its PEM labels say.
        found: Box<str>,
    },
    /// A kind of PEM that would be passed over, and its certificate with it.
    #[error("{0} is not supported; openssl x509 makes a CERTIFICATE of it")]
    Unsupported(Box<str>),
    /// The private key is encrypted.
    #[error("encrypted ({0}); openssl pkey decrypts it")]
    Encrypted(&'static str),
    /// A BEGIN line has something before it, such as the END line of the file in front.
    #[error("a -----BEGIN does not stand at the start of its line")]
    Misplaced,
    /// It ends in the middle.
    #[error("{} {number} is cut off: its END line is missing", .part.wanted())]
    Cut {
        /// In what.
        part: Part,
        /// Which.
        number: usize,
    },
    /// Between BEGIN and END stands something else than Base64.
    #[error("{} {number} is no Base64", .part.wanted())]
    NotBase64 {
        /// In what.
        part: Part,
        /// Which.
        number: usize,
    },
    /// It has no structure of a certificate, key or list.
    #[error("{} {number} cannot be parsed", .part.wanted())]
    Malformed {
        /// In what.
        part: Part,
        /// Which.
        number: usize,
    },
    /// A certificate of a version that TLS libraries refuse.
    #[error("certificate {number} is X.509 v{version}; v3 is needed")]
    Version {
        /// Which.
        number: usize,
        /// 1 or 2.
        version: u32,
    },
    /// Our certificate may not be used for what it is to be used for.
    #[error("certificate {number} is not for TLS {purpose}s: its extended key usage lacks {purpose}Auth")]
    Purpose {
        /// Which.
        number: usize,
        /// What it would have to be for.
        purpose: Purpose,
    },
    /// Our certificate has expired, by this machine's clock.
    #[error("certificate {number} expired at {not_after}")]
    Expired {
        /// Which.
        number: usize,
        /// When.
        not_after: Box<str>,
    },
    /// The private key belongs to another certificate.
    #[error("not that of certificate 1")]
    Mismatch,
    /// Our own certificate does not stand first.
    #[error("that of certificate {0}, which has to come first")]
    Order(usize),
    /// The TLS library does not support such a key.
    #[error("a kind or size of key that is not supported")]
    UnsupportedKey,
    /// There are none, where some are needed.
    #[error("TLS is asked for, and no certificates are given")]
    Missing,
    /// The TLS library refuses it for another reason.
    #[error("{0}")]
    Refused(Box<str>),
}

/// What a certificate is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Purpose {
    /// By a client.
    Client,
    /// By a server.
    Server,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Server => "server",
        })
    }
}
