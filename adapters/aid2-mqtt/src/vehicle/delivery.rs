//! What a vehicle receives, and how it says that it is done with it.

use std::{fmt, sync::Arc};

use aid_types::TraceParent;
use aid2_proto::{
    NotHandled, Vehicle,
    binding::{IdempotencyKey, VehicleReplies},
    session::{Ticket, ToVehicle, VehicleCompletion},
};

use super::Shared;
use crate::{clock, contain, error::NotStored, span};

/// What comes to a vehicle, one message after the other: the next when the one before is completed.
pub struct VehicleDeliveries(pub(super) Arc<Shared>);

impl fmt::Debug for VehicleDeliveries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VehicleDeliveries")
    }
}

impl VehicleDeliveries {
    /// Waits for the next message; `None` when the link is closed.
    pub async fn recv(&mut self) -> Option<VehicleDelivery> {
        let (ticket, message, key, trace_parent) = self.0.deliveries.next().await?;
        Some(VehicleDelivery {
            message,
            key,
            trace_parent,
            ticket: Some(ticket),
            shared: Arc::clone(&self.0),
        })
    }

    /// Hands everything to a role: each message to its method, until the link is closed.
    pub async fn serve(mut self, role: &(impl Vehicle + VehicleReplies)) {
        while let Some(delivery) = self.recv().await {
            // A panic drops the delivery, which thereby comes again.
            let (name, trace) = (delivery.message.name(), delivery.trace_parent);
            let dispatch = span::handling(name, trace, delivery.dispatch(role));
            let _ = contain::contained(dispatch).await;
        }
    }
}

/// A message that waits to be dealt with. Dropped, it comes again after a while; so it does if its handler panics.
#[must_use = "dropped, it comes again"]
pub struct VehicleDelivery {
    /// The message.
    pub message: ToVehicle,
    /// How an answer that comes later says what it answers ([`VehicleCompletion::and_answer`]), if the message is an order.
    pub key: Option<IdempotencyKey>,
    /// The trace that it belongs to. What is sent with its request id carries it by itself.
    pub trace_parent: Option<TraceParent>,
    ticket: Option<Ticket>,
    shared: Arc<Shared>,
}

impl fmt::Debug for VehicleDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VehicleDelivery")
            .field("name", &self.message.name())
            .finish_non_exhaustive()
    }
}

impl VehicleDelivery {
    /// It is dealt with. When this returns, the answer and all that `completion` says is on disk in one step with the
    /// memory that this message was handled, and it is acknowledged.
    ///
    /// # Errors
    ///
    /// If the store fails or the outbox is full: nothing is stored, and the message comes again.
    pub async fn complete(mut self, completion: VehicleCompletion) -> Result<(), NotStored> {
        let Some(ticket) = self.ticket.take() else {
            return Err(NotStored::Closed);
        };
        self.shared
            .stored(|state| {
                state.session.handled(ticket, completion, clock::now());
                Ok(ticket)
            })
            .await
    }

    async fn dispatch(mut self, role: &(impl Vehicle + VehicleReplies)) -> Result<(), NotHandled> {
        let response = self.message.clone().dispatch(role).await?;
        if let Some(ticket) = self.ticket.take() {
            // Nobody waits for the store: what comes of it, the session says.
            let completion = VehicleCompletion::new().with_response(response);
            self.shared.lock().session.handled(ticket, completion, clock::now());
            self.shared.touched.notify_one();
        }
        Ok(())
    }
}

impl Drop for VehicleDelivery {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let panicked = std::thread::panicking();
            self.shared.lock().session.failed(ticket, panicked, clock::now());
            self.shared.touched.notify_one();
        }
    }
}
