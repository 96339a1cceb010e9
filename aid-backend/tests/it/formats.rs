//! Two releases over one store, while one follows the other.

use aid_backend::{
    engine::{Decision, Engine, NoObserver, Options, UnitError},
    store::{Key, Load, MemoryStore, Save, Snapshot, Unit},
};
use aid_procedures::Format;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{memory, runtime::Tokio};

/// Counts calls.
#[derive(Serialize, Deserialize, Default)]
struct Today {
    format: Format<1>,
    calls: u64,
}

/// Also counts what is odd, and reads it under a name to come.
#[derive(Serialize, Deserialize, Default)]
struct Next {
    format: Format<1, 1, 2>,
    #[serde(alias = "all_calls")]
    calls: u64,
    #[serde(default)]
    odd: u64,
}

/// Writes under that name.
#[derive(Serialize, Deserialize, Default)]
struct AfterThat {
    format: Format<2, 1>,
    #[serde(alias = "calls")]
    all_calls: u64,
    #[serde(default)]
    odd: u64,
}

trait Release: Default + Serialize + DeserializeOwned + Send + 'static {
    fn call(&mut self);
}

impl Release for Today {
    fn call(&mut self) {
        self.calls += 1;
    }
}

impl Release for Next {
    fn call(&mut self) {
        self.calls += 1;
        self.odd += self.calls % 2;
    }
}

impl Release for AfterThat {
    fn call(&mut self) {
        self.all_calls += 1;
        self.odd += self.all_calls % 2;
    }
}

fn load() -> Load {
    Load::keys([Key::try_from("count/1").unwrap()])
}

fn read<R: Release>(snapshot: &Snapshot) -> Result<R, String> {
    let state = snapshot.aggregates[0].state.as_ref();
    state.map_or(Ok(R::default()), |state| {
        serde_json::from_slice(state).map_err(|error| error.to_string())
    })
}

async fn call<R: Release>(engine: &Engine<MemoryStore>) -> Result<(), UnitError<String>> {
    let decide = |snapshot: &Snapshot| {
        let mut count: R = read(snapshot)?;
        count.call();
        let loaded = &snapshot.aggregates[0];
        let state = serde_json::to_vec(&count).unwrap();
        Ok(Decision::Commit(
            Unit::default().save(Save::new(loaded.key.clone(), loaded.version, state)),
            (),
        ))
    };
    engine.unit(load(), decide).await
}

/// 100 calls at each of two processes.
async fn side_by_side<One: Release, Other: Release>(engine: &Engine<MemoryStore>) {
    for _ in 0..100 {
        let (one, other) = tokio::join!(call::<One>(engine), call::<Other>(engine));
        one.and(other).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn neighbouring_releases_lose_nothing_side_by_side_and_others_refuse() {
    let engine = Engine::new(memory(), Tokio, NoObserver, Options::default(), 1);
    side_by_side::<Today, Next>(&engine).await;
    side_by_side::<Next, Next>(&engine).await;
    let before: Next = read(&aid_backend::store::Store::load(engine.store(), load()).await.unwrap()).unwrap();
    side_by_side::<Next, AfterThat>(&engine).await;
    side_by_side::<AfterThat, AfterThat>(&engine).await;
    let snapshot = aid_backend::store::Store::load(engine.store(), load()).await.unwrap();
    let count: AfterThat = read(&snapshot).unwrap();
    assert_eq!(count.all_calls, 800);
    // What the new member holds is kept by every release that has it, whatever it writes.
    assert_eq!(count.odd - before.odd, 200);
    let refused = call::<Today>(&engine).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "saved in format 2, this version reads format 1 at line 1 column 11"
    );
}
