//! What is the CMP's own.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use account_id::{SecretKey, Verifier};
use aid_backend::{
    cmp::{Changes, CmpPorts, FederationView, MspPartner, VehiclePort},
    store::Store,
};
use aid_procedures::{
    Timestamp,
    cmp::{Alarm, Log},
};
use aid_types::{
    ClientId, Vin,
    phone::{AesGcmPhoneCipher, PhoneKey},
    redirect::RedirectPolicy,
};
use aid1_client::MspClient;
use aid2_proto::{
    RequestActivationCode, RequestActivationCodeResult,
    session::{CommitError, NewOrder, Now, OrderKey, Record},
};
use tokio::time::sleep;
use uuid::Uuid;

use super::{World, net};

pub(crate) fn secret() -> SecretKey {
    SecretKey::from_text("the msp-specific-secret that both sides have exchanged").unwrap()
}

pub(crate) fn cipher() -> AesGcmPhoneCipher {
    AesGcmPhoneCipher::new(PhoneKey::aes_256(&[7; 32]))
}

pub(crate) struct Ports<S> {
    world: Weak<World<S>>,
    partner: MspPartner,
    road: Road<S>,
}

impl<S: Store> Ports<S> {
    pub(super) fn new(world: &Arc<World<S>>) -> Self {
        let client = MspClient::new(
            net::Way::new(world, false),
            net::endpoint("cmp1", "msp1"),
            sleep,
            Uuid::new_v4,
        );
        let redirects = RedirectPolicy::to_msp().allow_domain("www.msp.example").unwrap();
        let touchpoint = "https://www.msp.example/onboarding".parse().unwrap();
        Self {
            world: Arc::downgrade(world),
            partner: MspPartner::new(client, Verifier::new(secret()), touchpoint, redirects, cipher()),
            road: Road {
                world: Arc::downgrade(world),
            },
        }
    }
}

impl<S: Store> CmpPorts for Ports<S> {
    type Vehicles = Road<S>;

    fn now(&self) -> Timestamp {
        self.world.upgrade().unwrap().now()
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn msp(&self, msp: &ClientId) -> Option<&MspPartner> {
        matches!(msp.as_str(), "msp1" | "msp2").then_some(&self.partner)
    }

    fn vehicles(&self) -> &Road<S> {
        &self.road
    }

    async fn admit(
        &self,
        request: &RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeResult>, &'static str> {
        let known = request.request_id.vehicle_id == super::vin();
        Ok((!known).then_some(RequestActivationCodeResult::UNKNOWN_VIN))
    }

    fn alarm(&self, _: &FederationView, alarm: &Alarm) {
        self.world.upgrade().unwrap().tell(format!("CMP alarm {alarm:?}"));
    }

    fn log(&self, _: &FederationView, log: &Log) {
        self.world.upgrade().unwrap().tell(format!("CMP log {log:?}"));
    }
}

/// The sessions of the backend, as far as they keep orders: the car looks into its record.
pub(crate) struct Road<S> {
    world: Weak<World<S>>,
}

impl<S: Store> Road<S> {
    async fn change(&self, vin: Vin, change: impl Fn(&mut Record, Now)) -> Result<(), &'static str> {
        let world = self.world.upgrade().ok_or("over")?;
        let (cmp, now) = (world.cmp(), Now::new(Duration::ZERO, world.now().as_secs()));
        loop {
            let found = cmp.record(vin).await.map_err(|_| "no record")?;
            let (version, mut record) = super::car::read(vin, found);
            change(&mut record, now);
            let (bytes, due) = (record.to_bytes(), record.next_due(now));
            match cmp.commit(vin, version, &bytes, due, Changes::default()).await {
                Ok(_) => return Ok(()),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Failed(_)) => return Err("not stored"),
            }
        }
    }
}

impl<S: Store> VehiclePort for Road<S> {
    async fn send(&self, order: NewOrder) -> Result<(), &'static str> {
        let take = |record: &mut Record, now| drop(record.order(order.clone(), now));
        self.change(order.key.vin, take).await
    }

    async fn cancel(&self, order: OrderKey) -> Result<(), &'static str> {
        let cancel = |record: &mut Record, _| drop(record.cancel(|open| open.key == order));
        self.change(order.vin, cancel).await
    }
}
