use std::{fmt, str::FromStr};

use crate::InvalidText;

/// International Mobile Subscriber Identity (member `primaryImsi`; ITU-T E.212): 6 to 15 digits, of which the first three
/// are the country.
///
/// Personal data: `Debug` hides it.
///
/// ```
/// let imsi: ses_transfer::Imsi = "001010123456789".parse()?;
/// assert_eq!(imsi.mcc(), "001");
/// assert_eq!(format!("{imsi:?}"), "Imsi(redacted)");
/// # Ok::<(), ses_transfer::InvalidText>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Imsi {
    digits: [u8; 15],
    len: u8,
}

impl Imsi {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.digits
            .get(..usize::from(self.len))
            .and_then(|digits| str::from_utf8(digits).ok())
            .unwrap_or_default()
    }

    /// Mobile country code: the first three digits.
    #[must_use]
    pub fn mcc(&self) -> &str {
        self.as_str().get(..3).unwrap_or_default()
    }
}

impl FromStr for Imsi {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        let mut digits = [0; 15];
        let place = digits.get_mut(..text.len());
        match (place, u8::try_from(text.len())) {
            (Some(place), Ok(len @ 6..=15)) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                place.copy_from_slice(text.as_bytes());
                Ok(Self { digits, len })
            }
            _ => Err(InvalidText::new("6 to 15 digits")),
        }
    }
}

impl fmt::Display for Imsi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Imsi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Imsi(redacted)")
    }
}
