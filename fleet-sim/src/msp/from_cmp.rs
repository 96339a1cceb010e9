//! The calls of the CMP.

use aid_procedures::{cmp::MspCall, msp::Event};
use aid_types::Condition;

use super::Ends;
use crate::{
    cmp::Call,
    item::{Caller, Reply},
    party::Party,
    world::World,
};

impl World {
    pub(crate) fn msp_called(&mut self, f: usize, exchange: u64, Call { token, call }: Call) {
        let caller = Caller::Federation(f);
        let Some(s) = self.subscription_of(&token) else {
            return self.reply(caller, exchange, Reply::refused(&Condition::UnknownMspToken.into()));
        };
        let msp = self.subscriptions[s].msp;
        if self.down_until(Party::Msp(msp)).is_some() {
            return;
        }
        let event = match call {
            MspCall::RequestActivationCode(request) => return self.code_requested(s, f, exchange, request),
            MspCall::RequestProfileStatus(request) => {
                let reply = match self.subscriptions[s].machine.profile_statuses(&request) {
                    Ok(statuses) => Reply::Statuses(statuses),
                    Err(refusal) => Reply::refused(&refusal),
                };
                return self.reply(caller, exchange, reply);
            }
            MspCall::SendCsimStatus(body) => {
                let mut others = self.subscriptions.iter().enumerate();
                let foreign = others.any(|(other, row)| other != s && row.machine.profile(&body.iccid).is_some());
                Event::SendCsimStatus { body, foreign }
            }
            MspCall::RequestInvalidateMspToken(_) => Event::RequestInvalidateMspToken,
            other => unreachable!("{other:?} is new"),
        };
        match self.subscription(s, event, Ends::Nothing) {
            Some(Ok(())) => self.reply(caller, exchange, Reply::Done),
            Some(Err(refusal)) => self.reply(caller, exchange, Reply::refused(&refusal)),
            None => {}
        }
    }
}
