//! A whole car: its software on `aid-vehicle`, its eUICC in software. Against `aid serve backend`, or any CMP backend.
//!
//! cargo run --release --example vehicle -- mqtt://localhost WBAUX11030A334483 folder
//!
//! Lines of standard input: `login USER`, `logout`, `profiles`. docs/guide/vehicle.md goes through it.

use std::{io::BufRead as _, path::PathBuf};

use aid_vehicle::{Observer, Options, SoftwareEuicc, VehicleService};
use aid2_mqtt::{ClientTls, FileStore, LinkOptions};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [broker, vin, folder] = arguments.as_slice() else {
        return Err("vehicle BROKER VIN FOLDER".into());
    };
    std::fs::create_dir_all(folder)?;
    let folder = PathBuf::from(folder);
    // Elsewhere than on this machine: `mqtts://`, and a certificate whose common name is the VIN.
    let tls = match broker.starts_with("mqtts:") {
        true => {
            let pem = |name| std::fs::read(folder.join(name));
            Some(ClientTls::from_pem(
                &pem("ca.pem")?,
                &pem("chain.pem")?,
                &pem("key.pem")?,
            )?)
        }
        false => None,
    };
    let mut options = Options::new(LinkOptions::vehicle(broker.parse()?, tls));
    options.observer = Observer::new(|notice| eprintln!("{notice:?}"));
    options.link.observer = aid2_mqtt::Observer::new(|notice| eprintln!("{notice:?}"));
    let eid = "89034011560010000000000000000121".parse()?;
    let store = FileStore::open(folder.join("store"))?;
    // Yours is the `Lpa` before a real one.
    let euicc = SoftwareEuicc::open(FileStore::open(folder.join("euicc"))?).await?;
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
