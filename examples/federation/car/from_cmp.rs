//! What the backend sends to the vehicle, and what the vehicle responds.

use std::sync::Arc;

use aid_procedures::vehicle::{Event, Response};
use aid2_proto::{
    Message, NotHandled, Payload as _, RequestActivationCodeError, RequestCsimInfo, RequestCsimInfoResponse,
    RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse, RequestDeleteProfile, RequestDeleteProfileResponse,
    RequestId, SendActivationCode, Vehicle, binding::VehicleReplies,
};
use tokio::sync::oneshot;

use super::{Car, Waiting};

impl Car {
    /// Hands a request of the backend to the machine and waits for its response.
    async fn answer<M: Message>(&self, message: M, event: impl FnOnce(M) -> Event) -> Result<Response, NotHandled> {
        let (sender, response) = oneshot::channel();
        self.waiting().push(Waiting {
            request_id: message.request_id(),
            name: M::NAME,
            sender,
        });
        self.handle(event(message));
        response.await.map_err(|_| NotHandled::new())
    }

    /// The machine responds to a request.
    pub(super) fn respond(&self, request_id: RequestId, response: Response) {
        let name = match response {
            Response::DeleteProfile(_) => RequestDeleteProfile::NAME,
            Response::DeleteAllProfiles(_) => RequestDeleteAllProfiles::NAME,
            _ => RequestCsimInfo::NAME,
        };
        let mut waiting = self.waiting();
        for waiting in waiting.extract_if(.., |waiting| waiting.request_id == request_id && waiting.name == name) {
            let _ = waiting.sender.send(response);
        }
    }
}

/// Its place on the link.
pub(crate) struct CarPort(pub(super) Arc<Car>);

impl Vehicle for CarPort {
    async fn send_activation_code(&self, message: SendActivationCode) -> Result<(), NotHandled> {
        let request_id = message.request_id;
        self.0.handle(Event::SendActivationCode(message));
        self.0.link.delivered(SendActivationCode::NAME, request_id);
        Ok(())
    }

    async fn request_delete_profile(
        &self,
        message: RequestDeleteProfile,
    ) -> Result<RequestDeleteProfileResponse, NotHandled> {
        match self.0.answer(message, Event::RequestDeleteProfile).await? {
            Response::DeleteProfile(response) => Ok(response),
            _ => Err(NotHandled::new()),
        }
    }

    async fn request_csim_info(&self, message: RequestCsimInfo) -> Result<RequestCsimInfoResponse, NotHandled> {
        match self.0.answer(message, Event::RequestCsimInfo).await? {
            Response::CsimInfo(response) => Ok(response),
            _ => Err(NotHandled::new()),
        }
    }

    async fn request_delete_all_profiles(
        &self,
        message: RequestDeleteAllProfiles,
    ) -> Result<RequestDeleteAllProfilesResponse, NotHandled> {
        match self.0.answer(message, Event::RequestDeleteAllProfiles).await? {
            Response::DeleteAllProfiles(response) => Ok(response),
            _ => Err(NotHandled::new()),
        }
    }
}

/// What the backend answers: there is no activation code.
impl VehicleReplies for CarPort {
    async fn request_activation_code_response(
        &self,
        request_id: RequestId,
        response: RequestActivationCodeError,
    ) -> Result<(), NotHandled> {
        let car = &self.0;
        car.act(format_args!("gets no activation code: {}", response.result));
        car.handle(Event::ActivationCodeRefused { request_id, response });
        car.link.ended(RequestActivationCodeError::NAME, request_id);
        Ok(())
    }
}
