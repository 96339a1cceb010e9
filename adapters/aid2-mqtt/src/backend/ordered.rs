use std::sync::Mutex;

use aid2_proto::{
    CmpBackend, NotHandled, RequestActivationCode, RequestActivationCodeError, SendCsimStatus,
    SendDisableProfileErrorReport, SendEnableProfileErrorReport, SendProfileDownloadInstallInfo,
    binding::{Marks, Sequence},
};

/// The role, for one message: takes out of a status what a newer one has told already.
pub(super) struct Ordered<'a, R> {
    pub(super) role: &'a R,
    pub(super) marks: Mutex<Marks>,
    pub(super) sequence: Option<Sequence>,
}

impl<R> Ordered<'_, R> {
    fn marks(&self) -> std::sync::MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<R: CmpBackend> CmpBackend for Ordered<'_, R> {
    async fn request_activation_code(
        &self,
        message: RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeError>, NotHandled> {
        self.role.request_activation_code(message).await
    }

    async fn send_profile_download_install_info(
        &self,
        message: SendProfileDownloadInstallInfo,
    ) -> Result<(), NotHandled> {
        self.role.send_profile_download_install_info(message).await
    }

    async fn send_csim_status(&self, message: SendCsimStatus) -> Result<(), NotHandled> {
        let news = self.marks().news(message, self.sequence);
        let Some(news) = news else { return Ok(()) };
        let profiles: Vec<_> = news.profiles.iter().map(|profile| profile.iccid).collect();
        self.role.send_csim_status(news).await?;
        self.marks().told(profiles, self.sequence);
        Ok(())
    }

    async fn send_enable_profile_error_report(&self, message: SendEnableProfileErrorReport) -> Result<(), NotHandled> {
        self.role.send_enable_profile_error_report(message).await
    }

    async fn send_disable_profile_error_report(
        &self,
        message: SendDisableProfileErrorReport,
    ) -> Result<(), NotHandled> {
        self.role.send_disable_profile_error_report(message).await
    }
}
