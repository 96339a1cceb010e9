//! The headers of a request, found by the server that got it.

use std::{fmt, str::FromStr};

use http::{HeaderMap, HeaderValue};

use super::{
    BasicCredentials, CMP_REQUEST_ID, CORRELATION_ID, CallIds, HeaderError, HeaderProblem, Parties,
    PresentedCredentials, headers::name,
};
use crate::{Ambiguity, ClientId, IdError, TargetId, Tolerated, TraceParent};

/// The headers of a call that AiD1 knows, found in one pass over all that the request has: a lookup by name would cost a
/// hash of the name, for each of them.
///
/// ```
/// use aid_types::http::{CallHeaders, http::HeaderMap};
///
/// let mut headers = HeaderMap::new();
/// headers.insert("client-id", "dk3kdwkef1".parse()?);
/// let error = CallHeaders::find(&headers).parties(&[], &[]).unwrap_err();
/// assert_eq!(error.to_string(), "header target-id: missing");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Default)]
pub struct CallHeaders<'a> {
    cmp_request_id: Found<'a>,
    correlation_id: Found<'a>,
    client_id: Found<'a>,
    target_id: Found<'a>,
    api_key: Found<'a>,
    authorization: Found<'a>,
    content_type: Found<'a>,
    trace_parent: Found<'a>,
}

/// How often a header came, and its value.
#[derive(Clone, Copy, Default)]
enum Found<'a> {
    #[default]
    Missing,
    Once(&'a HeaderValue),
    /// With the first value.
    Repeated(&'a HeaderValue),
}

impl<'a> CallHeaders<'a> {
    /// Finds them.
    #[must_use]
    pub fn find(headers: &'a HeaderMap) -> Self {
        let mut all = Self::default();
        for (name, value) in headers {
            let found = match name.as_str() {
                name::CMP_REQUEST_ID => &mut all.cmp_request_id,
                name::CORRELATION_ID => &mut all.correlation_id,
                name::CLIENT_ID => &mut all.client_id,
                name::TARGET_ID => &mut all.target_id,
                name::API_KEY => &mut all.api_key,
                name::AUTHORIZATION => &mut all.authorization,
                name::CONTENT_TYPE => &mut all.content_type,
                TraceParent::NAME => &mut all.trace_parent,
                _ => continue,
            };
            *found = match *found {
                Found::Missing => Found::Once(value),
                Found::Once(first) | Found::Repeated(first) => Found::Repeated(first),
            };
        }
        all
    }

    /// Reads what [`Credentials::to_header`](super::Credentials::to_header) writes.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where one of the two headers stands twice (A-155).
    pub fn credentials(&self) -> Result<PresentedCredentials<'a>, HeaderError> {
        let api_key = self.api_key.single(name::API_KEY)?;
        let authorization = self.authorization.single(name::AUTHORIZATION)?;
        Ok(match (api_key, authorization) {
            (Some(key), None) => PresentedCredentials::ApiKey(key.as_bytes()),
            (None, Some(value)) => BasicCredentials::decode(value.as_bytes())
                .map_or(PresentedCredentials::Unusable, PresentedCredentials::Basic),
            (None, None) | (Some(_), Some(_)) => PresentedCredentials::Unusable,
        })
    }

    /// Reads what [`Parties::write`] writes.
    ///
    /// An id that equals one of those given is a clone of that, without being checked again: give those that a call is
    /// likely to name.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] for the first that is not right.
    pub fn parties(&self, client_ids: &[ClientId], target_ids: &[TargetId]) -> Result<Parties, HeaderError> {
        Ok(Parties {
            client_id: self.client_id.read(name::CLIENT_ID, |value| {
                client_ids.iter().find(|id| id.as_str().as_bytes() == value).cloned()
            })?,
            target_id: self.target_id.read(name::TARGET_ID, |value| {
                target_ids.iter().find(|id| id.as_str().as_bytes() == value).cloned()
            })?,
        })
    }

    /// Reads what [`CallIds::write`] writes.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] for the first that is not right.
    pub fn ids(&self) -> Result<CallIds, HeaderError> {
        Ok(CallIds {
            cmp_request_id: self.cmp_request_id.read(name::SHOWN_CMP_REQUEST_ID, |_| None)?,
            correlation_id: self.correlation_id.read(name::CORRELATION_ID, |_| None)?,
        })
    }

    /// The content type; `None` where it is missing.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] where there are several (A-155).
    pub fn content_type(&self) -> Result<Option<&'a HeaderValue>, HeaderError> {
        self.content_type.single(name::CONTENT_TYPE)
    }

    /// The trace that the call belongs to; `None` where it names none. One that cannot be read, or stands there several times,
    /// is none, and no reason to refuse the call: it is added to what was `tolerated`.
    #[must_use]
    pub fn trace_parent(&self, tolerated: &mut Vec<Tolerated>) -> Option<TraceParent> {
        let trace = match self.trace_parent {
            Found::Missing => return None,
            Found::Once(value) => value.to_str().ok().and_then(|text| text.parse().ok()),
            Found::Repeated(_) => None,
        };
        if trace.is_none() {
            tolerated.push(Tolerated::new(Ambiguity::new(183), TraceParent::NAME));
        }
        trace
    }

    /// Copies the two ids into the reply, as they came (A-59): of one that came twice the first.
    pub fn echo(&self, reply: &mut HeaderMap) {
        for (name, found) in [
            (CMP_REQUEST_ID, self.cmp_request_id),
            (CORRELATION_ID, self.correlation_id),
        ] {
            if let Found::Once(value) | Found::Repeated(value) = found {
                reply.insert(name, value.clone());
            }
        }
    }
}

/// Without the values: they hold credentials.
impl fmt::Debug for CallHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallHeaders").finish_non_exhaustive()
    }
}

impl<'a> Found<'a> {
    fn single(self, header: &'static str) -> Result<Option<&'a HeaderValue>, HeaderError> {
        match self {
            Self::Missing => Ok(None),
            Self::Once(value) => Ok(Some(value)),
            Self::Repeated(_) => Err(HeaderError {
                header,
                problem: HeaderProblem::Repeated,
            }),
        }
    }

    /// The value as its type, unless it is one that is `known` already.
    fn read<T: FromStr<Err = IdError>>(
        self,
        header: &'static str,
        known: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<T, HeaderError> {
        let fail = |problem| HeaderError { header, problem };
        let value = self.single(header)?.ok_or_else(|| fail(HeaderProblem::Missing))?;
        if let Some(known) = known(value.as_bytes()) {
            return Ok(known);
        }
        let text = value.to_str().map_err(|_| fail(HeaderProblem::NotText))?;
        text.parse().map_err(|error| fail(HeaderProblem::Malformed(error)))
    }
}
