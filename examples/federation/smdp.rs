//! A stand-in SM-DP+: hands a profile to the eUICC that it was bound to, and to no other.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use aid_types::{ActivationCode, Eid, Iccid};
use aid2_proto::{ExecutionStatus, FunctionExecutionStatus, StatusCodeData};

/// The MSP's download server.
#[derive(Default)]
pub(crate) struct Smdp {
    orders: Mutex<HashMap<String, Order>>,
    break_next: AtomicBool,
}

struct Order {
    eid: Eid,
    iccid: Iccid,
    broken: bool,
}

impl Smdp {
    /// The MSP binds a profile to an eUICC; the matching id is what the activation code carries.
    pub(crate) fn bind(&self, matching_id: &str, eid: Eid, iccid: Iccid) {
        let broken = self.break_next.swap(false, Ordering::Relaxed);
        self.orders()
            .insert(matching_id.to_owned(), Order { eid, iccid, broken });
    }

    /// The next profile that is bound cannot be downloaded.
    pub(crate) fn break_next(&self) {
        self.break_next.store(true, Ordering::Relaxed);
    }

    /// The vehicle downloads; a refusal is what ES9+ would say.
    pub(crate) fn download(&self, code: &ActivationCode, eid: &Eid) -> Result<Iccid, Box<FunctionExecutionStatus>> {
        match self.orders().get(code.matching_id()) {
            None => Err(failed("8.2.6", "3.8")),
            Some(order) if order.eid != *eid => Err(failed("8.1.1", "3.8")),
            Some(order) if order.broken => Err(failed("8.2.5", "3.7")),
            Some(order) => Ok(order.iccid),
        }
    }

    fn orders(&self) -> std::sync::MutexGuard<'_, HashMap<String, Order>> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(subject_code: &str, reason_code: &str) -> Box<FunctionExecutionStatus> {
    let data = StatusCodeData::new(subject_code, reason_code);
    Box::new(FunctionExecutionStatus::new(ExecutionStatus::FAILED, Some(data)))
}
