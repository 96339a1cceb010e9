//! An eUICC in software, and the LPA before it. It lives on when its vehicle's software does not.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};

use aid_types::{ActivationCode, Iccid};
use aid_vehicle::{DownloadFailure, InstalledProfile, ListedProfile, Lpa};
use aid2_proto::{CsimErrorCode, DownloadInstallResult};

pub(crate) fn iccid(number: u32) -> Iccid {
    format!("894450080517200{number:05}").parse().unwrap()
}

pub(crate) fn code(number: u32) -> ActivationCode {
    format!("1$smdp.example.com$CODE-{number}").parse().unwrap()
}

/// Clones are the same eUICC.
#[derive(Clone, Default)]
pub(crate) struct Euicc(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    /// What is installed, and whether it is enabled.
    profiles: BTreeMap<Iccid, bool>,
    /// What the SM-DP+ has for each code; a code works once.
    offered: HashMap<String, Iccid>,
    downloads: u32,
}

impl Euicc {
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap()
    }

    /// The SM-DP+ has profile `number` for the code of this number.
    pub(crate) fn offer(&self, number: u32) {
        self.lock()
            .offered
            .insert(code(number).as_str().to_owned(), iccid(number));
    }

    pub(crate) fn profiles(&self) -> Vec<(Iccid, bool)> {
        self.lock().profiles.iter().map(|(iccid, on)| (*iccid, *on)).collect()
    }

    pub(crate) fn downloads(&self) -> u32 {
        self.lock().downloads
    }

    fn set(&self, iccid: Iccid, on: bool) -> Result<(), CsimErrorCode> {
        let mut content = self.lock();
        let profile = content
            .profiles
            .get_mut(&iccid)
            .ok_or(CsimErrorCode::from_status_word(0x6A88))?;
        *profile = on;
        Ok(())
    }
}

impl Lpa for Euicc {
    async fn download(
        &self,
        activation_code: ActivationCode,
        before: Option<Vec<Iccid>>,
    ) -> Result<InstalledProfile, DownloadFailure> {
        let mut content = self.lock();
        if let Some(iccid) = content.offered.remove(activation_code.as_str()) {
            content.downloads += 1;
            content.profiles.insert(iccid, false);
            return Ok(InstalledProfile::new(iccid));
        }
        // The code is used up: did it bring something before the vehicle's software died?
        let new = before.and_then(|before| content.profiles.keys().find(|iccid| !before.contains(iccid)).copied());
        new.map(InstalledProfile::new)
            .ok_or_else(|| DownloadFailure::new(DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR))
    }

    async fn enable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.set(iccid, true)
    }

    async fn disable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.set(iccid, false)
    }

    async fn delete(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        // What is not there is deleted.
        self.lock().profiles.remove(&iccid);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<ListedProfile>, CsimErrorCode> {
        let content = self.lock();
        Ok(content
            .profiles
            .iter()
            .map(|(iccid, on)| ListedProfile::new(*iccid, *on))
            .collect())
    }
}
