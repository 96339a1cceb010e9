//! Profiles that the MSP issued without a name.

use aid_types::{ActivationCodeRequestId, Condition, Iccid, Refusal};

use super::{Effect, Federation, Profile, context::Context, profiles::Profiles};
use crate::Timestamp;

impl Federation {
    /// Support has learned the name.
    //
    pub(super) fn profile_named(
        &mut self,
        id: ActivationCodeRequestId,
        iccid: Iccid,
        now: Timestamp,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let (profiles, mut cx) = self.parts(now, out);
        let taken = profiles.named(iccid).is_some();
        let profile = profiles.requested_mut(id).ok_or(Condition::UnknownRequestId)?;
        if profile.iccid == Some(iccid) {
            return Ok(());
        }
        if taken || profile.iccid.is_some() {
            return Err(Condition::ActivationCodeAssigned.into());
        }
        if profile.name(Some(iccid), &mut cx) {
            profile.send_deletion(&mut cx);
        }
        Ok(())
    }
}

/// The MSP gave no activation code, and it may be because nothing could be offered for replacement: what has no name can not.
/// The MSP knows what it has issued.
pub(super) fn ask_for_names(profiles: &Profiles, cx: &mut Context<'_>) {
    if profiles.iter().any(Profile::is_nameless) {
        cx.ask_msp(aid_types::RequestProfileStatus::all());
    }
}
