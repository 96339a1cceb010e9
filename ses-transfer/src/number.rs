//! Values that travel as numbers.

use serde::{Deserializer, Serialize, Serializer, de::Visitor};

use crate::read::{Read, Reading};

/// A number that the document gives no meaning, kept as it came. It is never a listed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnlistedNumber(u64);

impl UnlistedNumber {
    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

macro_rules! numbers {
    ($(
        $(#[$attribute:meta])*
        $name:ident { $($(#[$variant_attribute:meta])* $variant:ident = $number:literal,)+ }
    )*) => {$(
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_attribute])* $variant,)+
            /// A number that the document does not list.
            Unlisted(UnlistedNumber),
        }

        impl $name {
            /// Every value that the document lists.
            pub const LISTED: &[Self] = &[$(Self::$variant),+];

            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> u64 {
                match self {
                    $(Self::$variant => $number,)+
                    Self::Unlisted(unlisted) => unlisted.get(),
                }
            }

            /// Whether the document lists it.
            #[must_use]
            pub const fn is_listed(self) -> bool {
                !matches!(self, Self::Unlisted(_))
            }
        }

        impl From<u64> for $name {
            fn from(number: u64) -> Self {
                match number {
                    $($number => Self::$variant,)+
                    unlisted => Self::Unlisted(UnlistedNumber(unlisted)),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_u64(self.number())
            }
        }

        impl Read for $name {
            const EXPECTED: &'static str = "a whole number";

            fn read<'de, D: Deserializer<'de>>(deserializer: D, _: &mut Reading) -> Result<Self, D::Error> {
                deserializer.deserialize_u64(NumberVisitor).map(Self::from)
            }
        }
    )*};
}

// SES-024, SES-025, SES-030
numbers! {
    /// `simType`: where the old profile lives.
    SimType {
        /// 0: not known.
        Unknown = 0,
        /// 1: a physical SIM.
        PhysicalSim = 1,
        /// 2: an eSIM.
        ESim = 2,
        /// 3: a virtual SIM.
        VirtualSim = 3,
    }
    /// `uiccSignatureStatus`: whether the SIM that is to be transferred was proven to sit in the old device.
    UiccSignatureStatus {
        /// 0: it was.
        Passed = 0,
        /// 1: the proof failed.
        Failed = 1,
        /// 2: the device cannot prove it.
        Unsupported = 2,
    }
    /// `transferFlowType`: when the transfer happens.
    TransferFlowType {
        /// 1: while the user sets the new device up for the first time.
        DuringSetup = 1,
        /// 2: after that.
        AfterSetup = 2,
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_u64<E>(self, number: u64) -> Result<u64, E> {
        Ok(number)
    }
}
