#![doc = include_str!("../README.md")]

mod aid1;
mod aid2;
#[cfg(feature = "client")]
mod client;
mod event;
mod files;
mod html;
#[cfg(feature = "live")]
mod live;
#[cfg(feature = "mqtt")]
mod mqtt;
mod names;
mod picture;
mod redirect;
#[cfg(feature = "server")]
mod server;

pub use aid_types::Role;
#[cfg(feature = "client")]
pub use client::Drawn;
pub use event::{Event, Kind};
pub use files::Files;
#[cfg(feature = "live")]
pub use live::{LISTENERS, router};
#[cfg(feature = "mqtt")]
pub use mqtt::LinkTap;
pub use picture::{Options, Picture};
#[cfg(feature = "server")]
pub use server::ServerTap;
