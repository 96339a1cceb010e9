//! The CMP API, as an MSP calls it.

use aid_types::{
    AccountId, MspToken, NotifyMspTokenInvalid, SendActivationCode, SendMspToken, SendProfileInformation,
    UpdateSubscriptionInfo, http::Endpoint,
};

use crate::{Error, HttpClient, IdSource, Options, Reply, Timer, Transaction, caller::Caller};

/// What an MSP calls at a CMP: section "CMP CESIM MSP API".
///
/// Make one for each CMP and keep it; clones share everything but `H`. Each method sends the request until it is
/// answered, as [`Options`] say. Dropping its future ends the call and leaves nothing behind; the request may have had
/// its effect.
///
/// # Errors
///
/// Every method ends with [`Error`] if the last attempt had no success.
#[derive(Debug, Clone)]
pub struct CmpClient<H> {
    caller: Caller<H>,
}

impl<H: HttpClient> CmpClient<H> {
    /// A client for the CMP at `endpoint`, with default [`Options`].
    ///
    /// `timer` is your runtime's, as `tokio::time::sleep`; `ids` makes random ids, as `uuid::Uuid::new_v4`.
    #[must_use]
    pub fn new(http: H, endpoint: Endpoint, timer: impl Timer + 'static, ids: impl IdSource + 'static) -> Self {
        Self {
            caller: Caller::new(http, endpoint, timer, ids),
        }
    }

    /// Chooses how calls are made.
    #[must_use]
    pub fn with_options(mut self, options: Options) -> Self {
        self.caller.options = options;
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
        self.caller.call(account_id, body, transaction).await
    }

    /// "Notify MSP token invalid": ends the federation of a user.
    pub async fn notify_msp_token_invalid(
        &self,
        msp_token: &MspToken,
        body: &NotifyMspTokenInvalid,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.caller.call(msp_token, body, transaction).await
    }

    /// "Send profile information": says what became of profiles.
    pub async fn send_profile_information(
        &self,
        msp_token: &MspToken,
        body: &SendProfileInformation,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.caller.call(msp_token, body, transaction).await
    }

    /// "Update subscription info": changes what the user is shown.
    pub async fn update_subscription_info(
        &self,
        msp_token: &MspToken,
        body: &UpdateSubscriptionInfo,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.caller.call(msp_token, body, transaction).await
    }

    /// "Send activation code": delivers what was requested before, or says why not. Belongs to the transaction of the
    /// request.
    pub async fn send_activation_code(
        &self,
        msp_token: &MspToken,
        body: &SendActivationCode,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.caller.call(msp_token, body, transaction).await
    }
}
