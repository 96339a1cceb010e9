//! `aid serve vehicle --service`: a whole car, with a software eUICC, that answers by itself.

use std::{io, path::Path, process::ExitCode};

use aid_types::{CmpUserId, Eid, Iccid, Vin};
use aid_vehicle::{Notice, Observer, OpenError, Options, SoftwareEuicc, VehicleRunner, VehicleService};
use aid2_mqtt::{FileStore, LinkOptions, MemoryStore, Store};
use aid2_proto::{RequestId, session};
use serde_json::{Value, json};

use crate::{
    args::Usage,
    desk::correlation,
    json::Object,
    serve_link::{self, tell},
    writer::LOG,
};

pub(super) const LINES: &str = "\
With --service:
  A whole car that needs no hand on the keyboard: it asks for activation codes, downloads, enables,
  disables and deletes profiles, and reports all of it. Its eUICC is one in software: each activation
  code brings one profile, with the ICCID that the MatchingID begins with, up to a `-`, or else with
  one that follows from the MatchingID. --store is the folder of the telematics unit: in it are the
  file `vehicle`, and a file for each eUICC, named by its EID. It may be killed at any moment.

  What users do comes in as lines; they are answered when it is on disk:
  in   {\"do\":\"login\",\"cmpUserId\":\"alice\"}
       {\"do\":\"logout\"}
       {\"do\":\"profiles\"}
       {\"do\":\"networks\",\"csim\":\"Example 5G\",\"psim\":\"\"}      told with the next CSIM status
       {\"do\":\"network_available\"}                           connects at once
  out  {\"ok\":true,\"did\":\"login\"}
       {\"ok\":true,\"did\":\"profiles\",\"loggedIn\":\"alice\",
        \"profiles\":[{\"cmpUserId\":\"alice\",\"iccid\":\"8944…\",\"state\":\"Enabled\"}]}
       {\"ok\":false,\"error\":\"…\"}                             it was not done

  What happens goes out as lines:
  out  {\"event\":\"sent\",\"message\":\"RequestActivationCode\",\"correlation\":\"1700000000\"}
       {\"event\":\"handled\",\"message\":\"SendActivationCode\",\"correlation\":\"1700000000\"}
       {\"event\":\"profiles\",\"loggedIn\":…,\"profiles\":[…]}     each time they have changed
       {\"event\":\"log\",\"log\":{\"ProfileAdopted\":{\"iccid\":\"…\"}}}   what a workshop may ask";

/// The car.
pub(super) struct Car<'a> {
    pub(super) vin: Vin,
    pub(super) eid: Eid,
    /// The folder of the unit; without, everything is forgotten.
    pub(super) folder: Option<&'a Path>,
    pub(super) user_stayed: bool,
}

type Opened = (VehicleService, VehicleRunner<SoftwareEuicc>);

impl Car<'_> {
    pub(super) async fn run(&self, mut link: LinkOptions) -> Result<ExitCode, Usage> {
        let broker = link.broker.to_string();
        link.observer = aid2_mqtt::Observer::new(move |notice| {
            match notice {
                session::Notice::Sent { name, request_id } => happened("sent", name, *request_id),
                session::Notice::Handled { name, request_id } => happened("handled", name, *request_id),
                _ => {}
            }
            tell(&broker, notice);
        });
        let mut options = Options::new(link);
        options.user_stayed = self.user_stayed;
        options.observer = Observer::new(|notice| match notice {
            Notice::Log(log) => serve_link::print_soon(&json!({"event": "log", "log": log})),
            other => LOG.tell(format!("{other:?}")),
        });
        let (service, runner) = match self.folder {
            Some(folder) => {
                let open = |name: &str| {
                    std::fs::create_dir_all(folder)?;
                    FileStore::open(folder.join(name))
                };
                let failed = |error: io::Error| Usage(format!("--store: {error}"));
                let (vehicle, euicc) = (open("vehicle"), open(&self.eid.to_string()));
                self.open(options, vehicle.map_err(failed)?, euicc.map_err(failed)?)
                    .await?
            }
            None => self.open(options, MemoryStore::new(), MemoryStore::new()).await?,
        };
        let failed = |error: io::Error| Usage(format!("serve: {error}"));
        let beside = async {
            tokio::join!(
                tell_changes(service.clone()),
                serve_link::obey_lines(|line| obey(service.clone(), line))
            );
            // The end of standard input ends nothing.
            std::future::pending::<()>().await;
        };
        let running = async {
            tokio::select! {
                () = runner.run() => {}
                () = beside => {}
            }
        };
        serve_link::until_signal(running, || service.close())
            .await
            .map_err(failed)
    }

    async fn open(&self, options: Options, vehicle: impl Store, euicc: impl Store) -> Result<Opened, Usage> {
        let failed = |error: io::Error| Usage(format!("the eUICC: {error}"));
        let euicc = SoftwareEuicc::open(euicc).await.map_err(failed)?;
        let opened = VehicleService::open(options, self.vin, self.eid, vehicle, euicc).await;
        opened.map_err(|error: OpenError| Usage(format!("serve: {error}")))
    }
}

async fn obey(service: VehicleService, line: Result<Object, String>) -> Result<Option<Value>, String> {
    let line = line?;
    let text = |name| Ok::<_, String>(line.optional_text(name)?.unwrap_or_default().to_owned());
    let action = line.text("do")?;
    let done = match action {
        "login" => {
            let user: CmpUserId = line
                .text("cmpUserId")?
                .parse()
                .map_err(|error| format!("cmpUserId: {error}"))?;
            service.login(user).await
        }
        "logout" => service.logout().await,
        "networks" => service.networks(text("csim")?, text("psim")?).await,
        "network_available" => {
            service.network_available();
            Ok(())
        }
        "profiles" => return Ok(Some(profiles(&service, json!({"ok": true, "did": action})))),
        _ => return Err("do: expected login, logout, profiles, networks or network_available".to_owned()),
    };
    done.map_err(|error| error.to_string())?;
    Ok(Some(json!({"ok": true, "did": action})))
}

/// Prints the profiles whenever they, or who is logged in, have changed.
async fn tell_changes(mut service: VehicleService) {
    let mut told = Value::Null;
    loop {
        let line = profiles(&service, json!({"event": "profiles"}));
        if line != told {
            serve_link::print(&line).await;
            told = line;
        }
        if !service.changed().await {
            return;
        }
    }
}

fn profiles(service: &VehicleService, mut line: Value) -> Value {
    let profiles = service.profiles();
    let shown = profiles.iter().map(|profile| {
        json!({
            "cmpUserId": profile.cmp_user_id().map(CmpUserId::as_str),
            "iccid": profile.iccid().map(Iccid::as_str),
            "state": profile.state(),
        })
    });
    if let Some(line) = line.as_object_mut() {
        let user = service.logged_in();
        line.insert("loggedIn".to_owned(), json!(user.as_ref().map(CmpUserId::as_str)));
        line.insert("profiles".to_owned(), shown.collect());
    }
    line
}

/// Tells what the link did with a message.
fn happened(event: &str, message: &str, request_id: RequestId) {
    let correlation = correlation(request_id);
    serve_link::print_soon(&json!({"event": event, "message": message, "correlation": correlation}));
}
