#![doc = include_str!("../README.md")]

mod lpa;
#[cfg(feature = "service")]
mod service;
#[cfg(feature = "software-euicc")]
mod software_euicc;
mod state;

pub use aid_procedures::vehicle::{
    DownloadFailure, InstalledProfile, ListedProfile, Log, LpaCommand, Profile, ProfileState,
};
pub use lpa::Lpa;
#[cfg(feature = "service")]
pub use service::{Notice, Observer, OpenError, Options, VehicleRunner, VehicleService};
#[cfg(feature = "software-euicc")]
pub use software_euicc::{EuiccFault, SoftwareEuicc};
pub use state::{State, Step};
