//! What is due, and who has it.

use std::time::Duration;

use aid_backend::store::{Claim, Claimed, ClaimedEffect, ClaimedTimer, Key, Lane, Lease, StoreError};
use rusqlite::params;

use super::{Tables, fence, lane};
use crate::{
    clock::{Millis, duration, millis},
    error::damaged,
};

/// What is ready at ?1, and what was written later than ?1: then the clock was set back since, and nobody knows how long it
/// has waited. Each by its own index: together they would be looked for among all.
fn due(column: &str, table: &str) -> String {
    format!(
        "SELECT ready, id FROM (
            SELECT * FROM (SELECT ready, {column} AS id FROM {table} WHERE ready <= ?1 ORDER BY ready LIMIT ?2)
            UNION ALL
            SELECT * FROM (SELECT ready, {column} AS id FROM {table} WHERE since > ?1 ORDER BY since LIMIT ?2)
        ) ORDER BY ready LIMIT ?2"
    )
}

impl Tables<'_> {
    pub(crate) fn claim(&self, claim: Claim) -> Result<Vec<Claimed>, StoreError> {
        let mut due = self.due("lane", "lanes", claim.limit)?;
        let lanes = due.len();
        due.extend(self.due("key", "timers", claim.limit)?);
        let mut order: Vec<usize> = (0..due.len()).collect();
        order.sort_by_key(|index| due.get(*index).map(|(ready, _)| *ready));
        let mut claimed = Vec::with_capacity(claim.limit.min(due.len()));
        for index in order.into_iter().take(claim.limit) {
            let Some((_, text)) = due.get(index) else { continue };
            if index < lanes {
                claimed.extend(self.lease_head(&lane(text)?, claim.lease)?.map(Claimed::Effect));
            } else {
                claimed.extend(self.lease_timer(text, claim.lease)?.map(Claimed::Timer));
            }
        }
        Ok(claimed)
    }

    fn due(&self, column: &str, table: &str, limit: usize) -> Result<Vec<(Millis, String)>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.all(&due(column, table), params![self.now, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    pub(super) fn lease_head(&self, lane: &Lane, lease: Duration) -> Result<Option<ClaimedEffect>, StoreError> {
        let number = self.next()?;
        let until = self.now.saturating_add(millis(lease));
        let sql = "UPDATE lanes SET fence = ?2, ready = ?3, since = ?4, attempts = attempts + 1
            WHERE lane = ?1 RETURNING attempts - 1, oldest";
        let leased = self.one(sql, params![lane.as_str(), number, until, self.now], |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, Millis>(1)?))
        })?;
        let Some((attempts, oldest)) = leased else {
            return Ok(None);
        };
        let sql = "SELECT body FROM effects WHERE lane = ?1 ORDER BY number LIMIT 1";
        let body = self.one(sql, [lane.as_str()], |row| row.get::<_, Vec<u8>>(0))?;
        let age = duration(self.now.saturating_sub(oldest));
        Ok(body.map(|body| ClaimedEffect::new(lane.clone(), fence(number), body.into(), attempts, age)))
    }

    fn lease_timer(&self, text: &str, lease: Duration) -> Result<Option<ClaimedTimer>, StoreError> {
        let number = self.next()?;
        let until = self.now.saturating_add(millis(lease));
        let sql = "UPDATE timers SET fence = ?2, ready = ?3, since = ?4 WHERE key = ?1 RETURNING due";
        let due = self.one(sql, params![text, number, until, self.now], |row| {
            row.get::<_, Millis>(0)
        })?;
        let key = Key::try_from(text).map_err(damaged)?;
        Ok(due.map(|due| ClaimedTimer::new(key, fence(number), duration(self.now.saturating_sub(due)))))
    }

    pub(crate) fn put_off(&self, lease: &Lease, delay: Duration) -> Result<bool, StoreError> {
        if !self.holds(lease)? {
            return Ok(false);
        }
        let ready = self.now.saturating_add(millis(delay));
        match lease {
            Lease::Lane(lane, _) => self.release_lane(lane, ready)?,
            Lease::Timer(key, _) => {
                let sql = "UPDATE timers SET fence = NULL, ready = ?2, since = ?3 WHERE key = ?1";
                self.run(sql, params![key.as_str(), ready, self.now])?;
            }
        }
        Ok(true)
    }

    pub(super) fn release_lane(&self, lane: &Lane, ready: Millis) -> Result<(), StoreError> {
        let sql = "UPDATE lanes SET fence = NULL, ready = ?2, since = ?3 WHERE lane = ?1";
        self.run(sql, params![lane.as_str(), ready, self.now])?;
        Ok(())
    }

    pub(crate) fn forget_replies(&self, limit: usize) -> Result<usize, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = "DELETE FROM replies WHERE call IN (SELECT call FROM replies WHERE forget <= ?1 LIMIT ?2)";
        self.run(sql, params![self.now, limit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_is_found_without_looking_at_what_is_not() {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        for migration in crate::MIGRATIONS {
            connection.execute_batch(migration.sql).unwrap();
        }
        for (column, table) in [("lane", "lanes"), ("key", "timers")] {
            let sql = format!("EXPLAIN QUERY PLAN {}", due(column, table));
            let mut statement = connection.prepare(&sql).unwrap();
            let rows = statement.query_map([1, 2], |row| row.get::<_, String>(3)).unwrap();
            let plan: Vec<String> = rows.map(Result::unwrap).collect();
            assert!(plan.iter().any(|step| step.contains("_since")), "{plan:#?}");
            assert!(
                !plan.iter().any(|step| step.contains(&format!("SCAN {table}"))),
                "{plan:#?}"
            );
        }
    }
}
