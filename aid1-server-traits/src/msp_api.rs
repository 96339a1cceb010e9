//! What an MSP offers to its CMPs.

use std::{fmt, future::ready, sync::Arc};

use aid_types::{
    ActivationCodeReply, Condition, MspToken, OperationId, ProfileStatuses, Refusal, RequestActivationCode,
    RequestInvalidateMspToken, RequestProfileStatus, Role, SendCsimStatus,
};
use bytes::Bytes;
use http::Response;

use crate::{
    Call, DeliverActivationCode, Runtime, Server, ServerOptions,
    incoming::{Incoming, Offer},
    late::LateDelivery,
};

/// The four operations that an MSP offers (Annex B, "MSP API").
///
/// Every method has a default that refuses with 501/90, so that only what is offered has to be written. What a method
/// refuses with becomes the document's status, code and text; see [`Condition`].
pub trait MspApi: Send + Sync + 'static {
    /// "Request activation code": the CMP asks for a profile for a vehicle. 200 with the code, or 201 and the code
    /// follows by "Send activation code".
    ///
    /// With [`MspServer::with_async`] the handler need not care: it returns
    /// [`Ready`](ActivationCodeReply::Ready) however long it takes. Returning
    /// [`Accepted`](ActivationCodeReply::Accepted) means that the integrator delivers.
    fn request_activation_code(
        &self,
        call: Call,
        msp_token: MspToken,
        body: RequestActivationCode,
    ) -> impl Future<Output = Result<ActivationCodeReply, Refusal>> + Send {
        let _ = (call, msp_token, body);
        ready(Err(Condition::NotOffered.into()))
    }

    /// "Send CSIM status": what became of a profile in a vehicle. 201.
    fn send_csim_status(
        &self,
        call: Call,
        msp_token: MspToken,
        body: SendCsimStatus,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (call, msp_token, body);
        ready(Err(Condition::NotOffered.into()))
    }

    /// "Request invalidate MSP token": the CMP ended the federation. 204, also when it is repeated.
    fn request_invalidate_msp_token(
        &self,
        call: Call,
        msp_token: MspToken,
        body: RequestInvalidateMspToken,
    ) -> impl Future<Output = Result<(), Refusal>> + Send {
        let _ = (call, msp_token, body);
        ready(Err(Condition::NotOffered.into()))
    }

    /// "Request profile status": what the MSP believes of one or all profiles of a user. 200.
    fn request_profile_status(
        &self,
        call: Call,
        msp_token: MspToken,
        body: RequestProfileStatus,
    ) -> impl Future<Output = Result<ProfileStatuses, Refusal>> + Send {
        let _ = (call, msp_token, body);
        ready(Err(Condition::NotOffered.into()))
    }
}

/// The MSP's side as an HTTP service. See [`Server`].
pub type MspServer<A> = Server<Msp<A>>;

/// The MSP's side, offered by an `A`.
pub struct Msp<A> {
    api: Arc<A>,
    late: Option<Arc<LateDelivery>>,
}

impl<A: MspApi> Server<Msp<A>> {
    /// Offers `api`. A handler of "Request activation code" keeps the three-second rule by itself, unless
    /// [`Self::with_async`] takes that over.
    #[must_use]
    pub fn new(api: A, options: ServerOptions) -> Self {
        Self {
            offer: Msp {
                api: Arc::new(api),
                late: None,
            },
            options: Arc::new(options),
        }
    }

    /// Keeps the three-second rule for the handler (section "Request Activation Code", A-94): within the
    /// [budget](ServerOptions::budget) its reply is the reply; past it the reply is 201, the handler goes on as a task
    /// of `runtime`, and `deliver` gets what it comes up with, after the 201 has been written.
    ///
    /// A peer that closes the connection before the budget is spent ends the handler, as it does without this.
    //
    #[must_use]
    pub fn with_async(mut self, runtime: impl Runtime, deliver: impl DeliverActivationCode) -> Self {
        self.offer.late = Some(Arc::new(LateDelivery::new(runtime, deliver)));
        self
    }

    /// What is offered.
    #[must_use]
    pub fn api(&self) -> &Arc<A> {
        &self.offer.api
    }
}

impl<A: MspApi> Offer for Msp<A> {
    const ROLE: Role = Role::Msp;

    async fn dispatch(&self, operation: OperationId, incoming: Incoming<'_>) -> Result<Response<Bytes>, Refusal> {
        let api = &*self.api;
        match (operation, &self.late) {
            (OperationId::RequestActivationCode, Some(late)) => late.answer(&self.api, incoming).await,
            (OperationId::RequestActivationCode, None) => {
                incoming.answer(|c, s, b| api.request_activation_code(c, s, b)).await
            }
            (OperationId::SendCsimStatus, _) => incoming.answer(|c, s, b| api.send_csim_status(c, s, b)).await,
            (OperationId::RequestInvalidateMspToken, _) => {
                incoming
                    .answer(|c, s, b| api.request_invalidate_msp_token(c, s, b))
                    .await
            }
            (OperationId::RequestProfileStatus, _) => {
                incoming.answer(|c, s, b| api.request_profile_status(c, s, b)).await
            }
            // The router yields operations of our role only.
            _ => Err(Condition::NotOffered.into()),
        }
    }
}

impl<A> Clone for Msp<A> {
    fn clone(&self) -> Self {
        Self {
            api: Arc::clone(&self.api),
            late: self.late.clone(),
        }
    }
}

impl<A> fmt::Debug for Msp<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Msp")
            .field("with_async", &self.late.is_some())
            .finish_non_exhaustive()
    }
}
