//! The suite itself, and a run against a party in memory.

mod party;
mod suite;
