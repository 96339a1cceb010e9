//! Between the sessions and the broker: connections, what is on its way on them, and time.

use std::time::Duration;

use aid2_proto::{
    binding::{CONTENT_TYPE, Incoming, Outgoing},
    session::{FromBroker, Lost, Publication, ToBroker},
};

use crate::{
    broker::{Client, Packet},
    item::Item,
    names::{MINUTE, SECOND},
    party::Party,
    trouble::Trouble,
    world::World,
};

/// A client's way to the broker.
#[derive(Debug, Clone, Default)]
pub(crate) struct Link {
    /// The connection that stands, or is being made.
    pub(crate) connection: Option<u64>,
    /// It is being made, and there is no coverage.
    dialing: bool,
    /// A connection carries everything in order: not before this.
    up_due: u64,
    down_due: u64,
    /// When the session is to be woken.
    wake_at: Option<u64>,
}

impl Client {
    pub(crate) const fn party(self) -> Party {
        match self {
            Self::Car(car) => Party::Car(car),
            Self::Instance(instance) => Party::Instance(instance),
        }
    }

    pub(crate) const fn place(self) -> usize {
        match self {
            Self::Car(car) => 3000 + car,
            Self::Instance(instance) => 2900 + instance,
        }
    }
}

impl World {
    fn link(&mut self, client: Client) -> &mut Link {
        match client {
            Client::Car(car) => &mut self.cars[car].link,
            Client::Instance(instance) => &mut self.instances[instance].link,
        }
    }

    fn is_reachable(&self, client: Client) -> bool {
        match client {
            Client::Car(car) => self.is_online(car),
            Client::Instance(_) => true,
        }
    }

    /// When something that is sent now is there.
    pub(crate) fn arrives(&mut self, client: Client, up: bool) -> u64 {
        let millis = self.travels(client.place(), MINUTE);
        let at = self.now + millis;
        let link = self.link(client);
        let due = if up { &mut link.up_due } else { &mut link.down_due };
        *due = at.max(*due);
        *due
    }

    /// A session has something for the broker.
    pub(crate) fn client_sends(&mut self, client: Client, packet: ToBroker) {
        let connection = if packet == ToBroker::Connect {
            self.watch_attempt(client);
            let connection = self.fresh();
            let reachable = self.is_reachable(client);
            let now = self.now;
            let link = self.link(client);
            link.connection = Some(connection);
            (link.up_due, link.down_due) = (now, now);
            link.dialing = !reachable;
            if self.broker.up_at > self.now {
                let refused = Packet::Lost(None);
                return self.queue_in(
                    SECOND,
                    Item::AtClient {
                        client,
                        connection,
                        packet: refused,
                    },
                );
            }
            if !reachable {
                return;
            }
            connection
        } else {
            let Some(connection) = self.link(client).connection else {
                return;
            };
            connection
        };
        let says_goodbye = matches!(packet, ToBroker::Disconnect { .. });
        if self.troubles.draw(Trouble::Lost, client.place()).is_some() {
            self.note(|| format!("    (the connection of {client} is lost)"));
            return self.queue_in(1, Item::Cut { client, connection });
        }
        let at = self.arrives(client, true);
        self.queue_at(
            at,
            Item::AtBroker {
                client,
                connection,
                packet,
            },
        );
        if says_goodbye {
            self.queue_at(at + 1, Item::Cut { client, connection });
        }
    }

    /// There is coverage again.
    pub(crate) fn dial(&mut self, client: Client) {
        let link = self.link(client);
        if let (true, Some(connection)) = (std::mem::take(&mut link.dialing), link.connection) {
            let at = self.arrives(client, true);
            let packet = ToBroker::Connect;
            self.queue_at(
                at,
                Item::AtBroker {
                    client,
                    connection,
                    packet,
                },
            );
        }
    }

    /// The connection of a client breaks, if it has one: both ends notice.
    pub(crate) fn cut(&mut self, client: Client) {
        let link = self.link(client);
        link.dialing = false;
        if let Some(connection) = link.connection {
            self.cut_off(client, connection);
        }
    }

    pub(crate) fn cut_off(&mut self, client: Client, connection: u64) {
        self.broker_loses(client, connection);
        self.at_client(client, connection, Packet::Lost(None));
    }

    /// The process of a client is gone, and its connection with it.
    pub(crate) fn hang_up(&mut self, client: Client) {
        let link = std::mem::take(self.link(client));
        if let Some(connection) = link.connection {
            self.broker_loses(client, connection);
        }
    }

    /// A packet of the broker arrives.
    pub(crate) fn at_client(&mut self, client: Client, connection: u64, packet: Packet) {
        let link = self.link(client);
        if link.connection != Some(connection) {
            return;
        }
        if matches!(packet, Packet::Lost(_)) {
            link.connection = None;
        }
        let sequence = match &packet {
            Packet::Published { message, .. } => message.sequence.map(|sequence| sequence.to_string()),
            _ => None,
        };
        let event = match &packet {
            Packet::Connected(connack) => FromBroker::Connected(*connack),
            Packet::Subscribed(reason) => FromBroker::Subscribed(*reason),
            Packet::Unsubscribed => FromBroker::Unsubscribed,
            Packet::Published {
                packet_id,
                message,
                retained,
            } => {
                let mut publication = Publication::new(incoming(message, sequence.as_deref()), *packet_id);
                publication.retain = *retained;
                FromBroker::Published(publication)
            }
            Packet::Acknowledged { number, reason } => FromBroker::Acknowledged {
                number: *number,
                reason: *reason,
            },
            Packet::Lost(Some(code)) => FromBroker::Lost(Lost::with_code(*code, "lost")),
            Packet::Lost(None) => FromBroker::Lost(Lost::new("lost")),
        };
        let now = self.clock(client.party());
        match client {
            Client::Car(car) => self.cars[car]
                .session
                .iter_mut()
                .for_each(|session| session.from_broker(event.clone(), now)),
            Client::Instance(instance) => {
                let session = &mut self.instances[instance].session;
                session
                    .iter_mut()
                    .for_each(|session| session.from_broker(event.clone(), now));
            }
        }
        match (client, &packet) {
            (Client::Car(car), Packet::Published { retained: true, .. }) => self.cars[car].hears_retained = true,
            (Client::Car(car), Packet::Published { message, .. }) => self.watch_delivery(car, message),
            (Client::Car(car), Packet::Acknowledged { number, reason }) if reason.is_success() => {
                self.brake.acknowledged(car, *number);
            }
            _ => {}
        }
        self.pump(client);
        if let Client::Car(car) = client {
            self.cars[car].hears_retained = false;
        }
    }

    /// Has a session do what it can do now.
    pub(crate) fn pump(&mut self, client: Client) {
        let next = match client {
            Client::Car(car) => self.pump_car(car),
            Client::Instance(instance) => self.pump_instance(instance),
        };
        // Not too early, by less than a millisecond.
        let Some(at) = next.map(|at| u64::try_from(at.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)) else {
            return;
        };
        let link = self.link(client);
        if link.wake_at.is_none_or(|wake_at| at < wake_at) {
            link.wake_at = Some(at);
            self.queue_at(at, Item::Wake { client, at });
        }
    }

    pub(crate) fn wake(&mut self, client: Client, at: u64) {
        let link = self.link(client);
        if link.wake_at == Some(at) {
            link.wake_at = None;
            self.pump(client);
        }
    }
}

/// What arrives of what was sent.
fn incoming<'a>(message: &'a Outgoing, sequence: Option<&'a str>) -> Incoming<'a> {
    let mut incoming = Incoming::new(&message.topic, &message.payload)
        .with_response_topic(message.response_topic.as_deref())
        .with_correlation(message.correlation.as_deref());
    incoming.content_type = Some(CONTENT_TYPE);
    incoming.sequence = sequence;
    incoming
}

/// Time since the world began, as sessions measure it.
pub(crate) const fn monotonic(millis: u64) -> Duration {
    Duration::from_millis(millis)
}
