//! What a backend receives, and how it says that it is done with it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use aid_types::TraceParent;
use aid2_proto::{
    CmpBackend, NotHandled, RequestActivationCodeError,
    binding::CmpReplies,
    session::{BackendCompletion, Cause, Record, Ticket, ToCmp},
};

use super::Shared;
use crate::{clock, error::NotStored, span};

/// What handlers have changed, until it is committed.
pub(super) type Changed<C> = Arc<Mutex<HashMap<Ticket, C>>>;

/// What comes to a backend: messages of one vehicle one after the other, those of different vehicles at the same time.
pub struct BackendDeliveries<C> {
    pub(super) shared: Arc<Shared>,
    pub(super) changed: Changed<C>,
}

impl<C> fmt::Debug for BackendDeliveries<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackendDeliveries")
    }
}

impl<C: Default + Send + 'static> BackendDeliveries<C> {
    /// Waits for the next message; `None` when the link is closed.
    pub async fn recv(&mut self) -> Option<BackendDelivery<C>> {
        let (ticket, cause, record, trace_parent) = self.shared.deliveries.next().await?;
        Some(BackendDelivery {
            cause,
            record,
            trace_parent,
            ticket: Some(ticket),
            shared: Arc::clone(&self.shared),
            changed: Arc::clone(&self.changed),
        })
    }

    /// Hands everything to a role, each message to its method, until the link is closed. The role keeps what it changes by
    /// itself; to have it stored in one transaction with the record, [receive](Self::recv).
    pub async fn serve<R: CmpBackend + CmpReplies + 'static>(mut self, role: Arc<R>) {
        while let Some(delivery) = self.recv().await {
            let role = Arc::clone(&role);
            // A panic drops the delivery, which thereby comes again.
            let (name, trace) = (delivery.name(), delivery.trace_parent);
            let dispatch = async move { delivery.dispatch(&*role).await };
            tokio::spawn(span::handling(name, trace, dispatch));
        }
    }
}

/// Something that waits to be dealt with. Dropped, it comes again after a while; so it does if its handler panics.
#[must_use = "dropped, it comes again"]
pub struct BackendDelivery<C> {
    /// What to deal with.
    pub cause: Cause,
    /// What is remembered of the vehicle: its open orders, and whose request ids are.
    pub record: Record,
    /// The trace that it belongs to.
    pub trace_parent: Option<TraceParent>,
    ticket: Option<Ticket>,
    shared: Arc<Shared>,
    changed: Changed<C>,
}

impl<C> fmt::Debug for BackendDelivery<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendDelivery")
            .field("vin", &self.record.vin())
            .finish_non_exhaustive()
    }
}

impl<C> BackendDelivery<C> {
    /// The name of the message, or of the order.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match &self.cause {
            Cause::Message(message) => message.name(),
            Cause::Expired(order) => order.key.name,
        }
    }

    /// It is dealt with. When this returns, the record is stored in one transaction with `changes`, the message is
    /// acknowledged, and what `completion` orders is published.
    ///
    /// # Errors
    ///
    /// If the store fails, or another instance changed the record meanwhile: nothing is stored, and the message comes again.
    pub async fn complete(mut self, completion: BackendCompletion, changes: C) -> Result<(), NotStored> {
        let Some(ticket) = self.ticket.take() else {
            return Err(NotStored::Closed);
        };
        self.change(ticket, changes);
        let handled = |session: &mut aid2_proto::session::BackendSession| {
            session.handled(ticket, completion, clock::now());
            ticket
        };
        self.shared.stored(handled).await
    }

    fn change(&self, ticket: Ticket, changes: C) {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.insert(ticket, changes);
    }

    async fn dispatch(mut self, role: &(impl CmpBackend + CmpReplies)) -> Result<(), NotHandled> {
        let mut completion = BackendCompletion::new();
        match &self.cause {
            Cause::Message(ToCmp::RequestActivationCode(request)) => {
                let refusal: Option<RequestActivationCodeError> = role.request_activation_code(request.clone()).await?;
                completion.refusal = refusal;
            }
            Cause::Message(message) => {
                message.clone().dispatch(role).await?;
            }
            Cause::Expired(order) => role.order_expired(order.clone()).await?,
        }
        if let Some(ticket) = self.ticket.take() {
            // Nobody waits for the store: what comes of it, the session says.
            self.shared.lock().session.handled(ticket, completion, clock::now());
            self.shared.touched.notify_one();
        }
        Ok(())
    }
}

impl<C> Drop for BackendDelivery<C> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            let panicked = std::thread::panicking();
            self.shared.lock().session.failed(ticket, panicked, clock::now());
            self.shared.touched.notify_one();
        }
    }
}
