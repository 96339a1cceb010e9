//! A vehicle's LPA: it downloads from the MSP's SM-DP+, and commands an eUICC in software.

use std::{
    fmt::Display,
    sync::{Arc, Mutex, PoisonError},
};

use aid_types::{ActivationCode, Eid, Iccid, Vin};
use aid_vehicle::{DownloadFailure, InstalledProfile, ListedProfile, Lpa, SoftwareEuicc};
use aid2_proto::{CsimErrorCode, DownloadInstallResult};

use crate::{Audience, Smdp};

/// Clones command the same eUICC.
#[derive(Clone)]
pub(crate) struct CarLpa {
    pub(crate) vin: Vin,
    pub(crate) eid: Eid,
    pub(crate) audience: Arc<dyn Audience>,
    pub(crate) smdp: Arc<Smdp>,
    pub(crate) euicc: SoftwareEuicc,
    /// The next enable command fails with this status word.
    pub(crate) fault: Arc<Mutex<Option<CsimErrorCode>>>,
}

impl CarLpa {
    fn act(&self, act: impl Display) {
        self.audience.stir();
        self.audience.act(self.vin.as_str(), &act);
    }
}

impl Lpa for CarLpa {
    async fn download(
        &self,
        activation_code: ActivationCode,
        before: Option<Vec<Iccid>>,
    ) -> Result<InstalledProfile, DownloadFailure> {
        let vin = self.vin.as_str();
        self.audience.stir();
        self.audience.message(vin, "SM-DP+", &"Request profile download");
        if let Err(status) = self.smdp.download(&activation_code, &self.eid).await {
            let said = format!("refused: {}", status.as_str());
            self.audience.message("SM-DP+", vin, &said);
            let result = DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR;
            let mut failure = DownloadFailure::new(result);
            failure.function_execution_status = Some(*status);
            return Err(failure);
        }
        let installed = self.euicc.download(activation_code, before).await?;
        let said = format!("Operational profile {}", installed.iccid);
        self.audience.message("SM-DP+", vin, &said);
        Ok(installed)
    }

    async fn enable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.act(format_args!("enables {iccid}"));
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner).take();
        match fault {
            Some(fault) => Err(fault),
            None => self.euicc.enable(iccid).await,
        }
    }

    async fn disable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.act(format_args!("disables {iccid}"));
        self.euicc.disable(iccid).await
    }

    async fn delete(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.act(format_args!("deletes {iccid}"));
        self.euicc.delete(iccid).await
    }

    async fn list(&self) -> Result<Vec<ListedProfile>, CsimErrorCode> {
        self.euicc.list().await
    }
}
