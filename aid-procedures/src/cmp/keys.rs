//! By what a federation is found.

use std::collections::BTreeSet;

use super::Federation;
use crate::Key;

impl Federation {
    /// What to find the federation by, as it is now: user, msp_token, onboarding sessions, and of each profile ICCID, eUICC,
    /// vehicle, and the vehicle's requests. Sorted, and nothing twice.
    ///
    /// The msp_token is among them also after it was removed: its MSP may repeat itself, and none is taken twice
    ///
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let mut keys = BTreeSet::from([Key::CmpUserId(self.cmp_user_id.clone())]);
        keys.extend(self.msp_token.or(self.former_msp_token).map(Key::MspToken));
        keys.extend(self.sessions.iter().map(|session| Key::Session(session.sid())));
        for profile in self.profiles.iter() {
            keys.extend([Key::Eid(profile.eid), Key::Vin(profile.vin)]);
            keys.extend(profile.iccid.map(Key::Iccid));
            let requests = profile.waiting.iter().chain(&profile.answered);
            keys.extend(requests.copied().map(Key::RequestId));
        }
        keys.into_iter()
    }
}
