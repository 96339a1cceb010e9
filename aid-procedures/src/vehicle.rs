//! The vehicle: one eUICC and the profiles of its users.
//!
//! A [`Vehicle`] decides what the LPA has to do and what the CMP backend is told. It handles [`Event`]s and answers with
//! [`Effect`]s: a user logs in and out, the CMP backend sends messages, the LPA tells how its commands ended.
//!
//! - A login enables the user's profile, or asks for an activation code ("Car Provisioning"). At most one profile is
//!   enabled, that of the user who is logged in ("Enable and Disable Profile").
//! - Whatever the CMP backend orders is answered, at once or when the LPA has done it, and followed by a CSIM status. What
//!   became of an activation code is reported, whichever code that was.
//! - The eUICC is believed. A profile of which nothing is known is reported without a user and can be deleted.
//! - What could not be downloaded or enabled is tried again at the next login; what could not be disabled, earlier.

mod aggregate;
mod command;
mod csim;
mod deletion;
mod download;
mod effect;
mod event;
mod lapse;
mod lpa;
mod next;
mod notice;
mod now;
mod options;
mod profile;
mod profile_state;
mod provisioning;
mod restart;
mod usage;

pub use aggregate::Vehicle;
pub use command::{CommandId, DownloadFailure, InstalledProfile, ListedProfile, LpaCommand};
pub use effect::{Effect, Response, ToCmp};
pub use event::Event;
pub use notice::Log;
pub use now::Now;
pub use options::Options;
pub use profile::Profile;
pub use profile_state::{ProfileState, ProfileStep};
