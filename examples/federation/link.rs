//! AiD2 in process: the bytes of every message cross from one role to the other, vehicles come and go.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use aid_types::Vin;
use aid2_proto::{Payload, RequestId};
use tokio::sync::{mpsc, oneshot};

/// What reaches a vehicle.
pub(crate) enum ToCar {
    /// A message, and where its nested response goes.
    Message {
        name: &'static str,
        payload: Vec<u8>,
        response: oneshot::Sender<Option<Vec<u8>>>,
    },
    /// The nested response to the vehicle's own request.
    Response { request_id: RequestId, payload: Vec<u8> },
}

/// The vehicles that are online.
#[derive(Default)]
pub(crate) struct Link {
    online: Mutex<HashMap<Vin, mpsc::UnboundedSender<ToCar>>>,
}

impl Link {
    pub(crate) fn connect(&self, vin: Vin, inbox: mpsc::UnboundedSender<ToCar>) {
        self.online().insert(vin, inbox);
    }

    pub(crate) fn disconnect(&self, vin: &Vin) {
        self.online().remove(vin);
    }

    pub(crate) fn is_online(&self, vin: &Vin) -> bool {
        self.online().contains_key(vin)
    }

    /// Sends a message; the payload of the nested response, if the vehicle is online and answers.
    pub(crate) async fn send<M: Payload>(&self, vin: &Vin, message: &M) -> Option<Vec<u8>> {
        let (response, answer) = oneshot::channel();
        let payload = message.encode();
        let inbox = self.online().get(vin).cloned()?;
        inbox
            .send(ToCar::Message {
                name: M::NAME,
                payload,
                response,
            })
            .ok()?;
        answer.await.ok().flatten()
    }

    /// Sends the nested response to a request of the vehicle.
    pub(crate) fn respond<R: Payload>(&self, request_id: RequestId, response: &R) {
        if let Some(inbox) = self.online().get(&request_id.vehicle_id) {
            // A vehicle that goes offline this very moment asks again.
            let _ = inbox.send(ToCar::Response {
                request_id,
                payload: response.encode(),
            });
        }
    }

    fn online(&self) -> MutexGuard<'_, HashMap<Vin, mpsc::UnboundedSender<ToCar>>> {
        self.online.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
