//! What is the MSP's own.

use std::sync::{Arc, Weak};

use aid_backend::{
    msp::{MspPorts, NotPrepared, PreparedProfile},
    store::Store,
};
use aid_procedures::{Timestamp, msp::Alarm};
use aid_types::{ClientId, Iccid, MspToken, RequestActivationCode};
use aid1_client::CmpClient;
use tokio::time::sleep;
use uuid::Uuid;

use super::{World, net};

pub(crate) struct Ports<S> {
    world: Weak<World<S>>,
    cmp: CmpClient,
}

impl<S: Store> Ports<S> {
    pub(super) fn new(world: &Arc<World<S>>) -> Self {
        let way = net::Way::new(world, true);
        Self {
            world: Arc::downgrade(world),
            cmp: CmpClient::new(way, net::endpoint("msp1", "cmp1"), sleep, Uuid::new_v4),
        }
    }

    fn tell(&self, what: String) {
        self.world.upgrade().unwrap().tell(what);
    }
}

impl<S: Store> MspPorts for Ports<S> {
    fn now(&self) -> Timestamp {
        self.world.upgrade().unwrap().now()
    }

    fn fresh_id(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn cmp(&self, client_id: &ClientId) -> Option<&CmpClient> {
        (client_id.as_str() == "cmp1").then_some(&self.cmp)
    }

    /// One profile for each request, however often it is asked.
    async fn prepare(&self, _: &MspToken, request: &RequestActivationCode) -> Result<PreparedProfile, NotPrepared> {
        let world = self.world.upgrade().unwrap();
        let mut prepared = world.prepared.lock().unwrap();
        let id = request.activation_code_request_id;
        let known = prepared.iter().find(|(other, _)| *other == id).map(|(_, iccid)| *iccid);
        let iccid = known.unwrap_or_else(|| {
            let iccid = format!("894450080517203{:04}", prepared.len()).parse().unwrap();
            prepared.push((id, iccid));
            iccid
        });
        let code = format!("1$SMDP.EXAMPLE$0A-{iccid}");
        Ok(PreparedProfile::new(iccid, code.parse().unwrap()))
    }

    async fn deactivate(&self, iccid: &Iccid) -> Result<(), &'static str> {
        self.tell(format!("deactivate {iccid}"));
        Ok(())
    }

    async fn suspend(&self, _: &Iccid) -> Result<(), &'static str> {
        Ok(())
    }

    async fn restore(&self, _: &Iccid) -> Result<(), &'static str> {
        Ok(())
    }

    fn alarm(&self, _: &MspToken, alarm: &Alarm) {
        self.tell(format!("MSP alarm {alarm:?}"));
    }
}
