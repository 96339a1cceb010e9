//! The CMP API, as an MSP calls it.

use aid_types::{
    AccountId, Leniency, MspToken, NotifyMspTokenInvalid, SendActivationCode, SendMspToken, SendProfileInformation,
    TraceParent, UpdateSubscriptionInfo, http::Endpoint,
};

use crate::{CredentialSource, Error, HttpClient, IdSource, Options, Reply, Timer, Transaction, peer::Peer};

/// What an MSP calls at a CMP: section "CMP CESIM MSP API".
///
/// Make one for each CMP and keep it; cloning is cheap. Each method sends the request until it is
/// answered, as [`Options`] say. Dropping its future ends the call and leaves nothing behind; the request may have had
/// its effect.
///
/// # Errors
///
/// Every method ends with [`Error`] if the last attempt had no success.
#[derive(Debug, Clone)]
pub struct CmpClient {
    peer: Peer,
}

impl CmpClient {
    /// A client for the CMP at `endpoint`, with default [`Options`].
    ///
    /// `timer` is your runtime's, as `tokio::time::sleep`; `ids` makes random ids, as `uuid::Uuid::new_v4`.
    #[must_use]
    pub fn new(
        http: impl HttpClient + 'static,
        endpoint: Endpoint,
        timer: impl Timer + 'static,
        ids: impl IdSource + 'static,
    ) -> Self {
        Self {
            peer: Peer::new(http, endpoint, timer, ids),
        }
    }

    /// Chooses how calls are made.
    #[must_use]
    pub fn with_options(mut self, options: Options) -> Self {
        self.peer.set_options(options);
        self
    }

    /// Makes each call once: for an outbox, which repeats calls itself, and looks before each whether it is still wanted.
    #[must_use]
    pub fn without_retry(mut self) -> Self {
        self.peer.set_no_retry();
        self
    }

    /// Chooses how much deviation is accepted in replies. Default: [`Leniency::Field`].
    #[must_use]
    pub fn with_leniency(mut self, leniency: Leniency) -> Self {
        self.peer.leniency = leniency;
        self
    }

    /// What the calls follow from: they belong to its trace, and say so with `traceparent`. Default: none, and no
    /// header. Cloning is cheap: have a client for each cause.
    #[must_use]
    pub fn caused_by(mut self, cause: Option<TraceParent>) -> Self {
        self.peer.cause = cause;
        self
    }

    /// Asks `source` for each request what proves who we are, in the place of the endpoint's credentials: for tokens that
    /// expire.
    #[must_use]
    pub fn with_credentials(mut self, source: impl CredentialSource + 'static) -> Self {
        self.peer.set_credentials(source);
        self
    }

    /// "Send MSP token": federates the user of `account_id`, or says why not.
    ///
    /// If the reply to an attempt is lost, the next one may be told that the msp_token is already assigned:
    /// [`Error::is_probably_done`].
    //
    pub async fn send_msp_token(
        &self,
        account_id: &AccountId,
        body: &SendMspToken,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.peer.call(account_id, body, transaction).await
    }

    /// "Notify MSP token invalid": ends the federation of a user.
    pub async fn notify_msp_token_invalid(
        &self,
        msp_token: &MspToken,
        body: &NotifyMspTokenInvalid,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.peer.call(msp_token, body, transaction).await
    }

    /// "Send profile information": says what became of profiles.
    pub async fn send_profile_information(
        &self,
        msp_token: &MspToken,
        body: &SendProfileInformation,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.peer.call(msp_token, body, transaction).await
    }

    /// "Update subscription info": changes what the user is shown.
    pub async fn update_subscription_info(
        &self,
        msp_token: &MspToken,
        body: &UpdateSubscriptionInfo,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.peer.call(msp_token, body, transaction).await
    }

    /// "Send activation code": delivers what was requested before, or says why not. Belongs to the transaction of the
    /// request.
    pub async fn send_activation_code(
        &self,
        msp_token: &MspToken,
        body: &SendActivationCode,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.peer.call(msp_token, body, transaction).await
    }
}
