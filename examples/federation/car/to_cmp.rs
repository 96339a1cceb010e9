//! What the vehicle sends to the backend.

use std::fmt::Display;

use aid_procedures::vehicle::ToCmp;
use aid2_mqtt::VehicleLink;
use aid2_proto::{Message, Profile};

use super::Car;

impl Car {
    /// Sends what waits, in order, while the vehicle is online. From there on the link keeps it.
    pub(super) async fn flush(&self) {
        // One at a time, so that nothing overtakes.
        let _sending = self.sending.lock().await;
        loop {
            let link = self.connected().as_ref().map(|connected| connected.link.clone());
            let Some(link) = link else { return };
            let Some(message) = self.outbox().pop_front() else {
                return;
            };
            match message {
                ToCmp::RequestActivationCode(message) => {
                    self.deliver(&link, &message, "Request activation code").await;
                }
                ToCmp::SendProfileDownloadInstallInfo(message) => {
                    let said = format!("Send profile download install info ({})", message.result);
                    self.deliver(&link, &message, said).await;
                }
                ToCmp::SendCsimStatus(message) => {
                    let one = |profile: &Profile| format!("{} {}", profile.iccid, profile.status);
                    let all = message.profiles.iter().map(one).collect::<Vec<_>>().join(", ");
                    self.deliver(&link, &message, format!("Send CSIM status [{all}]")).await;
                }
                ToCmp::SendEnableProfileErrorReport(message) => {
                    let said = format!("Send enable profile error ({})", message.profile.iccid);
                    self.deliver(&link, &message, said).await;
                }
                ToCmp::SendDisableProfileErrorReport(message) => {
                    let said = format!("Send disable profile error ({})", message.profile.iccid);
                    self.deliver(&link, &message, said).await;
                }
                other => self.act(format_args!("cannot send {other:?}")),
            }
        }
    }

    async fn deliver<M: Message>(&self, link: &VehicleLink, message: &M, said: impl Display) {
        self.story.message(self.vin.as_str(), "CMP", said);
        if let Err(error) = self.link.send(link, message).await {
            self.act(format_args!("cannot send {}: {error}", M::NAME));
        }
    }
}
