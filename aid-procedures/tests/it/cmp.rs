//! The CMP's side, procedure by procedure, with what can go wrong.

mod alarms;
mod backend;
mod bounds;
mod clocks;
mod deletion;
mod information;
mod location;
mod naming;
mod onboarding;
mod orders;
mod provisioning;
mod reports;
mod room;
mod saving;
mod sequences;
mod swap;
mod sync;
mod withdrawal;
