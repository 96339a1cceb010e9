//! What is still to come.

use aid_procedures::{
    msp::CmpCall,
    vehicle::{CommandId, LpaCommand},
};
use aid_types::{ActivationCodeReply, ActivationCodeRequestId, ErrorCode, ProfileStatuses, Refusal};
use aid2_proto::session::{Ticket, ToBroker};

use crate::{
    broker::{Client, Packet},
    cmp::Call,
    happening::Happening,
    party::Party,
};

/// Who calls over AiD1: a federation of the CMP, or a subscription of an MSP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Federation(usize),
    Subscription(usize),
}

/// What a call was answered with.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Code(ActivationCodeReply),
    Statuses(ProfileStatuses),
    Done,
    Refused(u16, ErrorCode),
}

impl Reply {
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        let reply = refusal.reply(None);
        Self::Refused(reply.status, reply.code)
    }
}

/// What is still to come.
#[derive(Debug, Clone)]
pub(crate) enum Item {
    Happening(u32, Happening),
    /// A process comes back from the crash that ended the life before this.
    Back(Party, u32),
    /// A call arrives at the other backend.
    CallMsp {
        f: usize,
        exchange: u64,
        call: Call,
    },
    CallCmp {
        s: usize,
        exchange: u64,
        number: u64,
        call: CmpCall,
    },
    Reply {
        to: Caller,
        exchange: u64,
        reply: Reply,
    },
    /// Nobody waits for a reply any longer.
    TimeOut {
        caller: Caller,
        exchange: u64,
    },
    /// Calls that wait may be tried.
    Try(Caller),
    /// The time for a synchronous answer is over.
    Budget {
        s: usize,
        life: u32,
        id: ActivationCodeRequestId,
    },
    /// The 201 has been written.
    Accepted {
        s: usize,
        life: u32,
        id: ActivationCodeRequestId,
    },
    /// The SM-DP+ is ready.
    Prepared {
        s: usize,
        life: u32,
        id: ActivationCodeRequestId,
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
    TickFederation(usize),
    TickSubscription(usize),
    TickCar(usize),
}
