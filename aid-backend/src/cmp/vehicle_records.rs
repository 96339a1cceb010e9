//! The AiD2 records of vehicles.

use std::time::Duration;

use aid_types::Vin;
use aid2_proto::session::CommitError;

use super::{Changes, CmpBackend, CmpPorts, RECORD, record_key};
use crate::store::{Committed, Key, Load, Loaded, Save, Store, StoreError, Version};

/// Bytes before those of a record: its version.
const VERSION: usize = size_of::<u64>();

impl<S: Store, P: CmpPorts> CmpBackend<S, P> {
    /// The record of a vehicle, with its version.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub async fn record(&self, vin: Vin) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        let (_, found) = self.load_record(vin).await?;
        Ok(found)
    }

    async fn load_record(&self, vin: Vin) -> Result<(Option<Loaded>, Option<(u64, Vec<u8>)>), StoreError> {
        let key = Key::try_from(format!("{}/{vin}", RECORD).as_str())?;
        let snapshot = self.engine.store().load(Load::keys([key])).await?;
        let loaded = snapshot.aggregates.into_iter().next();
        let found = loaded.as_ref().and_then(versioned);
        let found = found.map(|(version, record)| (version, record.to_vec()));
        Ok((loaded, found))
    }

    /// Stores a vehicle's record, if it has the version `expected` (`None`: if there is none), in one unit with what a
    /// message has changed; gives the new version. `due` is when to look at it next, Unix time in seconds: then
    /// [`VehiclePort::due`](super::VehiclePort::due) is called, in one process.
    ///
    /// # Errors
    ///
    /// [`CommitError`]. Call it from a task that nobody cancels.
    pub async fn commit(
        &self,
        vin: Vin,
        expected: Option<u64>,
        record: &[u8],
        due: Option<u64>,
        changes: Changes,
    ) -> Result<u64, CommitError> {
        let failed = |error: &dyn std::fmt::Display| CommitError::Failed(error.to_string());
        let (loaded, found) = self.load_record(vin).await.map_err(|error| failed(&error))?;
        let version = found.map(|(version, _)| version);
        if version != expected {
            return Err(CommitError::Conflict);
        }
        let key = record_key(vin).map_err(|error| failed(&error))?;
        let (new, state) = next_version(version, record);
        let stored = loaded.map_or(Version::NONE, |loaded| loaded.version);
        let mut save = Save::new(key, stored, state);
        let now = self.ports.now().as_secs();
        save.wake_in = due.map(|due| due_in(due, now));
        match self.engine.commit(changes.0.save(save)).await {
            Ok(Committed::Yes(_)) => Ok(new),
            Ok(_) => Err(CommitError::Conflict),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// A vehicle's record as it is kept, behind its version.
pub(super) fn versioned(loaded: &Loaded) -> Option<(u64, &[u8])> {
    let (version, record) = loaded.state.as_ref()?.split_first_chunk::<VERSION>()?;
    Some((u64::from_be_bytes(*version), record))
}

/// The version that follows, and the record behind it.
pub(super) fn next_version(version: Option<u64>, record: &[u8]) -> (u64, Vec<u8>) {
    let new = version.map_or(1, |version| version.wrapping_add(1));
    (new, [&new.to_be_bytes()[..], record].concat())
}

/// What is due now is due in a second: time has to pass for anything to happen.
pub(super) fn due_in(due: u64, now: u64) -> Duration {
    Duration::from_secs(due.saturating_sub(now).max(1))
}
