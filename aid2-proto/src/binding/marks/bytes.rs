//! The marks as bytes, for the database that several instances share.

use std::collections::{HashMap, VecDeque};

use aid_types::Iccid;

use super::{IdempotencyKey, Marks, OutboxId, PROFILES, RECENT};

/// First byte: the version of the format.
const VERSION: u8 = 1;

impl Marks {
    /// The bytes to store: 12 KiB at most, some dozen for most vehicles.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION, u8::from(self.outbox.is_some())];
        let mut number = |number: u64| bytes.extend_from_slice(&number.to_be_bytes());
        number(self.outbox.map_or(0, OutboxId::bits));
        number(self.newest_status);
        number(self.runs.len() as u64);
        for (first, last) in &self.runs {
            number(*first);
            number(*last);
        }
        number(self.keys.len() as u64);
        for key in &self.keys {
            bytes.extend_from_slice(key.as_bytes());
        }
        // In order, so that equal marks have equal bytes.
        let mut profiles: Vec<_> = self.profiles.iter().collect();
        profiles.sort_unstable();
        for (iccid, newest) in profiles {
            let text = iccid.as_str();
            bytes.extend_from_slice(&newest.to_be_bytes());
            bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }

    /// The marks from their stored bytes, `None` if they are none of [`to_bytes`](Self::to_bytes).
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([version, has_outbox], rest) = bytes.split_first_chunk()?;
        if *version != VERSION || *has_outbox > 1 {
            return None;
        }
        let mut rest = Reader(rest);
        let outbox = rest.number()?;
        let newest_status = rest.number()?;
        let runs = (0..rest.count()?).map(|_| Some((rest.number()?, rest.number()?)));
        let runs: Vec<_> = runs.collect::<Option<_>>()?;
        let keys = (0..rest.count()?).map(|_| rest.take().map(IdempotencyKey::from_bytes));
        let keys: VecDeque<_> = keys.collect::<Option<_>>()?;
        let mut profiles = HashMap::new();
        while !rest.0.is_empty() {
            let newest = rest.number()?;
            profiles.insert(rest.iccid()?, newest);
        }
        // Each run after the one before, with a gap between: what searching them relies on.
        let apart = |pair: &[(u64, u64)]| matches!(pair, [(_, end), (first, _)] if end.checked_add(1) < Some(*first));
        if profiles.len() > PROFILES || runs.iter().any(|(first, last)| first > last) || !runs.windows(2).all(apart) {
            return None;
        }
        Some(Self {
            outbox: (*has_outbox == 1).then(|| OutboxId::from_bits(outbox)),
            runs,
            keys,
            newest_status,
            profiles,
        })
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= RECENT).then_some(count)
    }

    fn iccid(&mut self) -> Option<Iccid> {
        let [length] = self.take()?;
        let (text, rest) = self.0.split_at_checked(usize::from(length))?;
        self.0 = rest;
        std::str::from_utf8(text).ok()?.parse().ok()
    }
}
