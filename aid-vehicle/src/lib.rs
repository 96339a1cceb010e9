#![doc = include_str!("../README.md")]

mod clock;
mod error;
mod jobs;
mod lpa;
mod notice;
mod options;
mod runner;
mod service;
#[cfg(feature = "software-euicc")]
mod software_euicc;
mod state;

pub use aid_procedures::vehicle::{
    DownloadFailure, InstalledProfile, ListedProfile, Log, LpaCommand, Profile, ProfileState,
};
pub use error::OpenError;
pub use lpa::Lpa;
pub use notice::{Notice, Observer};
pub use options::Options;
pub use runner::VehicleRunner;
pub use service::VehicleService;
#[cfg(feature = "software-euicc")]
pub use software_euicc::SoftwareEuicc;
pub use state::{State, Step};
