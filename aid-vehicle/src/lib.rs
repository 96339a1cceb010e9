#![doc = include_str!("../README.md")]

mod clock;
mod error;
mod jobs;
mod lpa;
mod notice;
mod options;
mod runner;
mod service;
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
pub use state::{State, Step};
