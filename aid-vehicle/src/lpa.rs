//! The seam to the eUICC.

use aid_procedures::vehicle::{DownloadFailure, Event, InstalledProfile, ListedProfile, LpaCommand};
use aid_types::{ActivationCode, Iccid};
use aid2_proto::CsimErrorCode;

/// The Local Profile Assistant (SGP.22): what the vehicle has between itself and its eUICC.
///
/// At most one [`download`](Self::download) is out, and beside it at most one of the others: an LPA that can do only one thing
/// at a time does the other first. A command that takes too long is given up, told, and dropped (`timeout`s of
/// [`Options`](crate::Options)); one that panics has failed.
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

/// Has a command done, and makes an event of its outcome.
pub(crate) async fn execute(
    lpa: &impl Lpa,
    id: aid_procedures::vehicle::CommandId,
    command: LpaCommand,
) -> Option<Event> {
    let completed = |result| Event::Completed { command: id, result };
    Some(match command {
        LpaCommand::Download {
            activation_code,
            before,
        } => Event::Downloaded {
            command: id,
            result: lpa.download(activation_code, before).await,
        },
        LpaCommand::Enable { iccid } => completed(lpa.enable(iccid).await),
        LpaCommand::Disable { iccid } => completed(lpa.disable(iccid).await),
        LpaCommand::Delete { iccid } => completed(lpa.delete(iccid).await),
        LpaCommand::List => Event::Listed {
            command: id,
            result: lpa.list().await,
        },
        _ => return None,
    })
}
