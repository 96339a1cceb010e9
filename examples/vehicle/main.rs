//! A whole car: its software on `aid-vehicle`, its eUICC a file. Against `aid serve backend`, or any CMP backend.
//!
//! cargo run --release --example vehicle -- mqtt://localhost WBAUX11030A334483 folder
//!
//! Lines of standard input: `login USER`, `logout`, `profiles`. docs/guide/vehicle.md goes through it.

use std::{collections::BTreeMap, io::BufRead as _, path::PathBuf, sync::Mutex};

use aid_types::{ActivationCode, Iccid};
use aid_vehicle::{DownloadFailure, InstalledProfile, ListedProfile, Lpa, Observer, Options, VehicleService};
use aid2_mqtt::{FileStore, LinkOptions};
use aid2_proto::{CsimErrorCode, DownloadInstallResult};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An eUICC in a file: a line for each profile, its ICCID and whether it is enabled.
struct Euicc {
    file: PathBuf,
    profiles: Mutex<BTreeMap<Iccid, bool>>,
}

impl Euicc {
    fn open(file: PathBuf) -> Result<Self, Failure> {
        let mut profiles = BTreeMap::new();
        for line in std::fs::read_to_string(&file).unwrap_or_default().lines() {
            let (iccid, enabled) = line.split_once(' ').ok_or("the eUICC's file has a line that is none")?;
            profiles.insert(iccid.parse()?, enabled == "enabled");
        }
        Ok(Self {
            file,
            profiles: Mutex::new(profiles),
        })
    }

    /// Changes the profiles, and keeps them.
    fn change<T>(&self, change: impl FnOnce(&mut BTreeMap<Iccid, bool>) -> T) -> Result<T, CsimErrorCode> {
        let mut profiles = self.profiles.lock().map_err(|_| CsimErrorCode::NONE)?;
        let changed = change(&mut profiles);
        let line =
            |(iccid, enabled): (&Iccid, &bool)| format!("{iccid} {}\n", if *enabled { "enabled" } else { "disabled" });
        let lines: String = profiles.iter().map(line).collect();
        std::fs::write(&self.file, lines).map_err(|_| CsimErrorCode::from_status_word(0x6581))?;
        Ok(changed)
    }

    fn switch(&self, iccid: Iccid, on: bool) -> Result<(), CsimErrorCode> {
        let known = self.change(|profiles| profiles.get_mut(&iccid).map(|enabled| *enabled = on))?;
        known.ok_or(CsimErrorCode::from_status_word(0x6A88))
    }
}

impl Lpa for Euicc {
    /// A real one asks the SM-DP+ that the code names. Here the code's matching id is the ICCID.
    async fn download(
        &self,
        activation_code: ActivationCode,
        _before: Option<Vec<Iccid>>,
    ) -> Result<InstalledProfile, DownloadFailure> {
        let failed = || DownloadFailure::new(DownloadInstallResult::PROFILE_DOWNLOAD_FAILED_SMDP_DOWNLOAD_ERROR);
        let matching_id = activation_code.as_str().rsplit('$').next().unwrap_or_default();
        let iccid: Iccid = matching_id.parse().map_err(|_| failed())?;
        self.change(|profiles| profiles.insert(iccid, false))
            .map_err(|_| failed())?;
        Ok(InstalledProfile::new(iccid))
    }

    async fn enable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.switch(iccid, true)
    }

    async fn disable(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.switch(iccid, false)
    }

    async fn delete(&self, iccid: Iccid) -> Result<(), CsimErrorCode> {
        self.change(|profiles| profiles.remove(&iccid)).map(drop)
    }

    async fn list(&self) -> Result<Vec<ListedProfile>, CsimErrorCode> {
        let listed = |(iccid, enabled): (&Iccid, &bool)| ListedProfile::new(*iccid, *enabled);
        self.change(|profiles| profiles.iter().map(listed).collect())
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [broker, vin, folder] = arguments.as_slice() else {
        return Err("vehicle BROKER VIN FOLDER".into());
    };
    std::fs::create_dir_all(folder)?;
    let folder = PathBuf::from(folder);
    let mut options = Options::new(LinkOptions::vehicle(broker.parse()?, None));
    options.observer = Observer::new(|notice| eprintln!("{notice:?}"));
    options.link.observer = aid2_mqtt::Observer::new(|notice| eprintln!("{notice:?}"));
    let eid = "89034011560010000000000000000121".parse()?;
    let store = FileStore::open(folder.join("store"))?;
    let euicc = Euicc::open(folder.join("euicc"))?;
    let (vehicle, runner) = VehicleService::open(options, vin.parse()?, eid, store, euicc).await?;
    let running = tokio::spawn(runner.run());

    let (lines, mut line) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        std::io::stdin()
            .lock()
            .lines()
            .map_while(Result::ok)
            .try_for_each(|line| lines.blocking_send(line))
    });
    while let Some(line) = line.recv().await {
        match line.split_once(' ').unwrap_or((&line, "")) {
            ("login", user) => vehicle.login(user.parse()?).await?,
            ("logout", _) => vehicle.logout().await?,
            ("profiles", _) => vehicle.profiles().iter().for_each(|profile| println!("{profile:?}")),
            _ => println!("login USER, logout, or profiles"),
        }
    }
    vehicle.close();
    Ok(running.await?)
}
