//! A store that keeps nothing in clear.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bytes::Bytes;

use super::{
    Backlog, CallKey, Claim, Claimed, ClaimedEffect, ClaimedTimer, Committed, Done, Effect, Key, Lane, Lease, Load,
    Loaded, Name, Save, Seen, Snapshot, StateCipher, Store, StoreError, StoreErrorKind, Unit, Version,
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

    fn seal(&self, place: Place, at: &str, plain: &[&[u8]]) -> Result<Bytes, StoreError> {
        let sealed = self.cipher.seal(place, at, plain).map(Bytes::from);
        sealed.map_err(|error| StoreError::new(StoreErrorKind::Unavailable, error))
    }

    /// Seals it, with its own name, which is not to be known from where it stands.
    fn seal_named(&self, place: Place, at: &str, name: &str, plain: &[u8]) -> Result<Bytes, StoreError> {
        let len = u16::try_from(name.len()).unwrap_or_default().to_be_bytes();
        self.seal(place, at, &[&len, name.as_bytes(), plain])
    }

    fn open_named(&self, place: Place, at: &str, sealed: &[u8]) -> Result<(String, Bytes), StoreError> {
        let plain = Bytes::from(self.cipher.open(place, at, sealed).map_err(damaged)?);
        let (&len, rest) = plain.split_first_chunk::<LEN>().ok_or_else(|| damaged(Unreadable))?;
        let len = usize::from(u16::from_be_bytes(len));
        let name = rest.get(..len).and_then(|name| std::str::from_utf8(name).ok());
        let name = name.ok_or_else(|| damaged(Unreadable))?.to_owned();
        Ok((name, plain.slice(LEN.saturating_add(len)..)))
    }

    /// Keeps what it is of.
    fn hidden(&self, place: Place, text: &str) -> String {
        let hidden = self.cipher.hidden(place, text);
        let hidden = String::from_utf8_lossy(&hidden);
        match text.split_once('/') {
            Some((kind, _)) => format!("{kind}/{hidden}"),
            None => hidden.into_owned(),
        }
    }

    fn key(&self, key: &Key) -> Result<Key, StoreError> {
        Ok(Key::try_from(self.hidden(Place::Aggregate, key.as_str()).as_str())?)
    }

    fn name(&self, name: &Name) -> Result<Name, StoreError> {
        Ok(Name::try_from(self.hidden(Place::Name, name.as_str()).as_str())?)
    }

    /// The caller is known by its client-id, as in `partner/2f…`.
    fn call(&self, call: &CallKey) -> Result<CallKey, StoreError> {
        Ok(CallKey::try_from(self.hidden(Place::Call, call.as_str()).as_str())?)
    }

    fn lane(&self, lane: &Lane) -> Result<Lane, StoreError> {
        let owner = Key::try_from(self.hidden(Place::Aggregate, lane.owner()).as_str())?;
        let Some((kind, which)) = lane.to().split_once(':') else {
            return Ok(Lane::new(lane.to(), &owner)?);
        };
        let which = self.cipher.hidden(Place::Destination, which);
        let which = which.get(..16).map(String::from_utf8_lossy).unwrap_or_default();
        Ok(Lane::new(&format!("{kind}:{which}"), &owner)?)
    }

    fn lease(&self, lease: Lease) -> Result<Lease, StoreError> {
        Ok(match lease {
            Lease::Lane(lane, fence) => Lease::Lane(self.lane(&lane)?, fence),
            Lease::Timer(key, fence) => Lease::Timer(self.key(&key)?, fence),
        })
    }

    fn loaded(&self, loaded: Loaded) -> Result<Loaded, StoreError> {
        let Some(state) = &loaded.state else {
            return Ok(loaded);
        };
        let (key, state) = self.open_named(Place::Aggregate, loaded.key.as_str(), state)?;
        Ok(Loaded::new(Key::try_from(key.as_str())?, loaded.version, state))
    }

    fn save(&self, save: Save) -> Result<Save, StoreError> {
        let key = self.key(&save.key)?;
        let seal = |state: &Bytes| self.seal_named(Place::Aggregate, key.as_str(), save.key.as_str(), state);
        let state = save.state.as_ref().map(seal).transpose()?;
        let names = save
            .names
            .iter()
            .map(|name| self.name(name))
            .collect::<Result<_, _>>()?;
        Ok(Save {
            key,
            state,
            names,
            ..save
        })
    }

    fn effect(&self, effect: &Effect) -> Result<Effect, StoreError> {
        let lane = self.lane(&effect.lane)?;
        let body = self.seal_named(Place::Lane, lane.as_str(), effect.lane.as_str(), &effect.body)?;
        Ok(Effect::new(lane, body))
    }

    fn claimed(&self, effect: &ClaimedEffect) -> Result<ClaimedEffect, StoreError> {
        let (lane, body) = self.open_named(Place::Lane, effect.lane.as_str(), &effect.body)?;
        let lane = Lane::from_text(&lane)?;
        Ok(ClaimedEffect::new(
            lane,
            effect.fence,
            body,
            effect.attempts,
            effect.age,
        ))
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
