use std::{future::Future, pin::pin, sync::Arc, task::Poll};

use aid2_proto::{
    DecodeOptions, DispatchError, Payload as _, RequestActivationCodeError, RequestId, SendActivationCode, Vehicle,
    binding::{BackOff, Exchange, IdempotencyKey, Received, Side, VehicleReplies, dispatch_reply_to_vehicle},
    dispatch_to_vehicle,
};
use rumqttc::{PubAckReason, PublishNotice, PublishNoticeError, PublishResult};

use super::{Answer, REFUSAL, SendError, Shared};
use crate::{
    clock,
    connection::{Acknowledger, Connection, Delivery, Patience, Signal, to_incoming},
    options::Options,
    queue::Queue,
    report::Event,
};

/// A message on its way to the broker.
pub(super) struct Way {
    pub(super) number: u64,
    pub(super) name: &'static str,
    pub(super) request_id: RequestId,
    pub(super) round: u64,
    pub(super) notice: PublishNotice,
}

/// Moves the messages of a [`VehicleLink`](super::VehicleLink): spawn [`run`](Self::run).
pub struct VehicleDriver {
    shared: Arc<Shared>,
    connection: Box<Connection>,
    acknowledger: Acknowledger,
    decode: DecodeOptions,
    back_off: BackOff,
    receive_maximum: usize,
}

impl std::fmt::Debug for VehicleDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VehicleDriver")
            .field("vin", &self.shared.vin)
            .finish_non_exhaustive()
    }
}

impl VehicleDriver {
    pub(super) fn new(shared: Arc<Shared>, connection: Box<Connection>, options: &Options) -> Self {
        Self {
            shared,
            acknowledger: connection.acknowledger(),
            connection,
            decode: options.decode,
            back_off: options.back_off,
            receive_maximum: usize::from(options.receive_maximum.max(1)),
        }
    }

    /// Connects, and stays connected until the link is [closed](super::VehicleLink::close); hands what comes to `role`,
    /// one message after the other.
    ///
    /// A message is acknowledged when the handler is done and its answer is stored. A handler that is interrupted is
    /// called again with the same message, after the next start if need be.
    pub async fn run(self, role: impl Vehicle + VehicleReplies) {
        let Self {
            shared,
            connection,
            acknowledger,
            decode,
            back_off,
            receive_maximum,
        } = self;
        let deliveries = Queue::default();
        let connected = connection.run(|signal| match signal {
            Signal::Up { session_present } => shared.connected(session_present),
            Signal::Down => shared.disconnected(),
            // More than the broker may hand over is not taken; it comes again.
            Signal::Publish(publish) => deliveries.push(publish, receive_maximum),
        });
        let inbox = Inbox {
            shared: &shared,
            acknowledger,
            role: &role,
            decode,
            back_off,
        };
        let outward = acknowledgements(&shared, back_off);
        let (mut connected, mut inward) = (pin!(connected), pin!(inbox.run(&deliveries)));
        let (mut outward, mut settled) = (pin!(outward), pin!(settle(&shared)));
        // All in one task: what one part does, the next sees without a wake-up from another thread.
        std::future::poll_fn(|cx| {
            if connected.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            let _ = inward.as_mut().poll(cx);
            let _ = outward.as_mut().poll(cx);
            let _ = settled.as_mut().poll(cx);
            Poll::Pending
        })
        .await;
    }
}

/// Deletes what was acknowledged long enough ago, some at a time.
async fn settle(shared: &Shared) {
    loop {
        shared.acknowledged.notified().await;
        while shared.lock().outbox.settling() > 0 {
            let seconds = shared.lock().outbox.settle_after.clamp(1, 3600);
            tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
            shared.settle().await;
        }
    }
}

/// Waits for the broker's acknowledgements, in the order of sending, and has everything sent again where one fails.
async fn acknowledgements(shared: &Shared, back_off: BackOff) {
    let mut patience = Patience::new(back_off);
    loop {
        let Way {
            number,
            name,
            request_id,
            round,
            notice,
        } = shared.under_way.next().await;
        let rejected: Option<PubAckReason> = match notice.wait_async().await {
            Ok(PublishResult::Qos1(ack)) if ack.reason == PubAckReason::Success => {
                let full = {
                    let mut state = shared.lock();
                    state.outbox.acknowledged(number, clock::now());
                    state.outbox.settling() > state.outbox.max_settling * 2
                };
                shared.reporter.sent();
                shared.acknowledged.notify_waiters();
                shared.pump();
                patience.reset();
                if full {
                    shared.settle().await;
                }
                continue;
            }
            Ok(PublishResult::Qos1(ack)) => Some(ack.reason),
            Err(PublishNoticeError::V5PubAck(reason)) => Some(reason),
            // The session ended, or the like: nobody refused anything.
            _ => None,
        };
        {
            let mut state = shared.lock();
            if state.round != round {
                continue;
            }
            state.rewind();
            state.resting = rejected.is_some();
        }
        if let Some(reason) = rejected {
            let reason: &dyn std::fmt::Debug = &reason;
            shared.reporter.tell(&Event::NotTaken {
                name,
                request_id,
                reason,
            });
            patience.wait().await;
            shared.lock().resting = false;
        }
        shared.pump();
    }
}

/// Hands what comes to the role.
struct Inbox<'a, R> {
    shared: &'a Shared,
    acknowledger: Acknowledger,
    role: &'a R,
    decode: DecodeOptions,
    back_off: BackOff,
}

impl<R: Vehicle + VehicleReplies> Inbox<'_, R> {
    async fn run(&self, deliveries: &Queue<Delivery>) {
        loop {
            let delivery = deliveries.next().await;
            let mut patience = Patience::new(self.back_off);
            while !self.handle(&delivery).await {
                patience.wait().await;
            }
            self.acknowledger.acknowledge(&delivery);
        }
    }

    /// Whether the message needs no further try.
    async fn handle(&self, delivery: &Delivery) -> bool {
        let reporter = &self.shared.reporter;
        let Some(incoming) = to_incoming(&delivery.publish) else {
            return true;
        };
        match self.shared.binding.receive(Side::Vehicle, &incoming) {
            Err(reason) => {
                reporter.refused(incoming.topic, &reason);
                true
            }
            Ok(Received::Message { name, request_id, .. }) => {
                match self.order(name, request_id, incoming.payload).await {
                    Ok(()) => true,
                    Err(error) => !reporter.undispatched(incoming.topic, request_id, error),
                }
            }
            Ok(Received::Response { name, request_id, .. }) => {
                match dispatch_reply_to_vehicle(self.role, name, request_id, incoming.payload, self.decode).await {
                    Ok(tolerated) => {
                        reporter.handled(name, request_id, &tolerated);
                        self.answer(name, request_id, incoming.payload);
                        true
                    }
                    Err(error) => !reporter.undispatched(incoming.topic, request_id, error),
                }
            }
        }
    }

    async fn order(&self, name: &'static str, request_id: RequestId, payload: &[u8]) -> Result<(), DispatchError> {
        let key = IdempotencyKey::new(name, request_id.timestamp, payload);
        let response = Exchange::of(name)
            .and_then(|exchange| exchange.response)
            .unwrap_or(name);
        let again = self
            .shared
            .lock()
            .handled
            .answer(&key)
            .map(|answer| answer.map(<[u8]>::to_vec));
        let not_handled = |_: SendError| DispatchError::NotHandled { name };
        if let Some(answer) = again {
            if answer.is_some() {
                self.shared
                    .take(response, request_id, answer, Vec::new())
                    .await
                    .map_err(not_handled)?;
            }
            self.shared.reporter.tell(&Event::Duplicate { name, request_id });
            return Ok(());
        }
        let dispatched = dispatch_to_vehicle(self.role, name, payload, self.decode).await?;
        // Answer and memory in one step: a kill leaves both or none, and then the handler is called again.
        let answer = dispatched.response;
        let handled = self.shared.lock().put_handled(key, answer.as_deref());
        self.shared
            .take(response, request_id, answer.clone(), vec![handled])
            .await
            .map_err(not_handled)?;
        let forgotten = self.shared.lock().remember(key, answer);
        if let Some(forgotten) = forgotten {
            let _ = self.shared.store.apply(vec![forgotten], false).await;
        }
        self.shared.reporter.handled(name, request_id, &dispatched.tolerated);
        self.answer(name, request_id, payload);
        Ok(())
    }

    /// Tells whoever waits for an activation code.
    fn answer(&self, name: &str, request_id: RequestId, payload: &[u8]) {
        let decode = self.decode;
        match name {
            SendActivationCode::NAME => self.shared.answer(request_id, || {
                SendActivationCode::decode(payload, decode)
                    .ok()
                    .map(|message| Answer::ActivationCode(message.value))
            }),
            REFUSAL => self.shared.answer(request_id, || {
                let refusal = RequestActivationCodeError::decode(payload, decode);
                refusal.ok().map(|refusal| Answer::Refused(refusal.value))
            }),
            _ => {}
        }
    }
}
