#![doc = include_str!("../README.md")]

mod case;
mod check;
mod finding;
mod profile;
mod replay;
mod report;
mod request;
mod run;
mod suite;
mod values;

pub use aid_http::HttpClient;
pub use aid_types::{self, Role};
pub use case::{Case, SuiteError};
pub use finding::{Exchange, Finding, Outcome, Verdict};
pub use profile::{Profile, ProfileError};
pub use replay::replay;
pub use report::{Change, Counts, Report};
pub use run::{Options, run};
pub use suite::{Selection, suite};
