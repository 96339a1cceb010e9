//! The vehicle's session.

mod answered;
mod completion;
mod entry;
mod error;
mod inbound;
mod outbound;
mod outbox;
mod output;
mod settings;
mod stored;
mod traces;

use std::{collections::VecDeque, time::Duration};

use aid_types::Vin;

use self::{
    answered::Answered, completion::Following, inbound::Inbound, outbound::Pending, outbox::Outbox, traces::Traces,
};
use super::{
    FromBroker, Notice, Now, Ticket,
    connection::{Change as Link, Connection},
};
use crate::{RequestId, RequestIdGenerator, Timestamp};

pub use completion::VehicleCompletion;
pub use error::{OtherVehicle, SendError};
pub use output::{Change, VehicleOutput};
pub use settings::VehicleSettings;
pub use stored::Moved;

/// A vehicle's session with its broker: takes messages and keeps them until the broker has them, and hands over what
/// comes, one message after the other.
///
/// ```
/// use std::time::Duration;
/// use aid2_proto::{
///     RequestId, SendCsimStatus, Timestamp,
///     session::{Connack, FromBroker, Now, ReasonCode, ToBroker, VehicleOutput, VehicleSession, VehicleSettings},
/// };
///
/// let now = Now::new(Duration::ZERO, 1_700_000_000);
/// let vin = "WBAUX11030A334483".parse()?;
/// let mut session = VehicleSession::restore(vin, VehicleSettings::default(), vec![], 1, now)?;
/// assert!(matches!(session.poll(now), Some(VehicleOutput::Store { .. }))); // That there is an outbox.
/// assert_eq!(session.poll(now), Some(VehicleOutput::ToBroker(ToBroker::Connect)));
///
/// let eid = "89034011560010000000000000000121".parse()?;
/// let id = session.next_request_id(now);
/// let sent = session.send(&SendCsimStatus::new(id, eid, vec![]), now)?;
/// let Some(VehicleOutput::Store { ticket, .. }) = session.poll(now) else { panic!() };
/// session.stored(ticket, Ok(()), now);
/// assert_eq!(session.poll(now), Some(VehicleOutput::Done { ticket: sent, stored: true }));
///
/// session.from_broker(FromBroker::Connected(Connack::new(false)), now);
/// session.from_broker(FromBroker::Subscribed(ReasonCode(1)), now);
/// let published = std::iter::from_fn(|| session.poll(now))
///     .any(|output| matches!(output, VehicleOutput::ToBroker(ToBroker::Publish { number: 1, .. })));
/// assert!(published);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct VehicleSession {
    vin: Vin,
    settings: VehicleSettings,
    connection: Connection,
    outbox: Outbox,
    answered: Answered,
    traces: Traces,
    ids: RequestIdGenerator,
    inbound: Inbound,
    /// Whether the broker is given a rest, and how often in a row it was.
    resting_until: Option<Duration>,
    rests: u32,
    next_ticket: u64,
    stores: VecDeque<(Ticket, Pending)>,
    out: VecDeque<VehicleOutput>,
    tell: VecDeque<Notice>,
}

impl VehicleSession {
    fn ticket(&mut self) -> Ticket {
        self.next_ticket += 1;
        Ticket(self.next_ticket)
    }

    /// The vehicle.
    #[must_use]
    pub const fn vin(&self) -> Vin {
        self.vin
    }

    /// A request id for a sequence that begins now; never the same second twice, also over restarts, and also with a clock
    /// that does not know the time (A-126, A-182).
    pub fn next_request_id(&mut self, now: Now) -> RequestId {
        let second = now.unix.min(Timestamp::MAX_SECS);
        let vin = self.vin;
        self.ids
            .next(second)
            .unwrap_or_else(|_| RequestId::new(vin, Timestamp::from_secs(second)))
    }

    /// How many messages the broker does not have yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// What the MQTT client has to tell.
    pub fn from_broker(&mut self, event: FromBroker<'_>, now: Now) {
        let change = match event {
            FromBroker::Connected(connack) => self.connection.connected(connack, &mut self.tell),
            FromBroker::Subscribed(reason) => self.connection.subscribed(reason, now, &mut self.tell),
            FromBroker::Unsubscribed => {
                self.connection.unsubscribed();
                Link::None
            }
            FromBroker::Published(publication) => {
                self.receive(&publication, now);
                Link::None
            }
            FromBroker::Acknowledged { number, reason } => {
                self.acknowledged(number, reason, now);
                Link::None
            }
            FromBroker::Lost(lost) => self.connection.lost(lost, now, &mut self.tell),
        };
        match change {
            Link::None => {}
            Link::Ready => {
                self.rests = 0;
                self.resting_until = None;
            }
            Link::Lost => {
                self.outbox.rewind();
                self.inbound.lost();
            }
        }
        self.publish(now);
    }

    /// There is a network again, after a tunnel: connects at once, instead of after the back-off.
    pub fn network_available(&mut self, now: Now) {
        self.connection.try_now(now);
    }

    /// Disconnects, for good. What the broker does not have stays in the store.
    pub fn close(&mut self) {
        self.connection.close();
    }

    /// Whether the session has ended: nothing more comes of it.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.connection.is_closed() && self.stores.is_empty()
    }

    /// When to call [`poll`](Self::poll) again though nothing happened, as a monotonic time.
    #[must_use]
    pub fn next_wake(&self) -> Option<Duration> {
        let settles_at = self.outbox.settles_at().filter(|_| self.connection.is_ready());
        [
            self.connection.next_wake(),
            self.resting_until,
            self.inbound.next_wake(),
            settles_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn wake(&mut self, now: Now) {
        self.connection.wake(now);
        if self.resting_until.is_some_and(|until| until <= now.monotonic) {
            self.resting_until = None;
            self.publish(now);
        }
        // Without a connection it goes out again with the next, however long that takes.
        let settles_at = self.outbox.settles_at().filter(|_| self.connection.is_ready());
        if settles_at.is_some_and(|at| at <= now.monotonic) {
            self.settle(now);
        }
        self.deliver(now);
    }

    /// What to do next; `None` when nothing is left to do before [`next_wake`](Self::next_wake) or the next input.
    pub fn poll(&mut self, now: Now) -> Option<VehicleOutput> {
        if self.next_wake().is_some_and(|at| at <= now.monotonic) {
            self.wake(now);
        }
        if let Some(notice) = self.tell.pop_front() {
            return Some(VehicleOutput::Tell(notice));
        }
        if let Some(output) = self.out.pop_front() {
            return Some(output);
        }
        self.connection.out.pop_front().map(VehicleOutput::ToBroker)
    }
}
