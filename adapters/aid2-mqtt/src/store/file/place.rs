//! Files, their names and their locks.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

/// So many damaged files are kept, the newest.
const KEPT: u64 = 8;
/// Room is kept free in steps of this many bytes.
const STEP: u64 = 16 * 1024;

/// `log` and `.new` make `log.new`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Opens a file to read and write, or creates it for its owner alone, and locks it for as long as it is open.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    loop {
        let file = options.open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::new(io::ErrorKind::WouldBlock, "another process has it open"),
            TryLockError::Error(error) => error,
        })?;
        // Else another process has just put a rewritten file in its place, and holds that one.
        if is_named(&file, path)? {
            for_its_owner(&file);
            return Ok(file);
        }
    }
}

/// Takes from everybody else what an older file lets them do. Where the file system knows no owners, nothing is to be done.
#[cfg(unix)]
fn for_its_owner(file: &File) {
    use std::os::unix::fs::PermissionsExt as _;

    let _ = file.set_permissions(fs::Permissions::from_mode(0o600));
}

#[cfg(not(unix))]
fn for_its_owner(_: &File) {}

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
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder(path))?.sync_all()
    } else {
        Ok(())
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Keeps what stands under this name under another too, `log.damaged-1` and so on.
pub(super) fn keep(path: &Path) -> io::Result<PathBuf> {
    let prefix = beside(path, ".damaged-");
    let mut last = 0;
    for entry in fs::read_dir(folder(path))? {
        let name = folder(&prefix).join(entry?.file_name());
        let number = name.to_str().zip(prefix.to_str()).and_then(|(name, prefix)| {
            let number: u64 = name.strip_prefix(prefix)?.parse().ok()?;
            Some(number)
        });
        last = number.map_or(last, |number| number.max(last));
    }
    let kept = beside(&prefix, &last.saturating_add(1).to_string());
    // A copy for file systems without links.
    fs::hard_link(path, &kept).or_else(|_| fs::copy(path, &kept).and_then(|_| File::open(&kept)?.sync_all()))?;
    if let Some(old) = (last + 1).checked_sub(KEPT) {
        let _ = fs::remove_file(beside(&prefix, &old.to_string()));
    }
    Ok(kept)
}

/// The file that a store is rewritten to. It is there beforehand with as many bytes as that takes, so that a full disk
/// cannot keep a store from becoming smaller.
pub(super) struct Spare {
    path: PathBuf,
    file: Option<File>,
    len: u64,
}

impl Spare {
    pub(super) fn of(path: &Path) -> Self {
        Self {
            path: beside(path, ".new"),
            file: None,
            len: 0,
        }
    }

    fn open(&mut self) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => {
                let file = open(&self.path)?;
                self.len = file.metadata()?.len();
                file
            }
        };
        Ok(self.file.insert(file))
    }

    /// Makes sure that a rewritten store of this size has room.
    ///
    /// # Errors
    ///
    /// If there is none. Not if there can be no such file at all: then only the store itself must have room.
    pub(super) fn reserve(&mut self, bytes: u64) -> io::Result<()> {
        if self.file.is_some() && self.len >= bytes {
            return Ok(());
        }
        if self.open().is_err() {
            return Ok(());
        }
        let (before, wanted) = (self.len, bytes.next_multiple_of(STEP));
        let Some(file) = self.file.as_mut().filter(|_| before < bytes) else {
            return Ok(());
        };
        let grown = file.seek(SeekFrom::Start(before)).and_then(|_| {
            let zeros = io::Read::take(io::repeat(0), wanted - before);
            io::copy(&mut { zeros }, file)
        });
        self.len = file.metadata()?.len();
        match grown {
            Err(error) if self.len < bytes => {
                file.set_len(before)?;
                self.len = before;
                Err(error)
            }
            _ => Ok(()),
        }
    }

    /// Writes the file anew and gives it the name `path`.
    pub(super) fn write(
        &mut self,
        path: &Path,
        image: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
    ) -> io::Result<File> {
        self.open()?;
        let Some(file) = &mut self.file else {
            return Err(io::ErrorKind::NotFound.into());
        };
        file.seek(SeekFrom::Start(0))?;
        let mut writer = io::BufWriter::with_capacity(256 * 1024, &mut *file);
        let written = image(&mut writer).and_then(|()| writer.flush());
        // What is left in it would be written again when it is dropped.
        let _ = writer.into_parts();
        self.len = self.len.max(file.stream_position()?);
        written?;
        let end = file.stream_position()?;
        file.set_len(end)?;
        self.len = end;
        file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.file.take().ok_or_else(|| io::ErrorKind::NotFound.into())
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
