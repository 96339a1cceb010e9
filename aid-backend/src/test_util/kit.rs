//! The tests that every store has to pass.
//!
//! ```
//! # use std::{sync::{Arc, Mutex}, time::Duration};
//! use aid_backend::{store::{MemoryStore, StoreError}, test_util::kit::{self, Bench}};
//!
//! struct Memory(Arc<Mutex<Duration>>);
//!
//! impl Bench for Memory {
//!     type Store = MemoryStore;
//!
//!     async fn empty(&self) -> Result<MemoryStore, StoreError> {
//!         let clock = Arc::clone(&self.0);
//!         Ok(MemoryStore::new(move || *clock.lock().unwrap()))
//!     }
//!
//!     async fn pass(&self, time: Duration) {
//!         *self.0.lock().unwrap() += time;
//!     }
//! }
//!
//! # async fn run() {
//! let failures = kit::run(&Memory(Arc::default())).await;
//! assert!(failures.is_empty(), "{failures:#?}");
//! # }
//! ```

mod aggregates;
mod crashes;
mod crowd;
mod lanes;
mod replies;
mod timers;

use std::{fmt, future::Future, pin::Pin, time::Duration};

use crate::store::{
    CallKey, Claim, Claimed, ClaimedEffect, ClaimedTimer, Committed, Effect, Key, Lane, Load, Loaded, Name, Save,
    Store, StoreError, Unit, Version,
};

/// Where the kit gets stores, and lets time pass.
pub trait Bench: Sync {
    /// The store.
    type Store: Store;

    /// One with nothing in it, which nobody else uses.
    fn empty(&self) -> impl Future<Output = Result<Self::Store, StoreError>>;

    /// Lets the clock of the stores go on by `time`: sleep, where they have a clock of their own.
    fn pass(&self, time: Duration) -> impl Future<Output = ()>;

    /// A short time in which nothing else happens: leases and delays of the kit are multiples of it. More than an operation
    /// of the store takes on a busy machine.
    fn tick(&self) -> Duration {
        Duration::from_secs(1)
    }

    /// How many lanes make a crowd.
    fn crowd(&self) -> u32 {
        10_000
    }
}

/// What a store did wrong.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Which case.
    pub case: &'static str,
    /// What was expected, and what came.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.case, self.what)
    }
}

impl std::error::Error for Failure {}

/// Runs every case on a store of its own, and tells those that failed.
pub async fn run<B: Bench>(bench: &B) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (case, run) in cases::<B>() {
        if let Err(Wrong(what)) = run(bench).await {
            failures.push(Failure { case, what });
        }
    }
    failures
}

/// Why a case fails.
struct Wrong(String);

impl From<StoreError> for Wrong {
    fn from(error: StoreError) -> Self {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        Self(format!("{error}: {}", source.unwrap_or_default()))
    }
}

type Outcome = Result<(), Wrong>;
type Case<B> = for<'a> fn(&'a B) -> Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// The cases: a name, which is the function's, for each.
fn cases<B: Bench>() -> Vec<(&'static str, Case<B>)> {
    macro_rules! cases {
        ($($module:ident::$name:ident),+ $(,)?) => {
            vec![$((stringify!($name), (|bench| Box::pin($module::$name(bench))) as Case<B>)),+]
        };
    }
    cases![
        aggregates::a_state_is_kept_and_read,
        aggregates::a_version_is_never_used_twice,
        aggregates::of_two_who_save_one_wins,
        aggregates::a_conflict_changes_nothing,
        aggregates::names_find_what_has_them,
        aggregates::any_bytes_and_long_names_are_kept,
        aggregates::what_is_erased_is_gone,
        lanes::a_lane_is_first_in_first_out,
        lanes::lanes_do_not_wait_for_one_another,
        lanes::what_is_put_off_comes_again_later,
        lanes::a_lease_that_ran_out_is_given_to_another,
        lanes::a_lease_that_ran_out_and_nobody_took_still_counts,
        lanes::done_hands_out_the_next,
        lanes::those_that_waited_longest_come_first,
        lanes::a_backlog_is_told_by_kind_of_destination,
        replies::a_repeated_call_gets_the_reply_and_changes_nothing,
        replies::replies_are_forgotten_in_time,
        timers::an_aggregate_is_woken_once,
        timers::a_save_sets_another_time,
        timers::a_timer_is_put_off_and_its_lease_runs_out,
        timers::a_time_that_counts_no_more_takes_nobodys_place,
        timers::timers_and_lanes_take_turns,
        crashes::after_a_fault_at_any_step_everything_is_done,
        crashes::a_cancelled_caller_leaves_all_or_nothing,
        crowd::many_who_save_one_aggregate_lose_nothing,
        crowd::many_workers_execute_each_effect_once,
    ]
}

fn ensure(condition: bool, what: impl FnOnce() -> String) -> Outcome {
    if condition { Ok(()) } else { Err(Wrong(what())) }
}

fn equal<T: PartialEq + fmt::Debug>(what: &str, got: &T, expected: &T) -> Outcome {
    ensure(got == expected, || {
        format!("{what}: got {got:?}, expected {expected:?}")
    })
}

fn name_of(error: crate::store::KeyError) -> Wrong {
    Wrong(format!("a name of the kit: {error}"))
}

fn key(text: &str) -> Result<Key, Wrong> {
    Key::try_from(text).map_err(name_of)
}

fn name(text: &str) -> Result<Name, Wrong> {
    Name::try_from(text).map_err(name_of)
}

fn call(text: &str) -> Result<CallKey, Wrong> {
    CallKey::try_from(text).map_err(name_of)
}

fn lane(to: &str, owner: &str) -> Result<Lane, Wrong> {
    Lane::new(to, &key(owner)?).map_err(name_of)
}

fn unit(saves: impl IntoIterator<Item = Save>, effects: impl IntoIterator<Item = Effect>) -> Unit {
    Unit {
        saves: saves.into_iter().collect(),
        effects: effects.into_iter().collect(),
        ..Unit::default()
    }
}

/// Commits, and expects success.
async fn commit(store: &impl Store, unit: Unit) -> Result<Option<ClaimedEffect>, Wrong> {
    match store.commit(unit).await? {
        Committed::Yes(next) => Ok(next),
        other => Err(Wrong(format!("not committed: {other:?}"))),
    }
}

async fn load(store: &impl Store, text: &str) -> Result<Loaded, Wrong> {
    let snapshot = store.load(Load::keys([key(text)?])).await?;
    let loaded = snapshot.aggregates.into_iter().next();
    loaded.ok_or_else(|| Wrong("a key that was asked for is not in the snapshot".to_owned()))
}

async fn version(store: &impl Store, text: &str) -> Result<Version, Wrong> {
    Ok(load(store, text).await?.version)
}

async fn effects(store: &impl Store, limit: usize, lease: Duration) -> Result<Vec<ClaimedEffect>, Wrong> {
    let claimed = store.claim(Claim::new(limit, lease)).await?;
    let effects = claimed.into_iter().map(|claimed| match claimed {
        Claimed::Effect(effect) => Ok(effect),
        Claimed::Timer(timer) => Err(Wrong(format!("a timer that nobody set: {timer:?}"))),
    });
    effects.collect()
}

async fn timers(store: &impl Store, limit: usize, lease: Duration) -> Result<Vec<ClaimedTimer>, Wrong> {
    let claimed = store.claim(Claim::new(limit, lease)).await?;
    let timers = claimed.into_iter().map(|claimed| match claimed {
        Claimed::Timer(timer) => Ok(timer),
        Claimed::Effect(effect) => Err(Wrong(format!("an effect that nobody committed: {effect:?}"))),
    });
    timers.collect()
}

/// What the effects say, in their order.
fn bodies(effects: &[ClaimedEffect]) -> Vec<String> {
    let text = |effect: &ClaimedEffect| String::from_utf8_lossy(&effect.body).into_owned();
    effects.iter().map(text).collect()
}
