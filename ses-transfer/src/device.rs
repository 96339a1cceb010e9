//! The devices, old and new.

use aid_types::{Eid, Iccid, Imei};

use crate::{Kept, Subscriptions, Text, Version, object::object};

// SES-020
object! {
    /// The device that the subscriptions are taken from.
    OldPrimaryDeviceInfo {
        /// the device's eUICC.
        eid: optional Kept<Eid> = "eid",
        /// the model, as its vendor calls it.
        device_type: optional Text = "deviceType",
        /// who made the device.
        device_vendor: optional Text = "deviceVendor",
        /// its operating system: iOS, Android, Windows.
        os_type: optional Text = "osType",
        /// the version of that.
        os_version: optional Text = "osVersion",
        /// the version of the operator's settings on it.
        carrier_bundle_version: optional Text = "carrierBundleVersion",
        /// what is to be transferred.
        subscription_list: required Subscriptions = "subscriptionList",
    }
}

impl OldPrimaryDeviceInfo {
    /// A device with these subscriptions.
    #[must_use]
    pub fn new(subscription_list: Subscriptions) -> Self {
        Self {
            eid: None,
            device_type: None,
            device_vendor: None,
            os_type: None,
            os_version: None,
            carrier_bundle_version: None,
            subscription_list,
        }
    }
}

// SES-026, SES-028
object! {
    /// The device that the subscriptions go to. Empty where the old device began the transfer without knowing of it.
    #[derive(Default)]
    NewPrimaryDeviceInfo {
        /// the device's eUICC.
        eid: optional Kept<Eid> = "eid",
        /// the model, as its vendor calls it.
        device_type: optional Text = "deviceType",
        /// who made the device.
        device_vendor: optional Text = "deviceVendor",
        /// its operating system: iOS, Android, Windows.
        os_type: optional Text = "osType",
        /// the version of that.
        os_version: optional Text = "osVersion",
        /// the version of the operator's settings on it.
        carrier_bundle_version: optional Text = "carrierBundleVersion",
        /// the highest SIM Alliance profile version that the eUICC supports, and with it all lower ones from 2.0.0 on.
        sim_alliance_profile_version: optional Kept<Version> = "simAllianceProfileVersion",
        /// the SGP.22 version that the eUICC supports.
        gsma_sgp22_version: optional Kept<Version> = "gsmaSgp22Version",
        /// the profiles that are to be activated.
        iccid_profile_list: optional Vec<NewIccidProfile> = "iccidProfileList",
    }
}

object! {
    /// A profile on the new device.
    #[derive(Default)]
    NewIccidProfile {
        /// which modem.
        imei: optional Kept<Imei> = "imei",
        /// which profile.
        iccid: optional Kept<Iccid> = "iccid",
    }
}
