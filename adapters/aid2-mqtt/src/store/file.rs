mod damage;
mod frame;
mod index;
mod log;
mod place;
mod scan;

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

pub use damage::Damage;
use log::Log;
use scan::Scan;

use super::{Change, Loaded, Store, Stored};

/// A [`Store`] in one file: a log of changes with checksums, rewritten when most of it is out of date.
///
/// A record is written at the end and synced; nothing is ever changed in place. So a kill or a loss of power at any moment
/// leaves the changes made so far, and maybe a torn record at the end, which is cut off. Anything else that cannot be read
/// is [`Damage`]: what follows it is read all the same, the damaged file is kept under the name `….damaged-1` (and so on;
/// the newest 8), and it is told.
///
/// A rewrite goes to a second file, `….new`, that then takes the name of the first. It is kept at the size that this takes:
/// a full disk refuses what makes the store larger, and still takes what makes it smaller. Only keys are held in memory.
/// The files can be read by their owner alone (mode 0600).
#[derive(Clone)]
pub struct FileStore {
    inner: Arc<Mutex<Log>>,
}

impl std::fmt::Debug for FileStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileStore").finish_non_exhaustive()
    }
}

impl FileStore {
    /// Opens the file, or creates it. Its folder must exist. Locked for this process as long as the store lives.
    ///
    /// Blocks on the disk for a moment.
    ///
    /// # Errors
    ///
    /// Of the file system; [`io::ErrorKind::WouldBlock`] if another process has the store open,
    /// [`io::ErrorKind::InvalidData`] if the file is something else.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Ok(Self {
            inner: Arc::new(Mutex::new(Log::open(path.as_ref().to_owned())?)),
        })
    }

    /// Reads a file without changing it, whether or not somebody has the store open.
    ///
    /// Blocks on the disk for a moment.
    ///
    /// # Errors
    ///
    /// Of the file system; [`io::ErrorKind::InvalidData`] if the file is no store.
    pub fn check(path: impl AsRef<Path>) -> io::Result<Checked> {
        Checked::read(File::open(path)?)
    }

    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Log) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let inner = Arc::clone(&self.inner);
        let blocking = move || work(&mut inner.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::task::spawn_blocking(blocking).await.map_err(io::Error::other)?
    }
}

impl Store for FileStore {
    fn load(&self) -> Stored<'_, Loaded> {
        let loaded = |log: &mut Log| {
            let entries = log.entries()?;
            let damage = log.damage.clone();
            Ok(Loaded { entries, damage })
        };
        Box::pin(self.with(loaded))
    }

    fn get(&self, key: Vec<u8>) -> Stored<'_, Option<Vec<u8>>> {
        Box::pin(self.with(move |log| log.get(&key)))
    }

    fn keys(&self, from: Vec<u8>, to: Vec<u8>, limit: usize) -> Stored<'_, Vec<Vec<u8>>> {
        Box::pin(self.with(move |log| Ok(log.keys(&from, &to, limit))))
    }

    fn apply(&self, changes: Vec<Change>, durable: bool) -> Stored<'_, ()> {
        Box::pin(self.with(move |log| log.apply(&changes, durable)))
    }
}

/// What [`FileStore::check`] found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Checked {
    /// Bytes of the file.
    pub size: u64,
    /// Groups of changes that were read.
    pub records: u64,
    /// Bytes of a last record that was not written to its end. Nobody was told that it is stored.
    pub torn: u64,
    /// What is in the store, and what was lost.
    pub loaded: Loaded,
}

impl Checked {
    /// Reads the bytes of a store, all of them, wherever the source stands. [`FileStore::check`] does it with a file.
    ///
    /// # Errors
    ///
    /// Of the source; [`io::ErrorKind::InvalidData`] if it is no store.
    pub fn read(mut source: impl Read + Seek) -> io::Result<Self> {
        let size = source.seek(SeekFrom::End(0))?;
        let mut scan = if size == 0 {
            Scan::default()
        } else {
            Scan::read(&mut source)?
        };
        let mut entries = Vec::new();
        for (key, place) in std::mem::take(&mut scan.index) {
            entries.push((key.as_bytes().to_vec(), log::value(&mut source, &place)?));
        }
        Ok(Self {
            size,
            records: scan.records,
            torn: scan.torn,
            loaded: Loaded {
                entries,
                damage: scan.damage,
            },
        })
    }
}
