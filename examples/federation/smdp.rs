//! A stand-in SM-DP+: hands a profile to the eUICC that it was bound to, and to no other.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use aid_backend::msp::PreparedProfile;
use aid_types::{ActivationCode, ActivationCodeRequestId, Eid, RequestActivationCode};
use aid2_proto::{ExecutionStatus, FunctionExecutionStatus, StatusCodeData};
use uuid::Uuid;

/// The MSP's download server.
#[derive(Default)]
pub(crate) struct Smdp {
    bound: Mutex<HashMap<ActivationCodeRequestId, Bound>>,
    break_next: AtomicBool,
}

struct Bound {
    profile: PreparedProfile,
    eid: Eid,
    broken: bool,
}

impl Smdp {
    /// Binds a profile to the eUICC in the request; the same one to the same request. Errors are for the log.
    pub(crate) fn prepare(&self, request: &RequestActivationCode) -> Result<PreparedProfile, &'static str> {
        let mut bound = self.bound();
        if let Some(known) = bound.get(&request.activation_code_request_id) {
            return Ok(known.profile.clone());
        }
        let iccid = format!("894900000000000{:04}", bound.len() + 1);
        // The eUICC in software finds the ICCID in the MatchingID.
        let matching_id = format!("{iccid}-{}", Uuid::new_v4().simple()).to_uppercase();
        let code = format!("1$SMDP.MSP.EXAMPLE${matching_id}").parse();
        let profile = PreparedProfile::new(
            iccid.parse().map_err(|_| "no ICCID left")?,
            code.map_err(|_| "no activation code left")?,
        );
        let new = Bound {
            profile: profile.clone(),
            eid: request.eid,
            broken: self.break_next.swap(false, Ordering::Relaxed),
        };
        bound.insert(request.activation_code_request_id, new);
        Ok(profile)
    }

    /// The next profile that is bound cannot be downloaded.
    pub(crate) fn break_next(&self) {
        self.break_next.store(true, Ordering::Relaxed);
    }

    /// Whether the vehicle may download; a refusal is what ES9+ would say.
    pub(crate) fn download(&self, code: &ActivationCode, eid: &Eid) -> Result<(), Box<FunctionExecutionStatus>> {
        let bound = self.bound();
        match bound.values().find(|bound| bound.profile.activation_code == *code) {
            None => Err(failed("8.2.6", "3.8")),
            Some(bound) if bound.eid != *eid => Err(failed("8.1.1", "3.8")),
            Some(bound) if bound.broken => Err(failed("8.2.5", "3.7")),
            Some(_) => Ok(()),
        }
    }

    fn bound(&self) -> MutexGuard<'_, HashMap<ActivationCodeRequestId, Bound>> {
        self.bound.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(subject_code: &str, reason_code: &str) -> Box<FunctionExecutionStatus> {
    let data = StatusCodeData::new(subject_code, reason_code);
    Box::new(FunctionExecutionStatus::new(ExecutionStatus::FAILED, Some(data)))
}
