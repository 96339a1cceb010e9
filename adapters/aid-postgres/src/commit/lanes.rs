//! Lanes: what is put at their end, and what is taken from their beginning.

use aid_backend::store::{ClaimedEffect, Effect, Lease, StoreError, Unit};
use tokio_postgres::{Client, Error, Row, Statement};

use crate::{
    claim::{fence, number},
    connection::Connection,
    time::{duration, millis},
};

/// Writes, and so locks, the rows of the lanes before the effects get their numbers: otherwise a later number could be seen
/// first. The numbers are given in the order of `place`, when all lanes have been counted.
const PUSH: &str = r"
    WITH written AS (
        INSERT INTO lanes (owner, destination, ready, since, oldest, attempts)
        SELECT DISTINCT owner, destination, now(), now(), now(), 0
        FROM unnest($1::text[], $2::text[]) AS new (owner, destination) ORDER BY owner, destination
        ON CONFLICT (owner, destination) DO UPDATE SET attempts = lanes.attempts
        RETURNING 1
    )
    INSERT INTO effects (owner, destination, body, committed)
    SELECT owner, destination, body, now()
    FROM unnest($1::text[], $2::text[], $3::bytea[]) WITH ORDINALITY AS new (owner, destination, body, place)
    WHERE (SELECT count(*) FROM written) > 0
    ORDER BY place";

/// [`PUSH`] for one, as most units have it.
const PUSH_ONE: &str = r"
    WITH written AS (
        INSERT INTO lanes (owner, destination, ready, since, oldest, attempts) VALUES ($1, $2, now(), now(), now(), 0)
        ON CONFLICT (owner, destination) DO UPDATE SET attempts = lanes.attempts
        RETURNING 1
    )
    INSERT INTO effects (owner, destination, body, committed) SELECT $1, $2, $3, now() FROM written";

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

/// What a unit does to lanes, and to the timer that it has.
pub(super) struct Lanes<'a> {
    unit: &'a Unit,
    push: Option<Statement>,
    hold: Option<Statement>,
    finish: Option<Statement>,
}

impl<'a> Lanes<'a> {
    pub(super) async fn new(connection: &Connection, unit: &'a Unit) -> Result<Self, StoreError> {
        let (hold, finish) = match unit.done.as_ref().map(|done| &done.lease) {
            Some(Lease::Lane(..)) => (HOLD_LANE, FINISH),
            Some(Lease::Timer(..)) => (END_TIMER, ""),
            None => ("", ""),
        };
        Ok(Self {
            unit,
            push: match unit.effects.len() {
                0 => None,
                1 => Some(connection.statement(PUSH_ONE).await?),
                _ => Some(connection.statement(PUSH).await?),
            },
            hold: connection.statement_if(!hold.is_empty(), hold).await?,
            finish: connection.statement_if(!finish.is_empty(), finish).await?,
        })
    }

    pub(super) async fn push(&self, client: &Client) -> Result<(), Error> {
        let Some(push) = &self.push else { return Ok(()) };
        let effects = &self.unit.effects;
        if let [Effect { lane, body, .. }] = &effects[..] {
            return client
                .execute(push, &[&lane.owner(), &lane.to(), &&body[..]])
                .await
                .map(drop);
        }
        let owners: Vec<&str> = effects.iter().map(|effect| effect.lane.owner()).collect();
        let destinations: Vec<&str> = effects.iter().map(|effect| effect.lane.to()).collect();
        let bodies: Vec<&[u8]> = effects.iter().map(|effect| &effect.body[..]).collect();
        client.execute(push, &[&owners, &destinations, &bodies]).await.map(drop)
    }

    /// Whether a timer is still leased, which then is none any more; if none is, nothing stands against that.
    pub(super) async fn end_timer(&self, client: &Client) -> Result<bool, Error> {
        let (Some(statement), Some(Lease::Timer(key, fence))) = (&self.hold, self.lease()) else {
            return Ok(true);
        };
        Ok(client.execute(statement, &[&key.as_str(), &number(*fence)]).await? == 1)
    }

    /// Whether a lane is still leased, which then is locked; if none is, nothing stands against that.
    pub(super) async fn hold(&self, client: &Client) -> Result<bool, Error> {
        let (Some(statement), Some(Lease::Lane(lane, fence))) = (&self.hold, self.lease()) else {
            return Ok(true);
        };
        Ok(client
            .execute(statement, &[&lane.owner(), &lane.to(), &number(*fence)])
            .await?
            == 1)
    }

    fn lease(&self) -> Option<&'a Lease> {
        self.unit.done.as_ref().map(|done| &done.lease)
    }

    /// Takes the head of a lane that is held.
    pub(super) async fn finish(&self, client: &Client) -> Result<Option<Row>, Error> {
        let (Some(finish), Some(done), Some(Lease::Lane(lane, _))) = (&self.finish, &self.unit.done, self.lease())
        else {
            return Ok(None);
        };
        let next = done.next.map(millis);
        client.query_opt(finish, &[&lane.owner(), &lane.to(), &next]).await
    }

    /// The next effect, if it was leased.
    pub(super) fn next(&self, row: Option<Row>) -> Option<ClaimedEffect> {
        let Lease::Lane(lane, _) = self.lease()? else {
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
