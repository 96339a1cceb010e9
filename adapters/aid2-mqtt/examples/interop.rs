//! One provisioning and one deletion, as vehicle or as backend, against any other implementation of the binding.
//!
//! `interop backend mqtt://host:port`, `interop vehicle mqtt://host:port VIN`

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a program for tests"
)]

use std::{sync::Arc, time::Duration};

use aid2_mqtt::{Answer, BackendLink, LinkOptions, MemoryStore, Records as _, StoredRecords, VehicleLink};
use aid2_proto::{
    CmpBackend, NotHandled, Profile, ProfileStatus, ProfileType, RequestActivationCode, RequestActivationCodeError,
    RequestActivationCodeResult, RequestDeleteProfile, RequestDeleteProfileResponse, RequestDeleteProfileResult,
    RequestId, SendActivationCode, SendCsimStatus, SendProfileDownloadInstallInfo, Timestamp, Vehicle,
    binding::{CmpReplies, VehicleReplies},
};
use tokio::sync::{OnceCell, mpsc};

type Error = Box<dyn std::error::Error>;

const CODE: &str = "1$smdp.example.com$CODE";
const EID: &str = "89034011560010000000000000000121";
const ICCID: &str = "8944500805172032953";

struct Cmp {
    link: OnceCell<BackendLink>,
    done: mpsc::UnboundedSender<&'static str>,
}

impl Cmp {
    async fn order(&self, order: &impl aid2_proto::Message) -> Result<(), NotHandled> {
        let link = self.link.get().ok_or_else(NotHandled::new)?;
        link.order(order).await.map_err(|_| NotHandled::new())
    }
}

impl CmpBackend for Cmp {
    async fn request_activation_code(
        &self,
        message: RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeError>, NotHandled> {
        if message.cmp_user_id.as_str() == "nobody" {
            return Ok(Some(RequestActivationCodeResult::UNKNOWN_VIN.into()));
        }
        let (id, user) = (message.request_id, message.cmp_user_id);
        self.order(&SendActivationCode::new(
            id,
            user,
            ProfileType::PERSONAL,
            CODE.parse().unwrap(),
        ))
        .await?;
        Ok(None)
    }

    async fn send_profile_download_install_info(
        &self,
        message: SendProfileDownloadInstallInfo,
    ) -> Result<(), NotHandled> {
        let id = message.request_id;
        let later = RequestId::new(id.vehicle_id, Timestamp::from_secs(id.timestamp.as_secs() + 1000));
        self.order(&RequestDeleteProfile::new(
            later,
            message.cmp_user_id.unwrap(),
            message.iccid.unwrap(),
        ))
        .await
    }

    async fn send_csim_status(&self, message: SendCsimStatus) -> Result<(), NotHandled> {
        if message
            .profiles
            .iter()
            .any(|profile| profile.status == ProfileStatus::DELETED)
        {
            let _ = self.done.send("told");
        }
        Ok(())
    }
}

impl CmpReplies for Cmp {
    async fn request_delete_profile_response(
        &self,
        _: RequestId,
        response: RequestDeleteProfileResponse,
    ) -> Result<(), NotHandled> {
        assert_eq!(response.result, RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
        let _ = self.done.send("answered");
        Ok(())
    }
}

async fn backend(url: &str) -> Result<(), Error> {
    let records = Arc::new(StoredRecords::new(MemoryStore::new()));
    let options = LinkOptions::backend(url.parse()?, None);
    let (link, driver) = BackendLink::open(&options, "rust-backend", "cmp", Arc::clone(&records))?;
    let (done, mut outcomes) = mpsc::unbounded_channel();
    let cmp = Cmp {
        link: OnceCell::new_with(Some(link.clone())),
        done,
    };
    let running = tokio::spawn(driver.run(Arc::new(cmp)));
    while link.counts().connected == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("rust backend: ready");
    let mut outcome = vec![outcomes.recv().await, outcomes.recv().await];
    outcome.sort_unstable();
    assert_eq!(outcome, [Some("answered"), Some("told")]);
    // Every order has ended.
    while !records.due(u64::MAX - 1, u64::MAX - 1, 1).await?.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(link.counts().refused, 0);
    // Its session would keep its share of the messages.
    link.leave();
    running.await?;
    println!("rust backend: done");
    Ok(())
}

/// Deletes whatever it is told to.
struct Car(mpsc::UnboundedSender<RequestDeleteProfile>);

impl Vehicle for Car {
    async fn request_delete_profile(
        &self,
        message: RequestDeleteProfile,
    ) -> Result<RequestDeleteProfileResponse, NotHandled> {
        let _ = self.0.send(message);
        let success = RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS;
        Ok(RequestDeleteProfileResponse::new(success))
    }
}

impl VehicleReplies for Car {}

async fn vehicle(url: &str, vin: &str) -> Result<(), Error> {
    let (link, driver) = VehicleLink::open(
        LinkOptions::vehicle(url.parse()?, None),
        vin.parse()?,
        MemoryStore::new(),
    )
    .await?;
    let (handled, mut orders) = mpsc::unbounded_channel();
    let running = tokio::spawn(driver.run(Car(handled)));
    let patience = Duration::from_secs(20);
    let ask =
        |user: &str| RequestActivationCode::new(link.next_request_id(), user.parse().unwrap(), EID.parse().unwrap());
    let refused = link.request_activation_code(&ask("nobody"), patience).await?;
    assert_eq!(
        refused,
        Answer::Refused(RequestActivationCodeResult::UNKNOWN_VIN.into())
    );
    let Answer::ActivationCode(code) = link.request_activation_code(&ask("9876543210"), patience).await? else {
        panic!("refused");
    };
    let (id, user) = (code.request_id, code.cmp_user_id);
    let (iccid, eid) = (ICCID.parse()?, EID.parse()?);
    let status = |id, status| SendCsimStatus::new(id, eid, vec![Profile::new(iccid, user.clone(), status)]);
    link.send(&SendProfileDownloadInstallInfo::installed(
        id,
        user.clone(),
        iccid,
        eid,
        code.activation_code,
    ))
    .await?;
    link.send(&status(id, ProfileStatus::ENABLED)).await?;
    let order = orders.recv().await.ok_or("no order")?;
    assert_eq!(order.iccid, iccid);
    link.send(&status(order.request_id, ProfileStatus::DELETED)).await?;
    // The copy of the order is answered, and not handled.
    while link.counts().duplicates == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(orders.try_recv().is_err());
    link.flushed().await;
    link.close();
    running.await?;
    println!("rust vehicle: done");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["backend", url] => tokio::time::timeout(Duration::from_secs(60), backend(url)).await?,
        ["vehicle", url, vin] => tokio::time::timeout(Duration::from_secs(60), vehicle(url, vin)).await?,
        _ => Err("usage: interop backend URL | interop vehicle URL VIN".into()),
    }
}
