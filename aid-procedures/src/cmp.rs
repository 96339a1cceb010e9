//! The CMP backend: one user's federation with one MSP.
//!
//! A [`Federation`] is everything that the CMP knows of one onboarding: its sessions, the msp_token, the profiles in the
//! vehicles, and what is still to be done. It handles [`Event`]s and answers with [`Effect`]s.
//!
//! Another onboarding, after a withdrawal or for another subscription, is another `Federation`: nothing is carried over
//! ("Withdraw Onboarding", "Use Case description"; A-117). An event belongs to the federation that is found by
//!
//! | event | index |
//! |---|---|
//! | calls of the MSP | [`Federation::msp_token`]; for "Send MSP token" the `sid` in [`Federation::sessions`] |
//! | a vehicle asks for an activation code | [`Federation::cmp_user_id`]: the one that is [`TokenState::Active`] |
//! | answers of a vehicle to requests | [`Sequences::owner`], by the request id |
//! | other messages of a vehicle | [`Federation::cmp_user_id`] and the eUICCs in [`Federation::profiles`]: all that match |
//!
//! so keep these as columns beside the saved federation, and one [`Sequences`] beside each vehicle. Where nothing is found, the integrator refuses by itself: an
//! unknown msp_token with [`Condition::UnknownMspToken`](aid_types::Condition::UnknownMspToken), an unknown user with
//! `UNKNOWN_USER`.

mod deletion;
mod desk;
mod effect;
mod event;
mod federation;
mod information;
mod notice;
mod onboarding;
mod options;
mod profile;
mod profile_state;
mod profiles;
mod provisioning;
mod refusal_to_vehicle;
mod report;
mod sequences;
mod session_state;
mod sync;
mod token_state;
mod vehicles;

pub use effect::{Effect, MspCall, ToVehicle};
pub use event::Event;
pub use federation::Federation;
pub use notice::{Alarm, Log};
pub use onboarding::Session;
pub use options::{CandidateChoice, Options, TermsCode};
pub use profile::{DeletionCause, Profile};
pub use profile_state::{ProfileState, ProfileStep};
pub use refusal_to_vehicle::{refusal_by_code, refusal_to_vehicle};
pub use sequences::Sequences;
pub use session_state::{SessionState, SessionStep};
pub use token_state::{TokenState, TokenStep};
