//! The sequences of messages that the CMP starts with each vehicle.

use std::collections::BTreeMap;

use aid_types::Vin;
use aid2_proto::{RequestId, RequestIdGenerator};
use serde::{Deserialize, Serialize};

use crate::{Timestamp, time};

/// One entry for each vehicle that was sent something.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Vehicles(BTreeMap<Vin, Vehicle>);

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Vehicle {
    /// When the latest sequence began.
    last_second: u64,
    /// A "Request CSIM info" that the vehicle has not followed by its status.
    csim_info: Option<Question>,
    /// A "Request delete all profiles" that the vehicle has not answered.
    delete_all: Option<RequestId>,
}

/// A question, and when it was asked: the id may be later.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Question {
    request_id: RequestId,
    asked_at: Timestamp,
}

impl Vehicles {
    /// The id of a sequence that begins now; no two of one vehicle are the same.
    // whoever starts the sequence sets the timestamp.
    pub(super) fn start(&mut self, vin: Vin, now: Timestamp) -> RequestId {
        self.entry(vin).start(vin, now)
    }

    /// The id to ask with, unless the vehicle has been asked and has not told.
    pub(super) fn ask_csim_info(&mut self, vin: Vin, now: Timestamp) -> Option<RequestId> {
        let vehicle = self.entry(vin);
        if vehicle.csim_info.is_some() {
            return None;
        }
        let request_id = vehicle.start(vin, now);
        vehicle.csim_info = Some(Question {
            request_id,
            asked_at: now,
        });
        Some(request_id)
    }

    /// When the vehicle was asked with this id, if it was; it has told now.
    pub(super) fn csim_info_told(&mut self, request_id: RequestId) -> Option<Timestamp> {
        let question = &mut self.known(request_id)?.csim_info;
        let told = question.take_if(|question| question.request_id == request_id)?;
        Some(told.asked_at)
    }

    /// The question that the vehicle has not answered.
    pub(super) fn csim_info(&self, vin: Vin) -> Option<RequestId> {
        let question = self.0.get(&vin)?.csim_info?;
        Some(question.request_id)
    }

    /// The id of an order to delete everything.
    pub(super) fn order_delete_all(&mut self, vin: Vin, now: Timestamp) -> RequestId {
        let vehicle = self.entry(vin);
        let request_id = vehicle.start(vin, now);
        vehicle.delete_all = Some(request_id);
        request_id
    }

    /// Whether everything was ordered to be deleted with this id; the vehicle has answered now.
    pub(super) fn delete_all_answered(&mut self, request_id: RequestId) -> bool {
        self.known(request_id)
            .is_some_and(|vehicle| vehicle.delete_all.take_if(|asked| *asked == request_id).is_some())
    }

    /// Another id for a sequence that was begun: this one is taken.
    pub(super) fn begin_later(&mut self, from: RequestId) -> RequestId {
        let vehicle = self.entry(from.vehicle_id);
        let to = vehicle.start(from.vehicle_id, time::after(from.timestamp, 1));
        if let Some(question) = vehicle
            .csim_info
            .as_mut()
            .filter(|question| question.request_id == from)
        {
            question.request_id = to;
        }
        if let Some(request_id) = vehicle.delete_all.as_mut().filter(|request_id| **request_id == from) {
            *request_id = to;
        }
        to
    }

    /// Forgets a vehicle that holds nothing, unless it still has to answer.
    pub(super) fn forget(&mut self, vin: Vin) {
        let answers = |vehicle: &Vehicle| vehicle.csim_info.is_some() || vehicle.delete_all.is_some();
        if !self.0.get(&vin).is_some_and(answers) {
            self.0.remove(&vin);
        }
    }

    fn known(&mut self, request_id: RequestId) -> Option<&mut Vehicle> {
        self.0.get_mut(&request_id.vehicle_id)
    }

    fn entry(&mut self, vin: Vin) -> &mut Vehicle {
        self.0.entry(vin).or_default()
    }
}

impl Vehicle {
    fn start(&mut self, vin: Vin, now: Timestamp) -> RequestId {
        // Only beyond the year 5138 does the generator refuse.
        let started = RequestIdGenerator::resume(vin, self.last_second).next(now.as_secs());
        let request_id = started.unwrap_or_else(|_| RequestId::new(vin, now));
        self.last_second = request_id.timestamp.as_secs();
        request_id
    }
}
