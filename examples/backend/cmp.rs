//! The CMP: what is its own.

use std::error::Error;

use aid_backend::{
    cmp::{CmpBackend, CmpOptions, CmpPorts, FederationView, MspPartner, VehiclePort},
    engine::{Engine, Options},
};
use aid_procedures::{Timestamp, cmp};
use aid_sqlite::SqliteStore;
use aid_types::{ClientId, Vin};
use aid1_axum::TokioRuntime;
use aid2_proto::{
    RequestActivationCode, RequestActivationCodeResult,
    session::{NewOrder, OrderKey},
};
use tokio::sync::mpsc::UnboundedSender;
use uuid::Uuid;

pub(crate) type Cmp = CmpBackend<SqliteStore, Ports>;

pub(crate) struct Ports {
    pub(crate) msp: MspPartner,
    pub(crate) vehicles: Road,
    /// In earnest: the database of the cars.
    pub(crate) vin: Vin,
}

impl CmpPorts for Ports {
    type Vehicles = Road;

    fn now(&self) -> Timestamp {
        Timestamp::from_secs(crate::msp::now())
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn msp(&self, msp: &ClientId) -> Option<&MspPartner> {
        (msp.as_str() == "msptelco1").then_some(&self.msp)
    }

    fn vehicles(&self) -> &Road {
        &self.vehicles
    }

    async fn admit(
        &self,
        request: &RequestActivationCode,
    ) -> Result<Option<RequestActivationCodeResult>, &'static str> {
        let known = request.request_id.vehicle_id == self.vin;
        Ok((!known).then_some(RequestActivationCodeResult::UNKNOWN_VIN))
    }

    fn alarm(&self, _: &FederationView, alarm: &cmp::Alarm) {
        println!("CMP: alarm {alarm:?}: {}", alarm.advice());
    }
}

/// In earnest: `aid2_mqtt::Vehicles`, which keeps orders until they have ended.
pub(crate) struct Road(pub(crate) UnboundedSender<NewOrder>);

impl VehiclePort for Road {
    async fn send(&self, order: NewOrder) -> Result<(), &'static str> {
        println!("CMP: order {} to {}", order.key.name, order.key.vin);
        self.0.send(order).map_err(|_| "no car")
    }

    async fn cancel(&self, order: OrderKey) -> Result<(), &'static str> {
        println!("CMP: takes {} to {} back", order.name, order.vin);
        Ok(())
    }
}

pub(crate) fn backend(store: SqliteStore, ports: Ports) -> Result<Cmp, Box<dyn Error>> {
    let told = |occurrence: &aid_backend::engine::Occurrence<'_>| eprintln!("CMP: {occurrence}");
    let seed = Uuid::new_v4().as_u64_pair().0;
    let engine = Engine::new(store, TokioRuntime::current()?, told, Options::default(), seed);
    Ok(CmpBackend::new(engine, ports, CmpOptions::default()))
}
