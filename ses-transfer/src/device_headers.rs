//! Headers about the device behind the request.

use aid_types::http::single;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{
    HeaderError, HeaderProblem, Odd, Oddity,
    spelling::{Vocabulary, vocabulary},
};

/// `x-deviceauth-mode`: how the device proved itself.
pub const X_DEVICEAUTH_MODE: HeaderName = HeaderName::from_static("x-deviceauth-mode");
/// `x-device-type`: what kind of device it is.
pub const X_DEVICE_TYPE: HeaderName = HeaderName::from_static("x-device-type");
/// `x-nsds-version`: which entitlement protocol it speaks.
pub const X_NSDS_VERSION: HeaderName = HeaderName::from_static("x-nsds-version");

vocabulary! {
    /// How the device proved itself to the entitlement server.
    DeviceAuthMode, "x-deviceauth-mode" {
        /// By its IP address.
        Ip = "IP",
        /// Authentication and Key Agreement with its SIM.
        Aka = "AKA",
        /// Generic Bootstrapping Architecture.
        Gba = "GBA",
        /// Otherwise.
        Other = "OTHER",
    }
}

vocabulary! {
    /// What kind of device it is, and whether it has a SIM.
    ///
    /// The document's table has misprints, such as `Automotive withSIM` and `Companion Appfor RemoteDevices`. Those, any
    /// case and any blanks or hyphens are accepted; one spelling is sent, with the blanks where they belong.
    ///
    /// ```
    /// let device: ses_transfer::DeviceType = "Automotive withSIM".parse()?;
    /// assert_eq!(device, ses_transfer::DeviceType::AutomotiveWithSim);
    /// assert_eq!(device.to_string(), "Automotive with SIM");
    /// # Ok::<(), ses_transfer::InvalidText>(())
    /// ```
    DeviceType, "x-device-type" {
        /// A phone.
        HandheldWithSim = "Handheld with SIM",
        /// A phone.
        HandheldWithoutSim = "Handheld without SIM",
        /// A tablet.
        TabletWithSim = "Tablet with SIM",
        /// A tablet.
        TabletWithoutSim = "Tablet without SIM",
        /// A watch.
        WearableWithSim = "Wearable with SIM",
        /// A watch.
        WearableWithoutSim = "Wearable without SIM",
        /// A set-top box. The document's word is kept: peers compare with it.
        SetTopBoxWithSim = "Set-of-Box with SIM" | "Set-top Box with SIM",
        /// A set-top box.
        SetTopBoxWithoutSim = "Set-of-Box without SIM" | "Set-top Box without SIM",
        /// A laptop.
        LaptopWithSim = "Laptop with SIM",
        /// A laptop.
        LaptopWithoutSim = "Laptop without SIM",
        /// A desktop computer.
        DesktopWithSim = "Desktop with SIM",
        /// A desktop computer.
        DesktopWithoutSim = "Desktop without SIM",
        /// An appliance.
        ApplianceWithSim = "Appliance with SIM",
        /// An appliance.
        ApplianceWithoutSim = "Appliance without SIM",
        /// A vehicle.
        AutomotiveWithSim = "Automotive with SIM",
        /// A vehicle.
        AutomotiveWithoutSim = "Automotive without SIM",
        /// Something else.
        OtherWithSim = "Other/Unspecified with SIM",
        /// Something else.
        OtherWithoutSim = "Other/Unspecified without SIM",
        /// An application that stands for devices elsewhere.
        CompanionApp = "Companion App for Remote Devices",
        /// A browser.
        WebClient = "Web Client",
        /// A person at the operator's.
        CustomerCare = "Customer care",
    }
}

vocabulary! {
    /// Which version of the entitlement protocol the device speaks.
    NsdsVersion, "x-nsds-version" {
        /// That of iOS devices.
        V1_0 = "1.0",
    }
}

/// The three optional headers about the device.
// SES-017 to SES-019
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceHeaders {
    /// Header `x-deviceauth-mode`.
    pub auth_mode: Option<DeviceAuthMode>,
    /// Header `x-device-type`.
    pub device_type: Option<DeviceType>,
    /// Header `x-nsds-version`.
    pub nsds_version: Option<NsdsVersion>,
}

impl DeviceHeaders {
    /// With header `x-deviceauth-mode`.
    #[must_use]
    pub fn auth_mode(mut self, mode: DeviceAuthMode) -> Self {
        self.auth_mode = Some(mode);
        self
    }

    /// With header `x-device-type`.
    #[must_use]
    pub fn device_type(mut self, device_type: DeviceType) -> Self {
        self.device_type = Some(device_type);
        self
    }

    /// With header `x-nsds-version`.
    #[must_use]
    pub fn nsds_version(mut self, version: NsdsVersion) -> Self {
        self.nsds_version = Some(version);
        self
    }

    /// Adds the headers that there are.
    pub fn write(&self, headers: &mut HeaderMap) {
        let all = [
            (X_DEVICEAUTH_MODE, self.auth_mode.as_ref().map(DeviceAuthMode::as_str)),
            (X_DEVICE_TYPE, self.device_type.as_ref().map(DeviceType::as_str)),
            (X_NSDS_VERSION, self.nsds_version.as_ref().map(NsdsVersion::as_str)),
        ];
        for (name, text) in all {
            // Printable ASCII, all of them.
            if let Some(value) = text.and_then(|text| HeaderValue::from_str(text).ok()) {
                headers.insert(name, value);
            }
        }
    }

    /// Reads them, and notes what is odd.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] for the first that stands twice or cannot be kept.
    pub fn read(headers: &HeaderMap, odd: &mut Vec<Odd>) -> Result<Self, HeaderError> {
        Ok(Self {
            auth_mode: one(headers, &X_DEVICEAUTH_MODE, odd)?,
            device_type: one(headers, &X_DEVICE_TYPE, odd)?,
            nsds_version: one(headers, &X_NSDS_VERSION, odd)?,
        })
    }
}

fn one<T: Vocabulary>(headers: &HeaderMap, name: &HeaderName, odd: &mut Vec<Odd>) -> Result<Option<T>, HeaderError> {
    let fail = |problem| HeaderError::new(T::HEADER, problem);
    let Some(value) = single(headers, name).map_err(|_| fail(HeaderProblem::Repeated))? else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| fail(HeaderProblem::Malformed))?.trim();
    let read: T = text.parse().map_err(|_| fail(HeaderProblem::Malformed))?;
    match (read.listed_as(), text) {
        (None, _) => odd.push(Odd::new(T::HEADER, Oddity::Unlisted)),
        (Some(sent), came) if sent != came => odd.push(Odd::new(T::HEADER, Oddity::Spelling)),
        _ => {}
    }
    Ok(Some(read))
}
