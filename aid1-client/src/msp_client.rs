//! The MSP API, as a CMP calls it.

use aid_types::{
    ActivationCodeReply, Ambiguity, Leniency, MspToken, ProfileStatuses, RequestActivationCode,
    RequestInvalidateMspToken, RequestProfileStatus, SendCsimStatus, Tolerated, TraceParent,
    http::{ApiError, Endpoint, http::StatusCode},
};

use crate::{CredentialSource, Error, HttpClient, IdSource, Options, Reply, Timer, Transaction, peer::Peer};

/// What a CMP calls at an MSP: section "MSP CESIM API".
///
/// Make one for each MSP and keep it; cloning is cheap. Each method sends the request until it is
/// answered, as [`Options`] say. Dropping its future ends the call and leaves nothing behind; the request may have had
/// its effect.
///
/// # Errors
///
/// Every method ends with [`Error`] if the last attempt had no success.
#[derive(Debug, Clone)]
pub struct MspClient {
    peer: Peer,
    bare_404_means_no_profiles: bool,
}

impl MspClient {
    /// A client for the MSP at `endpoint`, with default [`Options`].
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
            bare_404_means_no_profiles: false,
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

    /// Takes a 404 without a code, with an empty body or a JSON object, for "no profiles" where all are asked for: only for
    /// an MSP that is known to say it so, and behind no gateway that answers in its place. In a car, what is not listed
    /// is deleted in the end.
    #[must_use]
    pub fn with_bare_404_as_no_profiles(mut self) -> Self {
        self.bare_404_means_no_profiles = true;
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
        self.peer.call(msp_token, body, transaction).await
    }

    /// "Send CSIM status": says what became of a profile in the vehicle.
    pub async fn send_csim_status(
        &self,
        msp_token: &MspToken,
        body: &SendCsimStatus,
        transaction: Transaction,
    ) -> Result<Reply<()>, Error> {
        self.peer.call(msp_token, body, transaction).await
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
            .peer
            .call(msp_token, &RequestInvalidateMspToken::new(), transaction)
            .await;
        success_if(outcome, ApiError::is_already_done, ALREADY_DONE)
    }

    /// "Request profile status": what the MSP believes of one profile, or of all.
    ///
    /// Where all are asked for, 404 with code 61 is an empty list, and no other error is: from one that speaks of the token,
    /// or was never said by the MSP's application, nothing follows for profiles.
    pub async fn request_profile_status(
        &self,
        msp_token: &MspToken,
        body: &RequestProfileStatus,
        transaction: Transaction,
    ) -> Result<Reply<ProfileStatuses>, Error> {
        let outcome = self.peer.call(msp_token, body, transaction).await;
        if self.peer.leniency == Leniency::Strict {
            return outcome;
        }
        let bare = self.bare_404_means_no_profiles && body.iccid.is_none();
        let means_none = |error: &ApiError| error.means_no_profiles(body) || (bare && is_bare_404(error));
        success_if(outcome, means_none, NO_PROFILES)
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
        Ok(reply) => return Ok(reply),
        Err(error) => error,
    };
    let Some(refusal) = error.api_error().filter(|error| means_success(error)) else {
        return Err(error);
    };
    let mut tolerated = refusal.tolerated().to_vec();
    tolerated.push(Tolerated::new(decision, "status"));
    Ok(Reply {
        value: T::default(),
        tolerated,
        ids: error.ids(),
        attempts: error.attempts(),
    })
}

/// A 404 with an empty body, or with a JSON object that has no code.
fn is_bare_404(error: &ApiError) -> bool {
    let body = error.raw_body().trim_ascii();
    error.status() == StatusCode::NOT_FOUND && error.code().is_none() && (body.is_empty() || body.starts_with(b"{"))
}
