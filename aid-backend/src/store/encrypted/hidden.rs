//! What stands in the store for something, and back.

use bytes::Bytes;

use super::{EncryptedStore, LEN, damaged};
use crate::store::{
    CallKey, ClaimedEffect, Effect, Key, Lane, Lease, Loaded, Name, Save, StoreError, StoreErrorKind,
    cipher::{Place, Unreadable},
};

impl<S> EncryptedStore<S> {
    pub(super) fn seal(&self, place: Place, at: &str, plain: &[&[u8]]) -> Result<Bytes, StoreError> {
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

    pub(super) fn key(&self, key: &Key) -> Result<Key, StoreError> {
        Ok(Key::try_from(self.hidden(Place::Aggregate, key.as_str()).as_str())?)
    }

    pub(super) fn name(&self, name: &Name) -> Result<Name, StoreError> {
        Ok(Name::try_from(self.hidden(Place::Name, name.as_str()).as_str())?)
    }

    /// The caller is known by its client-id, as in `partner/2f…`.
    pub(super) fn call(&self, call: &CallKey) -> Result<CallKey, StoreError> {
        Ok(CallKey::try_from(self.hidden(Place::Call, call.as_str()).as_str())?)
    }

    pub(super) fn lane(&self, lane: &Lane) -> Result<Lane, StoreError> {
        let owner = Key::try_from(self.hidden(Place::Aggregate, lane.owner()).as_str())?;
        let Some((kind, which)) = lane.to().split_once(':') else {
            return Ok(Lane::new(lane.to(), &owner)?);
        };
        let which = self.cipher.hidden(Place::Destination, which);
        let which = which.get(..16).map(String::from_utf8_lossy).unwrap_or_default();
        Ok(Lane::new(&format!("{kind}:{which}"), &owner)?)
    }

    pub(super) fn lease(&self, lease: Lease) -> Result<Lease, StoreError> {
        Ok(match lease {
            Lease::Lane(lane, fence) => Lease::Lane(self.lane(&lane)?, fence),
            Lease::Timer(key, fence) => Lease::Timer(self.key(&key)?, fence),
        })
    }

    pub(super) fn loaded(&self, loaded: Loaded) -> Result<Loaded, StoreError> {
        let Some(state) = &loaded.state else {
            return Ok(loaded);
        };
        let (key, state) = self.open_named(Place::Aggregate, loaded.key.as_str(), state)?;
        Ok(Loaded::new(Key::try_from(key.as_str())?, loaded.version, state))
    }

    pub(super) fn save(&self, save: Save) -> Result<Save, StoreError> {
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

    pub(super) fn effect(&self, effect: &Effect) -> Result<Effect, StoreError> {
        let lane = self.lane(&effect.lane)?;
        let body = self.seal_named(Place::Lane, lane.as_str(), effect.lane.as_str(), &effect.body)?;
        Ok(Effect::new(lane, body))
    }

    pub(super) fn claimed(&self, effect: &ClaimedEffect) -> Result<ClaimedEffect, StoreError> {
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
}
