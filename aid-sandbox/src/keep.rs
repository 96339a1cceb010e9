//! What a sandbox has to know when it is started again, beside what the parties keep.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use aid_types::Vin;
use aid_vehicle::SoftwareEuicc;
use aid2_mqtt::FileStore;
use serde::{Deserialize, Serialize};

use crate::{Failed, Secrets, Telematics, folder::create};

/// The folder of a sandbox.
#[derive(Debug)]
pub(crate) struct Keep {
    path: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    secrets: Secrets,
    /// Which telematics unit each car has, by the order in which they were built in.
    telematics: BTreeMap<String, u32>,
}

impl Keep {
    pub(crate) fn open(path: &Path) -> Result<Self, Failed> {
        let file = path.join(FILE);
        let kept = match fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", file.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kept {
                secrets: Secrets::new()?,
                telematics: BTreeMap::new(),
            },
            Err(error) => return Err(format!("{}: {error}", file.display()).into()),
        };
        let (path, kept) = (path.to_owned(), Mutex::new(kept));
        let keep = Self { path, kept };
        keep.change(|_| ())?;
        Ok(keep)
    }

    pub(crate) fn secrets(&self) -> Secrets {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).secrets.clone()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What a car was left with.
    pub(crate) async fn telematics(&self, place: u32, vin: Vin) -> Result<Telematics, Failed> {
        let number = self.change(|kept| *kept.telematics.entry(vin.to_string()).or_default())?;
        self.unit(place, vin, number).await
    }

    /// Another one, from now on.
    pub(crate) async fn exchange(&self, place: u32, vin: Vin) -> Result<Telematics, Failed> {
        let number = self.change(|kept| {
            let number = kept.telematics.entry(vin.to_string()).or_default();
            *number += 1;
            *number
        })?;
        self.unit(place, vin, number).await
    }

    /// An eUICC of its own for each.
    async fn unit(&self, place: u32, vin: Vin, number: u32) -> Result<Telematics, Failed> {
        let folder = self.path.join("cars").join(format!("{vin}-{number}"));
        create(&folder)?;
        let eid = aid_types::Eid::with_check_digits(&format!("8904903200000100{place:06}{number:08}"))?;
        let euicc = SoftwareEuicc::open(FileStore::open(folder.join("euicc"))?).await?;
        Ok(Telematics::new(eid, euicc, folder.join("vehicle")))
    }

    /// In one step, so that nothing is half written.
    fn change<T>(&self, change: impl FnOnce(&mut Kept) -> T) -> io::Result<T> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut kept);
        let (new, file) = (self.path.join(format!("{FILE}.new")), self.path.join(FILE));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut writing = options.open(&new)?;
        writing.write_all(&serde_json::to_vec_pretty(&*kept)?)?;
        writing.sync_all()?;
        fs::rename(new, file)?;
        Ok(changed)
    }
}

const FILE: &str = "sandbox.json";
