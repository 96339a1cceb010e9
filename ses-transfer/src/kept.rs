//! Identifiers that are kept as they came.

use std::{fmt, marker::PhantomData, str::FromStr};

use aid_types::{Eid, Iccid, Imei, Msisdn};
use serde::{Deserializer, Serialize, Serializer};

use crate::{
    Imsi, InvalidText, Version,
    read::{self, Read, Reading},
    text::checked,
};

/// A text that should be a `T`, kept as it came.
///
/// Even the document's own sample has identifiers that are none. What was received goes on unchanged; whoever needs the
/// identifier asks for it with [`typed`](Self::typed). `Debug` hides a text that should be personal data.
///
/// ```
/// use aid_types::Eid;
/// use ses_transfer::Kept;
///
/// let placeholder: Kept<Eid> = "8986010110231170984S".parse()?;
/// assert!(placeholder.typed().is_err());
/// assert_eq!(placeholder.as_str(), "8986010110231170984S");
///
/// let eid: Eid = "89049032000001000000000831934057".parse()?;
/// assert_eq!(Kept::from(eid).typed()?, eid);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Kept<T> {
    text: Box<str>,
    should_be: PhantomData<fn() -> T>,
}

/// What a [`Kept`] text can be meant to be.
pub trait Meant: FromStr + fmt::Display + sealed::Sealed {
    /// Whether it is personal data.
    const IS_PERSONAL: bool;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! meant {
    ($($name:ident: $personal:literal,)*) => {
        $(impl sealed::Sealed for $name {}
        impl Meant for $name {
            const IS_PERSONAL: bool = $personal;
        }
        impl From<$name> for Kept<$name> {
            fn from(value: $name) -> Self {
                Self { text: value.to_string().into(), should_be: PhantomData }
            }
        })*
    };
}

meant! {
    Eid: false,
    Iccid: false,
    Imei: false,
    Imsi: true,
    Msisdn: true,
    Version: false,
}

impl<T: Meant> Kept<T> {
    /// The text as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it should be.
    ///
    /// # Errors
    ///
    /// Why it is none.
    pub fn typed(&self) -> Result<T, T::Err> {
        self.text.parse()
    }
}

impl<T: Meant> FromStr for Kept<T> {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        Ok(Self {
            text: checked(text)?,
            should_be: PhantomData,
        })
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            should_be: PhantomData,
        }
    }
}

impl<T> PartialEq for Kept<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Kept<T> {}

impl<T: Meant> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if T::IS_PERSONAL {
            f.write_str("Kept(redacted)")
        } else {
            write!(f, "Kept({:?})", self.text)
        }
    }
}

impl<T> Serialize for Kept<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<T: Meant> Read for Kept<T> {
    const EXPECTED: &'static str = "a string";

    fn read<'de, D: Deserializer<'de>>(deserializer: D, reading: &mut Reading) -> Result<Self, D::Error> {
        read::text(deserializer, reading)
    }
}
