//! The SM-DP+ beside each MSP: it binds profiles, sooner or later.

use aid_procedures::{ServiceState, msp::Event};
use aid_types::{ActivationCodeRequestId, ErrorCode, ErrorText, ProfileType, RequestActivationCode};

use crate::{
    item::Item,
    msp::Ends,
    names::{self, HOUR, MINUTE, SECOND},
    trouble::Trouble,
    world::{Bound, World},
};

impl World {
    pub(crate) fn prepare(&mut self, s: usize, request: &RequestActivationCode) {
        let msp = self.subscriptions[s].msp;
        let millis = match self.troubles.draw(Trouble::SlowProfile, msp) {
            Some(how_bad) if how_bad % 4 == 0 => HOUR + how_bad / 4 % (30 * HOUR),
            Some(how_bad) => SECOND + how_bad / 4 % (20 * MINUTE),
            None => self.troubles.time(1 + msp, 2 * SECOND),
        };
        let life = self.msps[msp].life;
        self.queue_in(
            millis,
            Item::Prepared {
                s,
                life,
                id: request.activation_code_request_id,
            },
        );
    }

    pub(crate) fn profile_prepared(&mut self, s: usize, life: u32, id: ActivationCodeRequestId) {
        let row = &self.subscriptions[s];
        let msp = row.msp;
        if self.msps[msp].life != life {
            return;
        }
        let Some(eid) = row
            .preparing
            .iter()
            .find(|request| request.activation_code_request_id == id)
            .map(|r| r.eid)
        else {
            return;
        };
        // Asked again, because the MSP had died over the answer, it gives the same.
        let known = self.bound.iter().position(|bound| bound.id == id);
        let event = if known.is_none() && self.troubles.draw(Trouble::NoProfile, msp).is_some() {
            self.note(|| format!("    the SM-DP+ of MSP {msp} has no profile"));
            let error = ErrorText::from_code(ErrorCode::ACTIVATION_CODE_OTHER);
            Event::PreparationFailed {
                activation_code_request_id: id,
                error,
            }
        } else {
            let profile = known.unwrap_or(self.bound.len());
            if known.is_none() {
                self.bound.push(Bound {
                    id,
                    eid,
                    subscription: s,
                    downloaded: false,
                    service: ServiceState::Valid,
                });
            }
            self.note(|| format!("    the SM-DP+ of MSP {msp} binds profile {profile} to {eid}"));
            Event::ProfilePrepared {
                activation_code_request_id: id,
                iccid: names::iccid(profile),
                activation_code: names::code(profile),
                profile_type: ProfileType::PERSONAL,
            }
        };
        self.subscription(s, event, Ends::Preparation(id));
    }
}
