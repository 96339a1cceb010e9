//! What is still to come.

use aid_procedures::vehicle::{CommandId, LpaCommand};
use aid_types::{
    RequestActivationCode,
    http::http::{Request, Response},
};
use aid2_proto::session::{Ticket, ToBroker};
use bytes::Bytes;

use crate::{
    broker::{Client, Packet},
    happening::Happening,
    party::Party,
};

/// What is still to come.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Happening(u32, Happening),
    /// A process comes back from the crash that ended the life before this.
    Back(Party, u32),
    /// A call arrives at the other backend.
    Call {
        from: Party,
        to: Party,
        exchange: u64,
        request: Request<Bytes>,
    },
    Reply {
        to: Party,
        exchange: u64,
        response: Response<Bytes>,
    },
    /// A task of a process has slept long enough.
    Awake {
        party: Party,
        number: u64,
    },
    /// Something in the store of a process is due.
    Due,
    /// The SM-DP+ is ready.
    Prepared {
        s: usize,
        number: u64,
        request: RequestActivationCode,
    },
    /// A packet arrives at the broker, or at a client.
    AtBroker {
        client: Client,
        connection: u64,
        packet: ToBroker,
    },
    AtClient {
        client: Client,
        connection: u64,
        packet: Packet,
    },
    /// A connection breaks.
    Cut {
        client: Client,
        connection: u64,
    },
    /// A session wants to be woken.
    Wake {
        client: Client,
        at: u64,
    },
    /// A handler of the backend deals with what was handed to it.
    Handle {
        instance: usize,
        life: u32,
        ticket: Ticket,
    },
    Online {
        car: usize,
    },
    /// The LPA is done.
    Lpa {
        car: usize,
        life: u32,
        id: CommandId,
        command: LpaCommand,
    },
    /// The LPA does what nobody waits for any more.
    LpaAlone {
        car: usize,
        life: u32,
        id: CommandId,
        command: LpaCommand,
    },
    TickCar(usize),
}
