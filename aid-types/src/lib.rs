//! The vocabulary of automotive identity (AiD): identifiers, AiD1 bodies, error codes, redirects and the nine AiD1
//! operations.

mod leniency;

pub use leniency::{Ambiguity, Leniency, Tolerated};
