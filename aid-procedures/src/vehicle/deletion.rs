//! "Delete Operational Profile" and "Delete all profiles".

use aid_types::{CmpUserId, Iccid};
use aid2_proto::{
    CsimErrorCode, Profile as Entry, ProfileStatus, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse,
    RequestDeleteAllProfilesResult as AllR, RequestDeleteProfile, RequestDeleteProfileResponse,
    RequestDeleteProfileResult as OneR, RequestId,
};
use serde::{Deserialize, Serialize};

use super::{Effect, Log, Profile, ProfileState, Response, ToCmp, Vehicle, aggregate::send};

/// Orders that may wait for the eUICC at the same time; more are refused.
const MANY: usize = 64;

/// The orders that wait for the eUICC.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Orders(Vec<Order>);

/// An order of the CMP backend to delete profiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    request_id: RequestId,
    /// The one profile to delete, and whose it is if that was told; `None` for "Request delete all profiles".
    one: Option<(Iccid, Option<CmpUserId>)>,
    /// What is still to be deleted.
    left: Vec<Iccid>,
    /// The downloads that may still bring what is to be deleted, by the sequence that the activation code came in.
    awaited: Vec<RequestId>,
    /// Whether the eUICC has to be read: it may hold what nobody here knows.
    #[serde(default)]
    must_list: bool,
    /// Whether there was anything to delete.
    found: bool,
    /// Whether the profile is another user's.
    #[serde(default)]
    not_theirs: bool,
    /// What the eUICC said first, if it failed.
    failure: Option<CsimErrorCode>,
}

impl Orders {
    /// Whether a profile has to go.
    pub(super) fn concern(&self, iccid: Option<Iccid>) -> bool {
        iccid.is_some_and(|iccid| self.0.iter().any(|order| order.left.contains(&iccid)))
    }

    /// A profile is gone, or could not be deleted: the orders do not wait for it any more.
    pub(super) fn end(&mut self, iccid: Iccid, result: Result<(), CsimErrorCode>) {
        for order in self.0.iter_mut().filter(|order| order.left.contains(&iccid)) {
            order.left.retain(|left| *left != iccid);
            order.failure = order.failure.or(result.err());
        }
    }

    /// Whether the eUICC has to be read for an order.
    pub(super) fn must_list(&self) -> bool {
        self.0.iter().any(|order| order.must_list)
    }

    /// The eUICC told its profiles, and they are known now, unless a download may be bringing more.
    pub(super) fn euicc_told(&mut self, profiles: &[Profile], more: bool, out: &mut Vec<Effect>) {
        for order in self.0.iter_mut().filter(|order| order.must_list) {
            for profile in profiles.iter().filter(|profile| profile.state.is_installed()) {
                order.meet(profile.iccid, profile.cmp_user_id.as_ref(), out);
            }
            order.must_list &= more;
        }
    }

    /// The eUICC does not tell its profiles: nobody knows what is there.
    //
    pub(super) fn euicc_is_mute(&mut self, csim_error_code: CsimErrorCode) {
        for order in self.0.iter_mut().filter(|order| order.must_list) {
            order.must_list = false;
            order.failure = order.failure.or(Some(csim_error_code));
        }
    }

    /// Another eUICC is there.
    pub(super) fn look_again(&mut self) {
        for order in &mut self.0 {
            order.left.clear();
            order.awaited.clear();
            order.must_list = true;
            (order.found, order.not_theirs) = (false, false);
        }
    }

    /// Forgets every order; how many there were.
    pub(super) fn drop_all(&mut self) -> usize {
        std::mem::take(&mut self.0).len()
    }

    /// Whether a download has to wait until everything else is deleted.
    pub(super) fn hold(&self, profile: &Profile) -> bool {
        let awaits = |order: &Order| order.awaited.iter().any(|id| profile.code_request_ids.contains(id));
        self.0.iter().any(|order| order.one.is_none() && !awaits(order))
    }

    /// A download ended, and brought a profile of this user, or none. It may have been ordered to be deleted meanwhile.
    pub(super) fn downloaded(
        &mut self,
        request_id: RequestId,
        installed: Option<(Iccid, Option<&CmpUserId>)>,
        out: &mut Vec<Effect>,
    ) {
        for order in &mut self.0 {
            let awaiting = order.awaited.len();
            order.awaited.retain(|awaited| *awaited != request_id);
            if let Some((iccid, owner)) = installed.filter(|_| order.awaited.len() < awaiting) {
                order.meet(Some(iccid), owner, out);
            }
        }
    }
}

impl Order {
    const fn new(request_id: RequestId, one: Option<(Iccid, Option<CmpUserId>)>) -> Self {
        Self {
            request_id,
            one,
            left: Vec::new(),
            awaited: Vec::new(),
            must_list: true,
            found: false,
            not_theirs: false,
            failure: None,
        }
    }

    /// The eUICC holds this profile: if the order means it, it has to go, unless it is another user's. Whose it is may be
    /// unknown, here and there.
    fn meet(&mut self, iccid: Option<Iccid>, owner: Option<&CmpUserId>, out: &mut Vec<Effect>) {
        let Some(iccid) = iccid else { return };
        match &self.one {
            Some((one, _)) if *one != iccid => {}
            Some((_, Some(user))) if owner.is_some_and(|owner| owner != user) => {
                self.not_theirs = true;
                self.must_list = false;
                self.awaited.clear();
                out.push(Effect::Log(Log::NotTheirProfile { iccid }));
            }
            _ => self.find(iccid),
        }
    }

    fn find(&mut self, iccid: Iccid) {
        if !self.left.contains(&iccid) {
            self.left.push(iccid);
        }
        self.found = true;
        // The one that is meant is there. Of all, there may be more.
        self.must_list &= self.one.is_none();
    }

    const fn is_done(&self) -> bool {
        self.left.is_empty() && self.awaited.is_empty() && !self.must_list
    }

    /// How it ended.
    //
    fn response(&self) -> Response {
        let code = self.failure.unwrap_or(CsimErrorCode::NONE);
        match (&self.one, self.failure) {
            (Some(_), Some(_)) => one(OneR::DELETE_PROFILE_FAILED, code),
            (Some(_), None) if self.not_theirs => one(OneR::DELETE_PROFILE_USER_NOT_FOUND, code),
            (Some(_), None) if self.found => one(OneR::DELETE_PROFILE_SUCCESS, code),
            //
            (Some(_), None) => one(OneR::DELETE_PROFILE_NOT_FOUND, code),
            (None, Some(_)) => all(AllR::DELETE_ALL_PROFILES_FAILED, code),
            (None, None) if self.found => all(AllR::DELETE_ALL_PROFILES_SUCCESS, code),
            (None, None) => all(AllR::DELETE_ALL_PROFILES_NO_PROFILES_FOUND, code),
        }
    }
}

fn one(result: OneR, code: CsimErrorCode) -> Response {
    Response::DeleteProfile(RequestDeleteProfileResponse::new(result).with_csim_error_code(code))
}

fn all(result: AllR, code: CsimErrorCode) -> Response {
    Response::DeleteAllProfiles(RequestDeleteAllProfilesResponse::new(result).with_csim_error_code(code))
}

impl Vehicle {
    /// "Request Delete Profile". It may overtake the profile: then it waits for the download.
    //
    pub(super) fn delete_profile(&mut self, message: &RequestDeleteProfile, out: &mut Vec<Effect>) {
        let &RequestDeleteProfile { request_id, iccid, .. } = message;
        if self.is_for_other(request_id, out) {
            return respond(request_id, one(OneR::DELETE_PROFILE_FAILED, CsimErrorCode::NONE), out);
        }
        let owner = message.cmp_user_id.as_ref();
        let mut order = Order::new(request_id, Some((iccid, owner.cloned())));
        match self.installed(iccid) {
            Some(profile) => order.meet(Some(iccid), profile.cmp_user_id.as_ref(), out),
            None => order.awaited = self.downloads(|profile| owner.is_none_or(|owner| profile.is_of(owner))),
        }
        self.order(order, out);
    }

    /// "Request delete all profiles": those on the eUICC now, and those that are being downloaded.
    //
    pub(super) fn delete_all_profiles(&mut self, message: &RequestDeleteAllProfiles, out: &mut Vec<Effect>) {
        let request_id = message.request_id;
        if self.is_for_other(request_id, out) {
            return respond(
                request_id,
                all(AllR::DELETE_ALL_PROFILES_FAILED, CsimErrorCode::NONE),
                out,
            );
        }
        let mut order = Order::new(request_id, None);
        let installed = self.profiles.iter().filter(|profile| profile.state.is_installed());
        for iccid in installed.filter_map(|profile| profile.iccid) {
            order.find(iccid);
        }
        order.awaited = self.downloads(|_| true);
        self.order(order, out);
    }

    /// The downloads that are under way, or about to begin.
    fn downloads(&self, wanted: impl Fn(&Profile) -> bool) -> Vec<RequestId> {
        let under_way = |profile: &&Profile| {
            matches!(profile.state, ProfileState::CodeReceived | ProfileState::Downloading) && wanted(profile)
        };
        let downloads = self.profiles.iter().filter(under_way);
        downloads
            .flat_map(|profile| profile.code_request_ids.iter().copied())
            .collect()
    }

    fn order(&mut self, mut order: Order, out: &mut Vec<Effect>) {
        // Delivered twice: the answer to the first is the answer to both, whatever has changed meanwhile.
        let same = |known: &Order| known.request_id == order.request_id && known.one == order.one;
        if self.orders.0.iter().any(same) {
            return out.push(Effect::Log(Log::RepeatedOrder));
        }
        if self.orders.0.len() >= MANY {
            out.push(Effect::Log(Log::TooManyOrders));
            order.failure = Some(CsimErrorCode::NONE);
            return respond(order.request_id, order.response(), out);
        }
        self.orders.0.push(order);
    }

    /// Answers the orders that wait for nothing any more, and tells the state of the eUICC.
    //
    pub(super) fn finish_orders(&mut self, out: &mut Vec<Effect>) {
        let mut finished = false;
        let orders = std::mem::take(&mut self.orders.0);
        for mut order in orders {
            if order.is_done() && order.one.is_none() && order.failure.is_none() {
                // What came in the meantime is deleted, too: all is all.
                let held = self.profiles.iter().filter(|profile| profile.state.is_installed());
                for iccid in held.filter_map(|profile| profile.iccid) {
                    order.find(iccid);
                }
            }
            if !order.is_done() {
                self.orders.0.push(order);
                continue;
            }
            finished = true;
            respond(order.request_id, order.response(), out);
            let mut status = self.status(order.request_id);
            // what is not there is as good as deleted, so the status says deleted, too: the earlier one may be lost.
            if let Some((iccid, owner)) = order.one.filter(|_| !order.found && !order.not_theirs)
                && status.profiles.iter().all(|entry| entry.iccid != iccid)
            {
                let mut deleted = Entry::of_unknown_owner(iccid, ProfileStatus::DELETED);
                deleted.cmp_user_id = owner;
                status.profiles.push(deleted);
            }
            send(ToCmp::SendCsimStatus(status), out);
        }
        if finished {
            self.forget_deleted();
        }
    }

    /// A deleted profile is reported once.
    pub(super) fn forget_deleted(&mut self) {
        self.profiles.retain(|profile| profile.state != ProfileState::Deleted);
    }
}

/// Appends the answer to a request.
pub(super) fn respond(request_id: RequestId, response: Response, out: &mut Vec<Effect>) {
    out.push(Effect::Respond { request_id, response });
}
