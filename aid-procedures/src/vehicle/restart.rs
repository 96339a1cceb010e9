//! After a start: what stayed, and what did not.

use aid_types::{Eid, Vin};
use aid2_proto::{DownloadInstallResult, RequestIdGenerator};

use super::{DownloadFailure, Effect, Log, Now, ProfileState, Vehicle};

impl Vehicle {
    //
    pub(super) fn restarted(&mut self, vin: Vin, eid: Eid, user_stayed: bool, now: Now, out: &mut Vec<Effect>) {
        if !user_stayed {
            self.logout();
        }
        if eid != self.eid {
            self.euicc_exchanged(eid, out);
        }
        if vin != self.vin {
            self.vehicle_exchanged(vin, out);
        }
        // Uptime may count from another moment now.
        self.lpa.restarted(now);
        self.list_failed = None;
        for profile in &mut self.profiles {
            profile.asked_since = super::now::Since::now(now);
            profile.disable_since = None;
        }
        out.extend(self.lpa.out().map(|(id, command)| Effect::Command { id, command }));
        self.must_list = true;
    }

    /// The profiles went with the former eUICC. What was ordered may concern the new one.
    fn euicc_exchanged(&mut self, eid: Eid, out: &mut Vec<Effect>) {
        let is_coming = |state| matches!(state, ProfileState::CodeReceived | ProfileState::Downloading);
        let coming: Vec<usize> = (0..self.profiles.len())
            .filter(|at| self.profiles.get(*at).is_some_and(|profile| is_coming(profile.state)))
            .collect();
        for at in coming {
            //
            let failure = DownloadFailure::new(DownloadInstallResult::PROFILE_INSTALLATION_UNKNOWN_ERROR);
            self.failed(at, failure, out);
        }
        out.push(Effect::Log(Log::EuiccExchanged {
            forgotten_profiles: self.profiles.len(),
        }));
        self.profiles.clear();
        self.lpa.forget();
        self.doubt = None;
        self.unadopted = false;
        self.orders.look_again();
        self.must_tell = true;
        self.eid = eid;
    }

    /// What the CMP backend ordered and answered is for the former vehicle; the profiles stay.
    //
    fn vehicle_exchanged(&mut self, vin: Vin, out: &mut Vec<Effect>) {
        out.push(Effect::Log(Log::VehicleExchanged {
            dropped_orders: self.orders.drop_all() + std::mem::take(&mut self.csim_infos).len(),
        }));
        let stays = |state: ProfileState| state.is_installed() || state == ProfileState::Downloading;
        self.profiles
            .retain(|profile| stays(profile.state) || profile.state == ProfileState::CodeReceived);
        for profile in &mut self.profiles {
            profile.code_request_ids.clear();
        }
        // Going on from the latest: should the unit come back, nothing repeats.
        self.request_ids = RequestIdGenerator::resume(vin, self.request_ids.last_second());
        self.must_tell = true;
        self.vin = vin;
    }
}
