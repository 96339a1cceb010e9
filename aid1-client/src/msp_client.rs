//! The MSP API, as a CMP calls it.

use aid_types::{
    ActivationCodeReply, Ambiguity, ErrorCode, Leniency, MspToken, ProfileStatuses, RequestActivationCode,
    RequestInvalidateMspToken, RequestProfileStatus, SendCsimStatus, Tolerated,
    http::{ApiError, Endpoint, http::StatusCode},
};

use crate::{Error, HttpClient, IdSource, Options, Reply, Timer, Transaction, caller::Caller};

/// What a CMP calls at an MSP: section "MSP CESIM API".
///
/// Make one for each MSP and keep it; clones share everything but `H`. Each method sends the request until it is
/// answered, as [`Options`] say. Dropping its future ends the call and leaves nothing behind; the request may have had
/// its effect.
///
/// # Errors
///
/// Every method ends with [`Error`] if the last attempt had no success.
#[derive(Debug, Clone)]
pub struct MspClient<H> {
    caller: Caller<H>,
}

impl<H: HttpClient> MspClient<H> {
    /// A client for the MSP at `endpoint`, with default [`Options`].
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

    /// "Request activation code": the code itself (200), or the promise that "Send activation code" brings it (201).
    ///
    /// Store the activationCodeRequestID before the call: the asynchronous answer may overtake the reply.
    pub async fn request_activation_code(
        &self,
        msp_token: &MspToken,
        body: &RequestActivationCode,
        transaction: Transaction,
    ) -> Result<Reply<ActivationCodeReply>, Error> {
        self.caller.call(msp_token, body, transaction).await
    }

    /// "Send CSIM status": says what became of a profile in the vehicle.
    pub async fn send_csim_status(
        &self,
        msp_token: &MspToken,
        body: &SendCsimStatus,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.caller.call(msp_token, body, transaction).await
    }

    /// "Request invalidate MSP token": ends the federation of a user.
    ///
    /// A token that is unknown or invalid already is a success, too; [`Reply::tolerated`] then names A-55.
    pub async fn request_invalidate_msp_token(
        &self,
        msp_token: &MspToken,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        let outcome = self
            .caller
            .call(msp_token, &RequestInvalidateMspToken::new(), transaction)
            .await;
        success_if(outcome, ApiError::is_already_done, ALREADY_DONE)
    }

    /// "Request profile status": what the MSP believes of one profile, or of all.
    ///
    /// Where all are asked for, a 404 that does not mean the user is an empty list, unless
    /// [`Leniency::Strict`] is chosen.
    pub async fn request_profile_status(
        &self,
        msp_token: &MspToken,
        body: &RequestProfileStatus,
        transaction: Transaction,
    ) -> Result<Reply<ProfileStatuses>, Error> {
        let outcome = self.caller.call(msp_token, body, transaction).await;
        if body.iccid.is_some() || self.caller.options.leniency == Leniency::Strict {
            return outcome;
        }
        success_if(outcome, means_no_profiles, NO_PROFILES)
    }
}

const ALREADY_DONE: Ambiguity = Ambiguity::new(55);
const NO_PROFILES: Ambiguity = Ambiguity::new(54);

/// Turns a refusal that `means_success` into one, which names the decision that says so.
fn success_if<T: Default>(
    outcome: Result<Reply<T>, Error>,
    means_success: impl FnOnce(&ApiError) -> bool,
    decision: Ambiguity,
) -> Result<Reply<T>, Error> {
    let error = match outcome {
        Err(error) if error.api_error().is_some_and(means_success) => error,
        outcome => return outcome,
    };
    Ok(Reply {
        value: T::default(),
        tolerated: vec![Tolerated::new(decision, "status")],
        ids: error.ids(),
        attempts: error.attempts(),
    })
}

/// A 404 that comes from an MSP and speaks of profiles: not of the user, the path, the target or the credentials, and no
/// page of a gateway.
fn means_no_profiles(error: &ApiError) -> bool {
    const SOMETHING_ELSE: &[ErrorCode] = &[
        ErrorCode::MSP_TOKEN_NOT_FOUND,
        ErrorCode::MSP_TOKEN_INVALIDATED,
        ErrorCode::SYNTAX,
        ErrorCode::MSP_NOT_FOUND,
        ErrorCode::AUTHORIZATION_FAILED,
    ];
    if error.status() != StatusCode::NOT_FOUND {
        return false;
    }
    match error.code() {
        Some(code) => !SOMETHING_ELSE.contains(&code),
        None => {
            let body = error.raw_body().trim_ascii();
            body.is_empty() || body.starts_with(b"{")
        }
    }
}
