//! `aid serve backend`: a CMP backend on a broker, to try a vehicle against.

use std::{
    collections::HashMap,
    io,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aid_types::Vin;
use aid2_mqtt::{BackendDriver, BackendLink, LinkOptions, MemoryStore, StoredRecords};
use aid2_proto::{
    CmpBackend, Message, NotHandled, Payload as _, RequestActivationCode, RequestActivationCodeError, RequestCsimInfo,
    RequestCsimInfoResponse, RequestDeleteAllProfiles, RequestDeleteAllProfilesResponse, RequestDeleteProfile,
    RequestDeleteProfileResponse, RequestId, RequestIdGenerator, SendActivationCode, SendCsimStatus,
    SendDisableProfileErrorReport, SendEnableProfileErrorReport, SendProfileDownloadInstallInfo,
    binding::{CmpReplies, Side},
};
use clap::builder::NonEmptyStringValueParser;
use serde_json::Value;

use crate::{
    args::{self, Usage},
    desk::{Desk, full_name},
    json::Object,
    outgoing::Outgoing,
    serve_link::{self, Broker},
};

/// `aid serve backend`.
#[derive(clap::Args)]
#[command(after_help = SERVE_BACKEND)]
pub(crate) struct ServeBackend {
    #[command(flatten)]
    broker: Broker,
    /// Instances with the same group share what vehicles send
    #[arg(long, default_value = "cmp")]
    group: String,
    /// The MQTT client id, to find after a restart what was not dealt with [default: random]
    #[arg(long, value_parser = NonEmptyStringValueParser::new())]
    name: Option<String>,
    /// How long to wait for a response; 30 unless told otherwise, fractions allowed
    #[arg(long, value_name = "SECONDS", value_parser = args::seconds, allow_negative_numbers = true)]
    timeout: Option<Duration>,
}

const SERVE_BACKEND: &str = "\
What it does:
  Runs until SIGTERM or SIGINT (exit 0); the end of standard input does not end it. Prints
  `READY <url>` when it is connected and has subscribed.

  What arrives is printed, one line each:
  {\"ok\":true,\"topic\":\"aid2/v1/VIN/cmp/SendCSIMStatus\",\"correlation\":\"1700000000\",\"vin\":…,
   \"message\":\"cmp_backend.SendCSIMStatus\",\"fields\":{…}}

  What is to be sent comes in as lines, with `message` and `fields` as in `aid aid2 codec`:
  in   {\"vin\":…,\"message\":\"cmp_vehicle.RequestDeleteProfile\",\"fields\":{\"iccid\":\"…\",\"cmpUserId\":\"…\"}}
  out  {\"ok\":true,\"topic\":\"aid2/v1/VIN/cmp/RequestDeleteProfile.Response\",\"correlation\":\"1700000000\",
        \"vin\":…,\"message\":\"cmp_vehicle.RequestDeleteProfile.Response\",\"fields\":{\"result\":0,…}}
       {\"ok\":false,\"vin\":…,\"message\":\"cmp_vehicle.RequestDeleteProfile\",\"correlation\":\"1700000000\",
        \"error\":\"no answer within 30 s\"}
  Out comes one line for each: the response that arrives, or the end of --timeout. Then the vehicle
  has the order still to carry out: it gets it when it comes, soon or with the next message that it
  sends, and what it answers later is printed all the same. An activation code has no response: out
  comes a line with `ok`, `vin`, `message` and `correlation` at once.
  `correlation` in a line is the timestamp of the request id, as decimal digits: one gives it to
  continue what a vehicle has begun. Without it (and without fields.requestId) the message begins
  something new, and gets a request id of its own.

  A vehicle that asks for an activation code is left waiting, until a line answers:
  in   {\"vin\":…,\"correlation\":\"1700000000\",\"message\":\"cmp_vehicle.SendActivationCode\",\"fields\":{…}}
  in   {\"vin\":…,\"correlation\":\"1700000000\",\"message\":\"cmp_backend.RequestActivationCode.Response\",
        \"fields\":{\"result\":1}}

  Without --name the broker forgets the instance after a minute. Orders are in memory.

  Standard error tells what happens, one line each: connected, disconnected, refused with topic and
  reason, and with name, VIN and correlation what is sent again (`resent`), was not taken by the
  broker, or has come again.";

impl ServeBackend {
    pub(crate) fn run(self) -> Result<ExitCode, Usage> {
        let (broker, tls) = self.broker.read()?;
        let desk = Desk::new(Side::Cmp, self.timeout);
        let mut options = LinkOptions::backend(broker, tls);
        serve_link::tune(&mut options);
        let lasting = self.name.is_some();
        let name = self.name.unwrap_or_else(|| {
            options.session_expiry = Duration::from_secs(60);
            format!("aid-{}", uuid::Uuid::new_v4().simple())
        });
        let failed = |error: io::Error| Usage(format!("serve: {error}"));
        let runtime = tokio::runtime::Runtime::new().map_err(failed)?;
        let exit = runtime.block_on(async {
            let unusable = |error| Usage(format!("serve: {error}"));
            let records = Arc::new(StoredRecords::new(MemoryStore::new()));
            let (link, driver) = BackendLink::open(&options, &name, &self.group, records).map_err(unusable)?;
            run(link, driver, desk, lasting).await.map_err(failed)
        });
        // Somebody who reads standard input cannot be interrupted.
        runtime.shutdown_background();
        exit
    }
}

async fn run(
    link: BackendLink,
    driver: BackendDriver<StoredRecords<MemoryStore>>,
    desk: Desk,
    lasting: bool,
) -> io::Result<ExitCode> {
    let cmp = Arc::new(Cmp {
        link: link.clone(),
        desk,
        ids: Mutex::default(),
    });
    let role = Arc::clone(&cmp);
    let running = async {
        tokio::join!(driver.run(role), serve_link::obey_lines(|line| cmp.obey(line)));
    };
    // Without a lasting name nobody comes back for what the broker would put aside.
    let end = || if lasting { link.close() } else { link.leave() };
    serve_link::until_signal(running, end).await
}

struct Cmp {
    link: BackendLink,
    desk: Desk,
    ids: Mutex<HashMap<Vin, RequestIdGenerator>>,
}

impl Cmp {
    /// The answer to a line, unless it comes later.
    async fn obey(&self, line: Result<Object, String>) -> Result<Option<Value>, String> {
        let line = line?;
        // The answer to a request has that request's id, and no new one.
        if line.get("correlation").is_none() && line.text("message")? == full_name::<RequestActivationCodeError>() {
            return Err("correlation: missing".to_owned());
        }
        let outgoing = Outgoing::read(&line, None, |vin| self.next_request_id(vin))?;
        if outgoing.is::<SendActivationCode>() {
            let code: SendActivationCode = outgoing.typed()?;
            Ok(Some(match self.link.order(&code).await {
                Ok(()) => outgoing.taken(),
                Err(error) => outgoing.failed(&error),
            }))
        } else if outgoing.is::<RequestActivationCodeError>() {
            self.refuse(outgoing)
        } else if outgoing.is::<RequestDeleteProfile>() {
            self.order::<RequestDeleteProfile>(outgoing).await
        } else if outgoing.is::<RequestCsimInfo>() {
            self.order::<RequestCsimInfo>(outgoing).await
        } else if outgoing.is::<RequestDeleteAllProfiles>() {
            self.order::<RequestDeleteAllProfiles>(outgoing).await
        } else {
            Err("message: not one that backends send".to_owned())
        }
    }

    async fn order<M: Message>(&self, outgoing: Outgoing) -> Result<Option<Value>, String> {
        let order: M = outgoing.typed()?;
        let expected = self.desk.expect(&order)?;
        if let Err(error) = self.link.order(&order).await {
            return Ok(Some(outgoing.failed(&error)));
        }
        expected.wait();
        Ok(None)
    }

    /// Not waited for, because the broker may be away.
    fn refuse(&self, outgoing: Outgoing) -> Result<Option<Value>, String> {
        let reason: RequestActivationCodeError = outgoing.typed()?;
        let link = self.link.clone();
        tokio::spawn(async move {
            let answer = match link.refuse(outgoing.request_id, reason).await {
                Ok(()) => outgoing.taken(),
                Err(error) => outgoing.failed(&error),
            };
            serve_link::print(&answer).await;
        });
        Ok(None)
    }

    fn next_request_id(&self, vin: Vin) -> Result<RequestId, String> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let ids = ids.entry(vin).or_insert_with(|| RequestIdGenerator::new(vin));
        ids.next(serve_link::now()).map_err(|error| error.to_string())
    }
}

impl CmpBackend for Cmp {
    async fn request_activation_code(
        &self,
        message: RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeError>, NotHandled> {
        self.desk.arrived(message.request_id, &message).await;
        Ok(None)
    }

    async fn send_profile_download_install_info(
        &self,
        message: SendProfileDownloadInstallInfo,
    ) -> Result<(), NotHandled> {
        self.desk.arrived(message.request_id, &message).await;
        Ok(())
    }

    async fn send_csim_status(&self, message: SendCsimStatus) -> Result<(), NotHandled> {
        self.desk.arrived(message.request_id, &message).await;
        Ok(())
    }

    async fn send_enable_profile_error_report(&self, message: SendEnableProfileErrorReport) -> Result<(), NotHandled> {
        self.desk.arrived(message.request_id, &message).await;
        Ok(())
    }

    async fn send_disable_profile_error_report(
        &self,
        message: SendDisableProfileErrorReport,
    ) -> Result<(), NotHandled> {
        self.desk.arrived(message.request_id, &message).await;
        Ok(())
    }
}

impl CmpReplies for Cmp {
    async fn request_delete_profile_response(
        &self,
        request_id: RequestId,
        response: RequestDeleteProfileResponse,
    ) -> Result<(), NotHandled> {
        self.desk.arrived(request_id, &response).await;
        self.desk.answered(RequestDeleteProfile::NAME, request_id);
        Ok(())
    }

    async fn request_csim_info_response(
        &self,
        request_id: RequestId,
        response: RequestCsimInfoResponse,
    ) -> Result<(), NotHandled> {
        self.desk.arrived(request_id, &response).await;
        self.desk.answered(RequestCsimInfo::NAME, request_id);
        Ok(())
    }

    async fn request_delete_all_profiles_response(
        &self,
        request_id: RequestId,
        response: RequestDeleteAllProfilesResponse,
    ) -> Result<(), NotHandled> {
        self.desk.arrived(request_id, &response).await;
        self.desk.answered(RequestDeleteAllProfiles::NAME, request_id);
        Ok(())
    }
}
