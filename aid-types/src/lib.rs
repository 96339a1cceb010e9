//! The vocabulary of automotive identity (AiD): identifiers, AiD1 bodies, error codes, redirects and the nine AiD1
//! operations.

mod leniency;
#[cfg(feature = "redirect")]
pub mod redirect;

pub use leniency::{Ambiguity, Leniency, Tolerated};
