//! A copy of the working tree to break: the tree itself stays whole, whatever becomes of this.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::list::Mutant;
use crate::Result;

/// Beside it stands what is built of it: each mutant is built on what the one before has left.
const COPY: &str = "target/mutants/tree";

pub(super) struct Tree(PathBuf);

impl Tree {
    /// What is there of the files that Git knows, or would.
    pub(super) fn copy() -> Result<Self> {
        let root = std::env::current_dir()?;
        let tree = Self(root.join(COPY));
        let git = |of: &[&str]| -> Result<Vec<String>> {
            let listed = Command::new("git").arg("ls-files").args(of).output()?;
            Ok(String::from_utf8(listed.stdout)?.lines().map(str::to_owned).collect())
        };
        let files = git(&["--cached", "--others", "--exclude-standard"])?;
        for file in files.iter().filter(|file| root.join(file).is_file()) {
            tree.put(Path::new(file), &fs::read(root.join(file))?)?;
        }
        Ok(tree)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file, if it is another one: what is as it was is not built anew.
    fn put(&self, file: &Path, bytes: &[u8]) -> Result<()> {
        let path = self.0.join(file);
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        path.parent().map(fs::create_dir_all).transpose()?;
        Ok(fs::write(path, bytes)?)
    }

    /// Whether each text that the mutant changes stands there just once.
    pub(super) fn check(&self, mutant: &Mutant) -> Result<()> {
        self.broken(mutant).map(drop)
    }

    /// Breaks it; gives what stood in its files before, for [`mend`](Self::mend).
    pub(super) fn break_it<'a>(&self, mutant: &'a Mutant) -> Result<Vec<(&'a str, Vec<u8>)>> {
        let mut whole = Vec::new();
        for (file, text) in self.broken(mutant)? {
            whole.push((file, fs::read(self.0.join(file))?));
            self.put(Path::new(file), text.as_bytes())?;
        }
        Ok(whole)
    }

    pub(super) fn mend(&self, whole: &[(&str, Vec<u8>)]) -> Result<()> {
        whole
            .iter()
            .try_for_each(|(file, bytes)| self.put(Path::new(file), bytes))
    }

    /// The files of a mutant, broken.
    fn broken<'a>(&self, mutant: &'a Mutant) -> Result<BTreeMap<&'a str, String>> {
        let mut files = BTreeMap::new();
        for change in &mutant.changes {
            let file = change.file.as_str();
            let known = files
                .remove(file)
                .map_or_else(|| fs::read_to_string(self.0.join(file)), Ok);
            let text: String = known.map_err(|error| format!("{}: {file}: {error}", mutant.name))?;
            if text.matches(&change.old).count() != 1 {
                return Err(format!("{}: its text stands not once in {file}", mutant.name).into());
            }
            files.insert(file, text.replacen(&change.old, &change.new, 1));
        }
        Ok(files)
    }
}
