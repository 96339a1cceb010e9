//! The CMP's side, procedure by procedure, with what can go wrong.

mod backend;
mod deletion;
mod information;
mod onboarding;
mod provisioning;
mod reports;
mod saving;
mod sequences;
mod swap;
mod sync;
mod withdrawal;
