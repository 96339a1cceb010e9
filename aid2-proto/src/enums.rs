//! The enums of Annex D, open: a number without a name is kept.

use std::{error::Error, fmt};

use aid_types::Ambiguity;

use crate::{
    decode::{At, Context, DecodeError},
    field::Field,
    wire::{self, Reader, WireError, WireType},
};

/// A text that no value of the enum is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownName {
    /// The enum that was asked, under its name in Annex D.
    pub of: &'static str,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no value of {} has this name", self.of)
    }
}

impl Error for UnknownName {}

/// Declares an open enum: `NAME = number`, further spellings of the specification in brackets.
///
/// The A-number is the decision under which a number without a name is tolerated.
macro_rules! open_enum {
    (
        $(#[$doc:meta])*
        $Name:ident = $proto:literal, A($item:literal) {
            $( $(#[$value_doc:meta])* $VALUE:ident = $number:literal $([$($spelling:literal),+])?, )+
        }
    ) => {
        $(#[$doc])*
        ///
        /// Open: a number that Annex D does not name is kept and equals none of the constants. There is no `Default`,
        /// because zero has a meaning that an absent field must not take on unnoticed.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Name(i32);

        impl $Name {
            $( $(#[$value_doc])* pub const $VALUE: Self = Self($number); )+

            /// Every value that Annex D names.
            pub const KNOWN: &'static [Self] = &[$(Self::$VALUE),+];

            /// The value with this number, known or not.
            #[must_use]
            pub const fn from_number(number: i32) -> Self {
                Self(number)
            }

            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> i32 {
                self.0
            }

            /// The name in Annex D, `None` for a number that has none.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $( $number => Some(stringify!($VALUE)), )+
                    _ => None,
                }
            }
        }

        /// The name, or the number where there is none.
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.pad(name),
                    None => fmt::Display::fmt(&self.0, f),
                }
            }
        }

        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($Name), "({})"), self)
            }
        }

        /// Reads every spelling that the specification uses, in any case, and a bare number.
        impl std::str::FromStr for $Name {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, UnknownName> {
                let is = |name: &str| text.eq_ignore_ascii_case(name);
                $( if is(stringify!($VALUE)) $( $(|| is($spelling))+ )? { return Ok(Self::$VALUE); } )+
                text.parse().map(Self).map_err(|_| UnknownName { of: $proto })
            }
        }

        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $Name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                i32::deserialize(deserializer).map(Self)
            }
        }

        impl Field for $Name {
            type Raw<'a> = u64;

            #[inline]
            fn merge<'a>(raw: &mut u64, reader: &mut Reader<'a>, wire_type: WireType) -> Result<(), WireError> {
                *raw = reader.integer(wire_type)?;
                Ok(())
            }

            #[inline]
            fn validate(raw: u64, cx: &mut Context, at: At<'_>) -> Result<Self, DecodeError> {
                #[expect(clippy::cast_possible_truncation, reason = "protobuf keeps the low 32 bits of an enum")]
                let value = Self(raw as i32);
                if value.name().is_none() {
                    cx.tolerate(Ambiguity::new($item), at)?;
                }
                Ok(value)
            }

            #[inline]
            fn encoded_len(&self, number: u32) -> usize {
                wire::integer_len(number, wire::sign_extended(self.0))
            }

            #[inline]
            fn put(&self, number: u32, out: &mut Vec<u8>) {
                wire::put_integer(number, wire::sign_extended(self.0), out);
            }

            fn show(&self, shown: &mut aid_types::Shown<'_>) {
                shown.plain(&self.to_string());
            }
        }
    };
}

open_enum! {
    /// State of a profile on the eUICC ("Send CSIM Status").
    ///
    /// Zero is [`DELETED`](Self::DELETED): a sender that leaves the status out reports a deletion. Treat a
    /// deletion of an ICCID that was never seen as no news.
    ProfileStatus = "ProfileStatus", A(121) {
        /// No longer on the eUICC.
        DELETED = 0,
        /// Installed and active.
        ENABLED = 1,
        /// Installed, not active.
        DISABLED = 2,
    }
}

open_enum! {
    /// Kind of a profile, where the MSP offers several ("Send Activation Code").
    ProfileType = "ProfileType", A(123) {
        /// No particular kind; also what an absent field means.
        DEFAULT = 0,
        /// Personal.
        PERSONAL = 1,
        /// Private.
        PRIVATE = 2,
        /// Business.
        BUSINESS = 3,
    }
}

open_enum! {
    /// Why the CMP backend sends no activation code ("Request Activation Code").
    ///
    /// There is no value for success: success is the message `SendActivationCode` and nothing else.
    RequestActivationCodeResult = "RequestActivationCodeResult", A(120) {
        /// The backend does not know the vehicle.
        UNKNOWN_VIN = 0,
        /// The backend does not know the EID, or it belongs elsewhere.
        UNKNOWN_EID = 1,
        /// The backend does not know the IMEI, or it belongs elsewhere.
        UNKNOWN_IMEI = 2,
        /// The backend does not know the user.
        UNKNOWN_USER = 3,
        /// The user is known and has no valid subscription.
        NO_SUBSCRIPTION_FOUND = 4,
        /// The MSP gave the backend no activation code.
        NO_ACTIVATION_CODE_AVAILABLE = 5,
        /// The user has a subscription, but has not agreed to the terms of the service.
        TERMS_NOT_ACCEPTED = 6,
    }
}

open_enum! {
    /// How download and installation of a profile ended ("Send Profile Download Install Info").
    DownloadInstallResult = "DownloadInstallResult", A(122) {
        /// Downloaded and installed.
        PROFILE_INSTALLATION_SUCCESS = 0 ["SUCCESS"],
        /// Failed for an unknown reason.
        PROFILE_INSTALLATION_UNKNOWN_ERROR = 1,
        /// No network.
        PROFILE_DOWNLOAD_FAILED_NO_NETWORK_CONNECTION = 2,
        /// No connection through the IP proxy, where one is used.
        PROFILE_DOWNLOAD_FAILED_PROXY_COMMUNICATION_ERROR = 3,
        /// No communication with the SM-DP+.
        PROFILE_DOWNLOAD_FAILED_SMDP_COMMUNICATION_ERROR = 4,
        /// The SM-DP+ was reached, but the download failed.
        PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR = 5,
        /// Downloaded, but the installation on the eUICC failed.
        PROFILE_INSTALLATION_FAILED = 6,
    }
}

open_enum! {
    /// How the deletion of a profile ended ("Request Delete Profile").
    RequestDeleteProfileResult = "RequestDeleteProfileResult", A(122) {
        /// Deleted.
        DELETE_PROFILE_SUCCESS = 0 ["SUCCESS"],
        /// Failed for an unknown reason.
        DELETE_PROFILE_FAILED = 1 ["FAILED"],
        /// No profile with this ICCID; for whoever wants it gone, as good as deleted.
        DELETE_PROFILE_NOT_FOUND = 2 ["NOT_FOUND"],
        /// The vehicle does not know the user.
        DELETE_PROFILE_USER_NOT_FOUND = 3 ["USER_NOT_FOUND"],
    }
}

open_enum! {
    /// Whether the eUICC can report its profiles ("Request CSIM info").
    RequestCsimInfoResult = "RequestCSIMInfoResult", A(122) {
        /// The eUICC took the request; a `SendCSIMStatus` follows.
        CSIM_INFO_SUCCESS = 0 ["SUCCESS"],
        /// The eUICC reported an error.
        CSIM_INFO_GENERAL_ERROR = 1 ["GENERAL_CSIM_ERROR", "GENERAL_ERROR"],
    }
}

open_enum! {
    /// How the deletion of all profiles ended ("Request delete all profiles").
    RequestDeleteAllProfilesResult = "RequestDeleteAllProfilesResult", A(122) {
        /// All operational profiles are deleted.
        DELETE_ALL_PROFILES_SUCCESS = 0 ["SUCCESS"],
        /// The eUICC reported an error, which the csim error code tells.
        DELETE_ALL_PROFILES_FAILED = 1 ["FAILED"],
        /// There was none to delete.
        DELETE_ALL_PROFILES_NO_PROFILES_FOUND = 2 ["NO_PROFILES_FOUND"],
    }
}
