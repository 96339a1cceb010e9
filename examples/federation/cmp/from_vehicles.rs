//! The AiD2 backend: what vehicles send, and what they answer.

use aid_procedures::cmp::Event;
use aid_types::{CmpUserId, Iccid};
use aid2_proto::{
    CmpBackend, Message, NotHandled, RequestActivationCode, RequestActivationCodeError, RequestActivationCodeResult,
    RequestCsimInfoResponse, RequestDeleteAllProfilesResponse, RequestDeleteProfileResponse, RequestId, SendCsimStatus,
    SendDisableProfileErrorReport, SendEnableProfileErrorReport, SendProfileDownloadInstallInfo, binding::CmpReplies,
};
use uuid::Uuid;

use super::{Cmp, CmpPort};

impl Cmp {
    /// A vehicle tells something about one user.
    fn received<M: Message>(&self, user: &CmpUserId, message: M, event: impl FnOnce(M) -> Event) {
        let _ = self.handle(user.as_str(), event(message));
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
            }
        }
    }

    /// A vehicle has answered a request.
    fn answered(&self, request_id: RequestId, event: Event) {
        let vin = request_id.vehicle_id;
        let sequences = self.db().sequences.get(&vin).cloned();
        if let Some(user) = sequences.as_ref().and_then(|sequences| sequences.owner(request_id)) {
            let _ = self.handle(user, event);
        }
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
        if refusal.is_none() {
            let fresh_id = Uuid::new_v4().into();
            let _ = cmp.handle(&user, Event::RequestActivationCode { message, fresh_id });
        }
        Ok(refusal.map(Into::into))
    }

    async fn send_profile_download_install_info(
        &self,
        message: SendProfileDownloadInstallInfo,
    ) -> Result<(), NotHandled> {
        let owner = message.cmp_user_id.clone();
        self.0.received_of_profile(owner, message, Event::DownloadInstallInfo);
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
        self.0.answered(request_id, event);
        Ok(())
    }

    async fn request_csim_info_response(
        &self,
        request_id: RequestId,
        response: RequestCsimInfoResponse,
    ) -> Result<(), NotHandled> {
        let event = Event::CsimInfoResponse { request_id, response };
        self.0.answered(request_id, event);
        Ok(())
    }

    async fn request_delete_all_profiles_response(
        &self,
        request_id: RequestId,
        response: RequestDeleteAllProfilesResponse,
    ) -> Result<(), NotHandled> {
        let event = Event::DeleteAllProfilesResponse { request_id, response };
        self.0.answered(request_id, event);
        Ok(())
    }
}
