//! A process on the real engine: its tasks run here until each waits for something, and what they want of the world the world
//! does.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use aid_backend::{
    engine::{BoxFuture, Runtime},
    msp::{NotPrepared, PreparedProfile},
    store::Unit,
};
use aid_procedures::ServiceState;
use aid_types::{
    Iccid, MspToken, RequestActivationCode, Vin,
    http::http::{Request, Response},
};
use aid2_proto::session::{NewOrder, OrderKey};
use bytes::Bytes;
use futures_channel::oneshot::{self, Sender};
use futures_executor::LocalPool;
use futures_util::task::LocalSpawnExt as _;

use crate::party::Party;

/// How long a worker waits for its store when nothing wakes it: the world knows when something is due, and wakes it then.
pub(crate) const POLL: Duration = Duration::from_secs(1_000_000_000);

/// What a task wants of the world.
pub(crate) enum Want {
    /// To be woken after this time.
    Sleep(Duration, Sender<()>),
    /// To be woken when something in the store is due.
    Poll(Sender<()>),
    /// A call over AiD1.
    Call(Request<Bytes>, Sender<Response<Bytes>>),
    /// The reply to a call that came.
    Reply(Party, u64, Response<Bytes>),
    /// An order, or none any more, for a vehicle; whether it was stored.
    Order(NewOrder, Sender<bool>),
    Cancel(OrderKey, Sender<bool>),
    /// Something is due in the record of a vehicle.
    Look(Vin),
    /// A profile.
    Prepare(
        MspToken,
        RequestActivationCode,
        Sender<Result<PreparedProfile, NotPrepared>>,
    ),
    /// A profile that gives service, or none.
    Serve(Iccid, ServiceState),
    /// That everybody sees what it has stored.
    Stored(Unit),
    /// That everybody sees which profiles it knows to be of no use any more.
    Doomed(MspToken, Vec<Iccid>),
    /// To die.
    Crash(u64),
}

#[derive(Default)]
struct Wants {
    spawned: Vec<BoxFuture<'static, ()>>,
    wants: VecDeque<Want>,
    dead: bool,
}

/// Where the tasks of one process say what they want. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Desk(Arc<Mutex<Wants>>);

impl Desk {
    fn wants(&self) -> MutexGuard<'_, Wants> {
        self.0.lock().unwrap()
    }

    /// Wants something, unless the process is dead.
    pub(crate) fn want(&self, want: Want) {
        let mut wants = self.wants();
        if !wants.dead {
            wants.dead = matches!(want, Want::Crash(_));
            wants.wants.push_back(want);
        }
    }

    /// Wants something that has an answer; `None` if there will be none.
    pub(crate) async fn ask<T>(&self, want: impl FnOnce(Sender<T>) -> Want + Send) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.want(want(answer));
        answered.await.ok()
    }

    /// Whether the process is dead, so that nothing it does counts.
    pub(crate) fn is_dead(&self) -> bool {
        self.wants().dead
    }

    pub(crate) async fn sleep(self, duration: Duration) {
        let want = |sender| match duration {
            POLL => Want::Poll(sender),
            _ => Want::Sleep(duration, sender),
        };
        if self.ask(want).await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

impl Runtime for Desk {
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(self.clone().sleep(duration))
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.wants().spawned.push(task);
    }
}

/// The tasks of one life of a process, and what they wait for.
#[derive(Default)]
pub(crate) struct Host {
    pool: LocalPool,
    pub(crate) desk: Desk,
    /// Who sleeps, by number.
    pub(crate) sleeping: BTreeMap<u64, Sender<()>>,
    /// Who waits for the store.
    pub(crate) polling: Vec<Sender<()>>,
    /// When it is looked whether something in the store is due.
    pub(crate) look_at: Option<u64>,
    /// Who waits for the reply to a call, by number.
    pub(crate) calls: BTreeMap<u64, Sender<Response<Bytes>>>,
    /// Who waits for a profile, by number.
    pub(crate) preparing: BTreeMap<u64, Sender<Result<PreparedProfile, NotPrepared>>>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host")
    }
}

impl Host {
    /// Lets its tasks go on until each waits.
    pub(crate) fn run(&mut self) {
        loop {
            self.pool.run_until_stalled();
            let spawned = std::mem::take(&mut self.desk.wants().spawned);
            if spawned.is_empty() {
                return;
            }
            for task in spawned {
                // It fails only for a pool that is gone.
                let _ = self.pool.spawner().spawn_local(task);
            }
        }
    }

    /// The first thing that is wanted.
    pub(crate) fn next(&self) -> Option<Want> {
        self.desk.wants().wants.pop_front()
    }
}
