use super::Change;
use crate::{Message, Payload, RequestId, binding::IdempotencyKey};

/// What a handler has made of a message, stored in one step with the memory that it was handled; or what an application
/// does of its own accord.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VehicleCompletion {
    /// The payload of the response, if the message has one.
    pub response: Option<Vec<u8>>,
    /// Messages of the vehicle's that follow from it, in order.
    pub(super) messages: Vec<Following>,
    /// What the application keeps in the same store, under keys of its own.
    pub changes: Vec<Change>,
}

impl VehicleCompletion {
    /// Nothing is answered and nothing changed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers with this payload, if any.
    #[must_use]
    pub fn with_response(self, response: Option<Vec<u8>>) -> Self {
        Self { response, ..self }
    }

    /// Sends a message too.
    #[must_use]
    pub fn and_send<M: Message>(mut self, message: &M) -> Self {
        self.messages.push(Following {
            name: M::NAME,
            request_id: message.request_id(),
            payload: message.encode(),
            answers: None,
        });
        self
    }

    /// Answers an order, in order with the messages: this one, or one that was completed without an answer before. Copies
    /// of the order get this answer from then on. `key` came with the [delivery](super::VehicleOutput::Deliver); without it,
    /// copies are not known.
    #[must_use]
    pub fn and_answer<P: Payload>(mut self, key: Option<IdempotencyKey>, request_id: RequestId, response: &P) -> Self {
        self.messages.push(Following {
            name: P::NAME,
            request_id,
            payload: response.encode(),
            answers: key,
        });
        self
    }

    /// Keeps something in the same store, under a key of the application's own.
    #[must_use]
    pub fn and_keep(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }
}

/// A message that follows from something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Following {
    pub(super) name: &'static str,
    pub(super) request_id: RequestId,
    pub(super) payload: Vec<u8>,
    /// The order that it answers.
    pub(super) answers: Option<IdempotencyKey>,
}
