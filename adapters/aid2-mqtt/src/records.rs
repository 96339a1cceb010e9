//! The records of the vehicles, in whatever database a backend has.

use std::{future::Future, io};

use aid_types::Vin;
use aid2_proto::session::CommitError;
use tokio::sync::Mutex;

use crate::store::{Change, Store};

/// A record to store, if the one that it comes from is still there.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Commit {
    /// The vehicle.
    pub vin: Vin,
    /// The version that was loaded; `None` if there was no record.
    pub expected: Option<u64>,
    /// The new record.
    pub record: Vec<u8>,
    /// When to look at it next, Unix time in seconds: to be found by.
    pub due: Option<u64>,
    /// Whether it has to survive a loss of power from then on. If not, an order may be published once more.
    pub durable: bool,
}

impl std::fmt::Debug for Commit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The record holds payloads.
        f.debug_struct("Commit")
            .field("vin", &self.vin)
            .field("expected", &self.expected)
            .field("due", &self.due)
            .finish_non_exhaustive()
    }
}

impl Commit {
    /// What a backend asks its database to store.
    #[must_use]
    pub const fn new(vin: Vin, expected: Option<u64>, record: Vec<u8>, due: Option<u64>, durable: bool) -> Self {
        Self {
            vin,
            expected,
            record,
            due,
            durable,
        }
    }
}

/// A database that keeps one [`Record`](aid2_proto::session::Record) a vehicle, for any number of instances in any number
/// of processes. [`StoredRecords`] is one for the instances of one process.
///
/// A row is the VIN, a version that grows, the time when it is due, and bytes. Have an index on the time.
pub trait Records: Send + Sync + 'static {
    /// What a handler changes, committed in one transaction with the record.
    type Changes: Default + Send + 'static;

    /// The record of a vehicle, with its version; `None` if there is none.
    fn load(&self, vin: Vin) -> impl Future<Output = io::Result<Option<(u64, Vec<u8>)>>> + Send;

    /// Stores the record and the changes, or neither; gives the new version.
    fn commit(&self, commit: Commit, changes: Self::Changes) -> impl Future<Output = Result<u64, CommitError>> + Send;

    /// Vehicles whose record is due: not later than `until`, or later than `beyond`, Unix times in seconds; the earliest
    /// first, `limit` at most.
    fn due(&self, until: u64, beyond: u64, limit: usize) -> impl Future<Output = io::Result<Vec<Vin>>> + Send;
}

// First bytes of the keys.
const RECORD: u8 = b'r';
const DUE: u8 = b'd';
/// What the application keeps.
const APPLICATION: u8 = b'a';

/// [`Records`] in a [`Store`], for the instances of one process.
///
/// What a handler changes are changes of the same store, under keys of the application's own.
#[derive(Debug)]
pub struct StoredRecords<S> {
    store: S,
    /// One commit at a time: nothing comes between the look at a version and the new one.
    committing: Mutex<()>,
}

impl<S: Store> StoredRecords<S> {
    /// Over this store, which nobody else changes.
    pub const fn new(store: S) -> Self {
        Self {
            store,
            committing: Mutex::const_new(()),
        }
    }

    /// A value of the application's.
    ///
    /// # Errors
    ///
    /// Of the store.
    pub async fn get(&self, key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        self.store.get([&[APPLICATION][..], key].concat()).await
    }

    async fn row(&self, vin: Vin) -> io::Result<Option<Row>> {
        let value = self.store.get(record_key(vin)).await?;
        value.map(Row::read).transpose()
    }
}

fn record_key(vin: Vin) -> Vec<u8> {
    [&[RECORD][..], vin.as_str().as_bytes()].concat()
}

fn due_key(due: u64, vin: &str) -> Vec<u8> {
    [&[DUE][..], &due.to_be_bytes(), vin.as_bytes()].concat()
}

/// Version, time when it is due (0 for never), record.
struct Row {
    version: u64,
    due: Option<u64>,
    record: Vec<u8>,
}

impl Row {
    fn read(mut value: Vec<u8>) -> io::Result<Self> {
        let head = |value: &[u8]| {
            let (version, rest) = value.split_first_chunk()?;
            let (due, _) = rest.split_first_chunk()?;
            Some((u64::from_be_bytes(*version), u64::from_be_bytes(*due)))
        };
        let (version, due) = head(&value).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        value.drain(..16);
        Ok(Self {
            version,
            due: (due != 0).then_some(due),
            record: value,
        })
    }
}

impl<S: Store> Records for StoredRecords<S> {
    type Changes = Vec<Change>;

    async fn load(&self, vin: Vin) -> io::Result<Option<(u64, Vec<u8>)>> {
        let row = self.row(vin).await?;
        Ok(row.map(|row| (row.version, row.record)))
    }

    async fn commit(&self, commit: Commit, changes: Vec<Change>) -> Result<u64, CommitError> {
        let failed = |error: io::Error| CommitError::Failed(error.to_string());
        let _committing = self.committing.lock().await;
        let before = self.row(commit.vin).await.map_err(failed)?;
        if before.as_ref().map(|row| row.version) != commit.expected {
            return Err(CommitError::Conflict);
        }
        let version = commit.expected.map_or(1, |version| version.wrapping_add(1));
        let due = commit.due.map(|due| due.max(1));
        let head = [version.to_be_bytes(), due.unwrap_or_default().to_be_bytes()].concat();
        let mut all = vec![Change::Put(record_key(commit.vin), [head, commit.record].concat())];
        let was_due = before.and_then(|row| row.due);
        if was_due != due {
            let key = |due| due_key(due, commit.vin.as_str());
            all.extend(was_due.map(|due| Change::Remove(key(due))));
            all.extend(due.map(|due| Change::Put(key(due), Vec::new())));
        }
        let own = |key: Vec<u8>| [&[APPLICATION][..], &key].concat();
        all.extend(changes.into_iter().map(|change| match change {
            Change::Put(key, value) => Change::Put(own(key), value),
            Change::Remove(key) => Change::Remove(own(key)),
        }));
        self.store.apply(all, commit.durable).await.map_err(failed)?;
        Ok(version)
    }

    async fn due(&self, until: u64, beyond: u64, limit: usize) -> io::Result<Vec<Vin>> {
        let end = vec![DUE + 1];
        let past = self
            .store
            .keys(vec![DUE], due_key(until.saturating_add(1), ""), limit)
            .await?;
        let left = limit.saturating_sub(past.len());
        let ahead = self
            .store
            .keys(due_key(beyond.saturating_add(1), ""), end, left)
            .await?;
        let vin = |key: Vec<u8>| std::str::from_utf8(key.get(9..)?).ok()?.parse().ok();
        Ok(past.into_iter().chain(ahead).filter_map(vin).collect())
    }
}
