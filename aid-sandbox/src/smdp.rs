//! A stand-in SM-DP+: hands a profile to the eUICC that it was bound to, and to no other.

use std::{
    collections::BTreeMap,
    fmt, io,
    sync::atomic::{AtomicBool, Ordering},
};

use aid_backend::msp::PreparedProfile;
use aid_types::{ActivationCode, ActivationCodeRequestId, Eid, Iccid, RequestActivationCode};
use aid2_mqtt::{Change, Store};
use aid2_proto::{ExecutionStatus, FunctionExecutionStatus, StatusCodeData};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use uuid::Uuid;

/// The key in the store.
const KEY: &[u8] = b"bound";

/// The MSP's download server, which has what it promised in a store.
pub struct Smdp {
    store: Box<dyn Store>,
    bound: Mutex<BTreeMap<ActivationCodeRequestId, Bound>>,
    break_next: AtomicBool,
    away: AtomicBool,
}

impl fmt::Debug for Smdp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smdp").field("away", &self.away).finish_non_exhaustive()
    }
}

struct Bound {
    profile: PreparedProfile,
    eid: Eid,
    broken: bool,
}

impl Bound {
    fn save(&self) -> Value {
        let (iccid, code) = (self.profile.iccid.to_string(), self.profile.activation_code.as_str());
        json!([iccid, code, self.eid.as_str(), self.broken])
    }

    fn load(saved: &Value) -> Option<Self> {
        let text = |at: usize| saved.get(at)?.as_str();
        Some(Self {
            profile: PreparedProfile::new(text(0)?.parse().ok()?, text(1)?.parse().ok()?),
            eid: text(2)?.parse().ok()?,
            broken: saved.get(3)?.as_bool()?,
        })
    }
}

impl Smdp {
    /// The server whose profiles are in this store.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or is damaged.
    pub async fn open(store: impl Store) -> io::Result<Self> {
        let damaged = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
        if let Some(damage) = store.load().await?.damage {
            return Err(damaged(damage.to_string()));
        }
        let saved: BTreeMap<ActivationCodeRequestId, Value> = match store.get(KEY.to_vec()).await? {
            Some(bytes) => serde_json::from_slice(&bytes)?,
            None => BTreeMap::new(),
        };
        let one = |(id, saved): (ActivationCodeRequestId, Value)| Some((id, Bound::load(&saved)?));
        let bound: Option<BTreeMap<_, _>> = saved.into_iter().map(one).collect();
        Ok(Self {
            store: Box::new(store),
            bound: Mutex::new(bound.ok_or_else(|| damaged("a profile cannot be read".to_owned()))?),
            break_next: AtomicBool::new(false),
            away: AtomicBool::new(false),
        })
    }

    /// Binds a profile to the eUICC in the request; the same one to the same request.
    ///
    /// # Errors
    ///
    /// For the log: it refuses, there is no ICCID left, or the store fails.
    pub async fn prepare(&self, request: &RequestActivationCode) -> Result<PreparedProfile, &'static str> {
        if self.is_away() {
            return Err("the SM-DP+ refuses");
        }
        let mut bound = self.bound.lock().await;
        let id = request.activation_code_request_id;
        if let Some(known) = bound.get(&id) {
            return Ok(known.profile.clone());
        }
        let iccid: Iccid = format!("894900000000000{:04}", bound.len() + 1)
            .parse()
            .map_err(|_| "no ICCID left")?;
        // The eUICC in software finds the ICCID in the MatchingID.
        let matching_id = format!("{iccid}-{}", Uuid::new_v4().simple()).to_uppercase();
        let code = format!("1$SMDP.MSP.EXAMPLE${matching_id}").parse();
        let profile = PreparedProfile::new(iccid, code.map_err(|_| "no activation code left")?);
        let new = Bound {
            profile: profile.clone(),
            eid: request.eid,
            broken: self.break_next.swap(false, Ordering::Relaxed),
        };
        bound.insert(id, new);
        let saved: BTreeMap<_, _> = bound.iter().map(|(id, bound)| (*id, bound.save())).collect();
        let stored = async {
            let bytes = serde_json::to_vec(&saved)?;
            self.store.apply(vec![Change::Put(KEY.to_vec(), bytes)], true).await
        };
        if stored.await.is_err() {
            bound.remove(&id);
            return Err("the store of the SM-DP+ fails");
        }
        Ok(profile)
    }

    /// The next profile that is bound cannot be downloaded.
    pub fn break_next(&self) {
        self.break_next.store(true, Ordering::Relaxed);
    }

    /// Whether it refuses everything, until it is set otherwise.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// Whether it refuses everything.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// Whether the vehicle may download.
    ///
    /// # Errors
    ///
    /// What ES9+ would say.
    pub async fn download(&self, code: &ActivationCode, eid: &Eid) -> Result<(), Box<FunctionExecutionStatus>> {
        if self.is_away() {
            return Err(failed("8.1", "4.8"));
        }
        let bound = self.bound.lock().await;
        match bound.values().find(|bound| bound.profile.activation_code == *code) {
            None => Err(failed("8.2.6", "3.8")),
            Some(bound) if bound.eid != *eid => Err(failed("8.1.1", "3.8")),
            Some(bound) if bound.broken => Err(failed("8.2.5", "3.7")),
            Some(_) => Ok(()),
        }
    }
}

fn failed(subject_code: &str, reason_code: &str) -> Box<FunctionExecutionStatus> {
    let data = StatusCodeData::new(subject_code, reason_code);
    Box::new(FunctionExecutionStatus::new(ExecutionStatus::FAILED, Some(data)))
}
