//! What the CMP calls at the MSP.

use aid_procedures::{
    CallFailure,
    cmp::{Event, MspCall},
};
use aid_types::{ActivationCodeReply, MspToken, ProfileStatus};
use aid1_client::{Error, Reply, Transaction};

use super::Cmp;
impl Cmp {
    pub(super) async fn call_msp(&self, user: &str, msp_token: MspToken, transaction: Transaction, call: MspCall) {
        match call {
            MspCall::RequestActivationCode(request) => {
                let candidate = request
                    .replace_iccid
                    .map_or_else(|| "null".to_owned(), |iccid| iccid.to_string());
                let said = format!(
                    "Request activation code (eid {}, replaceIccid {candidate})",
                    request.eid
                );
                self.story.message("CMP", "MSP", said);
                let reply = self
                    .msp
                    .request_activation_code(&msp_token, &request, transaction)
                    .await;
                self.told(&reply, |reply| match reply {
                    ActivationCodeReply::Ready(_) => "200 with the activation code".to_owned(),
                    ActivationCodeReply::Accepted => "201, the activation code follows".to_owned(),
                });
                let event = Event::ActivationCodeReply {
                    activation_code_request_id: request.activation_code_request_id,
                    reply: reply.map(|reply| reply.value).map_err(CallFailure::from),
                };
                let _ = self.handle(user, event);
            }
            MspCall::SendCsimStatus(status) => {
                let said = format!("Send CSIM status ({} {})", status.iccid, status.status);
                self.story.message("CMP", "MSP", said);
                let reply = self.msp.send_csim_status(&msp_token, &status, transaction).await;
                self.told(&reply, |()| "201".to_owned());
            }
            MspCall::RequestInvalidateMspToken(_) => {
                self.story.message("CMP", "MSP", "Request invalidate MSP token");
                let reply = self.msp.request_invalidate_msp_token(&msp_token, transaction).await;
                self.told(&reply, |()| "204".to_owned());
            }
            MspCall::RequestProfileStatus(request) => {
                self.story.message("CMP", "MSP", "Request profile status");
                let reply = self.msp.request_profile_status(&msp_token, &request, transaction).await;
                self.told(&reply, |statuses| {
                    let one = |profile: &ProfileStatus| format!("{} {}", profile.iccid, profile.status);
                    format!(
                        "200 [{}]",
                        statuses.profiles.iter().map(one).collect::<Vec<_>>().join(", ")
                    )
                });
                let reply = reply.map(|reply| reply.value).map_err(CallFailure::from);
                let _ = self.handle(user, Event::ProfileStatusReply { request, reply });
            }
            other => self.story.act("CMP", format_args!("cannot call {other:?}")),
        }
    }

    /// What came back, and what had to be tolerated to read it.
    fn told<T>(&self, reply: &Result<Reply<T>, Error>, said: impl FnOnce(&T) -> String) {
        let tolerated = match reply {
            Ok(reply) => {
                self.story.message("MSP", "CMP", said(&reply.value));
                &*reply.tolerated
            }
            Err(error) => {
                self.story.message("MSP", "CMP", error);
                error.tolerated()
            }
        };
        for tolerated in tolerated {
            self.story.act("CMP", format_args!("tolerated: {tolerated}"));
        }
    }
}
