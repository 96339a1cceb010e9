//! Why a redirect that arrived cannot be read.

/// Why the parameters of a redirect cannot be read.
///
/// Names the parameter, never its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectError {
    /// The query is longer than 32 KiB.
    #[error("the query is longer than 32 KiB")]
    TooLong,
    /// A mandatory parameter is absent.
    #[error("the parameter `{parameter}` is missing")]
    Missing {
        /// Its name.
        parameter: &'static str,
    },
    /// A parameter stands there twice: which one would count depends on the reader.
    #[error("the parameter `{parameter}` occurs more than once")]
    Duplicate {
        /// Its name.
        parameter: &'static str,
    },
    /// A value has a malformed percent-encoding, or is not UTF-8 when decoded.
    #[error("the parameter `{parameter}` is not percent-encoded UTF-8")]
    Encoding {
        /// Its name.
        parameter: &'static str,
    },
    /// The parameter is there, behind `&amp;` in the place of `&`: the URL was escaped for HTML, and not read from there.
    #[error("the parameter `{parameter}` stands behind `&amp;`: the URL was escaped for HTML and used as it is")]
    EscapedForHtml {
        /// Its name.
        parameter: &'static str,
    },
    /// A value is not what the parameter is made of.
    #[error("the parameter `{parameter}` has an invalid value")]
    Invalid {
        /// Its name.
        parameter: &'static str,
    },
    /// The redirect reports success and failure at once.
    #[error("the redirect reports success and failure at once")]
    Contradiction,
}

impl RedirectError {
    /// The error's stable short name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Missing { .. } => "missing",
            Self::Duplicate { .. } => "duplicate",
            Self::Encoding { .. } => "encoding",
            Self::EscapedForHtml { .. } => "escaped_for_html",
            Self::Invalid { .. } => "invalid",
            Self::Contradiction => "contradiction",
        }
    }

    /// The parameter that the error is about.
    #[must_use]
    pub const fn parameter(&self) -> Option<&'static str> {
        match self {
            Self::Missing { parameter }
            | Self::Duplicate { parameter }
            | Self::Encoding { parameter }
            | Self::EscapedForHtml { parameter }
            | Self::Invalid { parameter } => Some(parameter),
            Self::TooLong | Self::Contradiction => None,
        }
    }
}
