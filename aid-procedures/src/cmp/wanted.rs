//! What waits in an outbox, judged once more before it is executed.

use super::{Effect, Federation, MspCall, OrderKind, Profile, ProfileState, ToVehicle, TokenState};

impl Federation {
    /// Whether an effect that waits is still to be executed. Ask with the federation as it is saved now, just before: the
    /// msp_token may be dead by now, and is not used any more then (R-091). What is no longer wanted is dropped: what the
    /// vehicle or the MSP would have learned is obsolete, and nothing depends on it.
    ///
    /// ```
    /// use aid_procedures::{Timestamp, cmp::{Event, Federation, Options}};
    ///
    /// let now = Timestamp::from_secs(1_700_000_000);
    /// let vin = "WBAUX11030A334483".parse()?;
    /// let mut federation = Federation::new("customer-4711".parse()?, Options::default());
    /// let effects = federation.handle(Event::SyncVehicle { vin }, now)?;
    /// assert!(federation.still_wanted(&effects[0]));
    /// // The vehicle was scrapped before the question went out.
    /// federation.handle(Event::VehicleGone { vin }, now)?;
    /// assert!(!federation.still_wanted(&effects[0]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    // R-091, R-105, R-362: an invalidated msp_token brings no activation code, also not one that was on its way.
    #[must_use]
    pub fn still_wanted(&self, effect: &Effect) -> bool {
        let active = self.state == TokenState::Active;
        match effect {
            Effect::CallMsp { msp_token, call, .. } => match call {
                MspCall::RequestActivationCode(request) => {
                    let id = request.activation_code_request_id;
                    let waits = |profile: &Profile| {
                        profile.activation_code_request_id() == id && profile.state == ProfileState::Requested
                    };
                    active && self.msp_token == Some(*msp_token) && self.profiles.iter().any(waits)
                }
                MspCall::RequestProfileStatus(_) => active && self.msp_token == Some(*msp_token),
                // R-092, R-106: what happened is told, whenever.
                MspCall::SendCsimStatus(_) | MspCall::RequestInvalidateMspToken(_) => true,
            },
            Effect::SendToVehicle(message) => self.is_ordered(message),
            Effect::CancelOrder { request_id, order, .. } => {
                // A deletion is tried again under the same id.
                let out = |profile: &Profile| profile.awaits_deletion(*request_id);
                *order != OrderKind::RequestDeleteProfile || !self.profiles.iter().any(out)
            }
            Effect::MakeRoom { .. } | Effect::Alarm(_) | Effect::Log(_) => true,
        }
    }

    fn is_ordered(&self, message: &ToVehicle) -> bool {
        let id = message.request_id();
        let mut profiles = self.profiles.iter();
        match message {
            ToVehicle::SendActivationCode(_) => {
                self.state == TokenState::Active && profiles.any(|profile| profile.awaits_installation(id))
            }
            // A-120: a code would cancel it.
            ToVehicle::RefuseActivationCode { .. } => !profiles.any(|profile| profile.awaits_installation(id)),
            ToVehicle::RequestDeleteProfile(_) => profiles.any(|profile| profile.awaits_deletion(id)),
            ToVehicle::RequestDeleteAllProfiles(_) => self.vehicles.is_deleting_all(id),
            ToVehicle::RequestCsimInfo(_) => self.vehicles.is_asked(id),
        }
    }
}
