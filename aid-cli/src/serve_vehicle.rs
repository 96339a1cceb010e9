//! `aid serve vehicle`: a vehicle on a broker, to try a CMP backend against.

mod service;

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aid_types::{Eid, Vin};
use aid2_mqtt::{FileStore, LinkOptions, MemoryStore, VehicleDriver, VehicleLink};
use aid2_proto::{
    Message, NotHandled, Payload as _, RequestActivationCode, RequestActivationCodeError, RequestCsimInfo,
    RequestCsimInfoResponse, RequestCsimInfoResult, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse,
    RequestDeleteAllProfilesResult, RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult,
    RequestId, SendActivationCode, SendCsimStatus, SendDisableProfileErrorReport, SendEnableProfileErrorReport,
    SendProfileDownloadInstallInfo, Vehicle,
    binding::{Side, VehicleReplies},
};
use serde_json::Value;

use crate::{
    args::{self, Usage},
    desk::Desk,
    json::Object,
    outgoing::Outgoing,
    serve_link::{self, Broker},
};

/// `aid serve vehicle`.
#[derive(clap::Args)]
#[command(after_help = format!("{SERVE_VEHICLE}\n\n{}", service::LINES))]
pub(crate) struct ServeVehicle {
    /// Which vehicle
    #[arg(long)]
    vin: Vin,
    #[command(flatten)]
    broker: Broker,
    /// Where the outbox outlives a restart, and what was answered; with --service, the whole car
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// How long to wait for an activation code; 30 unless told otherwise, fractions allowed
    #[arg(long, value_name = "SECONDS", value_parser = args::seconds, allow_negative_numbers = true)]
    timeout: Option<Duration>,
    /// A whole car with a software eUICC, that answers by itself: lines say what its users do
    #[arg(long, requires = "eid", conflicts_with = "timeout")]
    service: bool,
    /// Which eUICC the car of --service has
    #[arg(long, requires = "service")]
    eid: Option<Eid>,
    /// The user of --service who was logged in when the software ended still is
    #[arg(long, requires = "service")]
    user_stayed: bool,
    /// The unit of --service was built out of this vehicle: its store is taken over
    #[arg(long, value_name = "VIN", requires = "service")]
    moved_from: Option<Vin>,
}

const SERVE_VEHICLE: &str = "\
What it does:
  Runs until SIGTERM or SIGINT (exit 0); the end of standard input does not end it. Prints
  `READY <url>` when it is connected and has subscribed.

  What arrives is printed, one line each:
  {\"ok\":true,\"topic\":\"aid2/v1/VIN/vehicle/RequestDeleteProfile\",\"correlation\":\"1700000000\",\"vin\":…,
   \"message\":\"cmp_vehicle.RequestDeleteProfile\",\"fields\":{…}}

  What is to be sent comes in as lines, with `message` and `fields` as in `aid aid2 codec`:
  in   {\"message\":\"cmp_backend.SendCSIMStatus\",\"fields\":{\"eid\":\"…\"}}
  out  {\"ok\":true,\"vin\":…,\"message\":\"cmp_backend.SendCSIMStatus\",\"correlation\":\"1700000000\"}
       {\"ok\":false,…,\"error\":\"…\"}                          it was not taken
  Out comes one line for each when the outbox has it: it will reach the broker. The answer to
  cmp_backend.RequestActivationCode is what arrives for it, with its correlation, or a line with
  `error` after --timeout; what comes later is printed all the same.
  `correlation` in a line is the timestamp of the request id, as decimal digits: one gives it to
  continue what somebody has begun. Without it (and without fields.requestId) the message begins
  something new, and gets a request id of its own.

  Requests of the backend are answered at once, with success and without doing anything, so that a
  backend can be tried without a hand on the keyboard. A line with a response changes that from
  then on, for all requests of its kind:
  in   {\"message\":\"cmp_vehicle.RequestDeleteProfile.Response\",\"fields\":{\"result\":2}}
  Status messages are sent by lines only, also those that have to follow a deletion.

  Standard error tells what happens, one line each: connected, disconnected, refused with topic and
  reason, and with name, VIN and correlation what is sent again (`resent`), was not taken by the
  broker, or has come again.";

impl ServeVehicle {
    pub(crate) fn run(self) -> Result<ExitCode, Usage> {
        let vin = self.vin;
        let (broker, tls) = self.broker.read()?;
        let mut options = LinkOptions::vehicle(broker, tls);
        serve_link::tune(&mut options);
        let failed = |error: io::Error| Usage(format!("serve: {error}"));
        let runtime = tokio::runtime::Runtime::new().map_err(failed)?;
        let exit = runtime.block_on(async {
            let folder = self.store.as_deref();
            if let Some(eid) = self.eid {
                options.moved_from = self.moved_from;
                let user_stayed = self.user_stayed;
                let car = service::Car {
                    vin,
                    eid,
                    folder,
                    user_stayed,
                };
                return car.run(options).await;
            }
            let desk = Arc::new(Desk::new(Side::Vehicle, self.timeout));
            let opened = match folder {
                Some(folder) => {
                    let store = outbox(folder, vin).map_err(|error| Usage(format!("--store: {error}")))?;
                    VehicleLink::open(options, vin, store).await
                }
                None => VehicleLink::open(options, vin, MemoryStore::new()).await,
            };
            let (link, driver) = opened.map_err(|error| Usage(format!("serve: {error}")))?;
            run(vin, link, driver, desk).await.map_err(failed)
        });
        // Somebody who reads standard input cannot be interrupted.
        runtime.shutdown_background();
        exit
    }
}

fn outbox(folder: &Path, vin: Vin) -> io::Result<FileStore> {
    std::fs::create_dir_all(folder)?;
    FileStore::open(folder.join(vin.as_str()))
}

async fn run(vin: Vin, link: VehicleLink, driver: VehicleDriver, desk: Arc<Desk>) -> io::Result<ExitCode> {
    let car = Car {
        vin,
        link: link.clone(),
        desk,
        answers: Arc::default(),
    };
    let role = car.clone();
    let running = async {
        tokio::join!(driver.run(role), serve_link::obey_lines(|line| car.obey(line)));
    };
    serve_link::until_signal(running, || link.close()).await
}

/// What the backend's requests are answered with.
struct Answers {
    delete_profile: RequestDeleteProfileResponse,
    csim_info: RequestCsimInfoResponse,
    delete_all_profiles: RequestDeleteAllProfilesResponse,
}

impl Default for Answers {
    fn default() -> Self {
        Self {
            delete_profile: RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS),
            csim_info: RequestCsimInfoResponse::new(RequestCsimInfoResult::CSIM_INFO_SUCCESS),
            delete_all_profiles: RequestDeleteAllProfilesResponse::new(
                RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_SUCCESS,
            ),
        }
    }
}

#[derive(Clone)]
struct Car {
    vin: Vin,
    link: VehicleLink,
    desk: Arc<Desk>,
    answers: Arc<Mutex<Answers>>,
}

impl Car {
    /// The answer to a line, unless it comes later.
    async fn obey(&self, line: Result<Object, String>) -> Result<Option<Value>, String> {
        let outgoing = Outgoing::read(&line?, Some(self.vin), |_| Ok(self.link.next_request_id()))?;
        if outgoing.is::<RequestActivationCode>() {
            let request: RequestActivationCode = outgoing.typed()?;
            let expected = self.desk.expect(&request)?;
            if let Err(error) = self.link.send(&request).await {
                return Ok(Some(outgoing.failed(&error)));
            }
            expected.wait();
            return Ok(None);
        }
        if self.answers(&outgoing)? {
            return Ok(Some(outgoing.taken()));
        }
        if outgoing.is::<SendCsimStatus>() {
            self.send::<SendCsimStatus>(outgoing).await
        } else if outgoing.is::<SendProfileDownloadInstallInfo>() {
            self.send::<SendProfileDownloadInstallInfo>(outgoing).await
        } else if outgoing.is::<SendEnableProfileErrorReport>() {
            self.send::<SendEnableProfileErrorReport>(outgoing).await
        } else if outgoing.is::<SendDisableProfileErrorReport>() {
            self.send::<SendDisableProfileErrorReport>(outgoing).await
        } else {
            Err("message: not one that vehicles send".to_owned())
        }
    }

    async fn send<M: Message>(&self, outgoing: Outgoing) -> Result<Option<Value>, String> {
        let message: M = outgoing.typed()?;
        Ok(Some(match self.link.send(&message).await {
            Ok(()) => outgoing.taken(),
            Err(error) => outgoing.failed(&error),
        }))
    }

    /// Whether the line says how to answer from now on.
    fn answers(&self, line: &Outgoing) -> Result<bool, String> {
        if line.is::<RequestDeleteProfileResponse>() {
            self.lock().delete_profile = line.typed()?;
        } else if line.is::<RequestCsimInfoResponse>() {
            self.lock().csim_info = line.typed()?;
        } else if line.is::<RequestDeleteAllProfilesResponse>() {
            self.lock().delete_all_profiles = line.typed()?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn lock(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vehicle for Car {
    async fn send_activation_code(&self, message: SendActivationCode) -> Result<(), NotHandled> {
        self.desk.arrived(message.request_id, &message).await;
        self.desk.answered(RequestActivationCode::NAME, message.request_id);
        Ok(())
    }

    async fn request_delete_profile(
        &self,
        message: RequestDeleteProfile,
    ) -> Result<RequestDeleteProfileResponse, NotHandled> {
        self.desk.arrived(message.request_id, &message).await;
        Ok(self.lock().delete_profile)
    }

    async fn request_csim_info(&self, message: RequestCsimInfo) -> Result<RequestCsimInfoResponse, NotHandled> {
        self.desk.arrived(message.request_id, &message).await;
        Ok(self.lock().csim_info)
    }

    async fn request_delete_all_profiles(
        &self,
        message: RequestDeleteAllProfiles,
    ) -> Result<RequestDeleteAllProfilesResponse, NotHandled> {
        self.desk.arrived(message.request_id, &message).await;
        Ok(self.lock().delete_all_profiles)
    }
}

impl VehicleReplies for Car {
    async fn request_activation_code_response(
        &self,
        request_id: RequestId,
        response: RequestActivationCodeError,
    ) -> Result<(), NotHandled> {
        self.desk.arrived(request_id, &response).await;
        self.desk.answered(RequestActivationCode::NAME, request_id);
        Ok(())
    }
}
