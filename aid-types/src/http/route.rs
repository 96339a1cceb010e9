//! Which operation a request means.

use http::Method;

use crate::{OperationId, Role};

/// An operation found by path and method, and its path parameter as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route<'a> {
    /// The operation.
    pub operation: OperationId,
    /// The path parameter: not decoded, not yet checked.
    pub parameter: &'a str,
}

/// Why there is no operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RouteError {
    /// The path belongs to no operation of this role.
    #[error("no operation has this path")]
    UnknownPath,
    /// The path belongs to this operation, the method does not.
    #[error("the operation at this path has another method")]
    WrongMethod(OperationId),
}

impl<'a> Route<'a> {
    /// Finds the operation that `role` offers at this path, below `prefix`.
    ///
    /// # Errors
    ///
    /// [`RouteError`]: 404 or 405.
    pub fn find(role: Role, prefix: &str, method: &Method, path: &'a str) -> Result<Self, RouteError> {
        let path = match prefix {
            // Not to be compared: no bytes at no address take some processors a hundred nanoseconds.
            "" => path,
            _ => path.strip_prefix(prefix).ok_or(RouteError::UnknownPath)?,
        };
        let (operation, parameter) = OperationId::offered_by(role)
            .find_map(|id| id.declaration().match_path(path).map(|parameter| (id, parameter)))
            .ok_or(RouteError::UnknownPath)?;
        if method.as_str() == operation.declaration().method {
            Ok(Self { operation, parameter })
        } else {
            Err(RouteError::WrongMethod(operation))
        }
    }
}
