//! What is open with each vehicle: questions, orders to delete everything, and where its eUICC is.

use std::collections::BTreeMap;

use aid_types::{Eid, Vin};
use aid2_proto::{RequestId, RequestIdGenerator};
use serde::{Deserialize, Serialize};

use super::Options;
use crate::{Timestamp, time};

/// One entry for each vehicle that holds a profile, or was asked something.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Vehicles(BTreeMap<Vin, Vehicle>);

/// Vehicles without a profile of this federation that are remembered.
const REMEMBERED: usize = 64;

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Vehicle {
    /// When the latest sequence began.
    last_second: u64,
    /// A "Request CSIM info" that the vehicle has not followed by its status.
    csim_info: Option<Question>,
    /// A "Request delete all profiles" that the vehicle has not answered.
    delete_all: Option<RequestId>,
    /// Since when something is open.
    #[serde(default)]
    open_since: Option<Timestamp>,
    /// The eUICC that it reported last.
    #[serde(default)]
    pub(super) eid: Option<Eid>,
    /// The number of the event by which it first reported that one.
    #[serde(default)]
    reported_in: u64,
}

/// A question, and when it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Question {
    request_id: RequestId,
    asked_at: Timestamp,
    /// The number of the event by which it was asked: clocks are set, numbers are not.
    #[serde(default)]
    asked_in: u64,
    /// When it was sent last.
    #[serde(default)]
    sent_at: Option<Timestamp>,
    /// Whether the vehicle has told its state since, under an id of its own.
    #[serde(default)]
    told: bool,
}

/// What a vehicle has not answered for long.
pub(super) struct Unanswered {
    pub(super) vin: Vin,
    pub(super) since: Timestamp,
    /// The question.
    pub(super) question: Option<RequestId>,
    /// The order to delete everything.
    pub(super) delete_all: Option<RequestId>,
}

impl Vehicles {
    /// The id of a sequence that begins now; no two of one vehicle are the same.
    // whoever starts the sequence sets the timestamp.
    pub(super) fn start(&mut self, vin: Vin, now: Timestamp) -> RequestId {
        self.entry(vin).start(vin, now)
    }

    /// The id to ask with, unless the vehicle has been asked and has not told.
    pub(super) fn ask_csim_info(&mut self, vin: Vin, asked_in: u64, now: Timestamp) -> Option<RequestId> {
        let vehicle = self.entry(vin);
        if vehicle.csim_info.is_some_and(|question| !question.told) {
            return None;
        }
        let request_id = vehicle.start(vin, now);
        vehicle.open(now);
        vehicle.csim_info = Some(Question {
            request_id,
            asked_at: now,
            asked_in,
            sent_at: Some(now),
            told: false,
        });
        Some(request_id)
    }

    /// The number of the event by which the vehicle was asked with this id, if it was; it has told now.
    pub(super) fn csim_info_told(&mut self, request_id: RequestId) -> Option<u64> {
        let question = &mut self.known(request_id)?.csim_info;
        let told = question.take_if(|question| question.request_id == request_id)?;
        Some(told.asked_in)
    }

    /// The vehicle has told its state under another id: that may be its answer, or older. It may be asked again.
    pub(super) fn csim_told_unasked(&mut self, vin: Vin) {
        if let Some(question) = self.0.get_mut(&vin).and_then(|vehicle| vehicle.csim_info.as_mut()) {
            question.told = true;
        }
    }

    /// The question that the vehicle has not answered, to be sent again now; not where it was sent less than `seconds` ago.
    pub(super) fn ask_again(&mut self, vin: Vin, seconds: u64, now: Timestamp) -> Option<RequestId> {
        let question = self.0.get_mut(&vin)?.csim_info.as_mut()?;
        let sent_at = question.sent_at.unwrap_or(question.asked_at);
        if question.told || !time::is_due(sent_at, seconds, now) {
            return None;
        }
        question.sent_at = Some(now);
        Some(question.request_id)
    }

    /// Whether this is the question that waits for its answer.
    pub(super) fn is_asked(&self, request_id: RequestId) -> bool {
        let vehicle = self.0.get(&request_id.vehicle_id);
        let question = vehicle.and_then(|vehicle| vehicle.csim_info);
        question.is_some_and(|question| question.request_id == request_id && !question.told)
    }

    /// The id of an order to delete everything.
    pub(super) fn order_delete_all(&mut self, vin: Vin, now: Timestamp) -> RequestId {
        let vehicle = self.entry(vin);
        let request_id = vehicle.start(vin, now);
        vehicle.open(now);
        vehicle.delete_all = Some(request_id);
        request_id
    }

    /// Whether everything is ordered to be deleted with this id.
    pub(super) fn is_deleting_all(&self, request_id: RequestId) -> bool {
        let vehicle = self.0.get(&request_id.vehicle_id);
        vehicle.is_some_and(|vehicle| vehicle.delete_all == Some(request_id))
    }

    /// Whether everything was ordered to be deleted with this id; the vehicle has answered now.
    pub(super) fn delete_all_answered(&mut self, request_id: RequestId) -> bool {
        self.known(request_id)
            .is_some_and(|vehicle| vehicle.delete_all.take_if(|asked| *asked == request_id).is_some())
    }

    // ---- which eUICC ------------------------------------------------------------------------------------------------

    /// Whether something is remembered of the vehicle.
    pub(super) fn knows(&self, vin: Vin) -> bool {
        self.0.contains_key(&vin)
    }

    /// The vehicle has this eUICC, as it says. Whether that is news.
    //
    pub(super) fn has(&mut self, vin: Vin, eid: Eid, event: u64) -> bool {
        let vehicle = self.entry(vin);
        let news = vehicle.eid.replace(eid) != Some(eid);
        if news {
            vehicle.reported_in = event;
        }
        news
    }

    /// The vehicle that told that it has this eUICC, and of no other since; of several the one that got it last.
    pub(super) fn that_has(&self, eid: Eid) -> Option<Vin> {
        let all = self.0.iter().filter(|(_, vehicle)| vehicle.eid == Some(eid));
        all.max_by_key(|(_, vehicle)| vehicle.reported_in).map(|(vin, _)| *vin)
    }

    /// Whether the vehicle may hold this eUICC, as far as it told.
    pub(super) fn may_have(&self, vin: Vin, eid: Eid) -> bool {
        let told = self.0.get(&vin).and_then(|vehicle| vehicle.eid);
        told.is_none_or(|told| told == eid)
    }

    // ---- time -------------------------------------------------------------------------------------------------------

    /// When something has been unanswered for too long.
    pub(super) fn wake_at(&self, options: &Options) -> Option<Timestamp> {
        let since = self.0.values().filter_map(Vehicle::unanswered_since).min()?;
        Some(time::after(since, options.silence))
    }

    /// Gives up what has been unanswered for too long.
    pub(super) fn give_up(&mut self, options: &Options, now: Timestamp) -> Vec<Unanswered> {
        let mut given_up = Vec::new();
        for (vin, vehicle) in &mut self.0 {
            let Some(unanswered) = vehicle.unanswered(*vin) else {
                continue;
            };
            let mut since = unanswered.since;
            let over = time::is_over(&mut since, options.silence, now);
            vehicle.open_since = Some(since);
            if over {
                (vehicle.csim_info, vehicle.delete_all) = (None, None);
                given_up.push(unanswered);
            }
        }
        given_up
    }

    /// Forgets the vehicles that hold nothing, unless they still have to answer, or told of an eUICC that matters; and where
    /// too many of those do, the one that was asked longest ago.
    pub(super) fn forget(&mut self, holds: impl Fn(Vin) -> bool, matters: impl Fn(Eid) -> bool) -> Vec<Unanswered> {
        self.0.retain(|vin, vehicle| {
            holds(*vin) || vehicle.eid.is_some_and(&matters) || vehicle.unanswered_since().is_some()
        });
        let mut given_up = Vec::new();
        let idle = |this: &Self| {
            let idle = this.0.iter().filter(|(vin, _)| !holds(**vin));
            let mut idle: Vec<(u64, Vin)> = idle.map(|(vin, vehicle)| (vehicle.last_second, *vin)).collect();
            idle.sort_unstable();
            idle
        };
        if self.0.len() > REMEMBERED {
            let mut idle = idle(self);
            idle.truncate(idle.len().saturating_sub(REMEMBERED));
            given_up.extend(idle.into_iter().filter_map(|(_, vin)| self.gone(vin)));
        }
        given_up
    }

    /// Forgets a vehicle, and says what it has not answered.
    pub(super) fn gone(&mut self, vin: Vin) -> Option<Unanswered> {
        self.0.remove(&vin)?.unanswered(vin)
    }

    /// Another id for a sequence that was begun: this one is taken.
    pub(super) fn begin_later(&mut self, from: RequestId) -> RequestId {
        let vehicle = self.entry(from.vehicle_id);
        let to = vehicle.start(from.vehicle_id, time::after(from.timestamp, 1));
        let question = vehicle.csim_info.as_mut();
        if let Some(question) = question.filter(|question| question.request_id == from) {
            question.request_id = to;
        }
        if let Some(request_id) = vehicle.delete_all.as_mut().filter(|request_id| **request_id == from) {
            *request_id = to;
        }
        to
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

    /// Something will be open from now on, if nothing was.
    fn open(&mut self, now: Timestamp) {
        if self.unanswered_since().is_none() {
            self.open_since = Some(now);
        }
    }

    fn unanswered_since(&self) -> Option<Timestamp> {
        let question = self.csim_info.filter(|question| !question.told);
        let asked = question.map(|question| question.asked_at);
        let began = asked.or(self.delete_all.map(|request_id| request_id.timestamp))?;
        Some(self.open_since.unwrap_or(began))
    }

    fn unanswered(&self, vin: Vin) -> Option<Unanswered> {
        let question = self.csim_info.filter(|question| !question.told);
        Some(Unanswered {
            vin,
            since: self.unanswered_since()?,
            question: question.map(|question| question.request_id),
            delete_all: self.delete_all,
        })
    }
}
