//! An eUICC in software, to try a vehicle with.

mod fault;

use std::{collections::BTreeMap, fmt, io, sync::Arc};

use aid_types::{ActivationCode, Iccid, IdError};
use aid2_mqtt::{Change, Store};
use aid2_proto::{CsimErrorCode, DownloadInstallResult};
use tokio::sync::Mutex;

pub use self::fault::EuiccFault;
use self::fault::Faults;
use crate::{DownloadFailure, InstalledProfile, ListedProfile, Lpa, LpaCommand};

/// The key in the store.
const KEY: &[u8] = b"profiles";

/// How many profiles find room.
const CAPACITY: usize = 32;

const MEMORY_FAILURE: CsimErrorCode = CsimErrorCode::from_status_word(0x6581);
const NOT_DISABLED: CsimErrorCode = CsimErrorCode::from_status_word(0x6985);
const NOT_FOUND: CsimErrorCode = CsimErrorCode::from_status_word(0x6A88);

/// The profiles on an eUICC, and whether each is enabled.
type Profiles = BTreeMap<Iccid, bool>;

/// An eUICC in software, with the LPA before it and the SM-DP+ behind it: for trials and tests.
///
/// It keeps its profiles in a store of its own, so that it outlives its vehicle's software. Clones are the same eUICC.
///
/// Each activation code brings one profile: with the ICCID that the MatchingID begins with, up to a `-`, or else with an
/// ICCID that follows from the MatchingID. While the profile is installed, the code is used up.
#[derive(Clone)]
pub struct SoftwareEuicc {
    store: Arc<Mutex<Box<dyn Store>>>,
    faults: Faults,
}

impl fmt::Debug for SoftwareEuicc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareEuicc")
    }
}

impl SoftwareEuicc {
    /// The eUICC whose profiles are in this store.
    ///
    /// # Errors
    ///
    /// If the store cannot be read, or is damaged.
    pub async fn open(store: impl Store) -> io::Result<Self> {
        if let Some(damage) = store.load().await?.damage {
            return Err(io::Error::new(io::ErrorKind::InvalidData, damage.to_string()));
        }
        read(&store).await?;
        Ok(Self {
            store: Arc::new(Mutex::new(Box::new(store))),
            faults: Faults::default(),
        })
    }

    /// From now on each command, of all clones, meets the fault that `choose` has for it.
    ///
    /// ```
    /// # async fn example(euicc: aid_vehicle::SoftwareEuicc) {
    /// use aid_vehicle::{EuiccFault, LpaCommand};
    ///
    /// // The first download installs its profile, and is said to have failed.
    /// let mut first = true;
    /// euicc.set_faults(move |command| {
    ///     let is_it = matches!(command, LpaCommand::Download { .. }) && std::mem::take(&mut first);
    ///     is_it.then_some(EuiccFault::DoneButFails)
    /// });
    /// # }
    /// ```
    pub fn set_faults(&self, choose: impl FnMut(&LpaCommand) -> Option<EuiccFault> + Send + 'static) {
        self.faults.set(choose);
    }

    /// Changes the profiles, and keeps them.
    async fn change<T>(&self, change: impl FnOnce(&mut Profiles) -> T + Send) -> io::Result<T> {
        // One after the other.
        let store = self.store.lock().await;
        let before = read(&**store).await?;
        let mut profiles = before.clone();
        let changed = change(&mut profiles);
        if profiles != before {
            let bytes = serde_json::to_vec(&profiles.into_iter().collect::<Vec<_>>())?;
            store.apply(vec![Change::Put(KEY.to_vec(), bytes)], true).await?;
        }
        Ok(changed)
    }
}

async fn read(store: &dyn Store) -> io::Result<Profiles> {
    let Some(bytes) = store.get(KEY.to_vec()).await? else {
        return Ok(Profiles::new());
    };
    let profiles: Vec<(Iccid, bool)> = serde_json::from_slice(&bytes)?;
    Ok(profiles.into_iter().collect())
}

/// What a code brings.
fn iccid(code: &ActivationCode) -> Result<Iccid, IdError> {
    let matching_id = code.matching_id();
    let named = matching_id.split('-').next().unwrap_or_default().parse();
    named.or_else(|_| {
        // FNV-1a: the same in every release.
        let hash = matching_id.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        format!("89{:017}", hash % 10_u64.pow(17)).parse()
    })
}

/// The commands, done right.
impl SoftwareEuicc {
    async fn do_download(
        self,
        activation_code: ActivationCode,
        before: Option<Vec<Iccid>>,
    ) -> Result<InstalledProfile, DownloadFailure> {
        let used_up = Err(DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR);
        let failed = Err(DownloadInstallResult::PROFILE_INSTALLATION_FAILED);
        let installed = self.change(|profiles| {
            let Ok(iccid) = iccid(&activation_code) else {
                return failed;
            };
            match profiles.contains_key(&iccid) {
                // Before the vehicle's software died, this download brought it.
                true if before.is_some_and(|before| !before.contains(&iccid)) => {}
                true => return used_up,
                false if profiles.len() >= CAPACITY => return failed,
                false => drop(profiles.insert(iccid, false)),
            }
            Ok(iccid)
        });
        let installed = installed.await.unwrap_or(failed);
        installed.map(InstalledProfile::new).map_err(DownloadFailure::new)
    }

    /// At most one is enabled: the one that was no longer is.
    async fn do_enable(self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.change(|profiles| {
            if !profiles.contains_key(&iccid) {
                return Err(NOT_FOUND);
            }
            for (profile, enabled) in profiles {
                *enabled = *profile == iccid;
            }
            Ok(())
        })
        .await
        .unwrap_or(Err(MEMORY_FAILURE))
    }

    async fn do_disable(self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.change(|profiles| {
            let enabled = profiles.get_mut(&iccid).ok_or(NOT_FOUND)?;
            *enabled = false;
            Ok(())
        })
        .await
        .unwrap_or(Err(MEMORY_FAILURE))
    }

    /// Only what is disabled can be deleted; what is not there is deleted.
    async fn do_delete(self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.change(|profiles| match profiles.get(&iccid) {
            Some(true) => Err(NOT_DISABLED),
            _ => {
                profiles.remove(&iccid);
                Ok(())
            }
        })
        .await
        .unwrap_or(Err(MEMORY_FAILURE))
    }

    async fn do_list(self) -> Result<Vec<ListedProfile>, CsimErrorCode> {
        self.change(|profiles| {
            let listed = |(iccid, enabled): (&Iccid, &bool)| ListedProfile::new(*iccid, *enabled);
            Ok(profiles.iter().map(listed).collect())
        })
        .await
        .unwrap_or(Err(MEMORY_FAILURE))
    }
}

impl Lpa for SoftwareEuicc {
    async fn download(
        &self,
        activation_code: ActivationCode,
        before: Option<Vec<Iccid>>,
    ) -> Result<InstalledProfile, DownloadFailure> {
        let failure = DownloadFailure::new(DownloadInstallResult::PROFILE_INSTALLATION_FAILED);
        let work = self.clone().do_download(activation_code.clone(), before.clone());
        let command = LpaCommand::Download {
            activation_code,
            before,
        };
        self.faults.meet(&command, failure, work).await
    }

    async fn enable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        let (command, work) = (LpaCommand::Enable { iccid }, self.clone().do_enable(iccid));
        self.faults.meet(&command, MEMORY_FAILURE, work).await
    }

    async fn disable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        let (command, work) = (LpaCommand::Disable { iccid }, self.clone().do_disable(iccid));
        self.faults.meet(&command, MEMORY_FAILURE, work).await
    }

    async fn delete(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        let (command, work) = (LpaCommand::Delete { iccid }, self.clone().do_delete(iccid));
        self.faults.meet(&command, MEMORY_FAILURE, work).await
    }

    async fn list(&self) -> Result<Vec<ListedProfile>, CsimErrorCode> {
        let work = self.clone().do_list();
        self.faults.meet(&LpaCommand::List, MEMORY_FAILURE, work).await
    }
}
