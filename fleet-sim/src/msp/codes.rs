//! Who asks for an activation code, and how it comes: with the reply, or after a 201.

use aid_procedures::msp::{Answer, Event};
use aid_types::{ActivationCodeReply, ActivationCodeRequestId, RequestActivationCode};

use super::Ends;
use crate::{
    item::{Caller, Item, Reply},
    names::{self, SECOND},
    world::World,
};

impl World {
    pub(super) fn code_requested(&mut self, s: usize, f: usize, exchange: u64, request: RequestActivationCode) {
        let id = request.activation_code_request_id;
        let row = &mut self.subscriptions[s];
        row.waiting.push((id, f, exchange));
        row.unanswered.push(id);
        match self.subscription(s, Event::RequestActivationCode(request), Ends::Nothing) {
            Some(Ok(())) => {
                let life = self.msps[self.subscriptions[s].msp].life;
                self.queue_in(3 * SECOND, Item::Budget { s, life, id });
            }
            Some(Err(refusal)) => {
                let row = &mut self.subscriptions[s];
                row.waiting.retain(|(_, _, other)| *other != exchange);
                row.unanswered.retain(|other| *other != id);
                self.reply(Caller::Federation(f), exchange, Reply::refused(&refusal));
            }
            None => {}
        }
    }

    /// Answers everybody who waits for this code.
    pub(super) fn answer(&mut self, s: usize, answer: Answer) {
        let Some(id) = answer.body().activation_code_request_id() else {
            return;
        };
        let waiting = self.take_waiting(s, id);
        // A 201 went out meanwhile: once that is written, the code follows.
        if !waiting.is_empty() {
            self.subscriptions[s].unanswered.retain(|other| *other != id);
        }
        let terse = names::is_terse(self.subscriptions[s].msp);
        let reply = match answer.into_reply() {
            Ok(ActivationCodeReply::Ready(mut ready)) if terse => {
                ready.iccid = None;
                Reply::Code(ActivationCodeReply::Ready(ready))
            }
            Ok(reply) => Reply::Code(reply),
            Err(refusal) => Reply::refused(&refusal),
        };
        for (f, exchange) in waiting {
            self.reply(Caller::Federation(f), exchange, reply.clone());
        }
    }

    /// Answers everybody who waits for this code with 201, and then sees to it that the code follows.
    pub(super) fn accept(&mut self, s: usize, id: ActivationCodeRequestId) {
        let waiting = self.take_waiting(s, id);
        if waiting.is_empty() {
            return;
        }
        for (f, exchange) in waiting {
            self.reply(
                Caller::Federation(f),
                exchange,
                Reply::Code(ActivationCodeReply::Accepted),
            );
        }
        let msp = self.subscriptions[s].msp;
        let life = self.msps[msp].life;
        let written = self.troubles.time(1 + msp, SECOND);
        self.queue_in(written, Item::Accepted { s, life, id });
    }

    pub(crate) fn budget_spent(&mut self, s: usize, life: u32, id: ActivationCodeRequestId) {
        if self.msps[self.subscriptions[s].msp].life == life {
            self.accept(s, id);
        }
    }

    pub(crate) fn msp_accepted(&mut self, s: usize, life: u32, id: ActivationCodeRequestId) {
        if self.msps[self.subscriptions[s].msp].life == life {
            let event = Event::Accepted {
                activation_code_request_id: id,
            };
            self.subscription(s, event, Ends::Waiting(id));
        }
    }

    pub(super) fn take_waiting(&mut self, s: usize, id: ActivationCodeRequestId) -> Vec<(usize, u64)> {
        let row = &mut self.subscriptions[s];
        let (taken, left) = row.waiting.iter().partition::<Vec<_>, _>(|(other, ..)| *other == id);
        row.waiting = left;
        taken.into_iter().map(|(_, f, exchange)| (f, exchange)).collect()
    }
}
