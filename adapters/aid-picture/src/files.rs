//! A picture in files.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::Picture;

/// Where a picture goes: what `--trace FILE` means.
///
/// A file that ends with `.jsonl` gets a line for each message, at once: it is whole however the process ends. Any other is a
/// page, written by [`finish`](Self::finish).
#[derive(Debug)]
pub struct Files {
    picture: Picture,
    pages: Vec<PathBuf>,
}

impl Files {
    /// Begins to write `picture` to `files`; one of them may be of lines. A file that is there is replaced.
    ///
    /// # Errors
    ///
    /// If a file cannot be made.
    pub fn begin(picture: &Picture, files: impl IntoIterator<Item = PathBuf>) -> io::Result<Self> {
        let mut pages = Vec::new();
        for path in files {
            let is_lines = path.extension().is_some_and(|extension| extension == "jsonl");
            let file = private(&path)?;
            if is_lines {
                picture.record(file);
            } else {
                pages.push(path);
            }
        }
        let picture = picture.clone();
        let files = Self { picture, pages };
        // Whoever is killed leaves a page, if an empty one.
        files.finish()?;
        Ok(files)
    }

    /// Writes the pages, with what was drawn until now. Readers see the old page or the new one, never a part.
    ///
    /// # Errors
    ///
    /// If one cannot be written.
    pub fn finish(&self) -> io::Result<()> {
        if self.pages.is_empty() {
            return Ok(());
        }
        let page = self.picture.page();
        for path in &self.pages {
            let mut beside = path.clone().into_os_string();
            beside.push(".new");
            let beside = PathBuf::from(beside);
            io::Write::write_all(&mut private(&beside)?, page.as_bytes())?;
            fs::rename(&beside, path)?;
        }
        Ok(())
    }
}

/// There is no secret in it, but much that is nobody else's business.
fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
