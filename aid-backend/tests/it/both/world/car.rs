//! A car: it does what it is ordered to do, and tells it until that is committed.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use aid_backend::store::{Key, Load, Store};
use aid_types::{ActivationCode, Iccid, TraceParent, Vin};
use aid2_proto::{
    DecodeOptions, Profile, ProfileStatus, RequestActivationCode, RequestCsimInfoResponse, RequestCsimInfoResult,
    RequestDeleteAllProfilesResponse, RequestDeleteAllProfilesResult, RequestDeleteProfileResponse,
    RequestDeleteProfileResult, RequestId, SendCsimStatus, SendProfileDownloadInstallInfo, Timestamp,
    binding::IdempotencyKey,
    session::{Cause, NewOrder, Now, OrderKey, OrderTimes, Record, Seen, ToCmp, ToVehicle},
};
use tokio::time::sleep;

use super::{World, eid, user, vin};

/// The trace of an order, or of what the car says.
pub(crate) type Trace = Option<TraceParent>;

#[derive(Default)]
pub(crate) struct Car(Mutex<State>);

#[derive(Default)]
struct State {
    profiles: Vec<Iccid>,
    acted: BTreeSet<OrderKey>,
    refused: u32,
    last: u64,
}

impl Car {
    pub(crate) fn profiles(&self) -> Vec<Iccid> {
        self.0.lock().unwrap().profiles.clone()
    }

    /// How often there was no activation code.
    pub(crate) fn refused(&self) -> u32 {
        self.0.lock().unwrap().refused
    }

    fn next_id(&self, now: Timestamp) -> RequestId {
        let mut state = self.0.lock().unwrap();
        state.last = now.as_secs().max(state.last + 1);
        RequestId::new(vin(), Timestamp::from_secs(state.last))
    }
}

pub(crate) fn read(vin: Vin, found: Option<(u64, Vec<u8>)>) -> (Option<u64>, Record) {
    match found {
        Some((version, bytes)) => (Some(version), Record::from_bytes(vin, &bytes).unwrap()),
        None => (None, Record::new(vin)),
    }
}

/// What the car reads of its record, past whatever is wrong with a process.
pub(crate) async fn orders<S: Store>(world: &World<S>) -> Vec<aid2_proto::session::Order> {
    let key = Key::try_from(format!("aid2/{}", vin()).as_str()).unwrap();
    let snapshot = world.cmp_store.load(Load::keys([key])).await.unwrap();
    let state = snapshot.aggregates[0].state.clone();
    let record = state.map(|state| Record::from_bytes(vin(), &state[8..]).unwrap());
    record.map_or_else(Vec::new, |record| record.orders().to_vec())
}

/// The trace of what the user wants.
pub(crate) fn cause() -> TraceParent {
    let cause = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    cause.parse().unwrap()
}

/// The user gets in, and wants a profile.
pub(crate) async fn ask<S: Store>(world: &World<S>) {
    let message = RequestActivationCode::new(world.car.next_id(world.now()), user(), eid());
    say(world, ToCmp::RequestActivationCode(message), Some(cause())).await;
}

pub(crate) async fn drive<S: Store>(world: Arc<World<S>>) {
    loop {
        sleep(Duration::from_millis(100)).await;
        for order in orders(&world).await {
            if !world.car.0.lock().unwrap().acted.insert(order.key) {
                continue;
            }
            let request_id = order.key.request_id();
            let decoded = ToVehicle::decode(order.key.name, request_id, order.payload(), DecodeOptions::default());
            act(&world, decoded.unwrap().unwrap().0, order.trace_parent).await;
        }
    }
}

/// What the profile is that a code brings: it is in it.
fn iccid(code: &ActivationCode) -> Iccid {
    let text = code.to_string();
    text.rsplit('-').next().unwrap().parse().unwrap()
}

async fn act<S: Store>(world: &World<S>, message: ToVehicle, trace: Trace) {
    match message {
        ToVehicle::SendActivationCode(message) => {
            let iccid = iccid(&message.activation_code);
            world.tell(format!("car installs {iccid}"));
            world.car.0.lock().unwrap().profiles.push(iccid);
            let info = SendProfileDownloadInstallInfo::installed(
                message.request_id,
                user(),
                iccid,
                eid(),
                message.activation_code,
            );
            say(world, ToCmp::SendProfileDownloadInstallInfo(info), trace).await;
            status(world, message.request_id, None, trace).await;
        }
        ToVehicle::RequestDeleteProfile(message) => {
            let id = message.request_id;
            world.tell(format!("car deletes {}", message.iccid));
            world
                .car
                .0
                .lock()
                .unwrap()
                .profiles
                .retain(|other| *other != message.iccid);
            let response = RequestDeleteProfileResponse::new(RequestDeleteProfileResult::DELETE_PROFILE_SUCCESS);
            say(world, ToCmp::RequestDeleteProfileResponse(id, response), trace).await;
            status(world, id, Some(message.iccid), trace).await;
        }
        ToVehicle::RequestCsimInfo(message) => {
            let response = RequestCsimInfoResponse::new(RequestCsimInfoResult::CSIM_INFO_SUCCESS);
            say(
                world,
                ToCmp::RequestCsimInfoResponse(message.request_id, response),
                trace,
            )
            .await;
            status(world, message.request_id, None, trace).await;
        }
        ToVehicle::RequestDeleteAllProfiles(message) => {
            world.car.0.lock().unwrap().profiles.clear();
            let response =
                RequestDeleteAllProfilesResponse::new(RequestDeleteAllProfilesResult::DELETE_ALL_PROFILES_SUCCESS);
            say(
                world,
                ToCmp::RequestDeleteAllProfilesResponse(message.request_id, response),
                trace,
            )
            .await;
            status(world, message.request_id, None, trace).await;
        }
        _ => world.car.0.lock().unwrap().refused += 1,
    }
}

async fn status<S: Store>(world: &World<S>, id: RequestId, deleted: Option<Iccid>, trace: Trace) {
    let there = |iccid| Profile::new(iccid, user(), ProfileStatus::ENABLED);
    let mut profiles: Vec<_> = world.car.profiles().into_iter().map(there).collect();
    profiles.extend(deleted.map(|iccid| Profile::new(iccid, user(), ProfileStatus::DELETED)));
    let status = SendCsimStatus::new(id, eid(), profiles);
    say(world, ToCmp::SendCsimStatus(status), trace).await;
}

/// Until it is committed; as a session does it.
async fn say<S: Store>(world: &World<S>, message: ToCmp, trace: Trace) {
    let (name, id) = (message.name(), message.request_id());
    let key = IdempotencyKey::new(name, id.timestamp, format!("{message:?}").as_bytes());
    loop {
        if let Some(true) = try_to_say(world, &message, trace, key).await {
            return;
        }
        sleep(Duration::from_millis(30)).await;
    }
}

async fn try_to_say<S: Store>(world: &World<S>, message: &ToCmp, trace: Trace, key: IdempotencyKey) -> Option<bool> {
    let (cmp, now) = (world.cmp(), Now::new(Duration::ZERO, world.now().as_secs()));
    let (version, mut record) = read(vin(), cmp.record(vin()).await.ok()?);
    if record.seen(message.name(), None, key) == Seen::Copy {
        return Some(true);
    }
    let delivered = cmp.deliver(Cause::Message(message.clone()), trace).await.ok()?;
    if let Some(refusal) = &delivered.completion.refusal {
        let refusal = NewOrder::refusal(message.request_id(), refusal);
        record.order(refusal, now).unwrap();
    }
    record.handled(message, None, key, (OrderTimes::default(), now));
    let (bytes, due) = (record.to_bytes(), record.next_due(now));
    let committed = cmp.commit(vin(), version, &bytes, due, delivered.changes).await;
    Some(committed.is_ok())
}
