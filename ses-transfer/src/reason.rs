//! Why a call is refused: status and `error` of the section "Possible response error".

use std::fmt;

/// Why a call is refused.
///
/// The document lists [`InvalidRequest`](Self::InvalidRequest),
/// [`PrimaryDeviceNotFound`](Self::PrimaryDeviceNotFound) and [`InternalServerError`](Self::InternalServerError); the
/// others are ours, in the same form, for what HTTP knows beside them.
// SES-042 to SES-044
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// 400 `Invalid_Request`: a parameter is wrong. Not to be repeated unchanged.
    InvalidRequest,
    /// 401 `Unauthorized`: no credentials, or wrong ones.
    Unauthorized,
    /// 403 `Forbidden`: the caller is known but may not do this.
    Forbidden,
    /// 404 `Primary_Device_Not_Found`: the operator does not know the device or the subscription.
    PrimaryDeviceNotFound,
    /// 404 `Not_Found`: there is no such path.
    NotFound,
    /// 405 `Method_Not_Allowed`: the path has another method.
    MethodNotAllowed,
    /// 413 `Request_Too_Large`: the body exceeds the limit.
    RequestTooLarge,
    /// 415 `Unsupported_Media_Type`: the body is not JSON.
    UnsupportedMediaType,
    /// 500 `Internal Server Error`: the server failed.
    InternalServerError,
    /// 501 `Not_Implemented`: the server does not offer this.
    NotImplemented,
    /// 503 `Service_Unavailable`: not now. The same request is being handled, or the server is overloaded.
    ServiceUnavailable,
}

/// Status, `error`, and what `error_description` says if nothing else does.
const TABLE: &[(Reason, u16, &str, &str)] = &[
    (
        Reason::InvalidRequest,
        400,
        "Invalid_Request",
        "The request is invalid.",
    ),
    (
        Reason::Unauthorized,
        401,
        "Unauthorized",
        "The caller is not authenticated.",
    ),
    (
        Reason::Forbidden,
        403,
        "Forbidden",
        "The caller is not allowed to do this.",
    ),
    (
        Reason::PrimaryDeviceNotFound,
        404,
        "Primary_Device_Not_Found",
        "The primary device was not found in the backend system.",
    ),
    (Reason::NotFound, 404, "Not_Found", "There is no such resource."),
    (
        Reason::MethodNotAllowed,
        405,
        "Method_Not_Allowed",
        "The resource has another method.",
    ),
    (
        Reason::RequestTooLarge,
        413,
        "Request_Too_Large",
        "The request body is too large.",
    ),
    (
        Reason::UnsupportedMediaType,
        415,
        "Unsupported_Media_Type",
        "The request body must be application/json.",
    ),
    (
        Reason::InternalServerError,
        500,
        "Internal Server Error",
        "The eSIM subscription could not be transferred.",
    ),
    (
        Reason::NotImplemented,
        501,
        "Not_Implemented",
        "The operation is not offered.",
    ),
    (
        Reason::ServiceUnavailable,
        503,
        "Service_Unavailable",
        "The request cannot be handled now; repeat it later.",
    ),
];

impl Reason {
    /// Every reason, by ascending status.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(reason, ..)| *reason)
    }

    /// The reason that a peer gives with this status and `error`, in whatever spelling.
    #[must_use]
    pub fn of(status: u16, error: &str) -> Option<Self> {
        TABLE
            .iter()
            .find(|(_, its_status, name, _)| *its_status == status && crate::spelling::same(name, error))
            .map(|(reason, ..)| *reason)
    }

    fn row(self) -> (u16, &'static str, &'static str) {
        TABLE
            .iter()
            .find(|(reason, ..)| *reason == self)
            .map_or((500, "Internal Server Error", ""), |(_, status, name, description)| {
                (*status, name, description)
            })
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().0
    }

    /// The member `error`.
    #[must_use]
    pub fn error(self) -> &'static str {
        self.row().1
    }

    /// The member `error_description` where nothing more is to be said.
    #[must_use]
    pub fn description(self) -> &'static str {
        self.row().2
    }
}

/// The member `error`.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.error())
    }
}
