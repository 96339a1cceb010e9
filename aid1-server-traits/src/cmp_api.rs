//! What a CMP offers to its MSPs.

use std::{fmt, future::ready, sync::Arc};

use aid_types::{
    AccountId, Condition, MspToken, NotifyMspTokenInvalid, OperationId, Refusal, Role, SendActivationCode,
    SendMspToken, SendProfileInformation, UpdateSubscriptionInfo,
};
use bytes::Bytes;
use http::Response;

use crate::{
    Call, Server, ServerOptions,
    incoming::{Incoming, Offer},
};

/// The five operations that a CMP offers (Annex B, "CMP API").
///
/// Every method has a default that refuses with 501/90, so that only what is offered has to be written. What a method
/// refuses with becomes the document's status, code and text; see [`Condition`].
pub trait CmpApi: Send + Sync + 'static {
    /// "Send MSP token": the MSP federates the user behind the account_id, or says why not. 201.
    fn send_msp_token(
        &self,
        call: Call,
        account_id: AccountId,
        body: SendMspToken,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (call, account_id, body);
        ready(Err(Condition::NotOffered.into()))
    }

    /// "Notify MSP token invalid": the MSP ended the federation. 204.
    fn notify_msp_token_invalid(
        &self,
        call: Call,
        msp_token: MspToken,
        body: NotifyMspTokenInvalid,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (call, msp_token, body);
        ready(Err(Condition::NotOffered.into()))
    }

    /// "Send profile information": what became of profiles. All of them are processed, or none. 200.
    fn send_profile_information(
        &self,
        call: Call,
        msp_token: MspToken,
        body: SendProfileInformation,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (call, msp_token, body);
        ready(Err(Condition::NotOffered.into()))
    }

    /// "Update subscription info": what the user is shown has changed. 201.
    fn update_subscription_info(
        &self,
        call: Call,
        msp_token: MspToken,
        body: UpdateSubscriptionInfo,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (call, msp_token, body);
        ready(Err(Condition::NotOffered.into()))
    }

    /// "Send activation code": the activation code that was requested before, or why there is none. 200.
    fn send_activation_code(
        &self,
        call: Call,
        msp_token: MspToken,
        body: SendActivationCode,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (call, msp_token, body);
        ready(Err(Condition::NotOffered.into()))
    }
}

/// The CMP's side as an HTTP service. See [`Server`].
pub type CmpServer<A> = Server<Cmp<A>>;

/// The CMP's side, offered by an `A`.
pub struct Cmp<A>(Arc<A>);

impl<A: CmpApi> Server<Cmp<A>> {
    /// Offers `api`.
    #[must_use]
    pub fn new(api: A, options: ServerOptions) -> Self {
        Self {
            offer: Cmp(Arc::new(api)),
            options: Arc::new(options),
        }
    }

    /// What is offered.
    #[must_use]
    pub fn api(&self) -> &Arc<A> {
        &self.offer.0
    }
}

impl<A: CmpApi> Offer for Cmp<A> {
    const ROLE: Role = Role::Cmp;

    async fn dispatch(&self, operation: OperationId, incoming: Incoming<'_>) -> Result<Response<Bytes>, Refusal> {
        let api = &*self.0;
        match operation {
            OperationId::SendMspToken => incoming.answer(|c, s, b| api.send_msp_token(c, s, b)).await,
            OperationId::NotifyMspTokenInvalid => {
                incoming.answer(|c, s, b| api.notify_msp_token_invalid(c, s, b)).await
            }
            OperationId::SendProfileInformation => {
                incoming.answer(|c, s, b| api.send_profile_information(c, s, b)).await
            }
            OperationId::UpdateSubscriptionInfo => {
                incoming.answer(|c, s, b| api.update_subscription_info(c, s, b)).await
            }
            OperationId::SendActivationCode => incoming.answer(|c, s, b| api.send_activation_code(c, s, b)).await,
            // The router yields operations of our role only.
            _ => Err(Condition::NotOffered.into()),
        }
    }
}

impl<A> Clone for Cmp<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A> fmt::Debug for Cmp<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cmp")
    }
}
