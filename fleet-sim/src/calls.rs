//! The calls between the backends: each is tried until it is answered.

use aid_procedures::{
    CallFailure,
    cmp::{Event as CmpEvent, MspCall},
    msp::{CmpCall, Event as MspEvent},
};
use aid_types::{ActivationCodeReply, SendActivationCode};

use crate::{
    Fault,
    cmp::Call,
    item::{Caller, Item, Reply},
    msp::Ends,
    names::{self, SECOND},
    party::Party,
    world::World,
};

impl World {
    // ---- calls to the MSP -------------------------------------------------------------------------------------------

    /// Tries the first call of a federation.
    pub(crate) fn call_msp(&mut self, f: usize) {
        if self.down_until(Party::Cmp).is_some() {
            return;
        }
        let row = &mut self.cmp.federations[f];
        let (None, Some(call)) = (row.calls.exchange, row.calls.jobs.front().cloned()) else {
            return;
        };
        let exchange = self.fresh();
        let row = &mut self.cmp.federations[f];
        row.calls.exchange = Some(exchange);
        row.calls.attempts += 1;
        let msp = self.msp_of(&call.token);
        self.note(|| format!("CMP -> MSP {msp}: {}", crate::text::msp_call(&call)));
        self.send_call(Caller::Federation(f), exchange, Item::CallMsp { f, exchange, call });
    }

    /// The MSP answered, or did not.
    pub(crate) fn msp_replied(&mut self, f: usize, exchange: u64, reply: Option<Reply>) {
        let row = &mut self.cmp.federations[f];
        if row.calls.exchange != Some(exchange) {
            return;
        }
        row.calls.exchange = None;
        let attempts = row.calls.attempts;
        let Some(Call { call, .. }) = row.calls.jobs.front().cloned() else {
            return;
        };
        let failure = match &reply {
            None => Some(CallFailure::NoReply),
            Some(Reply::Refused(status, code)) => Some(CallFailure::refused(*status, Some(*code))),
            Some(_) => None,
        };
        let again = failure.is_some_and(|failure| !failure.is_final());
        self.note(|| format!("    reply to the CMP: {}", crate::text::reply(reply.as_ref())));
        let patience = match call {
            MspCall::RequestActivationCode(_) | MspCall::RequestProfileStatus(_) => 4,
            _ if self.has(Fault::StatusNotRepeated) => 1,
            _ => u32::MAX,
        };
        if again && attempts < patience {
            return self.queue_in(SECOND << attempts.min(11), Item::Try(Caller::Federation(f)));
        }
        match call {
            MspCall::RequestActivationCode(request) => {
                let activation_code_request_id = request.activation_code_request_id;
                let swapped = match &reply {
                    Some(Reply::Code(ActivationCodeReply::Ready(ready))) => ready.swapped_iccid,
                    _ => None,
                };
                let reply = match (failure, reply) {
                    (None, Some(Reply::Code(code))) => Ok(code),
                    (failure, _) => Err(failure.unwrap_or(CallFailure::Unreadable)),
                };
                self.federation(
                    f,
                    CmpEvent::ActivationCodeReply {
                        activation_code_request_id,
                        reply,
                    },
                    true,
                );
                self.watch_swap(f, swapped);
            }
            MspCall::RequestProfileStatus(request) => {
                let reply = match (failure, reply) {
                    (None, Some(Reply::Statuses(statuses))) => Ok(statuses),
                    (failure, _) => Err(failure.unwrap_or(CallFailure::Unreadable)),
                };
                self.federation(f, CmpEvent::ProfileStatusReply { request, reply }, true);
            }
            _ => self.cmp.federations[f].calls.done(),
        }
        self.call_msp(f);
    }

    // ---- calls to the CMP -------------------------------------------------------------------------------------------

    pub(crate) fn call_cmp(&mut self, s: usize) {
        let msp = self.subscriptions[s].msp;
        if self.down_until(Party::Msp(msp)).is_some() {
            return;
        }
        let row = &mut self.subscriptions[s];
        let (None, Some(mut call)) = (row.calls.exchange, row.calls.jobs.front().cloned()) else {
            return;
        };
        if let CmpCall::SendActivationCode(SendActivationCode::Issued(issued)) = &mut call
            && names::is_terse(msp)
        {
            issued.iccid = None;
        }
        let exchange = self.fresh();
        let row = &mut self.subscriptions[s];
        let number = row.calls.number;
        row.calls.exchange = Some(exchange);
        row.calls.attempts += 1;
        self.note(|| format!("MSP {msp} -> CMP: {}", crate::text::cmp_call(s, &call)));
        let item = Item::CallCmp {
            s,
            exchange,
            number,
            call,
        };
        self.send_call(Caller::Subscription(s), exchange, item);
    }

    pub(crate) fn cmp_replied(&mut self, s: usize, exchange: u64, reply: Option<Reply>) {
        let row = &mut self.subscriptions[s];
        if row.calls.exchange != Some(exchange) {
            return;
        }
        row.calls.exchange = None;
        let (attempts, msp) = (row.calls.attempts, row.msp);
        let Some(call) = row.calls.jobs.front().cloned() else {
            return;
        };
        self.note(|| format!("    reply to MSP {msp}: {}", crate::text::reply(reply.as_ref())));
        let failure = match &reply {
            None => Some(CallFailure::NoReply),
            Some(Reply::Refused(status, code)) => Some(CallFailure::refused(*status, Some(*code))),
            Some(_) => None,
        };
        if failure.is_some_and(|failure| !failure.is_final()) {
            return self.queue_in(SECOND << attempts.min(11), Item::Try(Caller::Subscription(s)));
        }
        let reply = failure.map_or(Ok(()), Err);
        self.subscription(s, MspEvent::CallReply { call, reply }, Ends::Call);
        self.call_cmp(s);
    }
}
