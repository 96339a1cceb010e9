//! The version of a saved aggregate.

use serde::{Deserialize, Serialize};

/// Stands in every saved aggregate as the number `N`. Formats from `OLDEST` on are read, what they do not have by its default;
/// another number is refused, so that no future format is misread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub(crate) struct Format<const N: u32, const OLDEST: u32 = N>;

impl<const N: u32, const OLDEST: u32> From<Format<N, OLDEST>> for u32 {
    fn from(_: Format<N, OLDEST>) -> Self {
        N
    }
}

impl<const N: u32, const OLDEST: u32> TryFrom<u32> for Format<N, OLDEST> {
    type Error = String;

    fn try_from(found: u32) -> Result<Self, String> {
        match (OLDEST..=N).contains(&found) {
            true => Ok(Self),
            false if OLDEST == N => Err(format!("saved in format {found}, this version reads format {N}")),
            false => Err(format!(
                "saved in format {found}, this version reads formats {OLDEST} to {N}"
            )),
        }
    }
}
