//! The two redirects back.

use super::{
    AllowedRedirect, Received, RedirectError, RedirectFailure,
    parameters::{CODE, ERROR, ID, Reader, append, has_failure, query_of},
};
use crate::{AccountId, Ambiguity, ErrorCode, Leniency};

/// The redirect from the CMP's touchpoint back to the MSP's: with an account_id, or with the reason why there is none
/// ("Redirect back to MSP content").
///
/// ```
/// use aid_types::{AccountId, ErrorCode, redirect::{RedirectBackToMsp, RedirectFailure, RedirectPolicy}};
///
/// let policy = RedirectPolicy::to_msp().allow_domain("*.msp.de")?;
/// let back = policy.check("https://www.msp.de/return?foo=bar")?;
///
/// let success = RedirectBackToMsp::Success { account_id: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln".parse()? };
/// assert_eq!(success.to_url(&back), "https://www.msp.de/return?foo=bar&id=eyJhbGciOiJIUzI1NiJ9.e30.c2ln");
///
/// let failure = RedirectBackToMsp::Failure(RedirectFailure::from_code(ErrorCode::new(102)));
/// assert_eq!(
///     failure.to_url(&back),
///     "https://www.msp.de/return?foo=bar&code=102&error=Onboarding%20aborted%20by%20user"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is an account_id or there is none")]
pub enum RedirectBackToMsp {
    /// The user is known at the CMP.
    Success {
        /// The account_id. One that was received is not yet verified.
        account_id: AccountId,
    },
    /// There is no account_id.
    Failure(RedirectFailure),
}

impl RedirectBackToMsp {
    /// The URL to send the user to: the allowed one, with `id`, or `code` and `error`, behind its query.
    // R-025, R-210, R-211, R-212
    #[must_use]
    pub fn to_url(&self, to: &AllowedRedirect) -> String {
        match self {
            Self::Success { account_id } => append(to.as_str(), &[(ID, account_id.as_str())]),
            Self::Failure(failure) => append_failure(to, failure),
        }
    }

    /// Reads the query of the redirect (without `?`), as a server's handler has it: still percent-encoded. Parameters
    /// of one's own are ignored.
    ///
    /// # Errors
    ///
    /// [`RedirectError`] if there is neither `id` nor `code` and `error`, if there are both, or if one is there twice
    /// or malformed.
    pub fn parse_query(query: &str, leniency: Leniency) -> Result<Received<Self>, RedirectError> {
        let mut reader = Reader::new(query, leniency)?;
        let value = match (reader.get(ID)?, RedirectFailure::read(&mut reader)?) {
            (Some(id), None) => {
                let account_id = id.parse().map_err(|_| RedirectError::Invalid { parameter: ID })?;
                Self::Success { account_id }
            }
            (None, Some(failure)) => Self::Failure(failure),
            (Some(_), Some(_)) => return Err(RedirectError::Contradiction),
            (None, None) => return Err(RedirectError::Missing { parameter: ID }),
        };
        Ok(reader.received(value))
    }

    /// Reads the whole URL of the redirect. Only its query is looked at.
    ///
    /// # Errors
    ///
    /// As [`parse_query`](Self::parse_query).
    pub fn parse_url(url: &str, leniency: Leniency) -> Result<Received<Self>, RedirectError> {
        Self::parse_query(query_of(url), leniency)
    }
}

/// The redirect from the MSP's touchpoint back to the CMP's, after the onboarding via the CMP's touchpoint.
///
/// The document gives it no data: whether the onboarding succeeded shows in whether the msp_token arrived. A failure
/// may be told with the same two parameters as on the way back to the MSP (A-84).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a reason is told or it is not")]
pub enum RedirectBackToCmp {
    /// The user is done. Not a proof of success: look at whether the msp_token arrived.
    Done,
    /// The onboarding failed.
    Failure(RedirectFailure),
}

impl RedirectBackToCmp {
    /// The URL to send the user to: the allowed one, with `code` and `error` behind its query after a failure, unless it has
    /// one of those already (A-174).
    #[must_use]
    pub fn to_url(&self, to: &AllowedRedirect) -> String {
        match self {
            Self::Failure(failure) if !has_failure(to.as_str()) => append_failure(to, failure),
            // The CMP has parameters of these names of its own (A-174).
            Self::Done | Self::Failure(_) => to.as_str().to_owned(),
        }
    }

    /// Reads the query of the redirect (without `?`), as a server's handler has it: still percent-encoded. Parameters
    /// of one's own are ignored, also a `code` that is no error code (A-174).
    ///
    /// # Errors
    ///
    /// [`RedirectError`] if `code` or `error` stands there alone, twice or malformed, or if the URL was escaped for HTML.
    pub fn parse_query(query: &str, leniency: Leniency) -> Result<Received<Self>, RedirectError> {
        let mut reader = Reader::new(query, leniency)?;
        let own_code = reader.get(CODE)?.filter(|code| code.parse::<ErrorCode>().is_err());
        let value = match own_code {
            Some(_) if !reader.is_strict() => {
                reader.note(Ambiguity::new(174), CODE);
                Self::Done
            }
            _ => RedirectFailure::read(&mut reader)?.map_or(Self::Done, Self::Failure),
        };
        Ok(reader.received(value))
    }

    /// Reads the whole URL of the redirect. Only its query is looked at.
    ///
    /// # Errors
    ///
    /// As [`parse_query`](Self::parse_query).
    pub fn parse_url(url: &str, leniency: Leniency) -> Result<Received<Self>, RedirectError> {
        Self::parse_query(query_of(url), leniency)
    }
}

fn append_failure(to: &AllowedRedirect, failure: &RedirectFailure) -> String {
    append(
        to.as_str(),
        &[(CODE, &failure.code().to_string()), (ERROR, failure.error())],
    )
}
