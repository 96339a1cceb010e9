//! Reading.

use std::collections::BTreeMap;

use aid_backend::store::{Backlog, Key, Load, Loaded, Snapshot, StoreError, Version};

use super::Tables;
use crate::{clock::duration, error::damaged};

impl Tables<'_> {
    pub(crate) fn load(&self, load: &Load) -> Result<Snapshot, StoreError> {
        let mut aggregates = Vec::with_capacity(load.keys.len());
        for key in &load.keys {
            aggregates.push(self.loaded(key.clone())?);
        }
        let mut named = BTreeMap::new();
        for name in &load.names {
            let sql = "SELECT key FROM names WHERE name = ?1";
            for text in self.all(sql, [name.as_str()], |row| row.get::<_, String>(0))? {
                let key = Key::try_from(text.as_str()).map_err(damaged)?;
                if !load.keys.contains(&key) {
                    named.insert(key.clone(), self.loaded(key)?);
                }
            }
        }
        aggregates.extend(named.into_values());
        let reply = match &load.call {
            Some(call) => self.reply(call.as_str())?,
            None => None,
        };
        Ok(Snapshot::new(aggregates, reply.map(Into::into)))
    }

    pub(super) fn reply(&self, call: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.one("SELECT reply FROM replies WHERE call = ?1", [call], |row| row.get(0))
    }

    fn loaded(&self, key: Key) -> Result<Loaded, StoreError> {
        let sql = "SELECT version, state FROM aggregates WHERE key = ?1";
        let found = self.one(sql, [key.as_str()], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        Ok(match found {
            Some((version, state)) => {
                Loaded::new(key, Version(u64::try_from(version).unwrap_or_default()), state.into())
            }
            None => Loaded::none(key),
        })
    }

    pub(crate) fn backlog(&self) -> Result<Vec<Backlog>, StoreError> {
        let sql =
            "SELECT substr(lane, 1, min(instr(lane, '/'), instr(lane || ':', ':')) - 1) AS kind, count(*), min(oldest)
            FROM lanes GROUP BY kind ORDER BY kind";
        self.all(sql, [], |row| {
            let lanes = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
            let oldest = duration(self.now.saturating_sub(row.get(2)?));
            Ok(Backlog::new(row.get(0)?, lanes, oldest))
        })
    }
}
