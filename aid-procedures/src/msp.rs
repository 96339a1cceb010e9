//! The MSP's side: one msp_token and its pool of profiles.
//!
//! A [`Subscription`] decides who gets an activation code, which profile gives way, and what the CMP is told. It does
//! no IO: [`Subscription::handle`] takes an [`Event`] and returns the [`Effect`]s to execute once the subscription has
//! been saved.

mod effect;
mod event;
mod options;
mod profile;
mod profile_state;
mod subscription;
mod token_state;

pub use effect::{Answer, CmpCall, Denial, Effect, Log};
pub use event::{BoundProfile, Event, ServiceChange};
pub use options::{Mode, Options};
pub use profile::Profile;
pub use profile_state::{ProfileState, ProfileStep};
pub use subscription::Subscription;
pub use token_state::{TokenState, TokenStep};
