//! The calls of the MSPs.

use aid_procedures::{cmp::Event, msp::CmpCall};
use aid_types::{Condition, ProfileInformationStatus, SendActivationCode, SendMspToken};

use crate::{
    Fault,
    item::{Caller, Reply},
    names,
    world::World,
};

impl World {
    /// The MSP calls.
    pub(crate) fn cmp_called(&mut self, s: usize, exchange: u64, number: u64, call: CmpCall) {
        let token = names::token(s);
        let found = match &call {
            CmpCall::SendMspToken { account_id, .. } => Some(self.cmp.sessions[names::account_session(account_id)]),
            _ => self.cmp.tokens.get(&token).copied(),
        };
        let Some(f) = found else {
            return self.reply(
                Caller::Subscription(s),
                exchange,
                Reply::refused(&Condition::UnknownMspToken.into()),
            );
        };
        let harmless = !matches!(
            call,
            CmpCall::UpdateSubscriptionInfo(_) | CmpCall::SendProfileInformation(_)
        );
        if self.cmp.done.contains(&(s, number)) {
            return self.reply(Caller::Subscription(s), exchange, Reply::Done);
        }
        let (mut doomed, mut swapped) = (Vec::new(), None);
        match &call {
            CmpCall::SendProfileInformation(body) => {
                let invalid = body
                    .profiles()
                    .iter()
                    .filter(|entry| entry.status == ProfileInformationStatus::Invalid);
                doomed.extend(invalid.map(|entry| entry.iccid));
            }
            CmpCall::SendActivationCode(SendActivationCode::Issued(issued)) => swapped = issued.swapped_iccid,
            _ => {}
        }
        let event = match call {
            CmpCall::SendMspToken { account_id, body, .. } => Event::SendMspToken {
                sid: names::session(names::account_session(&account_id)),
                assigned_elsewhere: matches!(&body, SendMspToken::Issued(issued)
                    if self.cmp.tokens.get(&issued.msp_token).is_some_and(|other| *other != f)),
                body,
            },
            CmpCall::NotifyMspTokenInvalid(body) => Event::NotifyMspTokenInvalid(body),
            CmpCall::SendProfileInformation(_) if self.has(Fault::InvalidProfileKept) && !doomed.is_empty() => {
                Event::Tick
            }
            CmpCall::SendProfileInformation(body) => Event::SendProfileInformation(body),
            CmpCall::UpdateSubscriptionInfo(_) if self.has(Fault::SubscriptionInfoIgnored) => Event::Tick,
            CmpCall::UpdateSubscriptionInfo(body) => Event::UpdateSubscriptionInfo(body),
            CmpCall::SendActivationCode(body) => Event::SendActivationCode {
                body,
                correlation_id: None,
            },
            other => unreachable!("{other:?} is new"),
        };
        let result = self.federation(f, event, false);
        if let Some(token) = self.cmp.federations[f].federation.msp_token() {
            self.cmp.tokens.insert(*token, f);
        }
        let reply = match result {
            Some(Ok(())) => {
                self.cmp.federations[f].watch.doomed.extend(doomed);
                self.watch_swap(f, swapped);
                if !harmless {
                    self.cmp.done.insert((s, number));
                }
                Reply::Done
            }
            Some(Err(refusal)) => Reply::refused(&refusal),
            None => return,
        };
        self.reply(Caller::Subscription(s), exchange, reply);
    }
}
