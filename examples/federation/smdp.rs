//! A stand-in SM-DP+: hands a profile to the eUICC that it was bound to, and to no other.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use aid_types::{ActivationCode, Eid, Iccid};
use aid2_proto::FunctionExecutionStatus;

/// The MSP's download server.
#[derive(Default)]
pub(crate) struct Smdp {
    orders: Mutex<HashMap<String, Order>>,
}

struct Order {
    eid: Eid,
    iccid: Iccid,
    broken: bool,
}

impl Smdp {
    /// The MSP binds a profile to an eUICC; the matching id is what the activation code carries.
    pub(crate) fn bind(&self, matching_id: &str, eid: Eid, iccid: Iccid) {
        self.orders().insert(matching_id.to_owned(), Order { eid, iccid, broken: false });
    }

    /// From now on no download of this profile succeeds.
    pub(crate) fn break_order(&self, iccid: &Iccid) {
        for order in self.orders().values_mut() {
            order.broken |= order.iccid == *iccid;
        }
    }

    /// The vehicle downloads; a refusal is what ES9+ would say.
    pub(crate) fn download(&self, code: &ActivationCode, eid: &Eid) -> Result<Iccid, FunctionExecutionStatus> {
        match self.orders().get(code.matching_id()) {
            None => Err(FunctionExecutionStatus::failed("8.2.6", "3.8")),
            Some(order) if order.eid != *eid => Err(FunctionExecutionStatus::failed("8.1.1", "3.8")),
            Some(order) if order.broken => Err(FunctionExecutionStatus::failed("8.2.5", "3.7")),
            Some(order) => Ok(order.iccid),
        }
    }

    fn orders(&self) -> std::sync::MutexGuard<'_, HashMap<String, Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
