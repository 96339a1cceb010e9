//! A model of an MQTT 5 broker: sessions that expire, queues with limits, takeover, restarts with and without loss.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
};

use aid2_proto::{
    binding::Outgoing,
    session::{Connack, ReasonCode, ToBroker},
};

use crate::{
    item::Item,
    names::{DAY, HOUR, SECOND},
    trouble::Trouble,
    world::World,
};

/// What a restart with loss may take away of messages: younger than this. The binding asks no more of a vehicle than to
/// bring again what was acknowledged in the last 10 s.
const UNSAVED: u64 = 8 * SECOND;
/// The most bytes of a packet, where only small ones are taken: a status does not fit, its response does.
const SMALL: u32 = 280;
/// Most messages in the queue of a vehicle's session.
const QUEUE: usize = 4;

/// Who connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Client {
    Car(usize),
    Instance(usize),
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Car(car) => write!(f, "car {car}"),
            Self::Instance(instance) => write!(f, "instance {instance}"),
        }
    }
}

/// What the broker sends.
#[derive(Debug, Clone)]
pub(crate) enum Packet {
    Connected(Connack),
    Subscribed(ReasonCode),
    Unsubscribed,
    Published {
        packet_id: u16,
        message: Outgoing,
        retained: bool,
    },
    Acknowledged {
        number: u64,
        reason: ReasonCode,
    },
    Lost(Option<ReasonCode>),
}

/// A message in a session.
#[derive(Debug, Clone)]
struct Kept {
    message: Outgoing,
    since: u64,
    expires: Option<u64>,
}

/// The session of a client.
#[derive(Debug, Default)]
struct Session {
    /// The connection that it belongs to.
    connection: Option<u64>,
    /// When it expires, if nobody is connected.
    expires: Option<u64>,
    subscribed: bool,
    queue: VecDeque<Kept>,
    in_flight: VecDeque<(u16, Kept)>,
    last_packet: u16,
    /// What was said of the connection.
    connack: Connack,
    /// The latest message, as somebody has it kept.
    retained: Option<Outgoing>,
}

impl Session {
    fn packet_id(&mut self) -> u16 {
        self.last_packet = self.last_packet.checked_add(1).unwrap_or(1);
        self.last_packet
    }

    /// What was under way waits again, before everything else.
    fn interrupted(&mut self) {
        for (_, kept) in self.in_flight.drain(..).rev() {
            self.queue.push_front(kept);
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Broker {
    sessions: BTreeMap<Client, Session>,
    pub(crate) up_at: u64,
    /// Until when each connection breaks that has just been made.
    pub(crate) unsteady_until: u64,
}

/// For so long a connection holds to a broker that is not steady.
const UNSTEADY: u64 = 3 * SECOND;

impl Broker {
    /// The most bytes of a packet that the broker takes from a client.
    pub(crate) fn limit(&self, client: Client) -> Option<u32> {
        self.sessions
            .get(&client)
            .and_then(|session| session.connack.maximum_packet_size)
    }

    /// The connection on which a client is subscribed.
    pub(crate) fn subscribed_on(&self, client: Client) -> Option<u64> {
        let session = self.sessions.get(&client).filter(|session| session.subscribed)?;
        session.connection
    }

    /// Messages that wait for somebody.
    pub(crate) fn waiting(&self) -> usize {
        let waiting = |session: &Session| session.queue.len() + session.in_flight.len();
        self.sessions.values().map(waiting).sum()
    }

    fn of(&mut self, client: Client, connection: u64) -> Option<&mut Session> {
        let session = self.sessions.get_mut(&client)?;
        (session.connection == Some(connection)).then_some(session)
    }
}

impl World {
    /// A packet of a client arrives.
    pub(crate) fn at_broker(&mut self, client: Client, connection: u64, packet: ToBroker) {
        if self.broker.up_at > self.now {
            // Nobody answers, and who wanted to connect gives up.
            if packet == ToBroker::Connect {
                let packet = Packet::Lost(None);
                let given_up = Item::AtClient {
                    client,
                    connection,
                    packet,
                };
                self.queue_in(10 * SECOND, given_up);
            }
            return;
        }
        if packet == ToBroker::Connect {
            return self.broker_connects(client, connection);
        }
        let now = self.now;
        let Some(session) = self.broker.of(client, connection) else {
            return;
        };
        match packet {
            ToBroker::Subscribe { .. } => self.subscribes(client, connection),
            ToBroker::Unsubscribe { .. } => {
                session.subscribed = false;
                self.broker_sends(client, connection, Packet::Unsubscribed);
            }
            ToBroker::Publish { number, outgoing } => {
                let said = session.connack;
                let fits = said
                    .maximum_packet_size
                    .is_none_or(|most| outgoing.packet_size() <= most as usize);
                self.must(fits && said.maximum_qos >= 1, || {
                    format!("{client} publishes what the broker said that it does not take")
                });
                let reason = self.route(client, outgoing);
                self.broker_sends(client, connection, Packet::Acknowledged { number, reason });
            }
            ToBroker::Acknowledge { packet_id } => {
                session.in_flight.retain(|(other, _)| *other != packet_id);
                self.flush(client);
            }
            ToBroker::Disconnect { ends_session, .. } => {
                session.connection = None;
                self.watch_leaving(client, connection, ends_session);
                let Some(session) = self.broker.sessions.get_mut(&client) else {
                    return;
                };
                session.interrupted();
                session.expires = Some(if ends_session { now } else { now + expiry(client) });
                self.expire_sessions();
            }
            other => unreachable!("{other:?} is new"),
        }
    }

    fn broker_connects(&mut self, client: Client, connection: u64) {
        self.expire_sessions();
        let mut connack = Connack::new(self.broker.sessions.contains_key(&client));
        if self.troubles.draw(Trouble::NoQos1, client.place()).is_some() {
            connack.maximum_qos = 0;
        }
        if matches!(client, Client::Car(_)) && self.troubles.draw(Trouble::SmallPackets, client.place()).is_some() {
            connack.maximum_packet_size = Some(SMALL);
        }
        let session = self.broker.sessions.entry(client).or_default();
        let other = session.connection.replace(connection);
        session.connack = connack;
        session.expires = None;
        session.interrupted();
        if let Some(other) = other {
            self.broker_sends(client, other, Packet::Lost(Some(ReasonCode::SESSION_TAKEN_OVER)));
        }
        self.broker_sends(client, connection, Packet::Connected(connack));
        self.flush(client);
    }

    fn subscribes(&mut self, client: Client, connection: u64) {
        if self.troubles.draw(Trouble::Refused, client.place()).is_some() {
            self.note(|| format!("    (the broker refuses {client} its subscription)"));
            let refused = Packet::Subscribed(ReasonCode(0x97));
            return self.broker_sends(client, connection, refused);
        }
        let retained = self.troubles.draw(Trouble::Retained, client.place()).is_some();
        let Some(session) = self.broker.sessions.get_mut(&client) else {
            return;
        };
        session.subscribed = true;
        let kept = session.retained.clone().filter(|_| retained);
        let kept = kept.map(|message| Packet::Published {
            packet_id: session.packet_id(),
            message,
            retained,
        });
        self.broker_sends(client, connection, Packet::Subscribed(ReasonCode(1)));
        if let Some(packet) = kept {
            self.note(|| format!("    (the broker has a retained message for {client})"));
            self.broker_sends(client, connection, packet);
        }
        if self.now < self.broker.unsteady_until {
            self.queue_in(UNSTEADY, Item::Cut { client, connection });
        }
        self.flush(client);
    }

    /// The network connection of a client is gone.
    pub(crate) fn broker_loses(&mut self, client: Client, connection: u64) {
        let now = self.now;
        if let Some(session) = self.broker.of(client, connection) {
            session.connection = None;
            session.interrupted();
            session.expires = Some(now + expiry(client));
        }
    }

    /// What an instance that never came back did not acknowledge, the others get.
    fn expire_sessions(&mut self) {
        let now = self.now;
        // What the last session of the backend holds would be lost with it: the binding has it kept.
        let instances = self
            .broker
            .sessions
            .iter()
            .filter(|(client, session)| matches!(client, Client::Instance(_)) && session.subscribed);
        let lasting: Vec<Client> = instances
            .filter(|(_, session)| session.expires.is_none_or(|at| at > now))
            .map(|(client, _)| *client)
            .collect();
        let is_over = |client: &Client, session: &Session| {
            session.expires.is_some_and(|at| at <= now) && (matches!(client, Client::Car(_)) || !lasting.is_empty())
        };
        let over: Vec<Client> = self
            .broker
            .sessions
            .iter()
            .filter(|(client, session)| is_over(client, session))
            .map(|(client, _)| *client)
            .collect();
        for client in over {
            let Some(session) = self.broker.sessions.remove(&client) else {
                continue;
            };
            self.note(|| format!("    the broker forgets the session of {client}"));
            if matches!(client, Client::Instance(_)) {
                for kept in session.queue {
                    let to = self.choose_instance();
                    if let Some(session) = to.and_then(|to| self.broker.sessions.get_mut(&to)) {
                        session.queue.push_back(kept);
                    }
                    to.into_iter().for_each(|to| self.flush(to));
                }
            }
        }
    }

    /// Passes a message on.
    fn route(&mut self, from: Client, message: Outgoing) -> ReasonCode {
        self.expire_sessions();
        let to = match from {
            Client::Car(_) => self.choose_instance(),
            Client::Instance(_) => self.car_of(&message.topic).map(Client::Car),
        };
        let to = to.filter(|to| self.broker.sessions.get(to).is_some_and(|session| session.subscribed));
        let Some(to) = to else {
            return ReasonCode::NO_MATCHING_SUBSCRIBERS;
        };
        let kept = Kept {
            expires: message.expiry.map(|seconds| self.now + u64::from(seconds) * SECOND),
            since: self.now,
            message,
        };
        if let Client::Car(car) = to {
            let session = &self.broker.sessions[&to];
            let (away, full) = (session.connection.is_none(), session.queue.len() >= QUEUE);
            // Brokers drop what does not fit, and some what is old, and say success all the same.
            if full || (away && self.troubles.draw(Trouble::Expired, car).is_some()) {
                self.note(|| format!("    (the broker drops a message to car {car})"));
                return ReasonCode::SUCCESS;
            }
        }
        if let Some(session) = self.broker.sessions.get_mut(&to) {
            if matches!(to, Client::Car(_)) {
                session.retained = Some(kept.message.clone());
            }
            session.queue.push_back(kept);
        }
        self.flush(to);
        ReasonCode::SUCCESS
    }

    /// Which instance gets a message: any; also one that is away, as some brokers do.
    fn choose_instance(&mut self) -> Option<Client> {
        let subscribed = |(client, session): (&Client, &Session)| {
            (matches!(client, Client::Instance(_)) && session.subscribed)
                .then_some((*client, session.connection.is_some()))
        };
        let all: Vec<(Client, bool)> = self.broker.sessions.iter().filter_map(subscribed).collect();
        let mut candidates: Vec<Client> = all
            .iter()
            .filter(|(_, there)| *there)
            .map(|(client, _)| *client)
            .collect();
        let draw = self.troubles.time(4000, 1 << 20) as usize;
        if candidates.is_empty() || draw.is_multiple_of(8) {
            candidates = all.iter().map(|(client, _)| *client).collect();
        }
        candidates.get(draw / 8 % candidates.len().max(1)).copied()
    }

    fn car_of(&self, topic: &str) -> Option<usize> {
        let vin = topic.split('/').nth(2)?;
        self.cars.iter().position(|car| car.vin.as_str() == vin)
    }

    /// Sends what a client may have.
    fn flush(&mut self, client: Client) {
        let window = if matches!(client, Client::Car(_)) { 16 } else { 64 };
        let now = self.now;
        let Some(session) = self.broker.sessions.get_mut(&client) else {
            return;
        };
        let Some(connection) = session.connection.filter(|_| session.subscribed) else {
            return;
        };
        let mut packets = Vec::new();
        while session.in_flight.len() < window
            && let Some(kept) = session.queue.pop_front()
        {
            if kept.expires.is_some_and(|expires| expires <= now) {
                continue;
            }
            let packet_id = session.packet_id();
            let message = kept.message.clone();
            session.in_flight.push_back((packet_id, kept));
            packets.push(Packet::Published {
                packet_id,
                message,
                retained: false,
            });
        }
        for packet in packets {
            self.broker_sends(client, connection, packet);
        }
    }

    /// The broker dies, and is back after so long; with loss, it forgets what it has not written yet.
    pub(crate) fn broker_restarts(&mut self, millis: u64, loses: bool) {
        let now = self.now;
        self.broker.up_at = now + millis;
        let clients: Vec<Client> = self.broker.sessions.keys().copied().collect();
        for client in clients {
            self.cut(client);
        }
        if !loses {
            return;
        }
        self.broker.sessions.retain(|client, session| {
            session.queue.retain(|kept| kept.since + UNSAVED < now);
            // Mosquitto 2.0 comes back without its shared subscriptions.
            session.subscribed = false;
            matches!(client, Client::Instance(_))
        });
    }
}

/// How long a session is kept.
const fn expiry(client: Client) -> u64 {
    match client {
        Client::Car(_) => 30 * DAY,
        Client::Instance(_) => HOUR,
    }
}

impl World {
    /// The broker sends a packet.
    fn broker_sends(&mut self, client: Client, connection: u64, packet: Packet) {
        let at = self.arrives(client, false);
        self.queue_at(
            at,
            Item::AtClient {
                client,
                connection,
                packet,
            },
        );
    }
}
