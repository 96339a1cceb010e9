//! What is to be transferred.

use std::fmt;

use aid_types::{Iccid, Imei, Msisdn};
use serde::{
    Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use crate::{
    BodyProblem, Imsi, Kept, Oddity, SimType, UiccSignatureStatus,
    object::object,
    read::{self, Read, Reading},
};

// SES-022
object! {
    /// A subscription that is active on the old device.
    Subscription {
        /// who subscribes; must be there where it is the device's only subscription.
        primary_imsi: optional Kept<Imsi> = "primaryImsi",
        /// the phone number.
        primary_msisdn: optional Kept<Msisdn> = "primaryMsisdn",
        /// the profile.
        iccid_profile: required IccidProfiles = "iccidProfile",
    }
}

impl Subscription {
    /// The subscription of this profile.
    #[must_use]
    pub fn new(iccid_profile: impl Into<IccidProfiles>) -> Self {
        Self {
            primary_imsi: None,
            primary_msisdn: None,
            iccid_profile: iccid_profile.into(),
        }
    }

    fn has_imsi(&self) -> bool {
        self.primary_imsi.as_ref().is_some_and(|imsi| !imsi.as_str().is_empty())
    }
}

object! {
    /// A profile on the old device.
    #[derive(Default)]
    OldIccidProfile {
        /// which modem.
        imei: optional Kept<Imei> = "imei",
        /// which profile.
        iccid: optional Kept<Iccid> = "iccid",
        /// where it lives.
        sim_type: optional SimType = "simType",
        /// whether the SIM was proven to sit in the old device.
        uicc_signature_status: optional UiccSignatureStatus = "uiccSignatureStatus",
    }
}

/// `iccidProfile`: an object by the document's table and sample, an array by the table's text. Both are accepted and kept;
/// one profile is sent as an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IccidProfiles {
    profiles: Vec<OldIccidProfile>,
    is_array: bool,
}

impl IccidProfiles {
    /// Several profiles, in an array.
    #[must_use]
    pub fn array(profiles: impl IntoIterator<Item = OldIccidProfile>) -> Self {
        Self {
            profiles: profiles.into_iter().collect(),
            is_array: true,
        }
    }

    /// Whether it is an array.
    #[must_use]
    pub fn is_array(&self) -> bool {
        self.is_array
    }

    /// The profiles.
    #[must_use]
    pub fn as_slice(&self) -> &[OldIccidProfile] {
        &self.profiles
    }

    /// The profiles, one by one.
    pub fn iter(&self) -> impl Iterator<Item = &OldIccidProfile> {
        self.profiles.iter()
    }
}

impl From<OldIccidProfile> for IccidProfiles {
    fn from(profile: OldIccidProfile) -> Self {
        Self {
            profiles: vec![profile],
            is_array: false,
        }
    }
}

impl Serialize for IccidProfiles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.profiles {
            [profile] if !self.is_array => profile.serialize(serializer),
            profiles => serializer.collect_seq(profiles),
        }
    }
}

impl Read for IccidProfiles {
    const EXPECTED: &'static str = "an object or an array of objects";

    fn read<'de, D: Deserializer<'de>>(deserializer: D, reading: &mut Reading) -> Result<Self, D::Error> {
        struct ProfilesVisitor<'r>(&'r mut Reading);

        impl<'de> Visitor<'de> for ProfilesVisitor<'_> {
            type Value = IccidProfiles;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or an array of objects")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<IccidProfiles, A::Error> {
                OldIccidProfile::members(map, self.0).map(IccidProfiles::from)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<IccidProfiles, A::Error> {
                read::entries(sequence, self.0).map(IccidProfiles::array)
            }
        }
        deserializer.deserialize_any(ProfilesVisitor(reading))
    }
}

/// `subscriptionList`: one subscription at least; and if there is only one, it has its `primaryImsi`.
///
/// With several, a device may leave out the IMSI of those that are not in use.
///
/// ```
/// use ses_transfer::{InvalidSubscriptions, OldIccidProfile, Subscription, Subscriptions};
///
/// let subscription = Subscription::new(OldIccidProfile::default());
/// let error = Subscriptions::new([subscription.clone()]).unwrap_err();
/// assert_eq!(error, InvalidSubscriptions::NoImsi);
/// assert!(Subscriptions::new([subscription.clone(), subscription]).is_ok());
/// ```
// SES-021
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriptions(Vec<Subscription>);

/// Why subscriptions make no list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSubscriptions {
    /// There is none.
    #[error("subscriptionList: nothing to transfer")]
    Empty,
    /// The only one has no `primaryImsi`.
    #[error("subscriptionList[0].primaryImsi: missing in the only subscription")]
    NoImsi,
}

impl Subscriptions {
    /// The list of these.
    ///
    /// # Errors
    ///
    /// [`InvalidSubscriptions`].
    pub fn new(subscriptions: impl IntoIterator<Item = Subscription>) -> Result<Self, InvalidSubscriptions> {
        let subscriptions: Vec<_> = subscriptions.into_iter().collect();
        match &*subscriptions {
            [] => Err(InvalidSubscriptions::Empty),
            [only] if !only.has_imsi() => Err(InvalidSubscriptions::NoImsi),
            _ => Ok(Self(subscriptions)),
        }
    }

    /// The subscriptions.
    #[must_use]
    pub fn as_slice(&self) -> &[Subscription] {
        &self.0
    }

    /// The subscriptions, one by one.
    pub fn iter(&self) -> impl Iterator<Item = &Subscription> {
        self.0.iter()
    }
}

impl Serialize for Subscriptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl Read for Subscriptions {
    const EXPECTED: &'static str = "an array";

    fn read<'de, D: Deserializer<'de>>(deserializer: D, reading: &mut Reading) -> Result<Self, D::Error> {
        let subscriptions = Self::new(Vec::read(deserializer, reading)?).map_err(|error| match error {
            InvalidSubscriptions::Empty => reading.refuse(BodyProblem::Empty),
            InvalidSubscriptions::NoImsi => reading.refuse_in_entry(0, "primaryImsi", BodyProblem::Missing),
        })?;
        if !subscriptions.iter().any(Subscription::has_imsi) {
            reading.note(Oddity::Nowhere);
        }
        Ok(subscriptions)
    }
}
