use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use aid_types::Vin;
use aid2_proto::{
    CmpBackend, DecodeOptions, DispatchError,
    binding::{
        Admission, BackOff, CmpReplies, Exchange, IdempotencyKey, OrderKey, Received, Side,
        dispatch_reply_to_cmp_backend,
    },
    dispatch_to_cmp_backend,
};

use super::{Shared, ordered::Ordered, publish::Link};
use crate::{
    clock,
    connection::{Acknowledger, Connection, Delivery, Patience, Signal, to_incoming},
    inbox::Inbox,
    options::Options,
    report::Event,
};

/// Moves the messages of a [`BackendLink`](super::BackendLink): spawn [`run`](Self::run).
pub struct BackendDriver {
    shared: Arc<Shared>,
    connection: Box<Connection>,
    decode: DecodeOptions,
    back_off: BackOff,
    receive_maximum: usize,
}

impl std::fmt::Debug for BackendDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackendDriver").finish_non_exhaustive()
    }
}

impl BackendDriver {
    pub(super) fn new(shared: Arc<Shared>, connection: Box<Connection>, options: &Options) -> Self {
        Self {
            shared,
            connection,
            decode: options.decode,
            back_off: options.back_off,
            receive_maximum: usize::from(options.receive_maximum.max(1)),
        }
    }

    /// Connects, and stays connected until the link is [closed](super::BackendLink::close); hands what comes to `role`:
    /// messages of one vehicle one after the other, those of different vehicles at the same time.
    ///
    /// A message is acknowledged when the handler is done and the broker has its answer. Messages that wait for a handler
    /// count against [`Options::receive_maximum`](crate::Options); what is above it stays with the broker.
    pub async fn run<R, I>(self, role: Arc<R>, inbox: I)
    where
        R: CmpBackend + CmpReplies + 'static,
        I: Inbox,
    {
        let Self {
            shared,
            connection,
            decode,
            back_off,
            receive_maximum,
        } = self;
        let worker = Arc::new(Worker {
            acknowledger: connection.acknowledger(),
            shared: Arc::clone(&shared),
            role,
            inbox,
            decode,
            back_off,
            queues: Mutex::default(),
        });
        let running = connection.run(|signal| match signal {
            Signal::Up { session_present } => drop(shared.link.send_replace(Link::Up { session_present })),
            Signal::Down => drop(shared.link.send_replace(Link::Down)),
            Signal::Publish(delivery) => worker.accept(delivery, receive_maximum),
        });
        tokio::select! {
            () = running => {}
            () = shared.publish_orders() => {}
        }
    }
}

struct Worker<R, I> {
    shared: Arc<Shared>,
    acknowledger: Acknowledger,
    role: Arc<R>,
    inbox: I,
    decode: DecodeOptions,
    back_off: BackOff,
    /// The vehicles of which a message is being handled, and what waits behind it.
    queues: Mutex<Queues>,
}

#[derive(Default)]
struct Queues {
    waiting: HashMap<Vin, VecDeque<Delivery>>,
    len: usize,
}

impl<R: CmpBackend + CmpReplies + 'static, I: Inbox> Worker<R, I> {
    fn queues(&self) -> std::sync::MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts to handle a message, or puts it behind the others of its vehicle.
    fn accept(self: &Arc<Self>, delivery: Delivery, limit: usize) {
        let incoming = to_incoming(&delivery.publish);
        let topic = incoming.map(|incoming| self.shared.binding.topics.parse(incoming.topic));
        let vin = match topic {
            Some(Ok(topic)) => topic.vin,
            Some(Err(error)) => {
                let topic = incoming.map_or("", |incoming| incoming.topic);
                self.shared
                    .reporter
                    .refused(topic, &aid2_proto::binding::Refused::Topic(error));
                return self.acknowledger.acknowledge(&delivery);
            }
            None => return self.acknowledger.acknowledge(&delivery),
        };
        let mut queues = self.queues();
        if queues.len >= limit {
            // More than the broker may hand over is not taken; it comes again.
            return;
        }
        queues.len += 1;
        if let Some(waiting) = queues.waiting.get_mut(&vin) {
            return waiting.push_back(delivery);
        }
        queues.waiting.insert(vin, VecDeque::new());
        drop(queues);
        tokio::spawn(Arc::clone(self).work(vin, delivery));
    }

    /// Handles the messages of one vehicle until none waits.
    async fn work(self: Arc<Self>, vin: Vin, first: Delivery) {
        let mut next = Some(first);
        while let Some(delivery) = next {
            let mut patience = Patience::new(self.back_off);
            while !self.handle(vin, &delivery).await {
                patience.wait().await;
            }
            self.acknowledger.acknowledge(&delivery);
            let mut queues = self.queues();
            queues.len = queues.len.saturating_sub(1);
            next = queues.waiting.get_mut(&vin).and_then(VecDeque::pop_front);
            if next.is_none() {
                queues.waiting.remove(&vin);
            }
        }
    }

    /// Whether the message needs no further try.
    async fn handle(&self, vin: Vin, delivery: &Delivery) -> bool {
        let reporter = &self.shared.reporter;
        let Some(incoming) = to_incoming(&delivery.publish) else {
            return true;
        };
        let received = match self.shared.binding.receive(Side::Cmp, &incoming) {
            Ok(received) => received,
            Err(reason) => {
                reporter.refused(incoming.topic, &reason);
                return true;
            }
        };
        let (Received::Message {
            name,
            request_id,
            sequence,
        }
        | Received::Response {
            name,
            request_id,
            sequence,
        }) = received;
        let key = IdempotencyKey::new(name, request_id.timestamp, incoming.payload);
        let Ok((guard, mut marks)) = self.inbox.lock(vin).await else {
            reporter.tell(&Event::NotHandled { name, request_id });
            return false;
        };
        let mut outcome = Ok(());
        if marks.admit(name, sequence, key) == Admission::Duplicate {
            reporter.tell(&Event::Duplicate { name, request_id });
        } else {
            let payload = incoming.payload;
            outcome = match received {
                Received::Message { .. } => {
                    let ordered = Ordered {
                        role: &*self.role,
                        marks: Mutex::new(marks),
                        sequence,
                    };
                    let outcome = self.message(&ordered, name, request_id, payload).await;
                    marks = ordered.marks.into_inner().unwrap_or_else(PoisonError::into_inner);
                    outcome
                }
                Received::Response { .. } => {
                    let replied = dispatch_reply_to_cmp_backend(&*self.role, name, request_id, payload, self.decode);
                    replied
                        .await
                        .map(|tolerated| reporter.handled(name, request_id, &tolerated))
                }
            };
            if outcome.is_ok() {
                marks.handled(name, sequence, key);
            }
        }
        if outcome.is_ok()
            && let Some(order) = OrderKey::ended_by(name, request_id)
            && let Err(error) = self.shared.book.ended(&order).await
        {
            reporter.tell(&Event::StoreFailed { error: &error });
        }
        let kept = self.inbox.keep(guard, marks).await;
        self.shared.book.sign_of_life(vin, clock::now());
        match outcome {
            Ok(()) if kept.is_ok() => true,
            Ok(()) => {
                reporter.tell(&Event::NotHandled { name, request_id });
                false
            }
            Err(error) => !reporter.undispatched(incoming.topic, request_id, error),
        }
    }

    async fn message(
        &self,
        role: &Ordered<'_, R>,
        name: &'static str,
        request_id: aid2_proto::RequestId,
        payload: &[u8],
    ) -> Result<(), DispatchError> {
        let dispatched = dispatch_to_cmp_backend(role, name, payload, self.decode).await?;
        if let Some(response) = dispatched.response {
            let response_name = Exchange::of(name)
                .and_then(|exchange| exchange.response)
                .unwrap_or(name);
            let outgoing = self.shared.binding.outgoing(response_name, request_id, response);
            // Acknowledged only when the broker has the answer.
            let published = self.shared.publish(response_name, request_id, outgoing).await;
            published.map_err(|_| DispatchError::NotHandled { name })?;
        }
        self.shared.reporter.handled(name, request_id, &dispatched.tolerated);
        Ok(())
    }
}
