//! What vehicles send.

use std::time::Duration;

use aid_procedures::{
    Key as Found,
    cmp::{Event, TokenState},
};
use aid_types::{CmpUserId, Iccid, Refusal, TraceParent};
use aid2_proto::{
    RequestActivationCodeError, RequestActivationCodeResult,
    session::{BackendCompletion, Cause, ToCmp},
};
use uuid::Uuid;

use super::{CmpBackend, CmpPorts, FederationId, draft::Draft, sequences_key};
use crate::{
    engine::UnitError,
    party::{internal, name_of},
    store::{Committed, Load, Snapshot, Store, Unit},
};

/// What a message of a vehicle changes besides the vehicle's record: for [`CmpBackend::commit`].
#[derive(Debug, Default)]
pub struct Changes(pub(super) Unit);

/// What has become of a message of a vehicle. Nothing of it holds until it is committed together with the record.
#[derive(Debug)]
#[non_exhaustive]
pub struct Delivered {
    /// For the session.
    pub completion: BackendCompletion,
    /// For the store.
    pub changes: Changes,
}

/// How long to wait after a conflict.
const CONFLICT: Duration = Duration::from_millis(2);

impl<S: Store, P: CmpPorts> CmpBackend<S, P> {
    /// Decides what follows from a message of a vehicle, or from the end of an order's time.
    ///
    /// `trace` is that of the message: what follows from it belongs to it, too.
    ///
    /// Nothing is changed yet: give the completion to the session, and what it then wants stored, together with the changes,
    /// to [`commit`](Self::commit).
    ///
    /// # Errors
    ///
    /// [`UnitError`]: have it delivered again.
    pub async fn deliver(&self, cause: Cause, trace: Option<TraceParent>) -> Result<Delivered, UnitError<Refusal>> {
        let mut completion = BackendCompletion::new();
        // What the federation waits for has a time of its own, after which it gives up.
        let Cause::Message(message) = cause else {
            let changes = Changes::default();
            return Ok(Delivered { completion, changes });
        };
        if let ToCmp::RequestActivationCode(request) = &message {
            let admitted = self.ports.admit(request).await;
            if let Some(result) = admitted.map_err(|why| UnitError::Refused(internal(why)))? {
                completion.refusal = Some(result.into());
                let changes = Changes::default();
                return Ok(Delivered { completion, changes });
            }
        }
        let load = of_interest(&message).map_err(UnitError::Refused)?;
        let moment = self.moment(trace);
        let fresh_id = self.ports.fresh_id();
        let decide = move |snapshot: &Snapshot| {
            let mut draft = Draft::new(snapshot, moment)?;
            let known = hear(&mut draft, &message, fresh_id)?;
            draft.decision(known)
        };
        let (unit, known) = self.engine.decided(load, decide).await?;
        if !known {
            completion.refusal = Some(RequestActivationCodeResult::NO_SUBSCRIPTION_FOUND.into());
        }
        Ok(Delivered {
            completion,
            changes: Changes(unit),
        })
    }

    /// A message of a vehicle, from a transport that keeps no records: what follows from it is committed when this returns.
    /// The answer is that of a request for an activation code, if there is none.
    ///
    /// # Errors
    ///
    /// [`UnitError`]: it is not handled; have it come again.
    pub async fn hear(&self, message: ToCmp) -> Result<Option<RequestActivationCodeError>, UnitError<Refusal>> {
        let backend = self.clone();
        self.engine
            .in_task(async move {
                loop {
                    let delivered = backend.deliver(Cause::Message(message.clone()), None).await?;
                    match backend.engine.commit(delivered.changes.0).await {
                        Ok(Committed::Conflict) => backend.engine.sleep(CONFLICT).await,
                        Ok(_) => return Ok(delivered.completion.refusal),
                        Err(error) => return Err(UnitError::Store(error)),
                    }
                }
            })
            .await
    }
}

/// By what the federations are found that a message may concern.
fn of_interest(message: &ToCmp) -> Result<Load, Refusal> {
    let mut found = vec![];
    match message {
        ToCmp::RequestActivationCode(request) => found.push(Found::CmpUserId(request.cmp_user_id.clone())),
        ToCmp::SendProfileDownloadInstallInfo(info) => {
            found.push(Found::RequestId(info.request_id));
            found.extend(info.iccid.map(Found::Iccid));
            found.extend(info.cmp_user_id.clone().map(Found::CmpUserId));
        }
        ToCmp::SendCsimStatus(status) => {
            found.push(Found::Eid(status.eid));
            for profile in &status.profiles {
                found.push(Found::Iccid(profile.iccid));
                found.extend(profile.cmp_user_id.clone().map(Found::CmpUserId));
            }
        }
        ToCmp::SendEnableProfileErrorReport(report) => of_profile(&report.profile, &mut found),
        ToCmp::SendDisableProfileErrorReport(report) => of_profile(&report.profile, &mut found),
        _ => {}
    }
    found.sort();
    found.dedup();
    let mut load = Load::keys([sequences_key(message.request_id().vehicle_id)?]);
    for key in &found {
        load = load.named(name_of(key)?);
    }
    Ok(load)
}

fn of_profile(profile: &aid2_proto::Profile, found: &mut Vec<Found>) {
    found.push(Found::Iccid(profile.iccid));
    found.extend(profile.cmp_user_id.clone().map(Found::CmpUserId));
}

/// The federations that a message concerns are told it. Whether anybody was there who had to be.
fn hear(draft: &mut Draft<'_>, message: &ToCmp, fresh_id: Uuid) -> Result<bool, Refusal> {
    let request_id = message.request_id();
    let owner = draft.owner(request_id)?;
    let told: Vec<(FederationId, Event)> = match message.clone() {
        ToCmp::RequestActivationCode(message) => {
            let Some(id) = latest(draft, &message.cmp_user_id) else {
                return Ok(false);
            };
            let fresh_id = fresh_id.into();
            vec![(id, Event::RequestActivationCode { message, fresh_id })]
        }
        ToCmp::SendProfileDownloadInstallInfo(info) => {
            let user = info.cmp_user_id.clone();
            let mut ids = has_key(draft, &Found::RequestId(info.request_id));
            if ids.is_empty() {
                ids = whose(draft, info.iccid, user.as_ref());
            }
            each(ids, || Event::DownloadInstallInfo(info.clone()))
        }
        ToCmp::SendCsimStatus(message) => {
            let concerns = |id: &FederationId, user: &CmpUserId, eids: bool| {
                let mut profiles = message.profiles.iter();
                eids || owner == Some(*id) || profiles.any(|profile| profile.cmp_user_id.as_ref() == Some(user))
            };
            let mut told = Vec::new();
            for record in draft.records() {
                let (id, user) = (record.id, record.federation.cmp_user_id());
                let mut profiles = record.federation.profiles().iter();
                if concerns(&id, user, profiles.any(|profile| *profile.eid() == message.eid)) {
                    let event = Event::CsimStatus {
                        message: message.clone(),
                        begun_by_cmp: owner.is_some(),
                        elsewhere: elsewhere(draft, id, &message),
                    };
                    told.push((id, event));
                }
            }
            told
        }
        ToCmp::SendEnableProfileErrorReport(report) => {
            let ids = whose(draft, Some(report.profile.iccid), report.profile.cmp_user_id.as_ref());
            each(ids, || Event::EnableProfileError(report.clone()))
        }
        ToCmp::SendDisableProfileErrorReport(report) => {
            let ids = whose(draft, Some(report.profile.iccid), report.profile.cmp_user_id.as_ref());
            each(ids, || Event::DisableProfileError(report.clone()))
        }
        ToCmp::RequestDeleteProfileResponse(request_id, response) => {
            each(owner, || Event::DeleteProfileResponse { request_id, response })
        }
        ToCmp::RequestCsimInfoResponse(request_id, response) => {
            each(owner, || Event::CsimInfoResponse { request_id, response })
        }
        ToCmp::RequestDeleteAllProfilesResponse(request_id, response) => {
            each(owner, || Event::DeleteAllProfilesResponse { request_id, response })
        }
        _ => Vec::new(),
    };
    for (id, event) in told {
        draft.handle(id, event)?;
    }
    Ok(true)
}

fn each(ids: impl IntoIterator<Item = FederationId>, event: impl Fn() -> Event) -> Vec<(FederationId, Event)> {
    ids.into_iter().map(|id| (id, event())).collect()
}

/// The user's federation that brings profiles: the one that was onboarded last. If none is active, the answer of one that was
/// says why.
fn latest(draft: &Draft<'_>, user: &CmpUserId) -> Option<FederationId> {
    let of_user = draft.records().filter(|record| record.federation.cmp_user_id() == user);
    let active = |record: &&super::record::Record| {
        let is_active = record.federation.state() == TokenState::Active;
        (is_active, record.active_since)
    };
    of_user.max_by_key(active).map(|record| record.id)
}

fn has_key(draft: &Draft<'_>, key: &Found) -> Vec<FederationId> {
    let has = |record: &&super::record::Record| record.federation.keys().any(|other| other == *key);
    draft.records().filter(has).map(|record| record.id).collect()
}

/// Whose a profile is: by its name, and else by the user that the vehicle names.
fn whose(draft: &Draft<'_>, iccid: Option<Iccid>, user: Option<&CmpUserId>) -> Vec<FederationId> {
    let named = iccid.map(|iccid| has_key(draft, &Found::Iccid(iccid)));
    match named.filter(|named| !named.is_empty()) {
        Some(named) => named,
        None => user.map_or_else(Vec::new, |user| has_key(draft, &Found::CmpUserId(user.clone()))),
    }
}

/// The profiles in a status that other federations know.
fn elsewhere(draft: &Draft<'_>, id: FederationId, status: &aid2_proto::SendCsimStatus) -> Vec<Iccid> {
    let known = |iccid: &Iccid| {
        let mut others = draft.records().filter(|record| record.id != id);
        others.any(|record| record.federation.profile(iccid).is_some())
    };
    let iccids = status.profiles.iter().map(|profile| profile.iccid);
    iccids.filter(known).collect()
}
