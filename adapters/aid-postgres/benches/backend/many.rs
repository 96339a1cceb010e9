//! Many are stored, and much waits.

use std::time::{Duration, Instant};

use aid_backend::store::{Claim, Effect, Key, Lane, Load, Save, Store, Unit};
use aid_types::{CsimStatus, SendCsimStatus, http::CallIds};
use aid1_server_traits::{Call, Caller, Means, MspApi as _};
use uuid::Uuid;

use crate::{
    Extent, middle,
    msp::{self, EID, backend, iccid, token},
    part,
};

/// One event of one subscription among many, beside one among few, in rounds that take turns.
pub(crate) async fn stored<S: Store>(database: &str, extent: &Extent, few: S, many: S, settle: impl AsyncFnOnce()) {
    if !extent.wants("stored") {
        return;
    }
    let (few_stored, many_stored) = (1000, extent.of(1_000_000, 2000));
    let began = Instant::now();
    msp::fill(&few, 0..few_stored).await;
    msp::fill(&many, 0..many_stored).await;
    let filled = began.elapsed();
    settle().await;
    let (few, many) = (backend(few), backend(many));
    let event = async |backend: &msp::Backend<S>, number: u32| {
        let caller = Caller::new("cmp1".parse().unwrap(), Means::ApiKey);
        let ids = CallIds::new(Uuid::new_v4().into(), Uuid::new_v4().into());
        let call = Call::new(ids, caller, "msp1".parse().unwrap());
        let iccid = iccid(number).parse().unwrap();
        let status = SendCsimStatus::new(iccid, EID.parse().unwrap(), CsimStatus::Enabled);
        backend
            .send_csim_status(call, token(number).parse().unwrap(), status)
            .await
            .unwrap();
    };
    let mut ratios = Vec::new();
    let (mut one_of_few, mut one_of_many) = (Vec::new(), Vec::new());
    for round in 0..extent.of(100, 1) {
        let mut sums = [Duration::ZERO; 2];
        for place in 0..20 {
            let number = (round * 20 + place).wrapping_mul(2_654_435_761);
            let began = Instant::now();
            event(&few, number % few_stored).await;
            let between = Instant::now();
            event(&many, number % many_stored).await;
            one_of_few.push(between - began);
            one_of_many.push(between.elapsed());
            sums[0] += between - began;
            sums[1] += between.elapsed();
        }
        ratios.push(sums[1].as_secs_f64() / sums[0].as_secs_f64());
    }
    println!(
        "{database}: an event with {many_stored} stored: {:.2?}, with {few_stored}: {:.2?}: {:.2} of the time (<= 1.2); \
         storing them took {filled:.0?}",
        part(&mut one_of_many, 0.5),
        part(&mut one_of_few, 0.5),
        middle(&mut ratios),
    );
}

/// A campaign, and claims with a large backlog beside those with a small one, in turns.
pub(crate) async fn waiting(database: &str, extent: &Extent, few: &impl Store, many: &impl Store) {
    if !extent.wants("waiting") {
        return;
    }
    let (orders, small, large) = (
        extent.of(100_000, 1000),
        extent.of(20_000, 1000),
        extent.of(1_000_000, 2000),
    );
    msp::fill(many, 0..orders).await;
    let began = Instant::now();
    campaign(many, orders).await;
    println!(
        "{database}: {orders} delete orders of as many aggregates enqueued in {:.2?} (<= 10 s)",
        began.elapsed()
    );
    wait(many, orders..large).await;
    wait(few, 0..small).await;
    let (mut of_few, mut of_many, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..extent.of(500, 2) {
        of_few.push(claim(few).await);
        of_many.push(claim(many).await);
        let pair = of_many.iter().zip(&of_few).next_back();
        ratios.extend(pair.map(|(many, few)| many.as_secs_f64() / few.as_secs_f64()));
    }
    println!(
        "{database}: a claim of 16 with {large} lanes waiting: p50 {:.2?}, p99 {:.2?}; with {small}: p50 {:.2?}, p99 {:.2?}: \
         {:.2} of the time",
        part(&mut of_many, 0.5),
        part(&mut of_many, 0.99),
        part(&mut of_few, 0.5),
        part(&mut of_few, 0.99),
        middle(&mut ratios),
    );
}

async fn wait(store: &impl Store, numbers: std::ops::Range<u32>) {
    let numbers: Vec<u32> = numbers.collect();
    for numbers in numbers.chunks(500) {
        let mut unit = Unit::default();
        unit.effects
            .extend(numbers.iter().map(|number| order(&msp::key(*number))));
        store.commit(unit).await.unwrap();
    }
}

async fn claim(store: &impl Store) -> Duration {
    let began = Instant::now();
    let claimed = store.claim(Claim::new(16, Duration::from_secs(3600))).await.unwrap();
    assert_eq!(claimed.len(), 16);
    began.elapsed()
}

fn order(key: &Key) -> Effect {
    Effect::new(
        Lane::new("vehicle", key).unwrap(),
        r#"{"format":1,"effect":{"DeleteProfile":{}}}"#,
    )
}

/// Loads, changes and saves every aggregate, with an effect for each: 500 in a unit.
async fn campaign(store: &impl Store, orders: u32) {
    let keys: Vec<Key> = (0..orders).map(msp::key).collect();
    for keys in keys.chunks(500) {
        let snapshot = store.load(Load::keys(keys.iter().cloned())).await.unwrap();
        let mut unit = Unit::default();
        for loaded in snapshot.aggregates {
            unit = unit.effect(order(&loaded.key));
            unit = unit.save(Save::new(loaded.key, loaded.version, loaded.state.unwrap()));
        }
        store.commit(unit).await.unwrap();
    }
}
