//! "Request activation code": the reply within the three seconds, or the 201 and the code behind it.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use aid_procedures::msp::{Answer, Effect, Event};
use aid_types::{ActivationCodeReply, Condition, MspToken, Refusal, RequestActivationCode};
use aid1_server_traits::Call;

use super::{
    MspBackend, MspPorts, api, key,
    record::{Owed, Record},
};
use crate::{
    engine::{BoxFuture, Decision, UnitError, Watch},
    party,
    store::{Load, Seen, Snapshot, Store},
};

/// When a caller who waits looks first for an answer that another process may have committed; then after twice the time, and
/// so on.
const FIRST_LOOK: Duration = Duration::from_millis(2);
/// And at least so often.
const LAST_LOOK: Duration = Duration::from_millis(256);

/// What there is to say, so far.
enum Progress {
    Answered(Answer),
    Preparing,
}

impl<S: Store, P: MspPorts> MspBackend<S, P> {
    pub(super) async fn activation_code(
        &self,
        call: Call,
        msp_token: MspToken,
        body: RequestActivationCode,
    ) -> Result<ActivationCodeReply, Refusal> {
        let id = body.activation_code_request_id;
        let watch = self.engine.watch(key(&msp_token)?);
        let mut limit = self.engine.sleep(self.options.wait);
        let mut is_over = self.options.wait.is_zero();
        loop {
            match self.progress(&call, msp_token, body.clone()).await? {
                Progress::Answered(answer) => return answer.into_reply(),
                Progress::Preparing if is_over => break,
                Progress::Preparing => is_over = self.wait(&watch, &mut limit, msp_token, &body).await,
            }
        }
        // The code must not overtake the 201. If this process ends before it is said, the timer says it.
        let (backend, written) = (self.clone(), call.reply_written());
        self.engine.spawn(async move {
            written.await;
            backend.accepted(msp_token, id).await;
        });
        Ok(ActivationCodeReply::Accepted)
    }

    /// Waits until there is something new to say, or until `limit`: whether it was that.
    async fn wait(
        &self,
        watch: &Watch,
        limit: &mut BoxFuture<'static, ()>,
        msp_token: MspToken,
        body: &RequestActivationCode,
    ) -> bool {
        let mut look = FIRST_LOOK;
        while self.is_preparing(msp_token, body).await {
            let mut changed = pin!(watch.changed(self.engine.sleep(look)));
            let is_over = poll_fn(|context| match limit.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(true),
                Poll::Pending => changed.as_mut().poll(context).map(|()| false),
            });
            if is_over.await {
                return true;
            }
            look = (look * 2).min(LAST_LOOK);
        }
        false
    }

    /// Whether there is nothing new to say. Nothing is changed.
    async fn is_preparing(&self, msp_token: MspToken, body: &RequestActivationCode) -> bool {
        let Ok(key) = key(&msp_token) else { return false };
        let Ok(snapshot) = self.engine.store().load(Load::keys([key])).await else {
            return false;
        };
        let Ok(Some(mut record)) = Record::read(&snapshot) else {
            return false;
        };
        let event = Event::RequestActivationCode(body.clone());
        let effects = record.subscription.handle(event, self.ports.now());
        effects.is_ok_and(|effects| !effects.iter().any(|effect| matches!(effect, Effect::Reply(_))))
    }

    /// Asks for the profile the first time, and for the answer each time: the request is known by its id.
    async fn progress(
        &self,
        call: &Call,
        msp_token: MspToken,
        body: RequestActivationCode,
    ) -> Result<Progress, Refusal> {
        let load = Load::keys([key(&msp_token)?]).call(party::call_key(call)?);
        let (cmp, moment) = (call.caller.client_id().clone(), self.moment(call.trace_parent));
        let seen = party::seen(call, key(&msp_token)?, self.options.keep_replies)?;
        let trace = call.trace_parent;
        let decide = move |snapshot: &Snapshot| {
            let mut record = api::of_cmp(snapshot, &cmp)?;
            let Some(loaded) = snapshot.aggregates.first() else {
                return Err(Condition::UnknownMspToken.into());
            };
            // Whatever becomes of this caller and of this process: what is asked for is owed.
            let (id, since) = (body.activation_code_request_id, moment.now);
            let known = record.owed.iter().any(|owed| owed.id == id);
            let before = record.owed.clone();
            if !known {
                record.owed.push(Owed { id, since, trace });
            }
            let event = Event::RequestActivationCode(body.clone());
            let (unit, effects) = record.clone().after(loaded, [event.clone()], moment)?;
            let answer = effects.into_iter().find_map(|effect| match effect {
                Effect::Reply(answer) => Some(answer),
                _ => None,
            });
            let Some(answer) = answer else {
                return Ok(Decision::Commit(unit, Progress::Preparing));
            };
            record.owed = before;
            record.owed.retain(|owed| owed.id != id);
            let (unit, _) = record.after(loaded, [event], moment)?;
            let reply = serde_json::to_vec(&answer).map_err(party::internal)?.into();
            let unit = unit.seen(Seen { reply, ..seen.clone() });
            Ok(Decision::Commit(unit, Progress::Answered(answer)))
        };
        match self.engine.unit(load, decide).await {
            Ok(progress) => Ok(progress),
            Err(UnitError::Replied(reply)) => {
                let answer = serde_json::from_slice(&reply).map_err(party::internal)?;
                Ok(Progress::Answered(answer))
            }
            Err(error) => Err(party::refusal(error)),
        }
    }
}
