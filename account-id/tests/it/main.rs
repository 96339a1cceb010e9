//! The behaviour of account-id, from outside.

mod allocation;
mod oracle;
mod properties;
mod surface;
mod vectors;
