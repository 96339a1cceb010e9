//! "Onboarding via CMP Touchpoint" and "via MSP Touchpoint", as far as the CMP backend is concerned.

use aid_types::{Condition, CustomerGroupChange, IssuedMspToken, Refusal, SendMspToken, UpdateSubscriptionInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Effect, Federation, Log, SessionState, SessionStep, TokenState, TokenStep};
use crate::Timestamp;

/// One account_id that was handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    sid: Uuid,
    expires: Timestamp,
    state: SessionState,
}

impl Session {
    /// The claim `sid` of the account_id.
    #[must_use]
    pub const fn sid(&self) -> Uuid {
        self.sid
    }

    /// Until when an msp_token is accepted.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// How far it is.
    #[must_use]
    pub const fn state(&self) -> SessionState {
        self.state
    }

    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        (self.state == SessionState::Open).then_some(self.expires)
    }

    fn step(&mut self, step: SessionStep) {
        self.state = self.state.on(step).unwrap_or(self.state);
    }
}

impl Federation {
    pub(super) fn open_session(&mut self, sid: Uuid, expires: Timestamp) -> Result<(), Refusal> {
        if self.sessions.iter().any(|session| session.sid == sid) {
            return Ok(());
        }
        // after a withdrawal everything begins anew, in another federation.
        if !self.step(TokenStep::SessionOpened) {
            return Err(Condition::InvalidatedMspToken.into());
        }
        // Those that brought the msp_token are kept before others, so that the MSP may send it again.
        while self.sessions.len() >= self.options.max_sessions.max(1) {
            let unused = |session: &Session| session.state != SessionState::Used;
            let spare = self.sessions.iter().position(unused).unwrap_or(0);
            self.sessions.remove(spare);
        }
        self.sessions.push(Session {
            sid,
            expires: crate::time::in_seconds(expires),
            state: SessionState::Open,
        });
        Ok(())
    }

    pub(super) fn abort_session(&mut self, sid: Uuid) -> Result<(), Refusal> {
        self.session(sid)?.step(SessionStep::Abort);
        self.sessions_ended();
        Ok(())
    }

    pub(super) fn expire_sessions(&mut self, now: Timestamp) {
        for session in &mut self.sessions {
            if now >= session.expires {
                session.step(SessionStep::Expire);
            }
        }
        self.sessions_ended();
    }

    /// The MSP sends the msp_token, or says why there is none.
    //
    pub(super) fn msp_token_sent(
        &mut self,
        sid: Uuid,
        assigned_elsewhere: bool,
        body: SendMspToken,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let current = self.msp_token;
        let session = self.session(sid)?;
        match body {
            SendMspToken::Failed(error) => {
                // accepted, nothing created.
                if session.state == SessionState::Open {
                    session.step(SessionStep::Abort);
                    out.push(Effect::Log(Log::OnboardingFailed { error }));
                    self.sessions_ended();
                }
                Ok(())
            }
            SendMspToken::Issued(issued) => {
                let state = session.state;
                let same = current == Some(issued.msp_token);
                // the answer to the first may have been lost.
                if state == SessionState::Used && same {
                    return Ok(());
                }
                if state == SessionState::Used {
                    return Err(Condition::UserHasMspToken.into());
                }
                if state != SessionState::Open || now >= session.expires {
                    return Err(Condition::ExpiredAccountId.into());
                }
                if assigned_elsewhere {
                    return Err(Condition::MspTokenAssigned.into());
                }
                // the token of a federation stays the same.
                if current.is_some() && !same {
                    return Err(Condition::UserHasMspToken.into());
                }
                session.step(SessionStep::Use);
                if self.step(TokenStep::TokenReceived) {
                    out.push(Effect::Log(Log::Federated));
                }
                self.federate(issued);
                Ok(())
            }
        }
    }

    fn federate(&mut self, issued: IssuedMspToken) {
        self.msp_token = Some(issued.msp_token);
        let mut subscription = UpdateSubscriptionInfo::new(issued.phone_number, issued.subscription_type);
        if let Some(group) = issued.customer_group {
            subscription.customer_group = CustomerGroupChange::Set(group);
        }
        self.subscription = Some(subscription);
    }

    /// "Update Subscription Info": what is not stated stays.
    //
    pub(super) fn update_subscription(&mut self, body: UpdateSubscriptionInfo) -> Result<(), Refusal> {
        self.active_token()?;
        if let Some(subscription) = &mut self.subscription {
            subscription.update(body);
        }
        Ok(())
    }

    /// Refused where there is no msp_token, or none any more.
    //
    pub(super) fn active_token(&self) -> Result<(), Refusal> {
        match self.state {
            TokenState::Active => Ok(()),
            TokenState::Invalidated => Err(Condition::InvalidatedMspToken.into()),
            TokenState::Unfederated | TokenState::Pending | TokenState::Removed => {
                Err(Condition::UnknownMspToken.into())
            }
        }
    }

    fn session(&mut self, sid: Uuid) -> Result<&mut Session, Refusal> {
        let session = self.sessions.iter_mut().find(|session| session.sid == sid);
        session.ok_or_else(|| Condition::UnknownAccountId.into())
    }

    pub(super) fn abort_sessions(&mut self) {
        for session in &mut self.sessions {
            session.step(SessionStep::Abort);
        }
    }

    fn sessions_ended(&mut self) {
        if self.sessions.iter().all(|session| session.state != SessionState::Open) {
            self.step(TokenStep::SessionsEnded);
        }
    }
}
