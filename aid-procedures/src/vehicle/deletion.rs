//! "Delete Operational Profile" and "Delete all profiles".

use aid_types::Iccid;
use aid2_proto::{
    CsimErrorCode, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse, RequestDeleteAllProfilesResult as AllR,
    RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult as OneR, RequestId,
};
use serde::{Deserialize, Serialize};

use super::{Effect, Log, ProfileState, Response, ToCmp, Vehicle, aggregate::send, profile::deleted_entry};

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
    /// Whether it was "Request delete all profiles".
    all: bool,
    /// What is still to be deleted.
    left: Vec<Iccid>,
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
}

impl Order {
    /// How it ended.
    //
    fn response(&self) -> Response {
        match (self.all, self.failure) {
            (false, None) => one(OneR::DELETE_PROFILE_SUCCESS, CsimErrorCode::NONE),
            (false, Some(code)) => one(OneR::DELETE_PROFILE_FAILED, code),
            (true, None) => all(AllR::DELETE_ALL_PROFILES_SUCCESS, CsimErrorCode::NONE),
            (true, Some(code)) => all(AllR::DELETE_ALL_PROFILES_FAILED, code),
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
    /// "Request Delete Profile".
    //
    pub(super) fn delete_profile(&mut self, message: &RequestDeleteProfile, out: &mut Vec<Effect>) {
        let &RequestDeleteProfile { request_id, iccid, .. } = message;
        if self.is_for_other(request_id, out) {
            return respond(request_id, one(OneR::DELETE_PROFILE_FAILED, CsimErrorCode::NONE), out);
        }
        let Some(profile) = self.installed(iccid) else {
            // as good as deleted, so the status says deleted, too: the earlier one may be lost.
            respond(
                request_id,
                one(OneR::DELETE_PROFILE_NOT_FOUND, CsimErrorCode::NONE),
                out,
            );
            let mut status = self.status(request_id);
            if status.profiles.iter().all(|entry| entry.iccid != iccid) {
                status.profiles.push(deleted_entry(iccid, message.cmp_user_id.clone()));
            }
            return self.tell(status, out);
        };
        if profile.cmp_user_id != message.cmp_user_id {
            out.push(Effect::Log(Log::NotTheirProfile { iccid }));
            respond(
                request_id,
                one(OneR::DELETE_PROFILE_USER_NOT_FOUND, CsimErrorCode::NONE),
                out,
            );
            let status = self.status(request_id);
            return self.tell(status, out);
        }
        self.order(request_id, false, vec![iccid], out);
    }

    /// "Request delete all profiles": those on the eUICC now. What is being downloaded is not among them.
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
        let installed = self.profiles.iter().filter(|profile| profile.state.is_installed());
        let left: Vec<Iccid> = installed.filter_map(|profile| profile.iccid).collect();
        if left.is_empty() {
            respond(
                request_id,
                all(AllR::DELETE_ALL_PROFILES_NO_PROFILES_FOUND, CsimErrorCode::NONE),
                out,
            );
            let status = self.status(request_id);
            return self.tell(status, out);
        }
        self.order(request_id, true, left, out);
    }

    fn order(&mut self, request_id: RequestId, all: bool, left: Vec<Iccid>, out: &mut Vec<Effect>) {
        let known = |order: &Order| order.request_id == request_id && order.all == all && (all || order.left == left);
        if self.orders.0.iter().any(known) {
            // Delivered twice: the answer to the first is the answer to both.
            return out.push(Effect::Log(Log::Ignored));
        }
        let mut order = Order {
            request_id,
            all,
            left,
            failure: None,
        };
        if self.orders.0.len() >= MANY {
            out.push(Effect::Log(Log::TooManyOrders));
            order.failure = Some(CsimErrorCode::NONE);
            return respond(request_id, order.response(), out);
        }
        self.orders.0.push(order);
    }

    /// Answers the orders that wait for nothing any more, and tells the state of the eUICC.
    //
    pub(super) fn finish_orders(&mut self, out: &mut Vec<Effect>) {
        let mut finished = false;
        let orders = std::mem::take(&mut self.orders.0);
        for order in orders {
            if order.left.is_empty() {
                finished = true;
                respond(order.request_id, order.response(), out);
                send(ToCmp::SendCsimStatus(self.status(order.request_id)), out);
            } else {
                self.orders.0.push(order);
            }
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
