//! Where a run keeps what has to be on disk.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A folder: one that stays, or one that is gone when the run is.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    stays: bool,
}

impl Folder {
    /// A new one among the temporary files of the machine, which is removed when this is dropped.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn temporary() -> io::Result<Self> {
        let name = format!("aid-sandbox-{}", uuid::Uuid::new_v4().simple());
        let path = std::env::temp_dir().join(name);
        create(&path)?;
        Ok(Self { path, stays: false })
    }

    /// This one, which is made if need be, and stays.
    ///
    /// # Errors
    ///
    /// If it cannot be made.
    pub fn at(path: &Path) -> io::Result<Self> {
        create(path)?;
        let (path, stays) = (path.to_owned(), true);
        Ok(Self { path, stays })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// For its owner alone: there will be keys in it.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.stays {
            drop(fs::remove_dir_all(&self.path));
        }
    }
}
