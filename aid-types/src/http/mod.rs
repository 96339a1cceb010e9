//! AiD1 calls to and from [`http`] messages (feature `http`).
//!
//! Plain functions over `http::Request<Bytes>` and `http::Response<Bytes>`, without IO: an [`Endpoint`] writes requests
//! and [`read_reply`] reads what came back; a server routes with [`Route`], reads headers with
//! [`CallHeaders`] and answers with [`write_reply`] or [`write_refusal`].
//!
//! ```
//! use aid_types::{
//!     ApiKey, CsimStatus, MspToken, SendCsimStatus,
//!     http::{BaseUrl, CallIds, Credentials, Endpoint},
//! };
//!
//! let msp = Endpoint::new(
//!     "https://msp.example/aid".parse::<BaseUrl>()?,
//!     "dk3kdwkef1".parse()?,
//!     "gKl32ko4".parse()?,
//!     Credentials::ApiKey("1234abcdefghij0123456789".parse::<ApiKey>()?),
//! );
//! let msp_token: MspToken = "25bca1e2-338f-11d6-ac61-9e71138fd521".parse()?;
//! let deleted = SendCsimStatus::new(
//!     "8944500805172032953".parse()?,
//!     "89049032000001000000000831934057".parse()?,
//!     CsimStatus::Deleted,
//! );
//! let ids = CallIds::new(
//!     "14abc1e2-338f-11e6-ac61-9e71128cae77".parse()?,
//!     "31715660-01ac-4411-8f15-6f7ad4c269be".parse()?,
//! );
//! let request = msp.request(&msp_token, &deleted, ids);
//! assert_eq!(request.uri(), "https://msp.example/aid/v1/statuses/25bca1e2-338f-11d6-ac61-9e71138fd521");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod auth;
mod base_url;
mod call_headers;
mod endpoint;
mod headers;
mod media_type;
mod reply;
mod route;

pub use auth::{BasicCredentials, Credentials, InvalidBasicCredentials, PresentedCredentials};
pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use bytes;
pub use call_headers::CallHeaders;
pub use endpoint::Endpoint;
pub use headers::{
    API_KEY, CLIENT_ID, CMP_REQUEST_ID, CORRELATION_ID, CallIds, HeaderError, HeaderProblem, Parties, TARGET_ID, single,
};
pub use http;
pub use media_type::{is_json, is_request_json, tolerated_charset};
pub use reply::{ApiError, Received, ReplyError, read_reply, write_refusal, write_reply};
pub use route::{Route, RouteError};

pub use crate::percent::percent_decode;
