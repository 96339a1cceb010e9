//! The AiD2 backend: what vehicles send, and what they answer.

use std::fmt::Display;

use aid_procedures::cmp::Event;
use aid_types::{CmpUserId, Iccid};
use aid2_proto::{
    CmpBackend, Message, NotHandled, Payload as _, RequestActivationCode, RequestActivationCodeError,
    RequestActivationCodeResult, RequestCsimInfo, RequestCsimInfoResponse, RequestDeleteAllProfiles,
    RequestDeleteAllProfilesResponse, RequestDeleteProfile, RequestDeleteProfileResponse, RequestId,
    SendActivationCode, SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo, binding::CmpReplies,
};
use uuid::Uuid;

use super::{Cmp, CmpPort};

impl Cmp {
    /// A vehicle tells something about one user.
    fn received<M: Message>(&self, user: &CmpUserId, message: M, event: impl FnOnce(M) -> Event) {
        let request_id = message.request_id();
        let _ = self.handle(user.as_str(), event(message));
        self.link.handled_by_cmp(M::NAME, request_id);
    }

    /// Whether the CMP began the sequence of a status, and which profiles in it are those of other federations.
    fn whole_database(&self, user: &str, message: &SendCsimStatus) -> (bool, Vec<Iccid>) {
        let db = self.db();
        let sequences = db.sequences.get(&message.request_id.vehicle_id);
        let begun_by_cmp = sequences.is_some_and(|sequences| sequences.owner(message.request_id).is_some());
        let known = |iccid: &Iccid| {
            let mut others = db.federations.iter().filter(|(other, _)| *other != user);
            others.any(|(_, federation)| federation.profile(iccid).is_some())
        };
        let iccids = message.profiles.iter().map(|profile| profile.iccid);
        (begun_by_cmp, iccids.filter(known).collect())
    }

    /// A vehicle tells something about a profile. Where it does not know whose it is, everybody's federation looks for its
    /// ICCID.
    fn received_of_profile<M: Message + Clone>(&self, owner: Option<CmpUserId>, message: M, event: fn(M) -> Event) {
        match owner {
            Some(user) => self.received(&user, message, event),
            None => {
                for user in self.users() {
                    let _ = self.handle(&user, event(message.clone()));
                }
                self.link.handled_by_cmp(M::NAME, message.request_id());
            }
        }
    }

    /// A vehicle has answered a request.
    fn answered(&self, name: &'static str, request_id: RequestId, result: impl Display, event: Event) {
        let vin = request_id.vehicle_id;
        self.story.message(vin.as_str(), "CMP", result);
        let sequences = self.db().sequences.get(&vin).cloned();
        if let Some(user) = sequences.as_ref().and_then(|sequences| sequences.owner(request_id)) {
            let _ = self.handle(user, event);
        }
        self.link.ended(name, request_id);
    }
}

impl CmpBackend for CmpPort {
    async fn request_activation_code(
        &self,
        message: RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeError>, NotHandled> {
        use RequestActivationCodeResult as R;
        let cmp = &*self.0;
        let known = cmp.db().vehicles.get(&message.request_id.vehicle_id).copied();
        let user = message.cmp_user_id.as_str().to_owned();
        let refusal = match known {
            None => Some(R::UNKNOWN_VIN),
            Some(eid) if eid != message.eid => Some(R::UNKNOWN_EID),
            Some(_) if cmp.federation(&user).is_none() => Some(R::UNKNOWN_USER),
            Some(_) => None,
        };
        let request_id = message.request_id;
        if refusal.is_some() {
            // It goes with the return of this function.
            cmp.link.ordered(RequestActivationCodeError::NAME, request_id);
        } else {
            let fresh_id = Uuid::new_v4().into();
            let _ = cmp.handle(&user, Event::RequestActivationCode { message, fresh_id });
        }
        cmp.link.handled_by_cmp(RequestActivationCode::NAME, request_id);
        Ok(refusal.map(Into::into))
    }

    async fn send_profile_download_install_info(
        &self,
        message: SendProfileDownloadInstallInfo,
    ) -> Result<(), NotHandled> {
        let (owner, request_id) = (message.cmp_user_id.clone(), message.request_id);
        self.0.received_of_profile(owner, message, Event::DownloadInstallInfo);
        // That is how an activation code ends.
        self.0.link.ended(SendActivationCode::NAME, request_id);
        Ok(())
    }

    async fn send_csim_status(&self, message: SendCsimStatus) -> Result<(), NotHandled> {
        for user in self.0.users() {
            let (begun_by_cmp, elsewhere) = self.0.whole_database(&user, &message);
            let event = Event::CsimStatus {
                message: message.clone(),
                begun_by_cmp,
                elsewhere,
            };
            let _ = self.0.handle(&user, event);
        }
        self.0.link.handled_by_cmp(SendCsimStatus::NAME, message.request_id);
        Ok(())
    }

    async fn send_enable_profile_error_report(&self, message: SendEnableProfileErrorReport) -> Result<(), NotHandled> {
        let owner = message.profile.cmp_user_id.clone();
        self.0.received_of_profile(owner, message, Event::EnableProfileError);
        Ok(())
    }

    async fn send_disable_profile_error_report(
        &self,
        message: SendDisableProfileErrorReport,
    ) -> Result<(), NotHandled> {
        let owner = message.profile.cmp_user_id.clone();
        self.0.received_of_profile(owner, message, Event::DisableProfileError);
        Ok(())
    }
}

/// What vehicles answer.
impl CmpReplies for CmpPort {
    async fn request_delete_profile_response(
        &self,
        request_id: RequestId,
        response: RequestDeleteProfileResponse,
    ) -> Result<(), NotHandled> {
        let event = Event::DeleteProfileResponse { request_id, response };
        self.0
            .answered(RequestDeleteProfile::NAME, request_id, response.result, event);
        Ok(())
    }

    async fn request_csim_info_response(
        &self,
        request_id: RequestId,
        response: RequestCsimInfoResponse,
    ) -> Result<(), NotHandled> {
        let event = Event::CsimInfoResponse { request_id, response };
        self.0
            .answered(RequestCsimInfo::NAME, request_id, response.result, event);
        Ok(())
    }

    async fn request_delete_all_profiles_response(
        &self,
        request_id: RequestId,
        response: RequestDeleteAllProfilesResponse,
    ) -> Result<(), NotHandled> {
        let event = Event::DeleteAllProfilesResponse { request_id, response };
        self.0
            .answered(RequestDeleteAllProfiles::NAME, request_id, response.result, event);
        Ok(())
    }
}
