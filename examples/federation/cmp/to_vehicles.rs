//! What the CMP sends to vehicles.

use aid_procedures::cmp::{OrderKind, ToVehicle};
use aid2_mqtt::NotStored;
use aid2_proto::{Message, RequestId, session::NewOrder};

use super::Cmp;

impl Cmp {
    /// Takes an order back that nobody waits for any more.
    pub(super) async fn cancel(&self, request_id: RequestId, order: OrderKind) {
        let (vin, name) = (request_id.vehicle_id, order.name());
        match self.link.cancel(name, request_id).await {
            Ok(()) => self.story.act("CMP", format_args!("takes {name} to {vin} back")),
            Err(error) => self
                .story
                .act("CMP", format_args!("cannot take {name} to {vin} back: {error}")),
        }
    }

    async fn order<M: Message>(&self, message: &M) -> Result<(), NotStored> {
        let order = NewOrder::new(message).map_err(NotStored::NotAnOrder)?;
        self.link.order(order).await
    }

    pub(super) async fn send_to_vehicle(&self, message: ToVehicle) {
        let request_id = message.request_id();
        let vin = request_id.vehicle_id;
        let offline = if self.link.rest.is_online(vin) {
            ""
        } else {
            " [offline, stays ordered]"
        };
        let say = |what: &str| self.story.message("CMP", vin.as_str(), format_args!("{what}{offline}"));
        let sent = match message {
            ToVehicle::SendActivationCode(message) => {
                say("Send activation code");
                self.order(&message).await
            }
            ToVehicle::RefuseActivationCode { response, .. } => {
                say(&format!("Request activation code response: {}", response.result));
                self.link.refuse(request_id, response).await
            }
            ToVehicle::RequestDeleteProfile(message) => {
                say(&format!("Request delete profile ({})", message.iccid));
                self.order(&message).await
            }
            ToVehicle::RequestDeleteAllProfiles(message) => {
                say("Request delete all profiles");
                self.order(&message).await
            }
            ToVehicle::RequestCsimInfo(message) => {
                say("Request CSIM info");
                self.order(&message).await
            }
            other => return self.story.act("CMP", format_args!("cannot send {other:?}")),
        };
        if let Err(error) = sent {
            self.story.act("CMP", format_args!("cannot send to {vin}: {error}"));
        }
    }
}
