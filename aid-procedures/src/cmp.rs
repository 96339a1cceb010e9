//! The CMP backend: one user's federation with one MSP.
//!
//! A [`Federation`] is everything that the CMP knows of one onboarding: its sessions, the msp_token, the profiles in the
//! vehicles, and what is still to be done. It handles [`Event`]s and answers with [`Effect`]s.
//!
//! # Which federation
//!
//! Another onboarding, after a withdrawal or for another subscription, is another `Federation`: nothing is carried over
//! ("Withdraw Onboarding", "Use Case description"; A-117). Keep its [`keys`](Federation::keys) in an index beside the saved
//! federations, and one [`Sequences`] beside each vehicle. An event belongs to the federation that is found by
//!
//! | event | index |
//! |---|---|
//! | calls of the MSP | [`Key::MspToken`]; for "Send MSP token" the `sid`, [`Key::Session`] |
//! | a vehicle asks for an activation code | [`Key::CmpUserId`]: the one that is [`TokenState::Active`] |
//! | a vehicle reports an installation | [`Key::RequestId`], else [`Key::Iccid`], else [`Key::CmpUserId`] |
//! | answers of a vehicle to requests | [`Sequences::owner`], by the request id |
//! | other messages of a vehicle | [`Key::CmpUserId`] and [`Key::Eid`]: all that match |
//!
//! Where nothing is found, the integrator refuses by itself: an unknown msp_token with
//! [`Condition::UnknownMspToken`](aid_types::Condition::UnknownMspToken), an unknown user with `UNKNOWN_USER`.
//!
//! A user who onboards anew while a federation is active may do so in it, where the MSP sends the same msp_token again; another
//! msp_token is refused with code 24. Where the user wants a second subscription, open its session in a new `Federation`. Of
//! two that are active, both bring profiles if both are asked: which one a vehicle's request goes to is the CMP's choice, or
//! the user's. The document does not say; the one that was onboarded last is what users expect.
//!
//! # When to give up
//!
//! Nothing is given up by itself but questions and activation codes: an order to delete stands until the vehicle answers,
//! however long that takes. [`Alarm::VehicleSilent`] and [`Alarm::EuiccExchanged`] ask a person, who answers by
//! [`Event::VehicleGone`] or [`Event::EuiccGone`].
//!
//! [`Key::MspToken`]: crate::Key::MspToken
//! [`Key::Session`]: crate::Key::Session
//! [`Key::CmpUserId`]: crate::Key::CmpUserId
//! [`Key::RequestId`]: crate::Key::RequestId
//! [`Key::Iccid`]: crate::Key::Iccid
//! [`Key::Eid`]: crate::Key::Eid

mod alarm;
mod context;
mod csim_status;
mod deletion;
mod deletion_order;
mod effect;
mod event;
mod federation;
mod information;
mod keys;
mod log;
mod naming;
mod onboarding;
mod options;
mod order;
mod profile;
mod profile_request;
mod profile_state;
mod profiles;
mod provisioning;
mod refusal_to_vehicle;
mod report;
mod room;
mod sequences;
mod session_state;
mod stranger;
mod sync;
mod token_state;
mod vehicle_location;
mod vehicles;
mod wanted;

pub use alarm::Alarm;
pub use deletion_order::DeletionCause;
pub use effect::{Effect, MspCall, ToVehicle};
pub use event::Event;
pub use federation::Federation;
pub use log::Log;
pub use onboarding::Session;
pub use options::{CandidateChoice, Options, TermsCode};
pub use order::{OrderEnd, OrderKind};
pub use profile::Profile;
pub use profile_state::{ProfileState, ProfileStep};
pub use refusal_to_vehicle::{refusal_by_code, refusal_to_vehicle};
pub use sequences::Sequences;
pub use session_state::{SessionState, SessionStep};
pub use token_state::{TokenState, TokenStep};
