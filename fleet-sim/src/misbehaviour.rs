//! How the CMP's faults come about.

use aid_procedures::cmp::{Effect, Event, MspCall, TokenState};
use aid_types::{ActivationCodeReply, SendActivationCode};

use crate::{Fault, fault::edited, watch::Candidates, world::World};

impl World {
    /// What the CMP wants done, where it is out of order.
    pub(crate) fn cmp_misspeaks(&self, mut effects: Vec<Effect>, offered: Option<&Candidates>) -> Vec<Effect> {
        if self.has(Fault::CandidateIsNewest) {
            for effect in &mut effects {
                if let Effect::CallMsp {
                    call: MspCall::RequestActivationCode(request),
                    ..
                } = effect
                {
                    request.replace_iccid = offered.and_then(Candidates::newest).or(request.replace_iccid);
                }
            }
        }
        effects
    }

    /// What the CMP takes an event for, where it is out of order.
    pub(crate) fn cmp_misunderstands(&mut self, f: usize, event: Event) -> Event {
        let Some(fault) = self.options.fault else { return event };
        let row = &mut self.cmp.federations[f];
        let invalidated = row.federation.state() == TokenState::Invalidated;
        match (fault, event) {
            (Fault::TokenRemovedEarly, event) => {
                if invalidated {
                    row.federation = edited(&row.federation, |json| {
                        json["state"] = "Removed".into();
                        json["msp_token"] = serde_json::Value::Null;
                    });
                }
                event
            }
            (Fault::RequestWithInvalidatedToken, event @ Event::RequestActivationCode { .. }) => {
                if invalidated {
                    row.federation = edited(&row.federation, |json| json["state"] = "Active".into());
                }
                event
            }
            (
                Fault::SwappedProfileKept,
                Event::SendActivationCode {
                    mut body,
                    correlation_id,
                },
            ) => {
                if let SendActivationCode::Issued(issued) = &mut body {
                    issued.swapped_iccid = None;
                }
                Event::SendActivationCode { body, correlation_id }
            }
            (
                Fault::SwappedProfileKept,
                Event::ActivationCodeReply {
                    activation_code_request_id,
                    mut reply,
                },
            ) => {
                if let Ok(ActivationCodeReply::Ready(ready)) = &mut reply {
                    ready.swapped_iccid = None;
                }
                Event::ActivationCodeReply {
                    activation_code_request_id,
                    reply,
                }
            }
            (_, event) => event,
        }
    }
}
