//! What an instance sends: answers at once, orders when they are due.

use std::{pin::pin, sync::Arc, time::Duration};

use aid2_proto::{
    Payload as _, Request, RequestId,
    binding::{OrderKey, Outgoing},
};
use rumqttc::{PubAckReason, PublishNotice, PublishNoticeError, PublishResult};

use super::{OrderError, Shared};
use crate::{clock, connection::to_publish, report::Event};

/// How it stands with the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    Up { session_present: bool },
}

/// What became of a publication.
enum Fate {
    Taken,
    /// The broker refused it, or nobody has a session for it.
    NotTaken,
    /// Lost with the session.
    Lost,
    Closed,
}

/// Seconds until an order is published again that the broker did not take: its vehicle has no session, but may connect
/// at any moment, and need not say anything then. One, doubling with each copy.
fn until_again(published: u32, again_after: u32) -> u64 {
    let doubled = 1_u64.checked_shl(published.saturating_sub(1)).unwrap_or(u64::MAX);
    doubled.min(u64::from(again_after.max(1)))
}

impl Shared {
    pub(super) async fn respond<R: Request>(
        &self,
        request: RequestId,
        response: &R::Response,
    ) -> Result<(), OrderError> {
        let outgoing = self.binding.response::<R>(request, response);
        self.publish(R::Response::NAME, request, outgoing).await
    }

    /// Publishes until the broker has it. That nobody has a session for it is no reason to try again.
    pub(super) async fn publish(
        &self,
        name: &str,
        request_id: RequestId,
        outgoing: Outgoing,
    ) -> Result<(), OrderError> {
        let (topic, options, payload) = to_publish(outgoing);
        loop {
            let notice = self
                .client
                .publish_tracked(topic.clone(), payload.clone(), options.clone())
                .await
                .map_err(|_| OrderError::Closed)?;
            match self.fate(notice, name, request_id).await {
                Fate::Taken | Fate::NotTaken => return Ok(()),
                Fate::Closed => return Err(OrderError::Closed),
                Fate::Lost => self.reporter.tell(&Event::Resent { name, request_id }),
            }
        }
    }

    /// Waits for what becomes of a publication, and tells it.
    async fn fate(&self, notice: PublishNotice, name: &str, request_id: RequestId) -> Fate {
        let mut link = self.link.subscribe();
        let mut outcome = pin!(notice.wait_async());
        let outcome = loop {
            tokio::select! {
                biased;
                outcome = &mut outcome => break outcome,
                // In the session of before, the client library sends it again.
                Ok(()) = link.changed() => if *link.borrow_and_update() == (Link::Up { session_present: true }) {
                    self.reporter.tell(&Event::Resent { name, request_id });
                },
            }
        };
        let reason: &dyn std::fmt::Debug = match &outcome {
            Ok(PublishResult::Qos1(ack)) if ack.reason != PubAckReason::Success => &ack.reason,
            Ok(_) => {
                self.reporter.sent();
                return Fate::Taken;
            }
            Err(PublishNoticeError::SessionReset) => return Fate::Lost,
            Err(PublishNoticeError::Recv) => return Fate::Closed,
            Err(error) => error,
        };
        self.reporter.tell(&Event::NotTaken {
            name,
            request_id,
            reason,
        });
        Fate::NotTaken
    }

    /// Publishes orders when they are due. Not before an answer could come back, and not while another instance could do it.
    pub(super) async fn publish_orders(self: &Arc<Self>) {
        let mut link = self.link.subscribe();
        // What is due when the connection is made was kept for it.
        let mut kept = true;
        loop {
            kept |= link.has_changed().unwrap_or_default();
            if link.wait_for(|link| *link != Link::Down).await.is_err() {
                return;
            }
            let changed = self.book.changed.notified();
            let now = clock::now();
            let due = {
                let mut book = self.book.lock();
                let again_after = book.again_after;
                book.next_due(now)
                    .map(|order| (order.key, order.payload.clone(), order.published, again_after))
            };
            let Some((key, payload, published, again_after)) = due else {
                kept = false;
                let next = self.book.lock().next_at();
                let wait = Duration::from_secs(next.map_or(3600, |at| at.saturating_sub(now).clamp(1, 3600)));
                tokio::select! {
                    _ = tokio::time::timeout(wait, changed) => {}
                    _ = link.changed() => kept = true,
                }
                continue;
            };
            let (name, request_id) = (key.name, key.request_id());
            if kept || published > 1 {
                self.reporter.tell(&Event::Resent { name, request_id });
            }
            let mut outgoing = self.binding.outgoing(name, request_id, payload);
            // At most one copy waits in the session of a vehicle that is away.
            outgoing.expiry = Some(
                outgoing
                    .expiry
                    .map_or(again_after, |expiry| expiry.min(again_after))
                    .max(1),
            );
            let (topic, options, payload) = to_publish(outgoing);
            // Waits while the library's queue is full.
            let Ok(notice) = self.client.publish_tracked(topic, payload, options).await else {
                return self.book.again(&key, 0);
            };
            let thrown_away_until = now.saturating_add(until_again(published, again_after));
            tokio::spawn(Arc::clone(self).follow(key, notice, thrown_away_until));
        }
    }

    /// Has an order published again if this copy of it is lost, and at a later time if the broker did not take it.
    async fn follow(self: Arc<Self>, key: OrderKey, notice: PublishNotice, later: u64) {
        match self.fate(notice, key.name, key.request_id()).await {
            Fate::Taken => {}
            Fate::NotTaken => self.book.again(&key, later),
            Fate::Lost | Fate::Closed => self.book.again(&key, 0),
        }
    }
}
