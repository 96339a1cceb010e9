//! What the arguments of several commands have in common.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

/// What is wrong with the command line, or with input and output.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl Usage {
    pub(crate) fn new(problem: &str) -> Self {
        Self(problem.to_owned())
    }
}

/// Whom to trust, and as whom to appear.
#[derive(clap::Args)]
pub(crate) struct Certificates {
    /// Whom to trust: certificates
    #[arg(long, value_name = "PEM")]
    pub(crate) ca: Option<PathBuf>,
    /// As whom to appear: our certificate, and those that lead to the authority
    #[arg(long, value_name = "PEM", requires = "key", requires = "ca")]
    pub(crate) cert: Option<PathBuf>,
    /// The private key of --cert
    #[arg(long, value_name = "PEM", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
}

/// A time that is longer than none, in seconds.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|seconds| !seconds.is_zero())
        .ok_or_else(|| "expected seconds, more than 0".to_owned())
}

/// The value of an option, read as a `T`: nothing of it is shown where it cannot be read.
pub(crate) fn parsed<T: FromStr<Err: Display>>(option: &str, text: &str) -> Result<T, Usage> {
    text.parse().map_err(|error| Usage(format!("{option}: {error}")))
}

/// The content of the file that an option names.
pub(crate) fn file(option: &str, path: &Path) -> Result<Vec<u8>, Usage> {
    std::fs::read(path).map_err(|error| Usage(format!("{option}: {error}")))
}

/// The content of the file that an option names, if it does.
pub(crate) fn optional_file(option: &str, path: Option<&Path>) -> Result<Option<Vec<u8>>, Usage> {
    path.map(|path| file(option, path)).transpose()
}
