//! What the LPA does next.

use super::{Effect, LpaCommand, Now, Profile, ProfileState, ProfileStep, Vehicle};

impl Vehicle {
    /// Does what can be done now: orders that are fulfilled are answered, and the LPA gets its next commands.
    pub(super) fn settle(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.finish_orders(out);
        // What a download brings is known by what was there before, so that has to be known.
        let unread = self.must_list && self.list_failed.is_none();
        if self.lpa.download().is_none() && self.doubt.is_none() && !unread {
            let held = self.profiles.iter().filter(|profile| profile.state.is_installed());
            let held = held.filter_map(|profile| profile.iccid).collect();
            let before = (!self.must_list && !self.lpa.may_still_download()).then_some(held);
            let orders = &self.orders;
            let next = self.profiles.iter_mut().find_map(|profile| {
                let activation_code = profile.activation_code.clone().filter(|_| !orders.hold(profile))?;
                profile.step(ProfileStep::Download).then_some(activation_code)
            });
            if let Some(activation_code) = next {
                self.command(
                    LpaCommand::Download {
                        activation_code,
                        before,
                    },
                    now,
                    out,
                );
            }
        }
        if self.lpa.is_free()
            && let Some(command) = self.next_command()
        {
            self.command(command, now, out);
        }
    }

    /// What the LPA should do next, beside downloads.
    fn next_command(&self) -> Option<LpaCommand> {
        let doomed = |profile: &Profile| self.orders.concern(profile.iccid);
        let first = |wanted: &dyn Fn(&Profile) -> bool| {
            // The latest first, should a user have two.
            self.profiles.iter().rev().find(|profile| wanted(profile))?.iccid
        };
        //
        let to_disable = first(&|profile| {
            let unwanted = !self.is_at_the_wheel(profile) && profile.disable_since.is_none();
            profile.state == ProfileState::Enabled && (unwanted || doomed(profile))
        });
        if let Some(iccid) = to_disable {
            return Some(LpaCommand::Disable { iccid });
        }
        // Not once more while a download may be bringing what was not understood.
        let may_ask = !(self.unadopted && self.lpa.download().is_some());
        let asked = self.orders.must_list() || !self.csim_infos.is_empty();
        if (self.must_list && self.list_failed.is_none()) || (asked && may_ask) {
            return Some(LpaCommand::List);
        }
        //
        if let Some(iccid) = first(&|profile| profile.state == ProfileState::Disabled && doomed(profile)) {
            return Some(LpaCommand::Delete { iccid });
        }
        // One at a time: where the eUICC has not told what it holds, nobody knows whether another one is enabled.
        if self.must_list || first(&|profile| profile.state == ProfileState::Enabled).is_some() {
            return None;
        }
        //
        let to_enable = first(&|profile| {
            profile.state == ProfileState::Disabled
                && self.is_at_the_wheel(profile)
                && !profile.rests
                && !doomed(profile)
        });
        to_enable.map(|iccid| LpaCommand::Enable { iccid })
    }

    fn command(&mut self, command: LpaCommand, now: Now, out: &mut Vec<Effect>) {
        let id = self.lpa.begin(command.clone(), now);
        out.push(Effect::Command { id, command });
    }
}
