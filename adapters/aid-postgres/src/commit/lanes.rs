//! Lanes: what is put at their end, and what is taken from their beginning.

use std::collections::BTreeSet;

use aid_backend::store::{ClaimedEffect, Lease, StoreError, Unit};
use tokio_postgres::{Client, Error, Row, Statement};

use super::run;
use crate::{
    claim::{fence, number},
    connection::Connection,
    time::{duration, millis},
};

/// Writes, and so locks, the row of the lane before the effect gets its number: otherwise a later number could be seen first.
const LANE: &str = r"
    INSERT INTO lanes (owner, destination, ready, since, oldest, attempts)
    SELECT owner, destination, now(), now(), now(), 0 FROM unnest($1::text[], $2::text[]) AS new (owner, destination)
    ON CONFLICT (owner, destination) DO UPDATE SET attempts = lanes.attempts";

const EFFECT: &str = r"
    INSERT INTO effects (owner, destination, body, committed)
    SELECT owner, destination, body, now()
    FROM unnest($1::text[], $2::text[], $3::bytea[]) WITH ORDINALITY AS new (owner, destination, body, place)
    ORDER BY place";

const HOLD_LANE: &str = "SELECT FROM lanes WHERE owner = $1 AND destination = $2 AND fence = $3 FOR UPDATE";

const END_TIMER: &str = "DELETE FROM timers WHERE key = $1 AND fence = $2";

/// Takes the head, leases the next for so many milliseconds if that is wanted, and removes a lane that is empty. It sees what
/// others have put there until the lane was locked, because that was a statement before.
const FINISH: &str = r"
    WITH head AS (
        DELETE FROM effects WHERE owner = $1 AND destination = $2 AND number = (
            SELECT number FROM effects WHERE owner = $1 AND destination = $2 ORDER BY number LIMIT 1)
        RETURNING number
    ), next AS (
        SELECT body, committed FROM effects
        WHERE owner = $1 AND destination = $2 AND number > (SELECT number FROM head) ORDER BY number LIMIT 1
    ), emptied AS (
        DELETE FROM lanes WHERE owner = $1 AND destination = $2 AND NOT EXISTS (SELECT FROM next)
    ), kept AS (
        UPDATE lanes SET fence = CASE WHEN $3::bigint IS NULL THEN NULL ELSE nextval('numbers') END,
            ready = now() + coalesce($3::bigint, 0) * interval '1 millisecond', since = now(), oldest = next.committed,
            attempts = CASE WHEN $3::bigint IS NULL THEN 0 ELSE 1 END
        FROM next WHERE owner = $1 AND destination = $2 RETURNING fence
    )
    SELECT kept.fence, next.body, (extract(epoch FROM now() - next.committed) * 1000)::bigint FROM kept, next";

/// What a unit does to lanes.
pub(super) struct Lanes<'a> {
    unit: &'a Unit,
    owners: Vec<&'a str>,
    destinations: Vec<&'a str>,
    lane: Option<Statement>,
    effect: Option<Statement>,
    hold: Option<Statement>,
    finish: Option<Statement>,
}

impl<'a> Lanes<'a> {
    pub(super) async fn new(connection: &Connection, unit: &'a Unit) -> Result<Self, StoreError> {
        let some = !unit.effects.is_empty();
        let lanes: BTreeSet<_> = unit
            .effects
            .iter()
            .map(|effect| (effect.lane.owner(), effect.lane.to()))
            .collect();
        let (owners, destinations) = lanes.into_iter().unzip();
        let (hold, finish) = match unit.done.as_ref().map(|done| &done.lease) {
            Some(Lease::Lane(..)) => (Some(HOLD_LANE), Some(FINISH)),
            Some(Lease::Timer(..)) => (Some(END_TIMER), None),
            None => (None, None),
        };
        Ok(Self {
            unit,
            owners,
            destinations,
            lane: connection.statement_if(some, LANE).await?,
            effect: connection.statement_if(some, EFFECT).await?,
            hold: connection
                .statement_if(hold.is_some(), hold.unwrap_or_default())
                .await?,
            finish: connection
                .statement_if(finish.is_some(), finish.unwrap_or_default())
                .await?,
        })
    }

    pub(super) async fn push(&self, client: &Client) -> Result<(), Error> {
        let effects = &self.unit.effects;
        let owners: Vec<&str> = effects.iter().map(|effect| effect.lane.owner()).collect();
        let destinations: Vec<&str> = effects.iter().map(|effect| effect.lane.to()).collect();
        let bodies: Vec<&[u8]> = effects.iter().map(|effect| &effect.body[..]).collect();
        let (lanes, effects) = tokio::join!(
            biased;
            async { run(client, &self.lane, &[&self.owners, &self.destinations]).await },
            async { run(client, &self.effect, &[&owners, &destinations, &bodies]).await },
        );
        lanes.and(effects).map(drop)
    }

    /// Whether the lease is held; if there is none, nothing stands against that.
    pub(super) async fn hold(&self, client: &Client) -> Result<bool, Error> {
        let Some(done) = &self.unit.done else { return Ok(true) };
        let held = match &done.lease {
            Lease::Lane(lane, fence) => run(client, &self.hold, &[&lane.owner(), &lane.to(), &number(*fence)]).await,
            Lease::Timer(key, fence) => run(client, &self.hold, &[&key.as_str(), &number(*fence)]).await,
        };
        Ok(held? == 1)
    }

    /// Takes the head of a lane that is held.
    pub(super) async fn finish(&self, client: &Client) -> Result<Option<Row>, Error> {
        let (Some(finish), Some(done)) = (&self.finish, &self.unit.done) else {
            return Ok(None);
        };
        let Lease::Lane(lane, _) = &done.lease else {
            return Ok(None);
        };
        let next = done.next.map(millis);
        client.query_opt(finish, &[&lane.owner(), &lane.to(), &next]).await
    }

    /// The next effect, if it was leased.
    pub(super) fn next(&self, row: Option<Row>) -> Option<ClaimedEffect> {
        let Lease::Lane(lane, _) = &self.unit.done.as_ref()?.lease else {
            return None;
        };
        let row = row?;
        let next = fence(row.get::<_, Option<i64>>(0)?);
        let body: Vec<u8> = row.get(1);
        Some(ClaimedEffect::new(
            lane.clone(),
            next,
            body.into(),
            0,
            duration(row.get(2)),
        ))
    }
}
