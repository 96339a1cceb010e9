//! Which federation a sequence of messages with a vehicle belongs to.

use std::collections::{BTreeMap, VecDeque};

use aid_types::Vin;
use aid2_proto::{RequestId, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Effect, Federation, ToVehicle};
use crate::format::Format;

/// The sequences of messages that the CMP began with one vehicle, whoever's federation they belong to.
///
/// A request id is a vehicle and a second, and no two sequences with a vehicle may share one (A-126). Each federation sees
/// to that for itself; but several users have profiles in one vehicle. So this stands beside the vehicle in the CMP's
/// database, and every federation [claims](Self::claim) its ids before its effects are saved. The answer of a vehicle then
/// names its federation: the [owner](Self::owner). `O` is whatever a federation is found by.
///
/// ```
/// use aid_procedures::{Timestamp, cmp::{Effect, Event, Federation, Options, Sequences}};
///
/// let now = Timestamp::from_secs(1_700_000_000);
/// let vin = "WBAUX11030A334483".parse()?;
/// let mut sequences = Sequences::new(vin);
/// let mut ids = Vec::new();
/// for user in ["customer-1", "customer-2"] {
///     let mut federation = Federation::new(user.parse()?, Options::default());
///     let mut effects = federation.handle(Event::SyncVehicle { vin }, now)?;
///     sequences.claim(&user, &mut federation, &mut effects);
///     let [Effect::SendToVehicle(message)] = &effects[..] else { panic!("one message") };
///     ids.push(message.request_id());
/// }
/// // The second came one second later.
/// assert_eq!(ids.iter().map(|id| id.timestamp.as_secs()).collect::<Vec<_>>(), [1_700_000_000, 1_700_000_001]);
/// assert_eq!(sequences.owner(ids[1]), Some(&"customer-2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequences<O> {
    format: Format<1>,
    vehicle_id: Vin,
    owners: BTreeMap<Timestamp, O>,
    /// In the order in which they were begun: clocks are set, and say nothing of that (A-176).
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    begun: VecDeque<Timestamp>,
}

/// So many sequences of a vehicle are remembered, the latest: more than can be open.
const REMEMBERED: usize = 1024;

impl<O: Clone + PartialEq> Sequences<O> {
    /// None yet.
    #[must_use]
    pub const fn new(vehicle_id: Vin) -> Self {
        Self {
            format: Format,
            vehicle_id,
            owners: BTreeMap::new(),
            begun: VecDeque::new(),
        }
    }

    /// Makes the ids of the sequences that `effects` begin with this vehicle the owner's. An id that is another federation's
    /// is replaced, in the effects and in the federation, by one of a later second.
    ///
    /// Call it for each vehicle that is named in the effects, and save all three in one transaction.
    pub fn claim(&mut self, owner: &O, federation: &mut Federation, effects: &mut [Effect]) {
        let mut replaced: BTreeMap<RequestId, RequestId> = BTreeMap::new();
        for effect in effects {
            let message = match effect {
                Effect::SendToVehicle(message) => message,
                Effect::CancelOrder { request_id, .. } => {
                    *request_id = replaced.get(request_id).copied().unwrap_or(*request_id);
                    continue;
                }
                _ => continue,
            };
            let Some(request_id) = message.begins().filter(|id| id.vehicle_id == self.vehicle_id) else {
                continue;
            };
            let free = *replaced.entry(request_id).or_insert_with(|| {
                let mut free = request_id;
                while self.owners.get(&free.timestamp).is_some_and(|other| other != owner) {
                    free = federation.begin_later(free);
                }
                free
            });
            message.set_request_id(free);
            self.remember(free.timestamp, owner);
        }
    }

    /// Remembers whose it is, and forgets the one that was begun first where these are too many. An answer that comes to that
    /// one finds no owner, and may be dropped: the order to delete that it belongs to stands, is sent again when the vehicle
    /// connects, and is claimed again.
    fn remember(&mut self, timestamp: Timestamp, owner: &O) {
        self.owners.insert(timestamp, owner.clone());
        self.begun.retain(|other| *other != timestamp);
        self.begun.push_back(timestamp);
        while self.owners.len() > REMEMBERED {
            // What was saved before the order was kept comes first.
            let older = self.owners.keys().find(|other| !self.begun.contains(other)).copied();
            let Some(first) = older.or_else(|| self.begun.pop_front()) else {
                return;
            };
            self.owners.remove(&first);
        }
    }

    /// The federation that began a sequence; `None` if none did, or that is forgotten.
    #[must_use]
    pub fn owner(&self, request_id: RequestId) -> Option<&O> {
        let ours = request_id.vehicle_id == self.vehicle_id;
        self.owners.get(&request_id.timestamp).filter(|_| ours)
    }

    /// Forgets whose sequences an owner's were: for a person who is forgotten. Their answers find no owner.
    pub fn forget_owner(&mut self, owner: &O) {
        self.owners.retain(|_, other| other != owner);
        self.begun.retain(|timestamp| self.owners.contains_key(timestamp));
    }
}

impl ToVehicle {
    /// The id, where it was the CMP who began the sequence, and not the vehicle.
    const fn begins(&self) -> Option<RequestId> {
        match self {
            Self::SendActivationCode(_) | Self::RefuseActivationCode { .. } => None,
            Self::RequestDeleteProfile(_) | Self::RequestDeleteAllProfiles(_) | Self::RequestCsimInfo(_) => {
                Some(self.request_id())
            }
        }
    }

    const fn set_request_id(&mut self, to: RequestId) {
        match self {
            Self::SendActivationCode(message) => message.request_id = to,
            Self::RefuseActivationCode { request_id, .. } => *request_id = to,
            Self::RequestDeleteProfile(message) => message.request_id = to,
            Self::RequestDeleteAllProfiles(message) => message.request_id = to,
            Self::RequestCsimInfo(message) => message.request_id = to,
        }
    }
}

impl Federation {
    /// Gives a sequence that was begun a later id.
    fn begin_later(&mut self, from: RequestId) -> RequestId {
        let vin = from.vehicle_id;
        let to = self.vehicles.begin_later(from);
        let begun = |profile: &super::Profile| profile.is_deleted_by(from);
        for profile in self.profiles.of_vehicle_mut(vin).filter(|profile| begun(profile)) {
            if let Some(deletion) = &mut profile.deletion {
                deletion.request_id = to;
            }
        }
        to
    }
}
