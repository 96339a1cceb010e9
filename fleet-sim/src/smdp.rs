//! The SM-DP+ beside each MSP: it binds profiles, sooner or later.

use aid_backend::msp::{NotPrepared, PreparedProfile};
use aid_procedures::ServiceState;
use aid_types::{ErrorCode, ErrorText, MspToken, RequestActivationCode};
use futures_channel::oneshot::Sender;

use crate::{
    item::Item,
    names::{self, HOUR, MINUTE, SECOND},
    party::Party,
    trouble::Trouble,
    world::{Bound, World},
};

impl World {
    /// An MSP asks for a profile, for the first time or again.
    pub(crate) fn prepare(
        &mut self,
        token: &MspToken,
        request: RequestActivationCode,
        answer: Sender<Result<PreparedProfile, NotPrepared>>,
    ) {
        let Some(s) = self.subscription_of(token) else { return };
        let msp = self.subscriptions[s].msp;
        let id = request.activation_code_request_id;
        let ready_at = match self.ready_at.get(&id) {
            // Asked again, it has long begun.
            Some(ready_at) => *ready_at,
            None => {
                let millis = match self.troubles.draw(Trouble::SlowProfile, msp) {
                    Some(how_bad) if how_bad % 4 == 0 => HOUR + how_bad / 4 % (30 * HOUR),
                    Some(how_bad) => SECOND + how_bad / 4 % (20 * MINUTE),
                    None => self.troubles.time(1 + msp, 2 * SECOND),
                };
                self.now + millis
            }
        };
        self.ready_at.insert(id, ready_at);
        let number = self.fresh();
        if let Some(host) = self.host(Party::Msp(msp)) {
            host.preparing.insert(number, answer);
            self.queue_at(ready_at, Item::Prepared { s, number, request });
        }
    }

    pub(crate) fn profile_prepared(&mut self, s: usize, number: u64, request: &RequestActivationCode) {
        let msp = self.subscriptions[s].msp;
        let (id, eid) = (request.activation_code_request_id, request.eid);
        // Asked again, because the MSP had died over the answer, it gives the same.
        let known = self.bound.iter().position(|bound| bound.id == id);
        let prepared = if known.is_none() && self.troubles.draw(Trouble::NoProfile, msp).is_some() {
            self.note(|| format!("    the SM-DP+ of MSP {msp} has no profile"));
            Err(NotPrepared::Never(ErrorText::from_code(
                ErrorCode::ACTIVATION_CODE_OTHER,
            )))
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
                self.note(|| format!("    the SM-DP+ of MSP {msp} binds profile {profile} to {eid}"));
            }
            Ok(PreparedProfile::new(names::iccid(profile), names::code(profile)))
        };
        let waits = self
            .host(Party::Msp(msp))
            .and_then(|host| host.preparing.remove(&number));
        if let Some(waits) = waits {
            // Who gave up asks again.
            let _ = waits.send(prepared);
        }
    }
}
