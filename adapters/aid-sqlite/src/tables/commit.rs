//! Committing a unit.

use aid_backend::store::{ClaimedEffect, Committed, Done, Effect, Lease, Save, Seen, StoreError, Unit, Version};
use rusqlite::params;

use super::Tables;
use crate::clock::{Millis, millis};

impl Tables<'_> {
    /// First everything that can stand against it, then all changes.
    pub(crate) fn commit(&self, unit: &Unit) -> Result<Committed, StoreError> {
        if let Some(seen) = &unit.seen
            && let Some(reply) = self.reply(seen.call.as_str())?
        {
            return Ok(Committed::Replied(reply.into()));
        }
        if let Some(done) = &unit.done
            && !self.holds(&done.lease)?
        {
            return Ok(Committed::LeaseLost);
        }
        for save in &unit.saves {
            if self.version(save)? != save.expected {
                return Ok(Committed::Conflict);
            }
        }
        for effect in &unit.effects {
            self.push(effect)?;
        }
        let next = match &unit.done {
            Some(done) => self.finish(done)?,
            None => None,
        };
        for save in &unit.saves {
            self.save(save)?;
        }
        if let Some(seen) = &unit.seen {
            self.keep(seen)?;
        }
        Ok(Committed::Yes(next))
    }

    fn version(&self, save: &Save) -> Result<Version, StoreError> {
        let sql = "SELECT version FROM aggregates WHERE key = ?1";
        let version = self.one(sql, [save.key.as_str()], |row| row.get::<_, i64>(0))?;
        Ok(Version(
            version
                .and_then(|version| u64::try_from(version).ok())
                .unwrap_or_default(),
        ))
    }

    fn save(&self, save: &Save) -> Result<(), StoreError> {
        let key = save.key.as_str();
        self.run("DELETE FROM names WHERE key = ?1", [key])?;
        self.run("DELETE FROM timers WHERE key = ?1", [key])?;
        if save.erase {
            self.erased.set(true);
            self.run(
                "DELETE FROM effects WHERE lane IN (SELECT lane FROM lanes WHERE owner = ?1)",
                [key],
            )?;
            self.run("DELETE FROM lanes WHERE owner = ?1", [key])?;
            self.run("DELETE FROM replies WHERE of = ?1", [key])?;
        }
        let Some(state) = &save.state else {
            self.run("DELETE FROM aggregates WHERE key = ?1", [key])?;
            return Ok(());
        };
        let sql = "INSERT INTO aggregates (key, version, state) VALUES (?1, ?2, ?3)
            ON CONFLICT (key) DO UPDATE SET version = excluded.version, state = excluded.state";
        self.run(sql, params![key, self.next()?, &state[..]])?;
        for name in &save.names {
            self.run(
                "INSERT OR IGNORE INTO names (name, key) VALUES (?1, ?2)",
                [name.as_str(), key],
            )?;
        }
        if let Some(wake_in) = save.wake_in {
            let due = self.now.saturating_add(millis(wake_in));
            let sql = "INSERT INTO timers (key, due, ready, since) VALUES (?1, ?2, ?2, ?3)";
            self.run(sql, params![key, due, self.now])?;
        }
        Ok(())
    }

    fn push(&self, effect: &Effect) -> Result<(), StoreError> {
        let lane = effect.lane.as_str();
        let sql = "INSERT INTO lanes (lane, owner, ready, since, oldest) VALUES (?1, ?2, ?3, ?3, ?3)
            ON CONFLICT (lane) DO NOTHING";
        self.run(sql, params![lane, effect.lane.owner(), self.now])?;
        let sql = "INSERT INTO effects (lane, body, committed) VALUES (?1, ?2, ?3)";
        self.run(sql, params![lane, &effect.body[..], self.now])?;
        Ok(())
    }

    fn keep(&self, seen: &Seen) -> Result<(), StoreError> {
        let forget = self.now.saturating_add(millis(seen.keep));
        let sql = "INSERT INTO replies (call, of, reply, forget, since) VALUES (?1, ?2, ?3, ?4, ?5)";
        let (call, of) = (seen.call.as_str(), seen.of.as_str());
        self.run(sql, params![call, of, &seen.reply[..], forget, self.now])?;
        Ok(())
    }

    /// Ends a lease that is held.
    fn finish(&self, done: &Done) -> Result<Option<ClaimedEffect>, StoreError> {
        match &done.lease {
            Lease::Timer(key, _) => {
                self.run("DELETE FROM timers WHERE key = ?1", [key.as_str()])?;
                Ok(None)
            }
            Lease::Lane(lane, _) => {
                let text = lane.as_str();
                let sql = "DELETE FROM effects WHERE number = (SELECT min(number) FROM effects WHERE lane = ?1)";
                self.run(sql, [text])?;
                let sql = "SELECT committed FROM effects WHERE lane = ?1 ORDER BY number LIMIT 1";
                let Some(oldest) = self.one(sql, [text], |row| row.get::<_, Millis>(0))? else {
                    self.run("DELETE FROM lanes WHERE lane = ?1", [text])?;
                    return Ok(None);
                };
                let sql = "UPDATE lanes SET oldest = ?2, attempts = 0 WHERE lane = ?1";
                self.run(sql, params![text, oldest])?;
                match done.next {
                    Some(lease) => self.lease_head(lane, lease),
                    None => self.release_lane(lane, self.now).map(|()| None),
                }
            }
        }
    }
}
