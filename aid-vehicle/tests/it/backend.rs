//! A backend that a test plays by hand.

use std::sync::Arc;

use aid_types::{CmpUserId, Iccid, Vin};
use aid2_mqtt::{BackendDeliveries, BackendLink, Change, MemoryStore, StoredRecords};
use aid2_proto::{
    ProfileStatus, ProfileType, RequestActivationCode, RequestDeleteProfile, RequestId, SendActivationCode,
    SendCsimStatus, Timestamp,
    session::{BackendCompletion, Cause, ToCmp},
};

use crate::{
    broker,
    euicc::{code, iccid},
};

pub(crate) fn vin() -> Vin {
    "WBAUX11030A334483".parse().unwrap()
}

pub(crate) fn user() -> CmpUserId {
    "customer-4711".parse().unwrap()
}

/// The id of a sequence that the backend begins.
pub(crate) fn id(vin: Vin, number: u64) -> RequestId {
    RequestId::new(vin, Timestamp::from_secs(1_800_000_000 + number))
}

/// A backend, and what comes to it.
pub(crate) struct Backend {
    pub(crate) link: BackendLink,
    deliveries: BackendDeliveries<Vec<Change>>,
}

impl Backend {
    pub(crate) async fn start(broker: &str) -> Self {
        let (options, there) = broker::backend(broker);
        let records = Arc::new(StoredRecords::new(MemoryStore::new()));
        let (link, driver) = BackendLink::open(&options, "backend", "cmp", records).unwrap();
        let (deliveries, driving) = driver.into_deliveries();
        tokio::spawn(driving);
        there.await;
        Self { link, deliveries }
    }

    pub(crate) async fn receive(&mut self) -> ToCmp {
        let delivery = self.deliveries.recv().await.unwrap();
        let Cause::Message(message) = delivery.cause.clone() else {
            panic!()
        };
        delivery
            .complete(BackendCompletion::default(), Vec::new())
            .await
            .unwrap();
        message
    }

    /// The next message is a status: the profiles in it.
    pub(crate) async fn status(&mut self) -> (SendCsimStatus, Vec<(Iccid, ProfileStatus)>) {
        match self.receive().await {
            ToCmp::SendCsimStatus(status) => {
                let profiles = status.profiles.iter().map(|profile| (profile.iccid, profile.status));
                (status.clone(), profiles.collect())
            }
            other => panic!("{other:?}"),
        }
    }

    /// The next message asks for a code.
    pub(crate) async fn asked(&mut self) -> RequestActivationCode {
        match self.receive().await {
            ToCmp::RequestActivationCode(asked) => asked,
            other => panic!("{other:?}"),
        }
    }

    /// The next message asks for a code: it gets the one of this number, whose profile is told then.
    pub(crate) async fn issue(&mut self, number: usize) -> RequestActivationCode {
        let asked = self.asked().await;
        self.send(&asked, number).await;
        match self.receive().await {
            ToCmp::SendProfileDownloadInstallInfo(info) => assert_eq!(info.iccid, Some(iccid(number))),
            other => panic!("{other:?}"),
        }
        asked
    }

    /// Answers a request with the code of this number.
    pub(crate) async fn send(&self, asked: &RequestActivationCode, number: usize) {
        let (to, kind) = (asked.cmp_user_id.clone(), ProfileType::PERSONAL);
        let sent = SendActivationCode::new(asked.request_id, to, kind, code(number));
        self.link.order(&sent).await.unwrap();
    }

    pub(crate) async fn delete(&self, id: RequestId, number: usize) {
        let order = RequestDeleteProfile::new(id, user(), iccid(number));
        self.link.order(&order).await.unwrap();
    }

    /// The next message answers an order to delete a profile.
    pub(crate) async fn deleted(&mut self) -> (RequestId, aid2_proto::RequestDeleteProfileResult) {
        match self.receive().await {
            ToCmp::RequestDeleteProfileResponse(id, response) => (id, response.result),
            other => panic!("{other:?}"),
        }
    }
}
