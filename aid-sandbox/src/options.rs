//! What a sandbox is told, and what it tells.

use std::path::PathBuf;

/// Where a sandbox is, and what it keeps. Ports are on 127.0.0.1; 0 is any.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Options {
    /// Where everything is kept, so that it goes on when it is started again; in a temporary folder unless given.
    pub folder: Option<PathBuf>,
    /// Of the page that leads to the others, and of the cars.
    pub port: u16,
    /// Of the CMP's pages.
    pub cmp_port: u16,
    /// Of the MSP's pages.
    pub msp_port: u16,
}

/// Where a sandbox is, each with its scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Addresses {
    /// The page that leads to the others.
    pub index: String,
    /// The cars.
    pub cars: String,
    /// The CMP's pages.
    pub cmp: String,
    /// The MSP's pages.
    pub msp: String,
}
