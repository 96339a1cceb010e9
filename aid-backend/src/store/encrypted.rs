//! A store that keeps nothing in clear.

mod hidden;

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bytes::Bytes;

use super::{
    Backlog, Claim, Claimed, ClaimedTimer, Committed, Done, Key, Lease, Load, Loaded, Save, Seen, Snapshot,
    StateCipher, Store, StoreError, StoreErrorKind, Unit, Version,
    cipher::{Place, Unreadable},
};

/// Any [`Store`], of which nobody who has its tables, its file or its backups learns whose they are: see [`StateCipher`].
///
/// For a database that is empty, or was always used so: what is there in clear is not found. Give it to the engine in the
/// store's place.
///
/// ```
/// use aid_backend::store::{EncryptedStore, MemoryStore, StateCipher};
/// # use std::time::Duration;
///
/// # async fn example(names: [u8; 32], key: [u8; 32]) -> Result<(), aid_backend::store::StoreError> {
/// // In earnest: `getrandom::fill`.
/// let random = |bytes: &mut [u8]| Ok::<(), std::convert::Infallible>(bytes.fill(1));
/// // Two secrets of the operator's; the number tells one key from the next.
/// let cipher = StateCipher::new(&names, (1, &key), random);
/// let store = EncryptedStore::open(MemoryStore::new(|| Duration::ZERO), cipher).await?;
/// # drop(store);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct EncryptedStore<S> {
    inner: S,
    cipher: StateCipher,
    /// Something that was claimed could not be read, and nobody was told yet.
    unreadable: AtomicBool,
}

/// Where it stands that the keys are the right ones.
const CHECK: &str = "cipher/check";
/// For how long something is put off that cannot be read.
const LATER: Duration = Duration::from_secs(600);
/// How long the length of a name is.
const LEN: usize = size_of::<u16>();

impl<S: Store> EncryptedStore<S> {
    /// Encrypts what `inner` keeps.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: [`WrongFormat`](StoreErrorKind::WrongFormat) if the store was used with other keys; else those of
    /// `inner`.
    pub async fn open(inner: S, cipher: StateCipher) -> Result<Self, StoreError> {
        let store = Self {
            inner,
            cipher,
            unreadable: AtomicBool::new(false),
        };
        let key = Key::try_from(CHECK)?;
        let snapshot = store.inner.load(Load::keys([key.clone()])).await?;
        let found = snapshot.aggregates.first().and_then(|loaded| loaded.state.as_ref());
        // Of two that are the first, one conflicts, and is right, too: it will be found out by whoever comes next.
        let Some(found) = found else {
            let name = store.cipher.hidden(Place::Aggregate, CHECK);
            let state = store.seal(Place::Aggregate, CHECK, &[&name])?;
            let unit = Unit::default().save(Save::new(key, Version::NONE, state));
            store.inner.commit(unit).await?;
            return Ok(store);
        };
        let other = |why: Unreadable| StoreError::new(StoreErrorKind::WrongFormat, why);
        let name = store.cipher.open(Place::Aggregate, CHECK, found).map_err(other)?;
        if name != store.cipher.hidden(Place::Aggregate, CHECK) {
            return Err(other(Unreadable));
        }
        Ok(store)
    }

    /// What was claimed and cannot be read keeps nobody from the rest, and is told.
    async fn put_aside(&self, lease: Lease) -> Result<(), StoreError> {
        self.unreadable.store(true, Ordering::SeqCst);
        self.inner.put_off(lease, LATER).await.map(drop)
    }

    /// Who the aggregates are whose time has come: it stands in their states.
    async fn timers(&self, timers: Vec<ClaimedTimer>) -> Result<Vec<ClaimedTimer>, StoreError> {
        if timers.is_empty() {
            return Ok(timers);
        }
        let load = Load::keys(timers.iter().map(|timer| timer.key.clone()));
        let snapshot = self.inner.load(load).await?;
        let mut states: BTreeMap<Key, Loaded> = snapshot
            .aggregates
            .into_iter()
            .map(|loaded| (loaded.key.clone(), loaded))
            .collect();
        let mut known = Vec::with_capacity(timers.len());
        for timer in timers {
            let Some(loaded) = states.remove(&timer.key).filter(|loaded| loaded.state.is_some()) else {
                continue;
            };
            match self.loaded(loaded) {
                Ok(loaded) => known.push(ClaimedTimer::new(loaded.key, timer.fence, timer.late)),
                Err(_) => self.put_aside(timer.lease()).await?,
            }
        }
        Ok(known)
    }
}

fn damaged(why: Unreadable) -> StoreError {
    StoreError::new(StoreErrorKind::Damaged, why)
}

impl<S: Store> Store for EncryptedStore<S> {
    async fn load(&self, load: Load) -> Result<Snapshot, StoreError> {
        let keys = load.keys.iter().map(|key| self.key(key)).collect::<Result<_, _>>()?;
        let names = load
            .names
            .iter()
            .map(|name| self.name(name))
            .collect::<Result<_, _>>()?;
        let call = load.call.as_ref().map(|call| self.call(call)).transpose()?;
        let hidden = Load { keys, names, call };
        let of_call = hidden.call.clone();
        let snapshot = self.inner.load(hidden).await?;
        let mut found = snapshot.aggregates.into_iter();
        let mut aggregates = Vec::new();
        for key in load.keys {
            let Some(loaded) = found.next() else { break };
            aggregates.push(match loaded.state {
                Some(_) => self.loaded(loaded)?,
                None => Loaded::none(key),
            });
        }
        let mut others = found.map(|loaded| self.loaded(loaded)).collect::<Result<Vec<_>, _>>()?;
        others.sort_by(|one, other| one.key.cmp(&other.key));
        aggregates.extend(others);
        let reply = match (of_call, snapshot.reply) {
            (Some(call), Some(reply)) => {
                let plain = self.cipher.open(Place::Call, call.as_str(), &reply);
                Some(Bytes::from(plain.map_err(damaged)?))
            }
            _ => None,
        };
        Ok(Snapshot::new(aggregates, reply))
    }

    async fn commit(&self, unit: Unit) -> Result<Committed, StoreError> {
        let saves = unit.saves.into_iter().map(|save| self.save(save));
        let effects = unit.effects.iter().map(|effect| self.effect(effect));
        let seen = unit.seen.map(|seen| {
            let call = self.call(&seen.call)?;
            let reply = self.seal(Place::Call, call.as_str(), &[&seen.reply])?;
            Ok::<_, StoreError>(Seen::new(call, self.key(&seen.of)?, reply, seen.keep))
        });
        let done = unit.done.map(|Done { lease, next }| {
            let lease = self.lease(lease)?;
            Ok::<_, StoreError>(Done { lease, next })
        });
        let hidden = Unit {
            saves: saves.collect::<Result<_, _>>()?,
            effects: effects.collect::<Result<_, _>>()?,
            seen: seen.transpose()?,
            done: done.transpose()?,
        };
        let call = hidden.seen.as_ref().map(|seen| seen.call.clone());
        match (self.inner.commit(hidden).await?, call) {
            (Committed::Replied(reply), Some(call)) => {
                let plain = self.cipher.open(Place::Call, call.as_str(), &reply);
                Ok(Committed::Replied(Bytes::from(plain.map_err(damaged)?)))
            }
            (Committed::Yes(Some(next)), _) => match self.claimed(&next) {
                Ok(next) => Ok(Committed::Yes(Some(next))),
                Err(_) => {
                    // The unit is committed whatever becomes of that one.
                    let _ = self.put_aside(next.lease()).await;
                    Ok(Committed::Yes(None))
                }
            },
            (committed, _) => Ok(committed),
        }
    }

    async fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        if self.unreadable.swap(false, Ordering::SeqCst) {
            return Err(damaged(Unreadable));
        }
        let (mut timers, mut claimed) = (Vec::new(), Vec::new());
        for one in self.inner.claim(claim).await? {
            match one {
                Claimed::Timer(timer) => timers.push(timer),
                Claimed::Effect(effect) => match self.claimed(&effect) {
                    Ok(effect) => claimed.push(Claimed::Effect(effect)),
                    Err(_) => self.put_aside(effect.lease()).await?,
                },
            }
        }
        claimed.extend(self.timers(timers).await?.into_iter().map(Claimed::Timer));
        Ok(claimed)
    }

    async fn put_off(&self, lease: Lease, delay: Duration) -> Result<bool, StoreError> {
        self.inner.put_off(self.lease(lease)?, delay).await
    }

    async fn forget_replies(&self, limit: usize) -> Result<usize, StoreError> {
        self.inner.forget_replies(limit).await
    }

    async fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        self.inner.backlog().await
    }
}
