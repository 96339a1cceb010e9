mod record;

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use record::{entry_len, record, replay};

use super::{Change, Entries, Store, Stored};

/// First bytes of the file: what it is, and the version of its format.
const MAGIC: &[u8; 8] = b"AiD2log\x01";
/// Below this size a file is not worth rewriting.
const MIN_REWRITE: u64 = 256 * 1024;

/// A [`Store`] in one file: a log of changes, each checked by a CRC-32, rewritten when most of it is out of date.
///
/// A record is written at the end and synced; nothing is ever changed in place. So a kill or a loss of power at any moment
/// leaves the changes made so far, and maybe a torn record at the end, which is cut off. A rewrite goes to a second file
/// that then takes the name of the first. Made for a few thousand small entries: they are all held in memory too.
#[derive(Clone)]
pub struct FileStore {
    inner: Arc<Mutex<Log>>,
}

impl std::fmt::Debug for FileStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileStore").finish_non_exhaustive()
    }
}

struct Log {
    path: PathBuf,
    file: File,
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Bytes in the file, and those that a rewritten file would have.
    size: u64,
    live: u64,
    /// The size at which a rewrite failed.
    not_rewritten: u64,
    /// After a failed sync nothing is known of what is on the disk: every further change fails, until opened anew.
    broken: bool,
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
    fn load(&self) -> Stored<'_, Entries> {
        let entries = |log: &mut Log| {
            Ok(log
                .entries
                .iter()
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect())
        };
        Box::pin(self.with(entries))
    }

    fn apply(&self, changes: Vec<Change>, durable: bool) -> Stored<'_, ()> {
        Box::pin(self.with(move |log| log.apply(changes, durable)))
    }
}

/// For as long as the file is open.
fn lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::Error::new(io::ErrorKind::WouldBlock, "another process has it open"),
        TryLockError::Error(error) => error,
    })
}

impl Log {
    fn open(path: PathBuf) -> io::Result<Self> {
        let mut file = loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)?;
            lock(&file)?;
            // Else another process has just put a rewritten file in its place, and holds that one.
            if is_named(&file, &path)? {
                break file;
            }
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let mut entries = BTreeMap::new();
        let size = match bytes.strip_prefix(MAGIC) {
            Some(records) => MAGIC.len() + replay(records, &mut entries),
            // Torn while it was created.
            None if MAGIC.starts_with(&bytes) => 0,
            None => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "not a store of AiD2 messages",
                ));
            }
        };
        file.set_len(u64::try_from(size).unwrap_or(u64::MAX))?;
        file.seek(SeekFrom::End(0))?;
        if size == 0 {
            file.write_all(MAGIC)?;
        }
        file.sync_all()?;
        sync_folder(&path)?;
        let mut log = Self {
            path,
            file,
            entries,
            size: 0,
            live: 0,
            not_rewritten: 0,
            broken: false,
        };
        log.size = log.file.stream_position()?;
        log.live = log.image().len() as u64;
        Ok(log)
    }

    fn apply(&mut self, changes: Vec<Change>, durable: bool) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other("an earlier sync of the store failed"));
        }
        if changes.is_empty() {
            // A record of nothing would read like the zeros that a loss of power can leave at the end.
            return Ok(());
        }
        let record = record(&changes);
        if let Err(error) = self.file.write_all(&record) {
            // A full disk: what was written of the record goes, and the next one may fit.
            self.broken = self
                .file
                .set_len(self.size)
                .and_then(|()| self.file.seek(SeekFrom::End(0)))
                .is_err();
            return Err(error);
        }
        if durable && let Err(error) = self.file.sync_data() {
            self.broken = true;
            return Err(error);
        }
        self.size += record.len() as u64;
        for change in changes {
            self.live += match &change {
                Change::Put(key, value) => entry_len(key, value),
                Change::Remove(_) => 0,
            };
            let (key, before) = match change {
                Change::Put(key, value) => (key.clone(), self.entries.insert(key, value)),
                Change::Remove(key) => (key.clone(), self.entries.remove(&key)),
            };
            self.live = self
                .live
                .saturating_sub(before.map_or(0, |value| entry_len(&key, &value)));
        }
        let enough = self.live.saturating_mul(4).max(self.not_rewritten.saturating_mul(2));
        if self.size > MIN_REWRITE.max(enough) && self.rewrite().is_err() {
            // The changes are in the old file all the same.
            self.not_rewritten = self.size;
        }
        Ok(())
    }

    /// The whole file with one record an entry.
    fn image(&self) -> Vec<u8> {
        let mut image = MAGIC.to_vec();
        for (key, value) in &self.entries {
            image.extend_from_slice(&record(&[Change::Put(key.clone(), value.clone())]));
        }
        image
    }

    fn rewrite(&mut self) -> io::Result<()> {
        let image = self.image();
        let beside = self.path.with_extension("new");
        // Whatever goes wrong before the rename leaves the old file in force.
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&beside)?;
        lock(&file)?;
        file.write_all(&image)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        self.file = file;
        self.size = image.len() as u64;
        self.live = self.size;
        self.not_rewritten = 0;
        self.broken = sync_folder(&self.path).is_err();
        Ok(())
    }
}

/// Whether the file still has this name.
#[cfg(unix)]
fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;

    let (open, named) = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        named => (file.metadata()?, named?),
    };
    Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
}

/// Where a file that is open keeps its name.
#[cfg(not(unix))]
fn is_named(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}

/// The name of a new file is durable only when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => {
            let folder = if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            };
            File::open(folder)?.sync_all()
        }
        _ => Ok(()),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::{File, fs, is_named};

    #[test]
    fn a_file_that_was_replaced_has_lost_its_name() {
        let folder = std::env::temp_dir().join(format!("aid2-mqtt-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (path, beside) = (folder.join("log"), folder.join("log.new"));
        let file = File::create(&path).unwrap();
        assert!(is_named(&file, &path).unwrap());
        File::create(&beside).unwrap();
        fs::rename(&beside, &path).unwrap();
        assert!(!is_named(&file, &path).unwrap());
        fs::remove_file(&path).unwrap();
        assert!(!is_named(&file, &path).unwrap());
        fs::remove_dir_all(&folder).unwrap();
    }
}
