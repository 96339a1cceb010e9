//! The version of what is saved.

use serde::{Deserialize, Serialize};

/// Stands in what is saved as a number: it is written as `WRITTEN`, and formats from `OLDEST` to `NEWEST` are read, what they
/// do not have by its default. Another number is refused, so that no other format is misread.
///
/// Two releases run side by side while one follows the other, and each reads what the other writes. So a member that is new
/// has a default, and needs no other number; what an older release cannot read gets one, and takes two releases:
///
/// | release | format | beside it |
/// |---|---|---|
/// | today | `Format<1>` | |
/// | the next reads the new format, has its members, and writes the old one | `Format<1, 1, 2>` | 1 |
/// | the one after writes the new format | `Format<2, 1>` | 1, 2 |
/// | any later one forgets the old | `Format<2>` | 2 |
///
/// ```
/// use aid_procedures::Format;
///
/// let next: Format<1, 1, 2> = serde_json::from_str("2")?;
/// assert_eq!(serde_json::to_string(&next)?, "1");
/// assert!(serde_json::from_str::<Format<1>>("2").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
#[allow(clippy::exhaustive_structs, reason = "it has nothing but its numbers")]
pub struct Format<const WRITTEN: u32, const OLDEST: u32 = WRITTEN, const NEWEST: u32 = WRITTEN>;

impl<const WRITTEN: u32, const OLDEST: u32, const NEWEST: u32> From<Format<WRITTEN, OLDEST, NEWEST>> for u32 {
    fn from(_: Format<WRITTEN, OLDEST, NEWEST>) -> Self {
        WRITTEN
    }
}

impl<const WRITTEN: u32, const OLDEST: u32, const NEWEST: u32> TryFrom<u32> for Format<WRITTEN, OLDEST, NEWEST> {
    type Error = String;

    fn try_from(found: u32) -> Result<Self, String> {
        match (OLDEST..=NEWEST).contains(&found) {
            true => Ok(Self),
            false if OLDEST == NEWEST => Err(format!("saved in format {found}, this version reads format {NEWEST}")),
            false => Err(format!(
                "saved in format {found}, this version reads formats {OLDEST} to {NEWEST}"
            )),
        }
    }
}
