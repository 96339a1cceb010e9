//! The version of a saved aggregate.

use serde::{Deserialize, Serialize};

/// Stands in every saved aggregate as the number `N`; another number is refused, so that no future format is misread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub(crate) struct Format<const N: u32>;

impl<const N: u32> From<Format<N>> for u32 {
    fn from(_: Format<N>) -> Self {
        N
    }
}

impl<const N: u32> TryFrom<u32> for Format<N> {
    type Error = String;

    fn try_from(found: u32) -> Result<Self, String> {
        match found == N {
            true => Ok(Self),
            false => Err(format!("saved in format {found}, this version reads format {N}")),
        }
    }
}
