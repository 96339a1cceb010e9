//! The state of an eUICC, as its vehicle reports it.

use aid_types::{CmpUserId, Iccid, RequestProfileStatus};
use aid2_proto::{ProfileStatus, RequestId, SendCsimStatus};

use super::{Alarm, Effect, Federation, Profile, ProfileState, context::Context, profiles::Profiles};
use crate::Timestamp;

/// A status, and what only the whole database tells of it.
pub(super) struct Told<'a> {
    pub(super) message: &'a SendCsimStatus,
    pub(super) begun_by_cmp: bool,
    pub(super) elsewhere: &'a [Iccid],
}

impl Federation {
    /// The state of an eUICC: complete, and with what was deleted once more.
    //
    pub(super) fn csim_status(&mut self, told: &Told<'_>, now: Timestamp, out: &mut Vec<Effect>) {
        let message = told.message;
        let vin = message.request_id.vehicle_id;
        let (profiles, mut cx) = self.parts(now, out);
        let asked_in = cx.vehicles.csim_info_told(message.request_id);
        let asked = asked_in.is_some();
        if !asked {
            cx.vehicles.csim_told_unasked(vin);
        }
        // An answer may have been overtaken: what changed since the question is not judged by it, but asked about again.
        let newer = |profile: &Profile| asked_in.is_some_and(|asked_in| profile.changed_in >= asked_in);
        let mut again = false;
        // What we began carries our time, everything else the vehicle's: only the latter can be compared.
        let ours = asked || told.begun_by_cmp || is_ours(profiles, message.request_id);
        for entry in &message.profiles {
            let Some(profile) = profiles.named_mut(entry.iccid) else {
                if may_be_of(cx.cmp_user_id, entry) && !told.elsewhere.contains(&entry.iccid) {
                    unknown_entry(profiles, message, entry, &mut cx);
                }
                continue;
            };
            if profile.eid != message.eid || !may_be_of(cx.cmp_user_id, entry) {
                let (iccid, eid) = (entry.iccid, message.eid);
                cx.alarm(Alarm::Misplaced { iccid, eid });
                continue;
            }
            if newer(profile) && entry.status != ProfileStatus::DELETED {
                again |= !profile.is_as_told(entry.status);
                continue;
            }
            profile.reported(entry.status, message.request_id, ours, &mut cx);
            // What the vehicle answers is how it is, even where an earlier answer had it deleted.
            if asked && profile.state == ProfileState::Deleted && entry.status != ProfileStatus::DELETED {
                profile.returned(&mut cx);
            }
        }
        // what is missing is gone only if we asked, and only if everything that is there could be read.
        if asked && message.unreadable.is_empty() {
            for profile in profiles
                .of_euicc_mut(message.eid)
                .filter(|profile| is_missing(profile, message))
            {
                if newer(profile) {
                    again |= profile.iccid.is_some();
                } else {
                    profile.deleted(Some(message.request_id), &mut cx);
                }
            }
        }
        if again {
            cx.request_csim_info(vin);
        }
    }
}

/// Whether the sequence was started here, to delete something.
fn is_ours(profiles: &Profiles, request_id: RequestId) -> bool {
    let mut here = profiles.of_vehicle(request_id.vehicle_id);
    here.any(|profile| profile.is_deleted_by(request_id))
}

/// Whether an entry names this user. One without an owner counts by its ICCID.
fn may_be_of(cmp_user_id: &CmpUserId, entry: &aid2_proto::Profile) -> bool {
    entry.cmp_user_id.as_ref().is_none_or(|owner| owner == cmp_user_id)
}

/// Whether a profile that should be on the eUICC is not in its list. What was never named and cannot be ordered by name is not
/// there either.
fn is_missing(profile: &Profile, message: &SendCsimStatus) -> bool {
    let expected = profile.state.is_on_euicc() || profile.state == ProfileState::DeleteOrdered;
    match profile.iccid {
        Some(iccid) => expected && message.profiles.iter().all(|entry| entry.iccid != iccid),
        None => profile.state == ProfileState::DeleteOrdered,
    }
}

/// An ICCID that is new here, and in no other federation. It may be that of a profile that the MSP issued without naming it
/// the MSP is asked whether it is.
fn unknown_entry(profiles: &mut Profiles, message: &SendCsimStatus, entry: &aid2_proto::Profile, cx: &mut Context<'_>) {
    // the deletion of what was never seen is no news, and a status without a name neither.
    if !matches!(entry.status, ProfileStatus::ENABLED | ProfileStatus::DISABLED) {
        return;
    }
    let (mut may_be_ours, mut news) = (false, false);
    for profile in profiles
        .of_euicc_mut(message.eid)
        .filter(|profile| profile.is_nameless())
    {
        may_be_ours = true;
        if !profile.heard.contains(&entry.iccid) {
            profile.heard.truncate(HEARD - 1);
            profile.heard.insert(0, entry.iccid);
            news = true;
        }
    }
    if news && cx.active {
        cx.ask_msp(RequestProfileStatus::one(entry.iccid));
    } else if news {
        // The MSP has nothing to say of a user it does not serve any more.
        cx.unknown_profile(entry.iccid, message.eid);
    }
    // One without an owner is somebody else's until something says otherwise.
    if !may_be_ours && entry.cmp_user_id.is_some() {
        cx.unknown_profile(entry.iccid, message.eid);
    }
}

/// ICCIDs that a profile without a name remembers: an eUICC holds few.
const HEARD: usize = 8;
