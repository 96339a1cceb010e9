//! Calls over a transport in memory, with paused time.

mod errors;
mod fixtures;
mod limits;
mod operations;
mod refusals;
mod replies;
mod retries;
mod sendable;
