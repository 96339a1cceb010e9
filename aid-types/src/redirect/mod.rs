//! The redirects of the user's browser or app between the touchpoints of CMP and MSP, and the policy that says where a
//! redirect may lead.
//!
//! | from → to | type | carries |
//! |---|---|---|
//! | CMP → MSP | [`RedirectToMspContent`] | `id`, `redirect_uri` |
//! | MSP → CMP, when done | [`RedirectBackToCmp`] | nothing, or `code` and `error` (A-84) |
//! | MSP → CMP | [`RedirectToCmpContent`] | `redirect_uri` |
//! | CMP → MSP, when done | [`RedirectBackToMsp`] | `id`, or `code` and `error` |
//!
//! The redirect_uri comes through the user's browser, so an attacker may have written it: sending the user there would
//! lend them the sender's good name, and on the way back to the MSP hand them the account_id. So the way back starts
//! with an [`AllowedRedirect`], which only a [`RedirectPolicy`] makes.
//!
//! ```
//! use aid_types::{ErrorCode, Leniency, redirect::*};
//!
//! // At start-up, what this CMP agreed on with its MSP:
//! let policy = RedirectPolicy::to_msp().allow_domain("*.msp.de")?.allow_scheme("mymsp")?;
//!
//! // A user arrives:
//! let query = "redirect_uri=https%3A%2F%2Fwww.msp.de%2Freturn%3Ffoo%3Dbar";
//! let arrived = RedirectToCmpContent::parse_query(query, Leniency::Field)?;
//! let back = arrived.value.allowed_by(&policy)?;
//!
//! // … and leaves:
//! let failure = RedirectFailure::from_code(ErrorCode::new(100));
//! assert_eq!(
//!     RedirectBackToMsp::Failure(failure).to_url(&back),
//!     "https://www.msp.de/return?foo=bar&code=100&error=Unspecified%20CMP%20content%20error",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod allowed;
mod back;
mod denied;
mod display;
mod domain;
mod error;
mod failure;
mod literal;
mod parameters;
mod policy;
mod received;
mod scheme;
mod to_cmp;
mod to_msp;
mod touchpoint;

pub use self::{
    allowed::AllowedRedirect,
    back::{RedirectBackToCmp, RedirectBackToMsp},
    denied::RedirectDenied,
    error::RedirectError,
    failure::RedirectFailure,
    policy::{PolicyError, PolicyFault, RedirectPolicy},
    received::Received,
    to_cmp::RedirectToCmpContent,
    to_msp::RedirectToMspContent,
    touchpoint::Touchpoint,
};
