//! What an MSP brings.

use aid_procedures::{
    Timestamp,
    msp::{Alarm, Log},
};
use aid_types::{ActivationCode, ClientId, ErrorText, Iccid, MspToken, ProfileType, RequestActivationCode};
use aid1_client::CmpClient;
use uuid::Uuid;

/// The seams to everything around an [`MspBackend`](super::MspBackend).
///
/// What it is asked to do, it may be asked to do again: after a crash nobody knows whether it was done. Do it once for each
/// activationCodeRequestID, or for each ICCID.
pub trait MspPorts: Send + Sync + 'static {
    /// The present time. All processes of a party have the same, to the minute: what one writes, another compares.
    fn now(&self) -> Timestamp;

    /// A new random UUID each time: what calls to CMPs are known by.
    fn fresh_id(&self) -> Uuid;

    /// The client for the CMP that has this client-id at our server.
    fn cmp(&self, client_id: &ClientId) -> Option<&CmpClient>;

    /// Has the SM-DP+ bind a profile to the eUICC in the request.
    fn prepare(
        &self,
        msp_token: &MspToken,
        request: &RequestActivationCode,
    ) -> impl Future<Output = Result<PreparedProfile, NotPrepared>> + Send;

    /// Takes a profile out of service for good. An error: try again later.
    fn deactivate(&self, iccid: &Iccid) -> impl Future<Output = Result<(), &'static str>> + Send;

    /// Blocks a profile for a time. An error: try again later.
    fn suspend(&self, iccid: &Iccid) -> impl Future<Output = Result<(), &'static str>> + Send;

    /// Lets a blocked profile be used again. An error: try again later.
    fn restore(&self, iccid: &Iccid) -> impl Future<Output = Result<(), &'static str>> + Send;

    /// Somebody should look into this. The msp_token is not for logs.
    fn alarm(&self, msp_token: &MspToken, alarm: &Alarm);

    /// Customer care may have to explain this. The msp_token is not for logs.
    fn log(&self, msp_token: &MspToken, log: &Log) {
        let _ = (msp_token, log);
    }
}

/// A profile that can be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreparedProfile {
    /// Which.
    pub iccid: Iccid,
    /// What downloads it.
    pub activation_code: ActivationCode,
    /// Its type.
    pub profile_type: ProfileType,
}

impl PreparedProfile {
    /// A profile of the type `personal`.
    #[must_use]
    pub fn new(iccid: Iccid, activation_code: ActivationCode) -> Self {
        Self {
            iccid,
            activation_code,
            profile_type: ProfileType::PERSONAL,
        }
    }
}

/// Why no profile was prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotPrepared {
    /// There will be none: the CMP is told this.
    Never(ErrorText),
    /// Try again: for the log, why.
    NotNow(&'static str),
}
