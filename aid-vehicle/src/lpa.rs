//! The seam to the eUICC.

use aid_procedures::vehicle::{DownloadFailure, InstalledProfile, ListedProfile};
use aid_types::{ActivationCode, Iccid};
use aid2_proto::CsimErrorCode;

/// The Local Profile Assistant (SGP.22): what the vehicle has between itself and its eUICC.
///
/// At most one [`download`](Self::download) is out, and beside it at most one of the others: an LPA that can do only one thing
/// at a time does the other first. A command that takes too long is given up, told, and dropped (`timeout`s of
/// `Options`); one that panics has failed. What was dropped may be done all the same: the eUICC is read at once, and once more
/// after the same time.
///
/// A command may come again after a restart. What it wants and is so already is a success: a profile that was enabled,
/// disabled or deleted before.
pub trait Lpa: Send + Sync + 'static {
    /// Downloads and installs a profile, and does not enable it.
    ///
    /// `before` is what the eUICC held before, if that is known. A download that comes again after a restart has brought
    /// what the eUICC holds now and did not hold then: say so. Where it is not known, say that the download failed; the
    /// eUICC is read before that is believed.
    ///
    /// # Errors
    ///
    /// What went wrong.
    fn download(
        &self,
        activation_code: ActivationCode,
        before: Option<Vec<Iccid>>,
    ) -> impl Future<Output = Result<InstalledProfile, DownloadFailure>> + Send;

    /// Enables a profile.
    ///
    /// # Errors
    ///
    /// What the eUICC said; [`CsimErrorCode::NONE`] if nothing.
    fn enable(&self, iccid: Iccid) -> impl Future<Output = Result<(), CsimErrorCode>> + Send;

    /// Disables a profile.
    ///
    /// # Errors
    ///
    /// As [`enable`](Self::enable).
    fn disable(&self, iccid: Iccid) -> impl Future<Output = Result<(), CsimErrorCode>> + Send;

    /// Deletes a profile, and notifies the SM-DP+ if the profile is configured so.
    ///
    /// # Errors
    ///
    /// As [`enable`](Self::enable).
    fn delete(&self, iccid: Iccid) -> impl Future<Output = Result<(), CsimErrorCode>> + Send;

    /// Tells the operational profiles on the eUICC, all of them.
    ///
    /// # Errors
    ///
    /// As [`enable`](Self::enable).
    fn list(&self) -> impl Future<Output = Result<Vec<ListedProfile>, CsimErrorCode>> + Send;
}
