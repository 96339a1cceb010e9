//! Handlers that take a request and answer it later.

use std::fmt;

use aid2_proto::{
    NotHandled, Payload, Request, RequestActivationCodeError, RequestCsimInfo, RequestCsimInfoResponse,
    RequestCsimInfoResult, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse, RequestDeleteAllProfilesResult,
    RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult, RequestId, SendActivationCode,
    Vehicle, binding::VehicleReplies,
};
use tokio::sync::{mpsc, oneshot};

/// What comes to a vehicle, with what it is answered through.
#[derive(Debug)]
#[non_exhaustive]
pub enum Order {
    /// An activation code; [`Responder::done`] when it needs not come again.
    SendActivationCode(SendActivationCode, Responder<()>),
    /// Delete one profile.
    RequestDeleteProfile(RequestDeleteProfile, Responder<RequestDeleteProfileResponse>),
    /// Tell the profiles.
    RequestCsimInfo(RequestCsimInfo, Responder<RequestCsimInfoResponse>),
    /// Delete all profiles.
    RequestDeleteAllProfiles(RequestDeleteAllProfiles, Responder<RequestDeleteAllProfilesResponse>),
    /// There is no activation code.
    NoActivationCode(RequestId, RequestActivationCodeError),
}

/// Answers one request. Dropped without an answer, the request is answered with an error; an activation code comes again.
#[must_use = "dropping it answers with an error"]
pub struct Responder<T>(oneshot::Sender<T>);

impl<T> fmt::Debug for Responder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Responder")
    }
}

impl<T> Responder<T> {
    /// Answers. The answer is stored and sent, and the request acknowledged.
    pub fn respond(self, response: T) {
        // Nobody waits if the driver was stopped: then the request comes again.
        let _ = self.0.send(response);
    }
}

impl Responder<()> {
    /// The message is dealt with.
    pub fn done(self) {
        self.respond(());
    }
}

/// A role that puts what comes into a queue, and the queue.
///
/// ```no_run
/// use aid2_mqtt::{Order, Options, MemoryStore, VehicleLink, orders};
/// use aid2_proto::{RequestDeleteProfileResponse, RequestDeleteProfileResult};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let options = Options::vehicle("mqtt://localhost".parse()?, None);
/// let (link, driver) = VehicleLink::open(options, "WBAUX11030A334483".parse()?, MemoryStore::new()).await?;
/// let (role, mut queue) = orders(16);
/// tokio::spawn(driver.run(role));
/// while let Some(order) = queue.recv().await {
///     match order {
///         Order::RequestDeleteProfile(request, responder) => {
///             // ... the LPA deletes request.iccid ...
///             let result = RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS;
///             responder.respond(RequestDeleteProfileResponse::new(result));
///         }
///         other => drop(other), // Answered with an error.
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn orders(capacity: usize) -> (OrderQueue, mpsc::Receiver<Order>) {
    let (sender, receiver) = mpsc::channel(capacity.max(1));
    (OrderQueue(sender), receiver)
}

/// The role of [`orders`].
#[derive(Debug, Clone)]
pub struct OrderQueue(mpsc::Sender<Order>);

impl OrderQueue {
    /// Queues an order and waits for its answer; `Ok(None)` if the responder was dropped.
    async fn ask<T>(&self, order: impl FnOnce(Responder<T>) -> Order) -> Result<Option<T>, NotHandled> {
        let (responder, answer) = oneshot::channel();
        self.0
            .send(order(Responder(responder)))
            .await
            .map_err(|_| NotHandled::new())?;
        Ok(answer.await.ok())
    }

    async fn request<R: Request>(
        &self,
        order: impl FnOnce(Responder<R::Response>) -> Order,
        dropped: R::Response,
    ) -> Result<R::Response, NotHandled>
    where
        R::Response: Payload,
    {
        Ok(self.ask(order).await?.unwrap_or(dropped))
    }
}

impl Vehicle for OrderQueue {
    async fn send_activation_code(&self, message: SendActivationCode) -> Result<(), NotHandled> {
        let done = self
            .ask(|responder| Order::SendActivationCode(message, responder))
            .await?;
        done.ok_or_else(NotHandled::new)
    }

    async fn request_delete_profile(
        &self,
        message: RequestDeleteProfile,
    ) -> Result<RequestDeleteProfileResponse, NotHandled> {
        let dropped = RequestDeleteProfileResult::DELETE_PROFILE_FAILED;
        let order = |responder| Order::RequestDeleteProfile(message, responder);
        self.request::<RequestDeleteProfile>(order, RequestDeleteProfileResponse::new(dropped))
            .await
    }

    async fn request_csim_info(&self, message: RequestCsimInfo) -> Result<RequestCsimInfoResponse, NotHandled> {
        let dropped = RequestCsimInfoResult::CSIM_INFO_GENERAL_ERROR;
        let order = |responder| Order::RequestCsimInfo(message, responder);
        self.request::<RequestCsimInfo>(order, RequestCsimInfoResponse::new(dropped))
            .await
    }

    async fn request_delete_all_profiles(
        &self,
        message: RequestDeleteAllProfiles,
    ) -> Result<RequestDeleteAllProfilesResponse, NotHandled> {
        let dropped = RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_FAILED;
        let order = |responder| Order::RequestDeleteAllProfiles(message, responder);
        self.request::<RequestDeleteAllProfiles>(order, RequestDeleteAllProfilesResponse::new(dropped))
            .await
    }
}

impl VehicleReplies for OrderQueue {
    async fn request_activation_code_response(
        &self,
        request_id: RequestId,
        response: RequestActivationCodeError,
    ) -> Result<(), NotHandled> {
        self.0
            .send(Order::NoActivationCode(request_id, response))
            .await
            .map_err(|_| NotHandled::new())
    }
}
