//! The MSP backend: one subscription with AiD.
//!
//! A [`Subscription`] is everything that the MSP knows of one msp_token: its pool of profiles, and what is being prepared
//! for the CMP. It handles [`Event`]s and answers with [`Effect`]s.
//!
//! An event belongs to the subscription with the msp_token in the path of the call. Where there is none, the integrator
//! refuses by itself, with [`Condition::UnknownMspToken`](aid_types::Condition::UnknownMspToken).

mod effect;
mod event;
mod information;
mod invalidation;
mod issue;
mod onboarding;
mod options;
mod profile;
mod profile_state;
mod profiles;
mod reply;
mod request;
mod status;
mod subscription;
mod token_state;

pub use effect::{Alarm, Answer, CmpCall, Effect, Log};
pub use event::Event;
pub use options::Options;
pub use profile::Profile;
pub use profile_state::{ProfileState, ProfileStep};
pub use request::OpenRequest;
pub use subscription::Subscription;
pub use token_state::{TokenState, TokenStep};
